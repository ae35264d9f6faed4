// SPDX-License-Identifier: GPL-2.0-only
#include "tracer.h"

#include <errno.h>
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

struct tracer {
	struct child *child;
	char *arriving; /* the line that is not yet whole */
	size_t used, size;
	char *line; /* the last whole one, or NULL */
	unsigned long nr_begun, nr_whole; /* lines, since the start */
	void (*visit)(const char *line, void *arg); /* for each whole line, or NULL */
	void *visit_arg;
	bool at_end;
};

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

/* Reads what is there. */
static void drain(struct tracer *tracer)
{
	static char chunk[CHUNK_SIZE];
	ssize_t got;

	while (!tracer->at_end) {
		got = read(tracer->child->out, chunk, sizeof(chunk));
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0 || !take_bytes(tracer, chunk, got))
			tracer->at_end = true;
	}
}

int tracer_wait_beside(struct tracer *tracer, int fd, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms, left_ms;

	while ((left_ms = end_ms - now_ms()) > 0) {
		struct pollfd fds[] = {
			{ .fd = tracer->child->out, .events = POLLIN },
			{ .fd = fd, .events = POLLIN },
		};

		if (poll(fds, 2, left_ms) < 0 && errno != EINTR)
			return -errno;
		drain(tracer);
		if (fds[1].revents)
			return 0;
		if (tracer->at_end)
			return -EPIPE;
	}
	return -ETIMEDOUT;
}

/* Until that many lines are whole; with no descriptor beside, poll() passes over -1. */
static bool await_lines(struct tracer *tracer, unsigned long nr, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms, left_ms;

	while (tracer->nr_whole < nr) {
		struct pollfd out = { .fd = tracer->child->out, .events = POLLIN };

		left_ms = end_ms - now_ms();
		if (tracer->at_end || left_ms <= 0)
			return false;
		if (poll(&out, 1, left_ms) < 0 && errno != EINTR)
			return false;
		drain(tracer);
	}
	return true;
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

static struct tracer *start(const char *path, const char *const argv[], char *ret_why, int size)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (tracer)
		tracer->child = child_start(argv);
	if (!tracer || !tracer->child) {
		snprintf(ret_why, size, "cannot start %s: %s", path, strerror(errno));
		free(tracer);
		return NULL;
	}
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

	return start(path, argv, ret_why, size);
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

	return start(path, argv, ret_why, size);
}

void tracer_watch(struct tracer *tracer, void (*visit)(const char *line, void *arg), void *arg)
{
	tracer->visit = visit;
	tracer->visit_arg = arg;
}

bool tracer_stop(struct tracer *tracer, int signal, char *ret_why, int size)
{
	struct child *child = tracer->child;
	long long end_ms = now_ms() + STOP_LIMIT_MS;

	if (!child_has_ended(child))
		kill(child->pid, signal);
	while (!tracer->at_end && now_ms() < end_ms)
		await_lines(tracer, tracer->nr_whole + 1, end_ms - now_ms());
	if (!wait_until(has_ended, &child, STOP_LIMIT_MS))
		snprintf(ret_why, size, "not ended %d s after signal %d", STOP_LIMIT_MS / 1000,
			 signal);
	else if (!WIFEXITED(child->status) || WEXITSTATUS(child->status))
		snprintf(ret_why, size, "%s", tracer_state(tracer));
	else if (tracer->used)
		snprintf(ret_why, size, "its last line is cut off");
	else
		return true;
	return false;
}

const char *tracer_last_line(const struct tracer *tracer)
{
	return tracer->line;
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	child_free(tracer->child);
	free(tracer->arriving);
	free(tracer->line);
	free(tracer);
}
