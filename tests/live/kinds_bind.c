// SPDX-License-Identifier: GPL-2.0-only
/* Ports that a program asks for with bind(): used, refused, and in the way of each other. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"

#define PRIVILEGED_PORT 80

/* Any user that is not root. */
#define NOBODY 65534

static int bound_socket(const struct job *job, uint16_t port)
{
	union address to = job_loopback(job, port);
	int fd = job_socket(job, 0);

	job_must(calls_bind(fd, &to), "bind()");
	return fd;
}

/* With SO_REUSEADDR: others like it may have the same port, as long as none listens. */
static int sharing_socket(const struct job *job, uint16_t port)
{
	union address to = job_loopback(job, port);
	int on = 1, fd = job_socket(job, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		plan_failed("SO_REUSEADDR: %s", strerror(errno));
	job_must(calls_bind(fd, &to), "bind() of a shared port");
	return fd;
}

/* The ports that are asked for from now on are in this state, and this process has them. */
static void hold_in_state(const char *state)
{
	events_holder("holder.pid=%d holder.state=%s", getpid(), state);
}

static void must_not_bind(const struct job *job, const union address *to, int error)
{
	int fd = job_socket(job, 0);
	int err = calls_bind(fd, to);

	if (err != -error)
		plan_failed("bind(): %s instead of %s", strerror(-err), strerror(error));
	close(fd);
}

static uint16_t nth_port(unsigned int i)
{
	return FIRST_BOUND_PORT + i;
}

/* ---- bind(), then connect() ---- */

static int bind_any_port(const struct job *job, int fd, unsigned int i)
{
	union address second = job_second(job, 0);

	(void)i;
	return calls_bind(fd, &second);
}

static int bind_nth_port(const struct job *job, int fd, unsigned int i)
{
	union address second = job_second(job, nth_port(i));

	return calls_bind(fd, &second);
}

static int bind_no_port(const struct job *job, int fd, unsigned int i)
{
	union address second = job_second(job, 0);

	(void)i;
	return calls_bind_address(fd, &second);
}

static void bind_and_connect(const struct job *job,
			     int (*bind_one)(const struct job *job, int fd, unsigned int i))
{
	union address server = job_server(job);
	int listener = job_listen(job);
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_must(bind_one(job, fd, i), "bind()");
		job_must(calls_connect(fd, &server), "connect() of a bound socket");
		close_client_first(fd, job_accept(listener));
	}
	sandbox_await_time_waits(job->n);
}

static void run_bind0_connect(const struct job *job)
{
	bind_and_connect(job, bind_any_port);
}

static void run_bind_port_connect(const struct job *job)
{
	bind_and_connect(job, bind_nth_port);
}

static void run_bind_address_connect(const struct job *job)
{
	bind_and_connect(job, bind_no_port);
}

/* The first try is refused; only a port that was asked for by number outlives that. */
static void bind_and_reconnect(const struct job *job,
			       int (*bind_one)(const struct job *job, int fd, unsigned int i))
{
	union address server = job_server(job);
	unsigned int i;

	job_listen(job);
	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_must(bind_one(job, fd, i), "bind()");
		job_refused(job, fd);
		job_must(calls_connect(fd, &server), "connect() after a refusal");
	}
}

static void run_bind0_reconnect(const struct job *job)
{
	bind_and_reconnect(job, bind_any_port);
}

static void run_bind_port_reconnect(const struct job *job)
{
	bind_and_reconnect(job, bind_nth_port);
}

static void run_tuple_in_use(const struct job *job)
{
	union address server = job_server(job);
	unsigned int i;

	job_listen(job);
	for (i = 0; i < job->n; i++)
		job_must(calls_connect(sharing_socket(job, nth_port(i)), &server), "connect()");
	for (i = 0; i < job->m; i++) {
		int fd = sharing_socket(job, nth_port(i % job->n));

		if (calls_connect(fd, &server) != -EADDRNOTAVAIL)
			plan_failed("two connections with the same addresses and ports");
	}
}

/* ---- bind() of a port that somebody has ---- */

static void run_port_in_use(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++)
		bound_socket(job, nth_port(i));
	hold_in_state("bound");
	for (i = 0; i < job->m; i++) {
		union address taken = job_loopback(job, nth_port(i % job->n));

		must_not_bind(job, &taken, EADDRINUSE);
	}
}

static void bind_to_each(const struct job *job, const uint16_t *ports)
{
	unsigned int i;

	for (i = 0; i < job->m; i++) {
		union address taken = job_loopback(job, ports[i % job->n]);

		must_not_bind(job, &taken, EADDRINUSE);
	}
}

static uint16_t *room_for_ports(const struct job *job)
{
	uint16_t *ports = calloc(job->n, sizeof(*ports));

	if (!ports)
		plan_failed("no memory for %u ports", job->n);
	return ports;
}

static void run_port_of_connection(const struct job *job)
{
	union address server = job_server(job);
	uint16_t *ports = room_for_ports(job);
	unsigned int i;

	if (job->transport->type == SOCK_STREAM)
		job_listen(job);
	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_must(calls_connect(fd, &server), "connect()");
		ports[i] = calls_port(fd);
	}
	hold_in_state("established");
	bind_to_each(job, ports);
	free(ports);
}

