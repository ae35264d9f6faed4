// SPDX-License-Identifier: GPL-2.0-only
/* TCP connections that fail for another reason than ports: they had a port, and so count. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"

#define CONNECT_LIMIT_MS 10000

/* One SYN is sent again: 1 s and 2 s later at most, the kernel has given up. */
#define SYN_RETRIES 1

static void run_refused(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_refused(job, fd);
		close(fd);
	}
}

/* The descriptor still has the port of its first try in its address, but no port. */
static void run_reconnect(const struct job *job)
{
	union address server = job_server(job);
	unsigned int i;

	job_listen(job);
	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_refused(job, fd);
		job_must(calls_connect(fd, &server), "connect() after a refusal");
	}
}

static int socket_that_gives_up(const struct job *job, int flags)
{
	int retries = SYN_RETRIES, fd = job_socket(job, flags);

	if (setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &retries, sizeof(retries)) < 0)
		plan_failed("TCP_SYNCNT: %s", strerror(errno));
	return fd;
}

static void must_time_out(int err)
{
	if (err != -ETIMEDOUT)
		plan_failed("connect() to a full listener: %s", strerror(-err));
}

/* All but one do not block, so that they time out together. */
static void run_timeout(const struct job *job)
{
	union address server = job_server(job);
	int *fds = calloc(job->n, sizeof(*fds));
	unsigned int i;

	if (!fds)
		plan_failed("no memory for %u sockets", job->n);
	job_listen_full(job);
	for (i = 0; i + 1 < job->n; i++) {
		fds[i] = socket_that_gives_up(job, SOCK_NONBLOCK);
		job_must(calls_connect(fds[i], &server), "connect() under way");
	}
	must_time_out(calls_connect(socket_that_gives_up(job, 0), &server));
	for (i = 0; i + 1 < job->n; i++)
		must_time_out(calls_await_connect(fds[i], CONNECT_LIMIT_MS));
	free(fds);
}

/* Destinations that differ from each other in address or port, none with a listener. */
static void run_many_routes(const struct job *job)
{
	const unsigned int nr_ports = 1000;
	char text[INET_ADDRSTRLEN];
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		unsigned int host = 1 + i / nr_ports;
		union address to;
		int fd = job_socket(job, 0);

		snprintf(text, sizeof(text), "127.1.%u.%u", host / 256, host % 256);
		to = address_of(AF_INET, text, CLOSED_PORT + i % nr_ports);
		if (calls_connect(fd, &to) != -ECONNREFUSED)
			plan_failed("a connection to %s was not refused", text);
		close(fd);
	}
}

const struct kind kinds_connect[] = {
	{ "refused", TCP, ALL_FAMILIES, run_refused, .n = "refused connections" },
	{ "timeout", TCP, V4 | V6, run_timeout,
	  .n = "connections that time out, beside one that does not" },
	{ "reconnect", TCP, ALL_FAMILIES, run_reconnect,
	  .n = "sockets that are refused, and connected after that" },
	{ "many-routes", TCP, V4, run_many_routes,
	  .n = "refused connections, each to another destination" },
	{},
};
