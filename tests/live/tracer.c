// SPDX-License-Identifier: GPL-2.0-only
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "wait.h"

/* Loading the programs takes some seconds on an emulated processor. */
#define START_LIMIT_MS 60000
#define STOP_LIMIT_MS 10000
#define CHUNK_SIZE 65536

/* Of `trace`, when it is ready. */
#define TRACING "with back-end"

struct tracer {
	struct tracer *next; /* of all that run */
	struct child *child;
	char *arriving; /* the line that is not yet whole */
	size_t used, size;
	char *line; /* the last whole one, or NULL */
	unsigned long nr_begun, nr_whole; /* lines, since the start */
	void (*visit)(const char *line, void *arg); /* for each whole line, or NULL */
	void *visit_arg;
	bool at_end;
};

/* All are read whenever one is waited for, lest they wait for their reader. */
#define MAX_TRACERS 8

static struct tracer *tracers;

static bool append(struct tracer *tracer, const char *bytes, size_t nr)
{
	size_t size = tracer->size ? tracer->size : CHUNK_SIZE;
	char *grown;

	while (size < tracer->used + nr + 1)
		size *= 2;
	if (size > tracer->size) {
		grown = realloc(tracer->arriving, size);
		if (!grown)
			return false;
		tracer->arriving = grown;
		tracer->size = size;
	}
	if (!tracer->used)
		tracer->nr_begun++;
	memcpy(tracer->arriving + tracer->used, bytes, nr);
	tracer->used += nr;
	tracer->arriving[tracer->used] = '\0';
	return true;
}

/* Takes the newline away. */
static void finish_line(struct tracer *tracer)
{
	tracer->arriving[tracer->used - 1] = '\0';
	free(tracer->line);
	tracer->line = tracer->arriving;
	tracer->arriving = NULL;
	tracer->used = tracer->size = 0;
	tracer->nr_whole++;
	if (tracer->visit)
		tracer->visit(tracer->line, tracer->visit_arg);
}

static bool take_bytes(struct tracer *tracer, const char *bytes, size_t nr)
{
	while (nr) {
		const char *newline = memchr(bytes, '\n', nr);
		size_t part = newline ? (size_t)(newline + 1 - bytes) : nr;

		if (!append(tracer, bytes, part))
			return false;
		if (newline)
			finish_line(tracer);
		bytes += part;
		nr -= part;
	}
	return true;
}

/*
 * Reads what is there, and no more than a pipe can hold: from a trace that prints all the time, for
 * an emulated processor there is always something.
 */
static void drain(struct tracer *tracer)
{
	static char chunk[CHUNK_SIZE];
	int left = fcntl(tracer->child->out, F_GETPIPE_SZ);

	while (!tracer->at_end && left > 0) {
		ssize_t got = read(tracer->child->out, chunk, sizeof(chunk));

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0 || !take_bytes(tracer, chunk, got))
			tracer->at_end = true;
		left -= got;
	}
}

/*
 * Waits until a tracer has printed something, or fd has something to read, and reads what the
 * tracers have. fd: -1 is passed over by poll(). Returns what it says of fd, or a negative errno.
 */
static int wait_for_any(int fd, int limit_ms)
{
	struct pollfd fds[1 + MAX_TRACERS] = { { .fd = fd, .events = POLLIN } };
	struct tracer *tracer;
	nfds_t nr = 1;

	for (tracer = tracers; tracer && nr <= MAX_TRACERS; tracer = tracer->next)
		if (!tracer->at_end)
			fds[nr++] = (struct pollfd){ .fd = tracer->child->out, .events = POLLIN };
	if (poll(fds, nr, limit_ms) < 0 && errno != EINTR)
		return -errno;
	for (tracer = tracers; tracer; tracer = tracer->next)
		drain(tracer);
	return fds[0].revents;
}

int tracer_wait_beside(struct tracer *tracer, int fd, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms, left_ms;

	while ((left_ms = end_ms - now_ms()) > 0) {
		int got = wait_for_any(fd, left_ms);

		if (got)
			return got < 0 ? got : 0;
		if (tracer && tracer->at_end)
			return -EPIPE;
	}
	return -ETIMEDOUT;
}

bool tracer_await(struct tracer *tracer, bool (*holds)(const void *arg), const void *arg,
		  int limit_ms)
{
	long long end_ms = now_ms() + limit_ms, left_ms;

	while (!holds(arg)) {
		left_ms = end_ms - now_ms();
		if (tracer->at_end || left_ms <= 0 || wait_for_any(-1, left_ms) < 0)
			return false;
	}
	return true;
}

struct wanted_lines {
	const struct tracer *tracer;
	unsigned long nr;
};

static bool has_lines(const void *arg)
{
	const struct wanted_lines *wanted = arg;

	return wanted->tracer->nr_whole >= wanted->nr;
}

/* Until that many lines are whole. */
static bool await_lines(struct tracer *tracer, unsigned long nr, int limit_ms)
{
	const struct wanted_lines wanted = { tracer, nr };

	return tracer_await(tracer, has_lines, &wanted, limit_ms);
}

