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

#define NAMED_DIR "/run/netns"

/* How long a search through all processes has to last: it costs a system call for each. */
#define SEARCH_INTERVAL_S 5

/* Where a namespace was found; asked again, and checked, each time. */
struct place {
	uint32_t inum;
	char path[80];
};

struct netns_reader {
	int home; /* our own namespace, to come back to */
	dev_t nsfs;
	struct place *places;
	size_t nr_places;
	time_t searched; /* CLOCK_MONOTONIC, seconds */
};

static uint32_t inum_of_path(const char *path)
{
	struct stat own, stat_of;

	if (stat("/proc/self/ns/net", &own) || stat(path, &stat_of) ||
	    stat_of.st_dev != own.st_dev)
		return 0;
	return stat_of.st_ino;
}

uint32_t netns_of_process(int pid)
{
	char path[64];

	if (!pid)
		return inum_of_path("/proc/self/ns/net");
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return inum_of_path(path);
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

struct netns_reader *netns_reader_new(void)
{
	struct netns_reader *reader = calloc(1, sizeof(*reader));
	struct stat own;

	if (!reader)
		return NULL;
	reader->searched = -SEARCH_INTERVAL_S;
	reader->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (reader->home < 0 || fstat(reader->home, &own)) {
		netns_reader_free(reader);
		return NULL;
	}
	reader->nsfs = own.st_dev;
	return reader;
}

void netns_reader_free(struct netns_reader *reader)
{
	if (!reader)
		return;
	if (reader->home >= 0)
		close(reader->home);
	free(reader->places);
	free(reader);
}

static struct place *find_place(struct netns_reader *reader, uint32_t inum)
{
	size_t i;

	for (i = 0; i < reader->nr_places; i++)
		if (reader->places[i].inum == inum)
			return &reader->places[i];
	return NULL;
}

static void note_place(struct netns_reader *reader, uint32_t inum, const char *path)
{
	struct place *place = find_place(reader, inum);

	if (!place) {
		place = reallocarray(reader->places, reader->nr_places + 1, sizeof(*place));
		if (!place)
			return;
		reader->places = place;
		place = &reader->places[reader->nr_places++];
		place->inum = inum;
	}
	snprintf(place->path, sizeof(place->path), "%s", path);
}

/* Named namespaces first, so that one which is named as well is found under its name. */
static void search(struct netns_reader *reader, const char *dir_path, const char *suffix,
		   bool (*is_candidate)(const char *name))
{
	DIR *dir = opendir(dir_path);
	const struct dirent *entry;
	char path[sizeof(((struct place *)0)->path)];
	uint32_t inum;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!is_candidate(entry->d_name) ||
		    snprintf(path, sizeof(path), "%s/%s%s", dir_path, entry->d_name, suffix) >=
			    (int)sizeof(path))
			continue;
		inum = inum_of_path(path);
		if (inum && !find_place(reader, inum))
			note_place(reader, inum, path);
	}
	closedir(dir);
}

static bool is_name(const char *name)
{
	return name[0] != '.';
}

static void search_everywhere(struct netns_reader *reader)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - reader->searched < SEARCH_INTERVAL_S)
		return;
	reader->searched = now.tv_sec;
	reader->nr_places = 0;
	search(reader, NAMED_DIR, "", is_name);
	search(reader, "/proc", "/ns/net", is_number);
}

/* Opens the namespace if it is still where it was, else searches for it. -1: not to be found. */
static int open_netns(struct netns_reader *reader, uint32_t inum)
{
	struct place *place = find_place(reader, inum);
	struct stat found;
	int fd;

	if (!place || inum_of_path(place->path) != inum) {
		search_everywhere(reader);
		place = find_place(reader, inum);
	}
	if (!place)
		return -1;
	fd = open(place->path, O_RDONLY | O_CLOEXEC);
	/* The process may have ended, and another one have its number. */
	if (fd >= 0 &&
	    (fstat(fd, &found) || found.st_ino != inum || found.st_dev != reader->nsfs)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* With one read(): of a list of ports the kernel tells nothing to a second. */
static char *read_sysctl(const char *name, char *text, size_t size)
{
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	got = read(fd, text, size - 1);
	close(fd);
	if (got < 0)
		return NULL;
	text[got] = '\0';
	return text;
}

static int64_t read_number(const char *name)
{
	char text[32];

	return read_sysctl(name, text, sizeof(text)) ? atoll(text) : NOT_KNOWN;
}

/* Ports of a list like "8080,9148-9150" that are within the range, ends included. */
static int64_t count_reserved(char *list, int32_t low, int32_t high)
{
	int64_t reserved = 0;
	int from, to;
	char *part, *rest;

	for (part = strtok_r(list, ",\n", &rest); part; part = strtok_r(NULL, ",\n", &rest)) {
		int nr = sscanf(part, "%d-%d", &from, &to);

		if (nr < 1)
			continue;
		if (nr == 1)
			to = from;
		if (from < low)
			from = low;
		if (to > high)
			to = high;
		if (from <= to)
			reserved += to - from + 1;
	}
	return reserved;
}

/* Reads what /proc/sys/net shows the namespace that this process is in. */
static void read_settings(struct netns *netns)
{
	/* 65,536 ports, each of at most five digits and a comma. */
	static char list[65536 * 6];
	char text[64];
	int low, high;

	if (read_sysctl("ip_local_port_range", text, sizeof(text)) &&
	    sscanf(text, "%d %d", &low, &high) == 2) {
		netns->range_low = low;
		netns->range_high = high;
		if (read_sysctl("ip_local_reserved_ports", list, sizeof(list)))
			netns->reserved = count_reserved(list, low, high);
	}
	netns->time_wait_max = read_number("tcp_max_tw_buckets");
	netns->tw_reuse = read_number("tcp_tw_reuse");
}

/* File names may hold anything, and these go to terminals. */
static void copy_printable(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; from[i] && i + 1 < size; i++)
		to[i] = from[i] > ' ' && from[i] < 0x7f ? from[i] : '?';
	to[i] = '\0';
}

static void set_name(const struct netns_reader *reader, struct netns *netns)
{
	size_t i;

	for (i = 0; i < reader->nr_places; i++) {
		const char *path = reader->places[i].path;

		if (reader->places[i].inum == netns->inum && !strncmp(path, NAMED_DIR "/", 11))
			copy_printable(netns->name, sizeof(netns->name), path + 11);
	}
	if (netns->inum == netns_of_process(1))
		snprintf(netns->name, sizeof(netns->name), "init");
}

int netns_read(struct netns_reader *reader, struct snapshot *snapshot)
{
	bool away = false;
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++) {
		struct netns *netns = &snapshot->netns[i];
		int fd = open_netns(reader, netns->inum);

		set_name(reader, netns);
		if (fd < 0)
			continue;
		if (!setns(fd, CLONE_NEWNET)) {
			away = true;
			read_settings(netns);
		}
		close(fd);
	}
	return away && setns(reader->home, CLONE_NEWNET) ? -errno : 0;
}
