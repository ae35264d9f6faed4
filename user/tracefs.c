// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracefs need not be mounted, and mounting it would change the host. A detached mount
 * (fsopen() and fsmount(), 5.2) is seen by this process alone and goes with it.
 */
#include "tracefs.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_detached(void)
{
	int fs, mount = -1;

	fs = syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		mount = -errno;
	close(fs);
	return mount;
}

/* An open directory of tracefs, kept for the life of the process. */
static int tracefs(void)
{
	static const char *const mounts[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	static int kept = -1;
	size_t i;

	for (i = 0; kept < 0 && i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		int fd = open(mounts[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		/* An empty mount point is a directory, too. */
		if (fd >= 0 && !faccessat(fd, "events", R_OK, 0))
			kept = fd;
		else if (fd >= 0)
			close(fd);
	}
	if (kept < 0)
		kept = open_detached();
	return kept;
}

int tracefs_event_id(const char *category, const char *name, struct reason *reason)
{
	char path[128], text[16] = "";
	int fd, dir = tracefs();
	ssize_t got;

	if (dir < 0)
		return because(reason, dir, "cannot open tracefs: %s", strerror(-dir));
	snprintf(path, sizeof(path), "events/%s/%s/id", category, name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return because(reason, -errno, "there is no tracepoint %s:%s: %s", category, name,
			       strerror(errno));
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	return got > 0 ? atoi(text) : because(reason, -EIO, "cannot read tracefs %s", path);
}

/* A perf event for a tracepoint of that id, for every process and CPU; or a negative errno. */
static int open_event(int id)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.sample_period = 1,
	};
	/* One event is enough: its BPF programs run on every CPU that passes the tracepoint. */
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

struct bpf_link *tracefs_attach(const struct bpf_program *program)
{
	char category[32], name[64];
	struct bpf_link *link;
	int id, fd;

	if (sscanf(bpf_program__section_name(program), "tracepoint/%31[^/]/%63s", category,
		   name) != 2)
		return bpf_program__attach(program);
	id = tracefs_event_id(category, name, NULL);
	fd = id < 0 ? id : open_event(id);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	link = bpf_program__attach_perf_event(program, fd);
	if (!link)
		close(fd);
	return link;
}
