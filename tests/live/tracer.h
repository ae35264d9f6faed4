/* SPDX-License-Identifier: GPL-2.0-only */
/* A porttrace that prints lines of JSON, and the reading of them. */
#ifndef LIVE_TRACER_H
#define LIVE_TRACER_H

#include <stdbool.h>

struct child;
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

/*
 * Starts `porttrace trace`, as argv has it in full, and waits until it says that it traces. Calls
 * visit for each line.
 */
struct tracer *tracer_start_trace(const char *const argv[],
				  void (*visit)(const char *line, void *arg), void *arg,
				  char *ret_why, int size);

/* Whether a `porttrace trace` says so; arg: a pointer to a struct child *. */
bool tracer_is_tracing(const void *arg);

/* Calls visit for each line from now on, as it is read. */
void tracer_watch(struct tracer *tracer, void (*visit)(const char *line, void *arg), void *arg);

/*
 * Waits until fd has something to read, or its other end is closed, and reads the output of all
 * tracers all the while, lest they wait for their reader. -ETIMEDOUT; -EPIPE: this tracer
 * has ended, if it is not NULL.
 */
int tracer_wait_beside(struct tracer *tracer, int fd, int limit_ms);

/* The same, until holds() says true; asked again after each piece of output. */
bool tracer_await(struct tracer *tracer, bool (*holds)(const void *arg), const void *arg,
		  int limit_ms);

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

/* The same, without a signal: it is to end by itself. */
bool tracer_await_end(struct tracer *tracer, int limit_ms, char *ret_why, int size);

/* Its process; not to be freed. */
struct child *tracer_child(const struct tracer *tracer);

/* The last whole line that it printed, or NULL; valid until the next call. */
const char *tracer_last_line(const struct tracer *tracer);

/* How it does, in words. */
const char *tracer_state(struct tracer *tracer);

/* NULL is fine. */
void tracer_free(struct tracer *tracer);

#endif
