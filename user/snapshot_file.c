// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "view.h"

static int write_line(const struct snapshot *snapshot, int fd)
{
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	err = view_json(file, snapshot, &views[0], NULL);
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/*
 * A file that was not there before: of a second there can be several snapshots, or one twice. What it
 * says of a host is not for everybody; and no link of another user is followed.
 */
static int open_new(const char *when, char *ret_name)
{
	char again[16] = "";
	int nr, fd = -1;

	for (nr = 1; nr <= SNAPSHOT_FILES_OF_A_SECOND; nr++) {
		if (nr > 1)
			snprintf(again, sizeof(again), "-%d", nr);
		snprintf(ret_name, SNAPSHOT_FILE_NAME_SIZE, "porttrace-%s%s.json", when, again);
		fd = open(ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

int snapshot_write_file(const struct snapshot *snapshot, char *ret_name, struct reason *reason)
{
	char when[32] = "";
	struct tm utc;
	int fd, err;

	if (gmtime_r(&snapshot->wall.tv_sec, &utc))
		strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	fd = open_new(when, ret_name);
	if (fd < 0)
		return because(reason, fd, "cannot write %s: %s", ret_name, strerror(-fd));
	err = write_line(snapshot, fd);
	if (!err)
		return 0;
	unlink(ret_name);
	return because(reason, err, "cannot write %s: %s", ret_name, strerror(-err));
}
