/* SPDX-License-Identifier: GPL-2.0-only */
/* A porttrace that prints a line of JSON every tenth of a second, and the reading of it. */
#ifndef LIVE_TRACER_H
#define LIVE_TRACER_H

#include <stdbool.h>

struct tracer;

/*
 * Starts it and waits for the first line: its probes are attached then. NULL when there is none
 * in time; then ret_why, of that size, says why.
 */
struct tracer *tracer_start(const char *path, const char *probe, char *ret_why, int size);

/* The same, with a census for every line, whatever that costs. */
struct tracer *tracer_start_counting(const char *path, const char *probe, char *ret_why, int size);

/* The same, with a line every so many seconds, of such network namespaces. */
struct tracer *tracer_start_every(const char *path, const char *probe, const char *interval,
				  const char *netns, char *ret_why, int size);

/* Calls visit for each line from now on, as it is read. */
void tracer_watch(struct tracer *tracer, void (*visit)(const char *line, void *arg), void *arg);

/*
 * Waits until fd has something to read, or its other end is closed, and reads the tracer's output
 * all the while, lest it wait for its reader. -ETIMEDOUT; -EPIPE: the tracer has ended.
 */
int tracer_wait_beside(struct tracer *tracer, int fd, int limit_ms);

/*
 * Waits for a line that was taken after this call, and returns it; valid until the next call.
 * NULL: there is none in time.
 */
const char *tracer_next_line(struct tracer *tracer, int limit_ms);

/*
 * Sends the signal, and reads to the end. True when it ended in time with status 0 and its last
 * line is whole; else ret_why says why not.
 */
bool tracer_stop(struct tracer *tracer, int signal, char *ret_why, int size);

/* The last whole line that it printed, or NULL; valid until the next call. */
const char *tracer_last_line(const struct tracer *tracer);

/* How it does, in words. */
const char *tracer_state(struct tracer *tracer);

/* NULL is fine. */
void tracer_free(struct tracer *tracer);

#endif
