// SPDX-License-Identifier: GPL-2.0-only
/* One port after the other is taken, all in the same way, until there is none left. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"

/* ---- Ways to take a port: 0 or a negative errno ---- */

static int take_connect(const struct job *job, int fd)
{
	union address server = job_server(job);

	return calls_connect(fd, &server);
}

static int choose_own_range(const struct job *job, int fd)
{
	return calls_own_range(fd, FIRST_OWN_PORT, FIRST_OWN_PORT + job->n - 1);
}

static int take_connect_in_own_range(const struct job *job, int fd)
{
	job_must(choose_own_range(job, fd), "IP_LOCAL_PORT_RANGE");
	return take_connect(job, fd);
}

static int take_connect_from_second(const struct job *job, int fd)
{
	union address second = job_second(job, 0);

	job_must(calls_bind_address(fd, &second), "bind() of the address");
	return take_connect(job, fd);
}

static int take_fastopen(const struct job *job, int fd)
{
	union address server = job_server(job);

	return calls_fastopen(fd, &server);
}

static int take_bind(const struct job *job, int fd)
{
	union address any_port = job_loopback(job, 0);

	return calls_bind(fd, &any_port);
}

static int take_listen(const struct job *job, int fd)
{
	(void)job;
	return calls_listen(fd, 1);
}

static int take_listen_on_second(const struct job *job, int fd)
{
	union address second = job_second(job, 0);

	job_must(calls_bind_address(fd, &second), "bind() of the address");
	return calls_listen(fd, 1);
}

/* Nobody need receive it. */
static int take_sendto(const struct job *job, int fd)
{
	union address server = job_server(job);

	return calls_send(fd, &server, SEND_TO);
}

static int take_sendmsg(const struct job *job, int fd)
{
	union address server = job_server(job);

	return calls_send(fd, &server, SEND_MSG);
}

static int take_sendmmsg(const struct job *job, int fd)
{
	union address server = job_server(job);

	return calls_send(fd, &server, SEND_MMSG);
}

/* ---- The filling ---- */

/* False: there was no port. */
static bool take_with(const struct job *job, int fd)
{
	int err = job->kind->take(job, fd);

	if (err && err != -job->kind->no_port)
		plan_failed("%s instead of a port or %s", strerror(-err),
			    strerror(job->kind->no_port));
	return !err;
}

/* A port that was taken stays taken: its socket is left open. */
static bool take_one(const struct job *job)
{
	int fd = job_socket(job, 0);
	bool taken = take_with(job, fd);

	if (!taken)
		close(fd);
	return taken;
}

static unsigned int take_until_full(const struct job *job)
{
	unsigned int taken = 0;

	while (taken < job->n && take_one(job))
		taken++;
	return taken;
}

static void must_not_take(bool taken)
{
	if (taken)
		plan_failed("a port was found in a range that is full");
}

static void run_until_full(const struct job *job)
{
	unsigned int taken = take_until_full(job), failed;

	if (taken != job->n)
		plan_failed("%u ports were found, not %u", taken, job->n);
	for (failed = 0; failed < job->m; failed++)
		must_not_take(take_one(job));
}

static void run_connects_until_full(const struct job *job)
{
	job_listen(job);
	run_until_full(job);
}

/*
 * How many ports of a socket's own range are found differs: before 6.8 the search goes by parity
 * and may pass over one. What counts is what was granted until the first failure.
 */
static void run_own_range_until_full(const struct job *job)
{
	unsigned int taken, failed;
	int fd = job_socket(job, 0);

	if (choose_own_range(job, fd) == -ENOPROTOOPT)
		plan_skipped("no IP_LOCAL_PORT_RANGE here");
	close(fd);
	job_listen(job);
	taken = take_until_full(job);
	if (taken + 1 < job->n)
		plan_failed("%u ports were found in a range of %u", taken, job->n);
	for (failed = taken < job->n; failed < job->m; failed++)
		must_not_take(take_one(job));
}

static void run_fastopen_until_full(const struct job *job)
{
	int listener, queue = 64;

	/* 1: as a client, 2: as a server. */
	sandbox_sysctl("net/ipv4/tcp_fastopen", "3");
	listener = job_listen(job);
	if (setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) < 0)
		plan_failed("TCP_FASTOPEN: %s", strerror(errno));
	run_until_full(job);
}

/* The M sockets that will find no port have had one, for a connection that was refused. */
static void reuse_when_full(const struct job *job, void (*use)(const struct job *job, int fd))
{
	int *fds = calloc(job->m, sizeof(*fds));
	unsigned int i;

	if (!fds)
		plan_failed("no memory for %u sockets", job->m);
	job_listen(job);
	for (i = 0; i < job->m; i++) {
		fds[i] = job_socket(job, 0);
		use(job, fds[i]);
	}
	if (take_until_full(job) != job->n)
		plan_failed("the range has fewer than %u ports", job->n);
	for (i = 0; i < job->m; i++)
		must_not_take(take_with(job, fds[i]));
	free(fds);
}

