// SPDX-License-Identifier: GPL-2.0-only
/* Uses of bind() to port 0, one of which is the cause of the exhaustion that it ends in. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "plan.h"

static int bind_any(const struct job *job)
{
	union address any_port = job_second(job, 0);
	int fd = job_socket(job, 0);
	int err = calls_bind(fd, &any_port);

	if (!err)
		return fd;
	if (err != -EADDRINUSE)
		plan_failed("bind(): %s", strerror(-err));
	close(fd);
	return -1;
}

/* Binds until there is no port; use: what it does with each socket. */
static void bind_until_full(const struct job *job, void (*use)(const struct job *job, int fd))
{
	unsigned int i;
	int fd;

	for (i = 0; i < job->n; i++) {
		fd = bind_any(job);
		if (fd < 0)
			plan_failed("%u ports were found, not %u", i, job->n);
		use(job, fd);
	}
	for (i = 0; i < job->m; i++)
		if (bind_any(job) >= 0)
			plan_failed("a port was found in a range that is full");
}

static void connect_it(const struct job *job, int fd)
{
	union address server = job_server(job);

	job_must(calls_connect(fd, &server), "connect() of a bound socket");
}

static void listen_on_it(const struct job *job, int fd)
{
	(void)job;
	job_must(calls_listen(fd, 1), "listen()");
}

static void run_bind_before_connect(const struct job *job)
{
	job_listen(job);
	events_pattern("bind_before_connect");
	bind_until_full(job, connect_it);
}

static void run_bind_before_listen(const struct job *job)
{
	bind_until_full(job, listen_on_it);
}

const struct kind kinds_pattern[] = {
	{ "bind-before-connect", TCP, ALL_FAMILIES, run_bind_before_connect,
	  .n = "sockets bound to port 0, which take the whole range, and connected",
	  .m = "bind()s that find no port", .range_of_n = true },
	{ "bind-before-listen", TCP, ALL_FAMILIES, run_bind_before_listen,
	  .n = "sockets bound to port 0, which take the whole range, and listening",
	  .m = "bind()s that find no port", .range_of_n = true },
	{},
};
