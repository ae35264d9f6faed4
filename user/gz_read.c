// SPDX-License-Identifier: GPL-2.0-only
#include "gz_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

/* Of zlib: the largest window, and a gzip header, nothing else. */
#define WINDOW_BITS (15 + 16)

struct gz_reader {
	z_stream stream;
	bool is_between;
	bool had_one; /* a member */
};

bool gz_is_magic(const char *bytes)
{
	return !memcmp(bytes, "\x1f\x8b", GZ_MAGIC_SIZE);
}

struct gz_reader *gz_reader_new(void)
{
	struct gz_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	if (inflateInit2(&reader->stream, WINDOW_BITS) != Z_OK) {
		free(reader);
		return NULL;
	}
	reader->is_between = true;
	return reader;
}

void gz_reader_free(struct gz_reader *reader)
{
	if (!reader)
		return;
	inflateEnd(&reader->stream);
	free(reader);
}

void gz_reader_reset(struct gz_reader *reader)
{
	inflateReset(&reader->stream);
	reader->is_between = true;
	reader->had_one = false;
}

/* Zeros behind the last member: some media, and some crashes, pad files with them. */
static void skip_padding(const char **bytes, size_t *size)
{
	while (*size && !**bytes) {
		(*bytes)++;
		(*size)--;
	}
}

static int explain(const struct gz_reader *reader, int status, struct reason *reason)
{
	const char *why = reader->stream.msg;

	if (status == Z_MEM_ERROR)
		return because(reason, -ENOMEM, "out of memory");
	if (status == Z_NEED_DICT)
		why = "it needs a dictionary";
	return because(reason, -EBADMSG, "its gzip compression is damaged: %s",
		       why ? why : "what comes next makes no sense");
}

int gz_reader_inflate(struct gz_reader *reader, const char **bytes, size_t *size, char *to,
		      size_t room, size_t *ret_got, struct reason *reason)
{
	z_stream *stream = &reader->stream;
	int status;

	*ret_got = 0;
	if (reader->is_between && reader->had_one)
		skip_padding(bytes, size);
	if (!*size && reader->is_between)
		return 0;
	reader->is_between = false;
	stream->next_in = (const Bytef *)*bytes;
	stream->avail_in = *size;
	stream->next_out = (Bytef *)to;
	stream->avail_out = room;
	status = inflate(stream, Z_NO_FLUSH);
	*bytes = (const char *)stream->next_in;
	*size = stream->avail_in;
	*ret_got = room - stream->avail_out;
	if (status == Z_STREAM_END) {
		reader->is_between = reader->had_one = true;
		inflateReset(stream);
	} else if (status != Z_OK && status != Z_BUF_ERROR && !*ret_got) {
		/* What is good before the damage comes first; the next call finds the same. */
		return explain(reader, status, reason);
	}
	return 0;
}

bool gz_reader_is_between(const struct gz_reader *reader)
{
	return reader->is_between;
}