static void run_reconnect_when_full(const struct job *job)
{
	reuse_when_full(job, job_refused);
}

static void connect_and_dissolve(const struct job *job, int fd)
{
	job_must(take_connect(job, fd), "connect()");
	job_must(calls_dissolve(fd), "connect() to AF_UNSPEC");
}

/* Each has the ECONNRESET of its first connection when it finds no port for the second. */
static void run_dissolved_when_full(const struct job *job)
{
	reuse_when_full(job, connect_and_dissolve);
}

const struct kind kinds_full[] = {
	{ "exhausted", TCP | MPTCP, ALL_FAMILIES, run_connects_until_full,
	  .n = "connect()s that take the whole range",
	  .m = "connect()s that find no port",
	  .take = take_connect, .no_port = EADDRNOTAVAIL, .range_of_n = true },
	{ "own-range-exhausted", TCP, ALL_FAMILIES, run_own_range_until_full,
	  .n = "ports of the IP_LOCAL_PORT_RANGE that connect() takes",
	  .m = "connect()s that find none in it",
	  .take = take_connect_in_own_range, .no_port = EADDRNOTAVAIL },
	{ "address-exhausted", TCP, ALL_FAMILIES, run_connects_until_full,
	  .n = "connect()s from an address bound without a port",
	  .m = "the same, that find no port",
	  .take = take_connect_from_second, .no_port = EADDRNOTAVAIL, .range_of_n = true },
	{ "reconnect-exhausted", TCP, ALL_FAMILIES, run_reconnect_when_full,
	  .n = "connect()s that take the whole range",
	  .m = "sockets that are refused, and find no port then",
	  .take = take_connect, .no_port = EADDRNOTAVAIL, .range_of_n = true },
	{ "dissolved-exhausted", TCP, ALL_FAMILIES, run_dissolved_when_full,
	  .n = "connect()s that take the whole range",
	  .m = "sockets that are connected, dissolved, and find no port then",
	  .take = take_connect, .no_port = EADDRNOTAVAIL, .range_of_n = true },
	{ "fastopen", TCP, ALL_FAMILIES, run_fastopen_until_full,
	  .n = "sendto(MSG_FASTOPEN)s that take the whole range",
	  .m = "the same, that find no port",
	  .take = take_fastopen, .no_port = EADDRNOTAVAIL, .range_of_n = true },
	{ "bind0", TCP | UDP | MPTCP, ALL_FAMILIES, run_until_full,
	  .n = "bind()s to port 0 that take the whole range",
	  .m = "the same, that find no port",
	  .take = take_bind, .no_port = EADDRINUSE, .range_of_n = true },
	{ "listen", TCP, V4 | V6, run_until_full,
	  .n = "listen()s without a bind() that take the whole range",
	  .m = "the same, that find no port",
	  .take = take_listen, .no_port = EADDRINUSE, .range_of_n = true },
	{ "address-listen", TCP, ALL_FAMILIES, run_until_full,
	  .n = "listen()s on an address bound without a port",
	  .m = "the same, that find no port",
	  .take = take_listen_on_second, .no_port = EADDRINUSE, .range_of_n = true },
	{ "connect", UDP, ALL_FAMILIES, run_until_full,
	  .n = "connect()s that take the whole range",
	  .m = "connect()s that find no port",
	  .take = take_connect, .no_port = EAGAIN, .range_of_n = true },
	{ "address-connect", UDP, ALL_FAMILIES, run_until_full,
	  .n = "connect()s from an address bound without a port",
	  .m = "the same, that find no port",
	  .take = take_connect_from_second, .no_port = EAGAIN, .range_of_n = true },
	{ "sendto", UDP, ALL_FAMILIES, run_until_full,
	  .n = "sendto()s that take the whole range",
	  .m = "sendto()s that find no port",
	  .take = take_sendto, .no_port = EAGAIN, .range_of_n = true },
	{ "sendmsg", UDP, ALL_FAMILIES, run_until_full,
	  .n = "sendmsg()s that take the whole range",
	  .m = "sendmsg()s that find no port",
	  .take = take_sendmsg, .no_port = EAGAIN, .range_of_n = true },
	{ "sendmmsg", UDP, ALL_FAMILIES, run_until_full,
	  .n = "sendmmsg()s that take the whole range",
	  .m = "sendmmsg()s that find no port",
	  .take = take_sendmmsg, .no_port = EAGAIN, .range_of_n = true },
	{},
};
