// SPDX-License-Identifier: GPL-2.0-only
#include "gz_write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

/* Of zlib: the largest window, and a gzip header. */
#define WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL 8

/*
 * Lines are much alike, and take little time at any level: of 1,000 busy routes a second, this one
 * takes 2 ms, and the fastest half of that, for a third more bytes.
 */
#define LEVEL 6

#define OUT_BYTES (64 << 10)
#define LINE_BYTES (64 << 10)

struct gz_writer {
	z_stream deflate;
	FILE *stream;
	gz_put put;
	void *arg;
	int err;
	bool has_begun; /* the member that is written */
	char out[OUT_BYTES];
};

static int put_out(struct gz_writer *writer)
{
	size_t size = OUT_BYTES - writer->deflate.avail_out;

	writer->deflate.next_out = (Bytef *)writer->out;
	writer->deflate.avail_out = OUT_BYTES;
	if (size && !writer->err)
		writer->err = writer->put(writer->arg, writer->out, size);
	return writer->err;
}

/* mode: of zlib. All of the input is taken, and with another mode than Z_NO_FLUSH all comes out. */
static int compress_some(struct gz_writer *writer, const char *bytes, size_t size, int mode)
{
	z_stream *deflate_stream = &writer->deflate;

	deflate_stream->next_in = (const Bytef *)bytes;
	deflate_stream->avail_in = size;
	do {
		if (!deflate_stream->avail_out && put_out(writer))
			break;
		if (deflate(deflate_stream, mode) == Z_STREAM_ERROR)
			writer->err = -EIO;
	} while (!writer->err && !deflate_stream->avail_out);
	return writer->err;
}

/* 0: failed, as fopencookie() wants it. */
static ssize_t take_bytes(void *cookie, const char *bytes, size_t size)
{
	struct gz_writer *writer = cookie;

	/* What comes after a piece that is missing is not to be taken for the rest of it. */
	if (writer->err)
		return 0;
	writer->has_begun = true;
	return compress_some(writer, bytes, size, Z_NO_FLUSH) ? 0 : size;
}

struct gz_writer *gz_writer_new(gz_put put, void *arg)
{
	const cookie_io_functions_t functions = { .write = take_bytes };
	struct gz_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->put = put;
	writer->arg = arg;
	writer->deflate.next_out = (Bytef *)writer->out;
	writer->deflate.avail_out = OUT_BYTES;
	if (deflateInit2(&writer->deflate, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		free(writer);
		return NULL;
	}
	writer->stream = fopencookie(writer, "w", functions);
	if (!writer->stream) {
		gz_writer_free(writer);
		return NULL;
	}
	setvbuf(writer->stream, NULL, _IOFBF, LINE_BYTES);
	return writer;
}

void gz_writer_free(struct gz_writer *writer)
{
	if (!writer)
		return;
	/* What is in the buffer of the stream goes nowhere. */
	writer->err = -ECANCELED;
	if (writer->stream)
		fclose(writer->stream);
	deflateEnd(&writer->deflate);
	free(writer);
}

FILE *gz_writer_stream(struct gz_writer *writer)
{
	return writer->stream;
}

static int finish(struct gz_writer *writer, int mode)
{
	if (fflush(writer->stream) && !writer->err)
		writer->err = -ENOMEM;
	/* An empty member would be nothing but bytes. */
	if (writer->err || !writer->has_begun)
		return writer->err;
	if (!compress_some(writer, NULL, 0, mode))
		put_out(writer);
	return writer->err;
}

int gz_writer_flush(struct gz_writer *writer)
{
	return finish(writer, Z_SYNC_FLUSH);
}

int gz_writer_end_member(struct gz_writer *writer)
{
	int err = finish(writer, Z_FINISH);

	if (err || !writer->has_begun)
		return err;
	deflateReset(&writer->deflate);
	writer->has_begun = false;
	return 0;
}