/*
 * All that had begun to arrive is older than this moment. So may be the next line: it was perhaps
 * taken, and not yet written. The one after that was taken when its forerunner had been written.
 */
const char *tracer_next_line(struct tracer *tracer, int limit_ms)
{
	drain(tracer);
	return await_lines(tracer, tracer->nr_begun + 2, limit_ms) ? tracer->line : NULL;
}

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

const char *tracer_state(struct tracer *tracer)
{
	static char text[640];

	/* At the end of its output it is about to go. */
	if (tracer->at_end)
		wait_until(has_ended, &tracer->child, STOP_LIMIT_MS);
	snprintf(text, sizeof(text), "porttrace: %s; %s", child_end_text(tracer->child),
		 child_first_words(tracer->child));
	return text;
}

static struct tracer *start_program(const char *const argv[], char *ret_why, int size)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (tracer)
		tracer->child = child_start(argv);
	if (!tracer || !tracer->child) {
		snprintf(ret_why, size, "cannot start %s: %s", argv[0], strerror(errno));
		free(tracer);
		return NULL;
	}
	tracer->next = tracers;
	tracers = tracer;
	return tracer;
}

static struct tracer *start(const char *const argv[], char *ret_why, int size)
{
	struct tracer *tracer = start_program(argv, ret_why, size);

	if (!tracer)
		return NULL;
	if (!await_lines(tracer, 1, START_LIMIT_MS)) {
		snprintf(ret_why, size, "no line of JSON; %s", tracer_state(tracer));
		tracer_free(tracer);
		return NULL;
	}
	return tracer;
}

struct tracer *tracer_start(const char *path, const char *probe, char *ret_why, int size)
{
	const char *const argv[] = { path, "top", "--json", "--netns", "all", "--interval", "0.1",
				     "--probe", probe, NULL };

	return start(argv, ret_why, size);
}

struct tracer *tracer_start_counting(const char *path, const char *probe, char *ret_why, int size)
{
	return tracer_start_every(path, probe, "0.1", "all", ret_why, size);
}

struct tracer *tracer_start_every(const char *path, const char *probe, const char *interval,
				  const char *netns, char *ret_why, int size)
{
	const char *const argv[] = { path, "top", "--json", "--netns", netns, "--interval",
				     interval, "--probe", probe, "--cpu-limit", "100", NULL };

	return start(argv, ret_why, size);
}

bool tracer_is_tracing(const void *arg)
{
	const struct child *const *child = arg;

	return strstr(child_words(*child), TRACING);
}

/* One way or the other, there is no more to wait for. */
static bool traces_or_has_ended(const void *arg)
{
	struct child *const *child = arg;

	return tracer_is_tracing(arg) || child_has_ended(*child);
}

struct tracer *tracer_start_trace(const char *const argv[],
				  void (*visit)(const char *line, void *arg), void *arg,
				  char *ret_why, int size)
{
	struct tracer *tracer = start_program(argv, ret_why, size);

	if (!tracer)
		return NULL;
	tracer_watch(tracer, visit, arg);
	wait_until(traces_or_has_ended, &tracer->child, START_LIMIT_MS);
	if (tracer_is_tracing(&tracer->child))
		return tracer;
	snprintf(ret_why, size, "not \"%s\" in time; %s", TRACING, tracer_state(tracer));
	tracer_free(tracer);
	return NULL;
}

void tracer_watch(struct tracer *tracer, void (*visit)(const char *line, void *arg), void *arg)
{
	tracer->visit = visit;
	tracer->visit_arg = arg;
}

bool tracer_stop(struct tracer *tracer, int signal, char *ret_why, int size)
{
	struct child *child = tracer->child;

	if (!child_has_ended(child))
		kill(child->pid, signal);
	return tracer_await_end(tracer, STOP_LIMIT_MS, ret_why, size);
}

static bool never(const void *arg)
{
	(void)arg;
	return false;
}

bool tracer_await_end(struct tracer *tracer, int limit_ms, char *ret_why, int size)
{
	struct child *child = tracer->child;

	tracer_await(tracer, never, NULL, limit_ms);
	if (!wait_until(has_ended, &child, STOP_LIMIT_MS))
		snprintf(ret_why, size, "not ended within %d s", limit_ms / 1000);
	else if (!WIFEXITED(child->status) || WEXITSTATUS(child->status))
		snprintf(ret_why, size, "%s", tracer_state(tracer));
	else if (tracer->used)
		snprintf(ret_why, size, "its last line is cut off");
	else
		return true;
	return false;
}

struct child *tracer_child(const struct tracer *tracer)
{
	return tracer->child;
}

const char *tracer_last_line(const struct tracer *tracer)
{
	return tracer->line;
}

void tracer_free(struct tracer *tracer)
{
	struct tracer **link;

	if (!tracer)
		return;
	for (link = &tracers; *link; link = &(*link)->next) {
		if (*link == tracer) {
			*link = tracer->next;
			break;
		}
	}
	child_free(tracer->child);
	free(tracer->arriving);
	free(tracer->line);
	free(tracer);
}
