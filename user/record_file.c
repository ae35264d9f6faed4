// SPDX-License-Identifier: GPL-2.0-only
#include "record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gz_write.h"
#include "printable.h"

struct record_file {
	struct record_file_options options;
	char name[96];
	int fd;
	bool is_new;	 /* this process has made it, and may remove it */
	char *beside;	 /* its name until it takes the place of another one; NULL: it has its own */
	bool is_regular; /* no pipe, of which somebody has to read the other end */
	uint64_t bytes;
	struct gz_writer *gz;
};

/* ---- Writing ---- */

/* A pipe takes pieces of this size whole, once it takes any. */
static size_t piece_of(const struct record_file *file, size_t size)
{
	return file->is_regular || size < PIPE_BUF ? size : PIPE_BUF;
}

static int put(void *arg, const char *bytes, size_t size)
{
	struct record_file *file = arg;
	ssize_t written;

	while (size) {
		if (!file->is_regular && !file->options.wait_to_write(file->options.arg, file->fd))
			return -ECANCELED;
		written = write(file->fd, bytes, piece_of(file, size));
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (written <= 0)
			continue;
		bytes += written;
		size -= written;
		file->bytes += written;
	}
	return 0;
}

static int explain(const struct record_file *file, int err, struct reason *reason)
{
	if (!err)
		return 0;
	if (err == -ENOSPC || err == -EDQUOT || err == -EFBIG)
		return because(reason, err,
			       "cannot write %s: %s; what has been written can be read", file->name,
			       strerror(-err));
	if (err == -EPIPE)
		return because(reason, err,
			       "nobody reads %s any more: what came after that is lost; to keep all, "
			       "give a file with -o",
			       file->name);
	if (err == -ECANCELED)
		return because(reason, err,
			       "whoever reads %s takes no more of it: what was left is lost; to "
			       "keep all, give a file with -o",
			       file->name);
	return because(reason, err, "cannot write %s: %s", file->name, strerror(-err));
}

int record_file_flush(struct record_file *file, struct reason *reason)
{
	return explain(file, gz_writer_flush(file->gz), reason);
}

int record_file_begin_member(struct record_file *file, struct reason *reason)
{
	return explain(file, gz_writer_end_member(file->gz), reason);
}

int record_file_end(struct record_file *file, struct reason *reason)
{
	int err = gz_writer_end_member(file->gz);

	/* Some file systems only tell now that there was no room. A pipe cannot, and need not. */
	if (!err && file->is_regular && fsync(file->fd))
		err = -errno;
	return explain(file, err, reason);
}

/* ---- Opening ---- */

/* How often it is asked whether somebody reads a FIFO: the kernel does not tell. */
#define FIFO_STEP_MS 100

static int fail(const struct record_file *file, int err, struct reason *reason)
{
	if (err == -ECANCELED)
		return because(reason, err,
			       "nobody has read %s: start what reads it as well, or give a file with "
			       "-o",
			       file->name);
	if (err == -EEXIST && access(file->options.path, F_OK))
		return because(reason, err,
			       "%s is a link to what is not there: give another name with -o, or put "
			       "the file in its place with --force",
			       file->name);
	if (err == -EEXIST)
		return because(reason, err,
			       "%s is there already: give another name with -o, or overwrite it "
			       "with --force",
			       file->name);
	return because(reason, err, "cannot write %s: %s", file->name, strerror(-err));
}

/* What it says of a host is not for everybody; and no link of another user is followed. */
static int make_new(struct record_file *file)
{
	file->fd = open(file->options.path,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	file->is_new = file->fd >= 0;
	return file->is_new ? 0 : -errno;
}

/* Until something has been recorded, the one that is there stays. */
static int make_beside(struct record_file *file)
{
	if (asprintf(&file->beside, "%s.XXXXXX", file->options.path) < 0) {
		file->beside = NULL;
		return -ENOMEM;
	}
	file->fd = mkostemp(file->beside, O_CLOEXEC);
	file->is_new = file->fd >= 0;
	return file->is_new ? 0 : -errno;
}

static int open_device(struct record_file *file)
{
	file->fd = open(file->options.path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return file->fd < 0 ? -errno : 0;
}

/*
 * Not by a call that blocks: signals are for the signalfd, and would not end it. ENXIO: nobody has
 * opened it to read, see fifo(7).
 */
static int open_fifo(struct record_file *file)
{
	struct pollfd wait = { .fd = file->options.signals, .events = POLLIN };
	int err = open_device(file);

	if (err == -ENXIO)
		complain("waiting until somebody reads %s", file->name);
	while (err == -ENXIO) {
		if (poll(&wait, 1, FIFO_STEP_MS) > 0)
			return -ECANCELED;
		err = open_device(file);
	}
	return err;
}

/* A pipe or a device is no file that could be lost. */
static int open_existing(struct record_file *file)
{
	struct stat stat_of;

	/* A link to nowhere is no file, but its name is taken all the same. */
	if (stat(file->options.path, &stat_of))
		return file->options.force ? make_beside(file) : -EEXIST;
	if (S_ISDIR(stat_of.st_mode))
		return -EISDIR;
	if (S_ISREG(stat_of.st_mode))
		return file->options.force ? make_beside(file) : -EEXIST;
	return S_ISFIFO(stat_of.st_mode) ? open_fifo(file) : open_device(file);
}

static int open_path(struct record_file *file, struct reason *reason)
{
	int err;

	if (!strcmp(file->options.path, "-")) {
		file->fd = STDOUT_FILENO;
		return 0;
	}
	err = make_new(file);
	if (err == -EEXIST)
		err = open_existing(file);
	return err ? fail(file, err, reason) : 0;
}

static int open_file(struct record_file *file, struct reason *reason)
{
	struct stat stat_of;
	int err = open_path(file, reason);

	if (err)
		return err;
	if (isatty(file->fd))
		return because(reason, -EINVAL,
			       "%s is a terminal, and the recording would be compressed: give a "
			       "file with -o",
			       file->name);
	file->is_regular = !fstat(file->fd, &stat_of) && S_ISREG(stat_of.st_mode);
	file->gz = gz_writer_new(put, file);
	return file->gz ? 0 : because(reason, -ENOMEM, "out of memory");
}

int record_file_open(const struct record_file_options *options, struct record_file **ret_file,
		     struct reason *reason)
{
	struct record_file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return because(reason, -ENOMEM, "out of memory");
	file->options = *options;
	file->fd = -1;
	printable_copy(file->name, sizeof(file->name),
		       strcmp(options->path, "-") ? options->path : "standard output");
	err = open_file(file, reason);
	if (err) {
		record_file_remove(file);
		record_file_close(file);
		return err;
	}
	*ret_file = file;
	return 0;
}

const char *record_file_name(const struct record_file *file)
{
	return file->name;
}

FILE *record_file_stream(struct record_file *file)
{
	return gz_writer_stream(file->gz);
}

uint64_t record_file_bytes(const struct record_file *file)
{
	return file->bytes;
}

/* Whoever has the old one open goes on reading that. */
int record_file_keep(struct record_file *file, struct reason *reason)
{
	if (file->beside && rename(file->beside, file->options.path))
		return fail(file, -errno, reason);
	file->is_new = false;
	return 0;
}

void record_file_remove(struct record_file *file)
{
	if (file->is_new)
		unlink(file->beside ? file->beside : file->options.path);
	file->is_new = false;
}

void record_file_close(struct record_file *file)
{
	if (!file)
		return;
	gz_writer_free(file->gz);
	free(file->beside);
	if (file->fd > STDERR_FILENO)
		close(file->fd);
	free(file);
}
