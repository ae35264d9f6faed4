// SPDX-License-Identifier: GPL-2.0-only
/* Who listens, and who has UDP ports, from procfs: it is there everywhere, and nothing has to be loaded for it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_read.h"
#include "printable.h"

/* include/net/tcp_states.h */
#define STATE_CLOSE 0x07
#define STATE_LISTEN 0x0a

/* A line of /proc/net/tcp and its like. */
struct socket_line {
	unsigned int port, state;
	uint64_t inode;
};

static bool parse_line(const char *line, struct socket_line *ret)
{
	return sscanf(line, "%*u: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*u %*u %" SCNu64,
		      &ret->port, &ret->state, &ret->inode) == 3 &&
	       ret->port <= 65535;
}

static int take_line(struct host_netns *netns, uint8_t proto, const struct socket_line *line)
{
	struct listener *listener = host_add_listener(netns, proto, line->port);

	if (!listener)
		return -ENOMEM;
	listener->inode = line->inode;
	return 0;
}

/* NULL: there is no such file, or not even a heading in it. */
static FILE *open_list(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	if (!file || fgets(line, sizeof(line), file))
		return file;
	fclose(file);
	return NULL;
}

/*
 * The kernel lists listeners first (tcp_get_idx(), all versions): what comes behind them, hundreds
 * of thousands of TIME_WAITs it may be, is not read. To fill a line behind the last one, it looks for
 * one of this namespace, though, among all sockets of the host if there is none: some 4 ms of 300,000.
 */
int host_read_listeners(struct host_netns *netns, const char *path)
{
	FILE *file = open_list(path);
	struct socket_line found;
	char line[512];
	int err = 0;

	while (file && !err && fgets(line, sizeof(line), file) && parse_line(line, &found) &&
	       found.state == STATE_LISTEN)
		err = take_line(netns, IPPROTO_TCP, &found);
	if (file)
		fclose(file);
	return err;
}

/* One that has no destination is closed, for the kernel (udp_lib_get_port(), ip4_datagram_connect()). */
int host_read_udp(struct host_netns *netns, const char *path)
{
	FILE *file = open_list(path);
	struct socket_line found;
	char line[512];
	int err = 0;

	while (file && !err && fgets(line, sizeof(line), file))
		if (parse_line(line, &found) && found.state == STATE_CLOSE)
			err = take_line(netns, IPPROTO_UDP, &found);
	if (file)
		fclose(file);
	return err;
}

/* The place of a word in a line of words, or -1. */
static int place_of(char *line, const char *word)
{
	char *rest, *found = strtok_r(line, " \n", &rest);
	int place;

	for (place = 0; found; place++, found = strtok_r(NULL, " \n", &rest))
		if (!strcmp(found, word))
			return place;
	return -1;
}

static int64_t value_at(char *line, int place)
{
	char *rest, *found = strtok_r(line, " \n", &rest);

	while (found && place--)
		found = strtok_r(NULL, " \n", &rest);
	return found ? strtoll(found, NULL, 10) : NOT_KNOWN;
}

/* A line of names, and then one of values. */
int64_t host_read_overflows(const char *path)
{
	FILE *file = fopen(path, "re");
	int64_t value = NOT_KNOWN;
	char *line = NULL;
	size_t size = 0;
	int place = -1;

	while (file && value == NOT_KNOWN && getline(&line, &size, file) >= 0) {
		if (place >= 0)
			value = value_at(line, place);
		else
			place = place_of(line, "TCPTimeWaitOverflow");
	}
	free(line);
	if (file)
		fclose(file);
	return value;
}

/* ---- Processes ---- */

struct inode {
	uint64_t inode;
	struct listener *listener;
};

struct inodes {
	struct inode *inodes; /* sorted */
	size_t nr;
};

static int compare_inodes(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static bool list_inodes(const struct host *host, struct inodes *inodes)
{
	size_t i, j, nr = 0;

	for (i = 0; i < host->nr_netns; i++)
		nr += host->netns[i].nr_listeners;
	inodes->inodes = calloc(nr + 1, sizeof(*inodes->inodes));
	if (!inodes->inodes)
		return false;
	for (i = 0; i < host->nr_netns; i++)
		for (j = 0; j < host->netns[i].nr_listeners; j++)
			inodes->inodes[inodes->nr++] = (struct inode){
				host->netns[i].listeners[j].inode, &host->netns[i].listeners[j]
			};
	qsort(inodes->inodes, inodes->nr, sizeof(*inodes->inodes), compare_inodes);
	return true;
}

static void take_descriptor(const struct inodes *inodes, const char *target, uint32_t pid,
			    const char *comm)
{
	struct inode wanted = {}, *found;

	if (sscanf(target, "socket:[%" SCNu64 "]", &wanted.inode) != 1)
		return;
	found = bsearch(&wanted, inodes->inodes, inodes->nr, sizeof(wanted), compare_inodes);
	/* Of a parent and its children that share it, the one that was there first. */
	if (!found || (found->listener->pid && found->listener->pid < pid))
		return;
	found->listener->pid = pid;
	printable_copy(found->listener->comm, sizeof(found->listener->comm), comm);
}

static void take_descriptors(const struct inodes *inodes, uint32_t pid, const char *comm)
{
	const struct dirent *entry;
	char path[64], target[64];
	ssize_t length;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		take_descriptor(inodes, target, pid, comm);
	}
	if (dir)
		closedir(dir);
}

static bool read_comm(uint32_t pid, char comm[16])
{
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(comm, 1, 15, file);
	fclose(file);
	comm[length] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return true;
}

/* What gives services ports of nodes, 30000 to 32767, and has no socket on them. */
static bool is_kubernetes(const char *comm)
{
	static const char *const names[] = { "kubelet",	   "kube-proxy", "k3s-server",
					     "k3s-agent", "kubelite",	"k0s" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(comm, names[i]))
			return true;
	return false;
}

void host_find_processes(struct host *host)
{
	struct inodes inodes = {};
	const struct dirent *entry;
	char comm[16];
	uint32_t pid;
	DIR *dir;

	if (!list_inodes(host, &inodes))
		return;
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		pid = isdigit((unsigned char)entry->d_name[0]) ? strtoul(entry->d_name, NULL, 10) :
								 0;
		if (!pid || !read_comm(pid, comm))
			continue;
		if (is_kubernetes(comm))
			host->has_kubernetes = true;
		if (inodes.nr)
			take_descriptors(&inodes, pid, comm);
	}
	if (dir)
		closedir(dir);
	free(inodes.inodes);
}
