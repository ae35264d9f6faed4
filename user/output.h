/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output: data only, and every byte of it or a message. */
#ifndef PORTTRACE_OUTPUT_H
#define PORTTRACE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/*
 * From now on output ends when a signal comes while nobody reads it: a full pipe must not keep a
 * program from ending. signals: a signalfd(), which is not read. 0 or -ENOMEM.
 */
int output_until_signal(int signals);

/*
 * Waits until something can be written to that descriptor. False: whoever reads it does not, and a
 * signal has come. Where there is an error, write() says.
 */
bool output_wait_for_reader(int fd, int signals);

/* The same, after a signal: for a second. False: nothing was read in it. */
bool output_wait_a_moment(int fd);

/* Where to write. */
FILE *output_stream(void);

/* The width of plain text: COLUMNS, or that of the terminal if it goes to one, or that of otherwise. */
int output_width(int otherwise);

/* Whether it may have more than ASCII in it, by the locale. */
bool output_is_utf8(void);

/*
 * Writes out what is buffered. Negative errno after a message if that failed, now or before;
 * without one -EPIPE, since who reads only as much as he likes has what he wanted, and
 * -ECANCELED, see above.
 */
int output_flush(void);

/* The exit status after output_flush(), or after any function that has said what went wrong. */
enum exit_status output_status(int err);

#endif