static void run_port_of_time_wait(const struct job *job)
{
	union address server = job_server(job);
	uint16_t *ports = room_for_ports(job);
	int listener = job_listen(job);
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		job_must(calls_connect(fd, &server), "connect()");
		ports[i] = calls_port(fd);
		close_client_first(fd, job_accept(listener));
	}
	sandbox_await_time_waits(job->n);
	hold_in_state("time_wait");
	bind_to_each(job, ports);
	free(ports);
}

/* The port is given to both sockets of a pair; the first one that listens has it alone. */
static void run_listen_in_use(const struct job *job)
{
	int *late = calloc(job->n, sizeof(*late));
	unsigned int i;

	if (!late)
		plan_failed("no memory for %u sockets", job->n);
	for (i = 0; i < job->n; i++) {
		int early = sharing_socket(job, nth_port(i));

		late[i] = sharing_socket(job, nth_port(i));
		job_must(calls_listen(early, 1), "listen()");
	}
	hold_in_state("listen");
	for (i = 0; i < job->m; i++) {
		if (calls_listen(late[i % job->n], 1) != -EADDRINUSE)
			plan_failed("two listeners on one port");
	}
	free(late);
}

/* As fast as it goes. */
static void run_bind_and_close(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++)
		close(bound_socket(job, 0));
}

/* ---- bind() that fails for another reason than ports ---- */

static void run_not_local(const struct job *job)
{
	union address foreign = job_foreign(job, FIRST_BOUND_PORT);
	unsigned int i;

	for (i = 0; i < job->m; i++)
		must_not_bind(job, &foreign, EADDRNOTAVAIL);
}

static void *bind_in_thread(void *arg)
{
	run_not_local(arg);
	return NULL;
}

static void run_not_local_in_threads(const struct job *job)
{
	struct job one = *job;
	unsigned int i;
	pthread_t thread;

	one.m = 1;
	for (i = 0; i < job->m; i++) {
		int err = pthread_create(&thread, NULL, bind_in_thread, &one);

		if (!err)
			err = pthread_join(thread, NULL);
		job_must(-err, "a thread");
	}
}

static void run_not_permitted(const struct job *job)
{
	union address privileged = job_loopback(job, PRIVILEGED_PORT);
	unsigned int i;

	if (setresuid(NOBODY, NOBODY, 0) < 0)
		plan_failed("cannot become another user: %s", strerror(errno));
	for (i = 0; i < job->m; i++)
		must_not_bind(job, &privileged, EACCES);
	if (setresuid(0, 0, 0) < 0)
		plan_failed("cannot become root again: %s", strerror(errno));
}

const struct kind kinds_bind[] = {
	{ "bind0-connect", TCP, ALL_FAMILIES, run_bind0_connect,
	  .n = "connections of sockets bound to port 0, closed by the client first" },
	{ "bind-port-connect", TCP, ALL_FAMILIES, run_bind_port_connect,
	  .n = "connections of sockets bound to a port, closed by the client first" },
	{ "bind-address-connect", TCP, ALL_FAMILIES, run_bind_address_connect,
	  .n = "connections of sockets bound without a port, closed by the client first" },
	{ "bind0-reconnect", TCP, ALL_FAMILIES, run_bind0_reconnect,
	  .n = "sockets bound to port 0 that are refused, and connected after that" },
	{ "bind-port-reconnect", TCP, ALL_FAMILIES, run_bind_port_reconnect,
	  .n = "sockets bound to a port that are refused, and connected after that" },
	{ "tuple-in-use", TCP, ALL_FAMILIES, run_tuple_in_use,
	  .n = "connections of sockets bound to a port",
	  .m = "the same from the same ports again" },
	{ "port-in-use", TCP | UDP, ALL_FAMILIES, run_port_in_use,
	  .n = "sockets bound to a port each",
	  .m = "bind()s to these ports" },
	{ "port-of-connection", TCP | UDP, ALL_FAMILIES, run_port_of_connection,
	  .n = "sockets whose port connect() found",
	  .m = "bind()s to these ports" },
	{ "port-of-time-wait", TCP, ALL_FAMILIES, run_port_of_time_wait,
	  .n = "connections closed by the client first",
	  .m = "bind()s to the ports that they still hold" },
	{ "listen-in-use", TCP, ALL_FAMILIES, run_listen_in_use,
	  .n = "pairs of sockets that share a port, one of each pair listening",
	  .m = "listen()s of the others" },
	{ "bind-and-close", TCP | UDP, ALL_FAMILIES, run_bind_and_close,
	  .n = "sockets bound to port 0, and closed" },
	{ "not-local", TCP | UDP, ALL_FAMILIES, run_not_local,
	  .m = "bind()s to an address that this host does not have" },
	{ "not-local-in-threads", TCP | UDP, V4 | V6, run_not_local_in_threads,
	  .m = "the same, each in a thread of its own" },
	{ "not-permitted", TCP | UDP, ALL_FAMILIES, run_not_permitted,
	  .m = "bind()s to a port below 1024 by a user who may not" },
	{},
};
