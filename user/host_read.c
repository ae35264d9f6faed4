// SPDX-License-Identifier: GPL-2.0-only
#include "host_read.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service.h"
#include "sysctl.h"

#define OWN_NETNS "/proc/self/ns/net"
#define INIT_NETNS "/proc/1/ns/net"
#define NAMED_DIR "/run/netns"

/* The first PID namespace; include/linux/proc_ns.h. */
#define INIT_PID_NS_INODE 0xEFFFFFFCU

static uint32_t inum_of(const char *path)
{
	struct stat own, found;

	if (stat(OWN_NETNS, &own) || stat(path, &found) || found.st_dev != own.st_dev)
		return 0;
	return found.st_ino;
}

/* Process 1 is the host's only in the first PID namespace. */
static uint32_t find_init(void)
{
	return inum_of("/proc/self/ns/pid") == INIT_PID_NS_INODE ? inum_of(INIT_NETNS) : 0;
}

/* ---- Which there are ---- */

struct listing {
	struct host *host;
	uint32_t only, init_inum; /* as host_read() was told */
};

static bool is_wanted(const struct listing *listing, uint32_t inum)
{
	return !listing->only || inum == listing->only || inum == listing->host->own_inum ||
	       inum == listing->host->init_inum;
}

/* Of what is not sorted yet. NULL: it is not there, or could not be entered. */
static const struct host_netns *find_netns(const struct host *host, uint32_t inum)
{
	size_t i;

	for (i = 0; i < host->nr_netns; i++)
		if (host->netns[i].inum == inum)
			return &host->netns[i];
	return NULL;
}

static int list_netns(const struct listing *listing, const char *path)
{
	uint32_t inum = inum_of(path);
	struct host_netns *netns;

	if (!inum || !is_wanted(listing, inum) || find_netns(listing->host, inum))
		return 0;
	netns = host_add_netns(listing->host, inum);
	if (!netns)
		return -ENOMEM;
	if (inum != listing->host->own_inum)
		snprintf(netns->path, sizeof(netns->path), "%s", path);
	return 0;
}

/* Of all entries of a folder whose names begin so; suffix: what leads from there to a namespace. */
static int list_folder(const struct listing *listing, const char *folder, const char *suffix,
		       bool numbers)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	char path[300];
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    (numbers && !isdigit((unsigned char)entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", folder, entry->d_name, suffix);
		/* What is too long to be kept would be entered somewhere else. */
		if (strlen(path) < sizeof(listing->host->netns->path))
			err = list_netns(listing, path);
	}
	if (dir)
		closedir(dir);
	return err;
}

static int list_all(const struct listing *listing)
{
	int err;

	listing->host->own_inum = inum_of(OWN_NETNS);
	if (!listing->init_inum || listing->init_inum == INIT_ELSEWHERE)
		listing->host->init_inum = find_init();
	else
		listing->host->init_inum = listing->init_inum;
	err = list_netns(listing, OWN_NETNS);
	if (!err)
		err = list_netns(listing, INIT_NETNS);
	if (!err)
		err = list_folder(listing, NAMED_DIR, "", false);
	if (!err)
		err = list_folder(listing, "/proc", "/ns/net", true);
	return err;
}

/* ---- What is set in them ---- */

static void read_ports(struct host_netns *netns)
{
	int32_t low, high;

	if (sysctl_read_range(&low, &high)) {
		netns->range_low = low;
		netns->range_high = high;
	}
	netns->reserved_unknown =
		!sysctl_read_ports("net.ipv4.ip_local_reserved_ports", &netns->reserved);
}

static int read_here(struct host_netns *netns)
{
	static const struct {
		int (*read)(struct host_netns *netns, const char *path);
		const char *path;
	} lists[] = {
		{ host_read_listeners, "/proc/thread-self/net/tcp" },
		{ host_read_listeners, "/proc/thread-self/net/tcp6" },
		{ host_read_udp, "/proc/thread-self/net/udp" },
		{ host_read_udp, "/proc/thread-self/net/udp6" },
	};
	int i, err = 0;

	for (i = 0; i < NR_HOST_SETTINGS; i++)
		netns->settings[i] = sysctl_read_number(host_setting_key(i));
	read_ports(netns);
	netns->time_wait_overflows = host_read_overflows("/proc/thread-self/net/netstat");
	for (i = 0; i < (int)(sizeof(lists) / sizeof(lists[0])) && !err; i++)
		err = lists[i].read(netns, lists[i].path);
	return err;
}

/* False: it may not be entered, or is gone. */
static bool enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool entered = fd >= 0 && !setns(fd, CLONE_NEWNET);

	if (fd >= 0)
		close(fd);
	return entered;
}

static void drop(struct host *host, size_t i)
{
	free(host->netns[i].listeners);
	host->netns[i] = host->netns[--host->nr_netns];
}

static int read_all(struct host *host, int own)
{
	size_t i = 0;
	int err = 0;

	while (i < host->nr_netns && !err) {
		struct host_netns *netns = &host->netns[i];

		if (*netns->path && !enter(netns->path)) {
			drop(host, i);
			continue;
		}
		err = read_here(netns);
		if (*netns->path && setns(own, CLONE_NEWNET))
			err = -errno;
		i++;
	}
	return err;
}

static void read_running(struct host *host)
{
	size_t i;

	for (i = 0; i < host->nr_lines; i++)
		host->lines[i].running = sysctl_read(host->lines[i].key);
}

/* The namespace that they are for is the host's, whichever this process is in. */
static int read_files(const struct listing *listing, int own)
{
	static const char *const folders[] = { "/etc/sysctl.d", "/run/sysctl.d",
					       "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
					       NULL };
	struct host *host = listing->host;
	const struct host_netns *netns = find_netns(host, host->init_inum);
	int err;

	if (!host->init_inum && listing->init_inum != INIT_ELSEWHERE)
		netns = find_netns(host, host->own_inum);
	if (!netns || (*netns->path && !enter(netns->path)))
		return 0;
	host->files_inum = netns->inum;
	err = host_read_sysctl_folders(host, folders);
	if (!err)
		read_running(host);
	if (*netns->path && setns(own, CLONE_NEWNET))
		err = -errno;
	return err;
}

int host_read(uint32_t only_netns, uint32_t init_inum, struct host **ret_host,
	      struct reason *reason)
{
	struct host *host = host_new();
	struct listing listing = { host, only_netns, init_inum };
	int own = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	int err = host ? 0 : -ENOMEM;

	if (!err) {
		err = list_all(&listing);
	}
	if (!err)
		err = read_all(host, own);
	if (!err)
		err = read_files(&listing, own);
	if (own >= 0)
		close(own);
	if (err) {
		host_free(host);
		return because(reason, err, "cannot read the settings of this host: %s",
			       strerror(-err));
	}
	host_find_processes(host);
	host_sort(host);
	host->service_name = service_name;
	*ret_host = host;
	return 0;
}
