// SPDX-License-Identifier: GPL-2.0-only
#include "process_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

/* Mapped for execution, in one process: as many as all kinds together may be (vm.max_map_count). */
#define MAX_MAPPINGS 65536

/* Of process_key.started, and of /proc/PID/stat: one clock tick, and what rounding takes. */
#define SLACK_MS 12

static FILE *open_in(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* Since boot, suspended time included; negative: no such process. */
static int64_t start_time_ns(int dir)
{
	unsigned long long ticks;
	char text[1024];
	ssize_t length;
	char *rest;
	int fd;

	fd = openat(dir, "stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	/* The second field is a name with anything in it, in parentheses; start time is the 22nd. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1,
			    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
			    " %*d %*d %llu",
			    &ticks) != 1)
		return -1;
	return (int64_t)(ticks * (1000000000ULL / (unsigned long)sysconf(_SC_CLK_TCK)));
}

/*
 * The kernel's own start time does not count time in which the host was suspended; that of /proc
 * does. How much of it was before the process started is not known: any part of all there was.
 */
static bool has_started_at(int dir, uint32_t started)
{
	int64_t suspended = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);
	int64_t found = start_time_ns(dir);
	int32_t later;

	if (found < 0)
		return false;
	later = (int32_t)((uint32_t)(found >> 20) - started);
	return later >= -SLACK_MS && later <= (suspended >> 20) + SLACK_MS;
}

int process_maps_open(struct process_maps *maps, struct process_key process)
{
	char path[32];

	*maps = (struct process_maps){ .dir = -1 };
	if (!process.pid)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%u", process.pid);
	maps->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (maps->dir < 0)
		return -errno;
	if (!has_started_at(maps->dir, process.started)) {
		process_maps_done(maps);
		return -ESRCH;
	}
	return 0;
}

static void forget(struct process_maps *maps)
{
	size_t i;

	for (i = 0; i < maps->nr_mappings; i++)
		free(maps->mappings[i].name);
	free(maps->mappings);
	maps->mappings = NULL;
	maps->nr_mappings = 0;
}

/* A file that was replaced or removed is still what runs. */
static char *base_name(const char *path)
{
	static const char deleted[] = " (deleted)";
	const char *base = strrchr(path, '/') + 1;
	size_t length = strcspn(base, "\n");

	if (length > strlen(deleted) &&
	    !strncmp(base + length - strlen(deleted), deleted, strlen(deleted)))
		length -= strlen(deleted);
	return strndup(base, length);
}

/* "start-end r-xp offset major:minor inode path"; false: not of a mapping that is executed. */
static bool parse(const char *line, struct mapping *mapping)
{
	char permissions[5];
	const char *path;
	int skipped = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %*u %n", &mapping->start,
		   &mapping->end, permissions, &mapping->offset, &skipped) != 4 ||
	    !skipped || permissions[2] != 'x')
		return false;
	path = line + skipped;
	mapping->name = NULL;
	if (path[0] != '/')
		return true;
	mapping->name = base_name(path);
	return mapping->name;
}

static int add(struct process_maps *maps, const struct mapping *mapping)
{
	size_t nr = maps->nr_mappings;
	struct mapping *more;

	/* Room is doubled whenever the number is a power of two. */
	if (!(nr & (nr - 1))) {
		more = realloc(maps->mappings, (nr ? 2 * nr : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		maps->mappings = more;
	}
	maps->mappings[maps->nr_mappings++] = *mapping;
	return 0;
}

int process_maps_read(struct process_maps *maps)
{
	struct mapping mapping;
	char *line = NULL;
	size_t size = 0;
	FILE *file;
	int err = 0;

	forget(maps);
	file = open_in(maps->dir, "maps");
	if (!file)
		return -errno;
	while (!err && maps->nr_mappings < MAX_MAPPINGS && getline(&line, &size, file) > 0) {
		if (!parse(line, &mapping))
			continue;
		err = add(maps, &mapping);
		if (err)
			free(mapping.name);
	}
	free(line);
	fclose(file);
	/* A process on its way out has none. */
	return err || maps->nr_mappings ? err : -ESRCH;
}

/* The kernel lists them by address. */
static int compare(const void *key, const void *element)
{
	const struct mapping *mapping = element;
	uint64_t address = *(const uint64_t *)key;

	if (address < mapping->start)
		return -1;
	return address >= mapping->end;
}

const struct mapping *process_maps_find(const struct process_maps *maps, uint64_t address)
{
	if (!maps->nr_mappings)
		return NULL;
	return bsearch(&address, maps->mappings, maps->nr_mappings, sizeof(*maps->mappings),
		       compare);
}

/* O_PATH opens nothing: neither a device, nor the waiting end of a pipe. */
static int reopen_regular(int handle)
{
	struct stat status;
	char path[32];
	int fd;

	if (fstat(handle, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int process_maps_open_file(const struct process_maps *maps, const struct mapping *mapping)
{
	char path[64];
	int handle, fd;

	snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, mapping->start,
		 mapping->end);
	handle = openat(maps->dir, path, O_PATH | O_CLOEXEC);
	if (handle < 0)
		return -errno;
	fd = reopen_regular(handle);
	close(handle);
	return fd;
}

void process_maps_done(struct process_maps *maps)
{
	forget(maps);
	if (maps->dir >= 0)
		close(maps->dir);
	maps->dir = -1;
}
