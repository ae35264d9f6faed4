/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a file, or of a pipe that somebody still writes to, with gzip's compression or
 * without: never waits, since whoever waits for a line waits for keys and signals as well.
 */
#ifndef PORTTRACE_LINE_READER_H
#define PORTTRACE_LINE_READER_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* More than a snapshot of as many routes as porttrace has room for. */
#define LINE_READER_MAX_BYTES (64 << 20)

struct line_reader;

/* path: "-" is standard input. Negative errno, with the reason. */
int line_reader_open(const char *path, struct line_reader **ret_reader, struct reason *reason);
void line_reader_close(struct line_reader *reader); /* NULL is fine */

/*
 * The next line, without its newline and with nothing behind it, until the next call. -EAGAIN: it
 * has not come yet, see line_reader_fd(). -ENODATA: there are no more. Else a negative errno, with
 * the reason: -EBADMSG if the compression is damaged, -EFBIG if a line is too long.
 */
int line_reader_next(struct line_reader *reader, const char **ret_line, size_t *ret_length,
		     struct reason *reason);

/* Readable when it is worth while to ask again. */
int line_reader_fd(const struct line_reader *reader);

/* For messages: what is read, and the number of the line read last, from 1. */
const char *line_reader_name(const struct line_reader *reader);
unsigned long line_reader_number(const struct line_reader *reader);

/* Whether it ended in the middle: of the line read last, which has no newline, or of a gzip member. */
bool line_reader_is_cut(const struct line_reader *reader);
bool line_reader_is_compressed(const struct line_reader *reader);

/* A line that can be read again: any of a file, and of a compressed one the first of each member. */
struct line_mark {
	off_t offset;
	unsigned long number;
};

/* Of the line read last; false: it is none of those. */
bool line_reader_mark(const struct line_reader *reader, struct line_mark *ret_mark);

/* That line is the next one. Negative errno, with the reason. */
int line_reader_go_to(struct line_reader *reader, const struct line_mark *mark,
		      struct reason *reason);

#endif
