/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the gzip compression on a stream of lines. The only user of zlib's deflate; where the bytes go
 * is for the caller to say. Everything up to the last flush can be read, whatever happens next.
 */
#ifndef PORTTRACE_GZ_WRITE_H
#define PORTTRACE_GZ_WRITE_H

#include <stdint.h>
#include <stdio.h>

struct gz_writer;

/* Takes compressed bytes. After a negative errno it is called no more. */
typedef int (*gz_put)(void *arg, const char *bytes, size_t size);

/* NULL when out of memory. */
struct gz_writer *gz_writer_new(gz_put put, void *arg);
void gz_writer_free(struct gz_writer *writer); /* NULL is fine; what was not flushed is lost */

/* Where the lines go. What went wrong is told by the functions below. */
FILE *gz_writer_stream(struct gz_writer *writer);

/* All that was written can be read. 0, or the first negative errno of put, or -ENOMEM. */
int gz_writer_flush(struct gz_writer *writer);

/*
 * The same, and the next line begins a member of its own: what comes before is not needed to read it,
 * and its sum is checked.
 */
int gz_writer_end_member(struct gz_writer *writer);

#endif
