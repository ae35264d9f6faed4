// SPDX-License-Identifier: GPL-2.0-only
#include "line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES (64 << 10)

struct line_reader {
	int fd;
	const char *name; /* borrowed */
	unsigned long number;
	bool at_end;
	char *buffer;
	size_t room;
	size_t start;   /* of what was not handed out yet */
	size_t used;    /* end of what was read */
	size_t scanned; /* no newline between start and here */
};

static int fail_open(const struct line_reader *reader, struct reason *reason, int err)
{
	return because(reason, -err, "cannot read %s: %s", reader->name, strerror(err));
}

static int open_file(struct line_reader *reader, const char *path, struct reason *reason)
{
	struct stat stat_of;

	/* Of a named pipe without a writer yet, open() would wait, and no signal could end it. */
	if (reader->fd < 0)
		reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (reader->fd < 0 || fstat(reader->fd, &stat_of))
		return fail_open(reader, reason, errno);
	return S_ISDIR(stat_of.st_mode) ? fail_open(reader, reason, EISDIR) : 0;
}

int line_reader_open(const char *path, struct line_reader **ret_reader, struct reason *reason)
{
	struct line_reader *reader = calloc(1, sizeof(*reader));
	bool is_stdin = !strcmp(path, "-");
	int err;

	if (!reader)
		return because(reason, -ENOMEM, "out of memory");
	reader->fd = is_stdin ? STDIN_FILENO : -1;
	reader->name = is_stdin ? "standard input" : path;
	err = open_file(reader, path, reason);
	if (err) {
		line_reader_close(reader);
		return err;
	}
	*ret_reader = reader;
	return 0;
}

void line_reader_close(struct line_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd > STDIN_FILENO)
		close(reader->fd);
	free(reader->buffer);
	free(reader);
}

int line_reader_fd(const struct line_reader *reader)
{
	return reader->fd;
}

const char *line_reader_name(const struct line_reader *reader)
{
	return reader->name;
}

unsigned long line_reader_number(const struct line_reader *reader)
{
	return reader->number;
}

/* For a chunk more, behind what was not handed out yet. */
static int make_room(struct line_reader *reader)
{
	size_t room = reader->room ? 2 * reader->room : 2 * CHUNK_BYTES;
	char *bigger;

	if (reader->start) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->used - reader->start);
		reader->used -= reader->start;
		reader->scanned -= reader->start;
		reader->start = 0;
	}
	if (reader->room - reader->used >= CHUNK_BYTES)
		return 0;
	bigger = realloc(reader->buffer, room);
	if (!bigger)
		return -ENOMEM;
	reader->buffer = bigger;
	reader->room = room;
	return 0;
}

/* Reads what there is, a chunk at most. */
static int fill(struct line_reader *reader, struct reason *reason)
{
	struct pollfd wait = { .fd = reader->fd, .events = POLLIN };
	ssize_t got;

	if (make_room(reader))
		return because(reason, -ENOMEM, "out of memory");
	if (poll(&wait, 1, 0) <= 0)
		return -EAGAIN;
	got = read(reader->fd, reader->buffer + reader->used, CHUNK_BYTES);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (got < 0)
		return fail_open(reader, reason, errno);
	reader->at_end = !got;
	reader->used += got;
	return 0;
}

/* NULL: its end was not read yet. */
static char *find_end(struct line_reader *reader)
{
	char *end = NULL;

	if (reader->scanned < reader->used)
		end = memchr(reader->buffer + reader->scanned, '\n',
			     reader->used - reader->scanned);
	/* The last one may be without a newline. */
	if (!end && reader->at_end && reader->used > reader->start)
		end = reader->buffer + reader->used;
	reader->scanned = reader->used;
	return end;
}

int line_reader_next(struct line_reader *reader, const char **ret_line, size_t *ret_length,
		     struct reason *reason)
{
	char *end;
	int err;

	while (!(end = find_end(reader))) {
		if (reader->at_end)
			return -ENODATA;
		if (reader->used - reader->start > LINE_READER_MAX_BYTES)
			return because(reason, -EFBIG,
				       "cannot read %s, line %lu: it is longer than %d MiB",
				       reader->name, reader->number + 1,
				       LINE_READER_MAX_BYTES >> 20);
		err = fill(reader, reason);
		if (err)
			return err;
	}
	*ret_line = reader->buffer + reader->start;
	*ret_length = end - *ret_line;
	reader->number++;
	reader->start += *ret_length;
	if (reader->start < reader->used)
		reader->start++; /* the newline */
	reader->scanned = reader->start;
	return 0;
}
