// SPDX-License-Identifier: GPL-2.0-only
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "printable.h"

#define NAMED_DIR "/run/netns"

static uint32_t inum_of_path(const char *path)
{
	struct stat own, stat_of;

	if (stat("/proc/self/ns/net", &own) || stat(path, &stat_of) ||
	    stat_of.st_dev != own.st_dev)
		return 0;
	return stat_of.st_ino;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* All kinds of namespaces are files of one file system. */
static bool is_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;

	if (fd >= 0)
		close(fd);
	return is;
}

int netns_resolve(const char *text, uint32_t *ret_inum, struct reason *reason)
{
	char path[4096];

	*ret_inum = 0;
	if (!strcmp(text, "all"))
		return 0;
	if (!strcmp(text, "self"))
		snprintf(path, sizeof(path), "/proc/self/ns/net");
	else if (is_number(text))
		snprintf(path, sizeof(path), "/proc/%s/ns/net", text);
	else if (strchr(text, '/'))
		snprintf(path, sizeof(path), "%s", text);
	else
		snprintf(path, sizeof(path), NAMED_DIR "/%s", text);
	if (access(path, F_OK))
		return because(reason, -errno, "there is no network namespace '%s': %s: %s", text,
			       path, strerror(errno));
	*ret_inum = is_netns(path) ? inum_of_path(path) : 0;
	if (!*ret_inum)
		return because(reason, -ENOENT, "'%s' is not a network namespace: %s", text, path);
	return 0;
}

static struct netns *find_netns(struct snapshot *snapshot, uint32_t inum)
{
	return (struct netns *)snapshot_find_netns(snapshot, inum);
}

static void read_name(struct snapshot *snapshot, const char *name)
{
	char path[sizeof(NAMED_DIR) + NAME_MAX + 1];
	struct netns *netns;
	uint32_t inum;

	snprintf(path, sizeof(path), NAMED_DIR "/%s", name);
	inum = inum_of_path(path);
	netns = inum ? find_netns(snapshot, inum) : NULL;
	if (netns && !netns->name[0])
		printable_copy(netns->name, sizeof(netns->name), name);
}

void netns_read_names(struct snapshot *snapshot)
{
	const struct dirent *entry;
	DIR *dir = opendir(NAMED_DIR);

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			read_name(snapshot, entry->d_name);
	if (dir)
		closedir(dir);
}
