// SPDX-License-Identifier: GPL-2.0-only
#include "line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gz_read.h"

#define CHUNK_BYTES (64 << 10)

struct line_reader {
	int fd;
	const char *name; /* borrowed */
	unsigned long number;
	bool at_end;	  /* nothing more comes into the buffer */
	bool is_cut;
	char *buffer;
	size_t room;
	size_t start;   /* of what was not handed out yet */
	size_t used;    /* end of what was read */
	size_t scanned; /* no newline between start and here */
	off_t offset;	/* in the file, of what is read next */
	bool can_seek;
	struct line_mark mark; /* of a line; number 0: none */
	/* What was read and is compressed. NULL: it is not, or nothing has come yet. */
	struct gz_reader *gz;
	char *raw;
	const char *raw_at;
	size_t raw_left;
	bool raw_ended;
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
	if (S_ISREG(stat_of.st_mode))
		reader->offset = lseek(reader->fd, 0, SEEK_CUR);
	reader->can_seek = S_ISREG(stat_of.st_mode) && reader->offset >= 0;
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
	gz_reader_free(reader->gz);
	free(reader->raw);
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

bool line_reader_is_cut(const struct line_reader *reader)
{
	return reader->is_cut;
}

bool line_reader_is_compressed(const struct line_reader *reader)
{
	return reader->gz;
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

/* Reads what there is, a chunk at most; 0 bytes: that was the end. */
static int read_chunk(struct line_reader *reader, char *to, size_t *ret_got, struct reason *reason)
{
	struct pollfd wait = { .fd = reader->fd, .events = POLLIN };
	ssize_t got;

	if (poll(&wait, 1, 0) <= 0)
		return -EAGAIN;
	got = read(reader->fd, to, CHUNK_BYTES);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (got < 0)
		return fail_open(reader, reason, errno);
	*ret_got = got;
	reader->offset += got;
	return 0;
}

/* The very first bytes tell: what has come so far is compressed then. */
static int look_for_magic(struct line_reader *reader, struct reason *reason)
{
	if (reader->number || reader->start || reader->used < GZ_MAGIC_SIZE ||
	    !gz_is_magic(reader->buffer))
		return 0;
	reader->gz = gz_reader_new();
	reader->raw = malloc(2 * CHUNK_BYTES);
	if (!reader->gz || !reader->raw)
		return because(reason, -ENOMEM, "out of memory");
	memcpy(reader->raw, reader->buffer, reader->used);
	reader->raw_at = reader->raw;
	reader->raw_left = reader->used;
	reader->raw_ended = reader->at_end;
	reader->at_end = false;
	reader->used = reader->scanned = 0;
	return 0;
}

static int fill_plain(struct line_reader *reader, struct reason *reason)
{
	size_t got;
	int err = read_chunk(reader, reader->buffer + reader->used, &got, reason);

	if (err)
		return err;
	reader->at_end = !got;
	reader->used += got;
	return look_for_magic(reader, reason);
}

/* A line that begins where a member does can be read without those before. */
static void set_mark(struct line_reader *reader)
{
	if (reader->start == reader->used && gz_reader_is_between(reader->gz))
		reader->mark = (struct line_mark){ .offset = reader->offset - reader->raw_left,
						   .number = reader->number + 1 };
}

static int inflate_some(struct line_reader *reader, struct reason *reason)
{
	struct reason why;
	size_t got;
	int err;

	set_mark(reader);
	err = gz_reader_inflate(reader->gz, &reader->raw_at, &reader->raw_left,
				reader->buffer + reader->used, CHUNK_BYTES, &got, &why);
	if (err)
		return because(reason, err, "cannot read %s after line %lu: %.200s", reader->name,
			       reader->number, why.text);
	reader->used += got;
	/* What zlib keeps comes out without more input, too. */
	if (!got && !reader->raw_left && reader->raw_ended) {
		reader->at_end = true;
		reader->is_cut = !gz_reader_is_between(reader->gz);
	}
	return 0;
}

static int fill_compressed(struct line_reader *reader, struct reason *reason)
{
	int err;

	if (!reader->raw_left && !reader->raw_ended) {
		err = read_chunk(reader, reader->raw, &reader->raw_left, reason);
		if (err)
			return err;
		reader->raw_at = reader->raw;
		reader->raw_ended = !reader->raw_left;
	}
	return inflate_some(reader, reason);
}

static int fill(struct line_reader *reader, struct reason *reason)
{
	if (make_room(reader))
		return because(reason, -ENOMEM, "out of memory");
	return reader->gz ? fill_compressed(reader, reason) : fill_plain(reader, reason);
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

/* Without compression, any line. */
static void set_mark_of_plain(struct line_reader *reader)
{
	if (!reader->gz)
		reader->mark = (struct line_mark){
			.offset = reader->offset - (reader->used - reader->start),
			.number = reader->number + 1,
		};
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
	set_mark_of_plain(reader);
	*ret_line = reader->buffer + reader->start;
	*ret_length = end - *ret_line;
	reader->number++;
	reader->start += *ret_length;
	if (reader->start < reader->used)
		reader->start++; /* the newline */
	else
		reader->is_cut = true;
	reader->scanned = reader->start;
	return 0;
}

bool line_reader_mark(const struct line_reader *reader, struct line_mark *ret_mark)
{
	*ret_mark = reader->mark;
	return reader->can_seek && reader->number && reader->mark.number == reader->number;
}

int line_reader_go_to(struct line_reader *reader, const struct line_mark *mark,
		      struct reason *reason)
{
	if (lseek(reader->fd, mark->offset, SEEK_SET) < 0)
		return fail_open(reader, reason, errno);
	reader->offset = mark->offset;
	reader->number = mark->number - 1;
	reader->start = reader->used = reader->scanned = reader->raw_left = 0;
	reader->at_end = reader->raw_ended = reader->is_cut = false;
	if (reader->gz)
		gz_reader_reset(reader->gz);
	return 0;
}
