/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a file, or of a pipe that somebody still writes to: never waits, since whoever waits
 * for a line waits for keys and signals as well.
 */
#ifndef PORTTRACE_LINE_READER_H
#define PORTTRACE_LINE_READER_H

#include <stddef.h>

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
 * the reason.
 */
int line_reader_next(struct line_reader *reader, const char **ret_line, size_t *ret_length,
		     struct reason *reason);

/* Readable when it is worth while to ask again. */
int line_reader_fd(const struct line_reader *reader);

/* For messages: what is read, and the number of the line read last, from 1. */
const char *line_reader_name(const struct line_reader *reader);
unsigned long line_reader_number(const struct line_reader *reader);

#endif
