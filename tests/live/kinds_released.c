// SPDX-License-Identifier: GPL-2.0-only
/* A range that is full for a while, and then free again: when that was, the workload says. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"

/* Between one call that finds no port and the next: a recording has snapshots meanwhile. */
#define FAILURE_INTERVAL_MS 100

/* "moment NAME TIME", by the wall clock, as events have it. */
static void say_moment(const char *name)
{
	struct timespec now;
	char text[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	printf("moment %s %s.%06ldZ\n", name, text, now.tv_nsec / 1000);
}

/* No TIME_WAIT is left of it: its port is free at once. */
static void reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		plan_failed("SO_LINGER: %s", strerror(errno));
	close(fd);
}

static void fail_once(const struct job *job)
{
	union address server = job_server(job);
	int fd = job_socket(job, 0);

	job_must_fail(calls_connect(fd, &server), EADDRNOTAVAIL, "connect() in a full range");
	close(fd);
}

/* From "filling" to "full" the last port was taken, from "releasing" to "released" all became free. */
static void run_until_released(const struct job *job)
{
	union address server = job_server(job);
	int *fds = calloc(job->n, sizeof(*fds));
	unsigned int i;

	if (!fds)
		plan_failed("no memory for %u sockets", job->n);
	job_listen(job);
	for (i = 0; i < job->n; i++) {
		fds[i] = job_socket(job, 0);
		if (i + 1 == job->n)
			say_moment("filling");
		job_must(calls_connect(fds[i], &server), "connect()");
	}
	for (i = 0; i < job->m; i++) {
		if (i + 1 == job->m)
			say_moment("failing-last");
		fail_once(job);
		if (!i)
			say_moment("full");
		poll(NULL, 0, FAILURE_INTERVAL_MS);
	}
	say_moment("releasing");
	for (i = 0; i < job->n; i++)
		reset(fds[i]);
	say_moment("released");
	free(fds);
}

const struct kind kinds_released[] = {
	{ "exhausted-released", TCP, V4 | V6, run_until_released,
	  .n = "connect()s that take the whole range, and are reset in the end",
	  .m = "connect()s that find no port, some time after another", .range_of_n = true },
	{},
};
