/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that a recording goes to: a new one, compressed, which can be read up to the last flush
 * whatever happens to this process.
 */
#ifndef PORTTRACE_RECORD_FILE_H
#define PORTTRACE_RECORD_FILE_H

#include <stdint.h>
#include <stdio.h>

#include "err.h"

struct record_file;

struct record_file_options {
	const char *path; /* borrowed; "-" is standard output */
	bool force;	  /* in the place of one that is there */
	int signals;	  /* a signalfd(), which is not read: ends the wait for the reader of a FIFO */
	/* Until something can be written to a pipe. False: nobody reads it, and it is to end. */
	bool (*wait_to_write)(void *arg, int fd);
	void *arg;
};

/*
 * Waits until somebody reads it, if it is a FIFO. -EEXIST: there is one, which is left alone. -EINVAL:
 * a terminal. -ECANCELED: a signal came while nobody read the FIFO. Else as of open(). All with the
 * reason. Free with record_file_close().
 */
int record_file_open(const struct record_file_options *options, struct record_file **ret_file,
		     struct reason *reason);

/* For messages; printable. */
const char *record_file_name(const struct record_file *file);

/* Where lines go. What went wrong is told by the functions below. */
FILE *record_file_stream(struct record_file *file);

/* Bytes of the file so far. */
uint64_t record_file_bytes(const struct record_file *file);

/*
 * All so far can be read. Negative errno, with the reason; -EPIPE: nobody reads any more; -ECANCELED:
 * nobody has read, and wait_to_write() would not wait.
 */
int record_file_flush(struct record_file *file, struct reason *reason);

/* The same; the line that comes next can be read without those before it. */
int record_file_begin_member(struct record_file *file, struct reason *reason);

/* The same, with all on its disk, too: no more lines come. */
int record_file_end(struct record_file *file, struct reason *reason);

/*
 * It has something in it, and takes the place of the one that was there, if there was one. Or: nothing
 * was recorded, and the file goes again. One of them is to be called once. Negative errno, with the
 * reason.
 */
int record_file_keep(struct record_file *file, struct reason *reason);
void record_file_remove(struct record_file *file);

void record_file_close(struct record_file *file); /* NULL is fine */

#endif
