// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port that many sockets have: its listener, and all connections that it has accepted. Who asks
 * for it is refused because of the listener.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"
#include "stranger.h"

#define BACKLOG 16

/* As all servers do, lest their own TIME_WAITs keep them from their port. */
static void reuse_address(int fd)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		plan_failed("SO_REUSEADDR: %s", strerror(errno));
}

/* ---- What the other process does: connections of its own to its own listener ---- */

static int serve(const struct job *job, uint16_t *ret_port)
{
	union address at = job_loopback(job, FIRST_BOUND_PORT);
	int fd = job_socket(job, 0);

	reuse_address(fd);
	job_must(calls_bind(fd, &at), "bind() of the listener");
	job_must(calls_listen(fd, BACKLOG), "listen()");
	*ret_port = FIRST_BOUND_PORT;
	return fd;
}

static int call(const struct job *job)
{
	union address server = job_loopback(job, FIRST_BOUND_PORT);
	int fd = job_socket(job, 0);

	job_must(calls_connect(fd, &server), "connect()");
	return fd;
}

/*
 * From ports that differ: the kernel may choose one a second time, for which the server has a
 * TIME_WAIT; the new connection would take its place.
 */
static int call_from(const struct job *job, uint16_t port)
{
	union address server = job_loopback(job, FIRST_BOUND_PORT);
	union address own = job_loopback(job, port);
	int fd = job_socket(job, 0);

	job_must(calls_bind(fd, &own), "bind() of a client");
	job_must(calls_connect(fd, &server), "connect() of a bound client");
	return fd;
}

static void hold_accepted(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	int listener = serve(job, ports);
	unsigned int i;

	(void)nr_ports;
	for (i = 0; i < job->n; i++) {
		call(job);
		job_accept(listener);
	}
}

static void hold_closed(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	int listener = serve(job, ports);
	unsigned int i;

	(void)nr_ports;
	for (i = 0; i < job->n; i++) {
		int client = call_from(job, FIRST_BOUND_PORT + 1 + i);

		close_server_first(client, job_accept(listener));
	}
	sandbox_await_time_waits(job->n);
}

/* ---- What the workload does then ---- */

static void ask_for(const union address *taken, const struct job *job, bool reuses)
{
	int fd = job_socket(job, 0);

	if (reuses)
		reuse_address(fd);
	job_must_fail(calls_bind(fd, taken), EADDRINUSE, "bind() to a listener's port");
	close(fd);
}

static void begin(const struct job *job, stranger_plan *plan)
{
	struct stranger stranger = stranger_start(job, plan, 1);

	calls_others_bound(LEDGER_TCP, FIRST_BOUND_PORT, FIRST_BOUND_PORT);
	events_holder("holder.pid=%d holder.comm=%s holder.state=listen holder.dport=-",
		      stranger.pid, STRANGER_COMM);
}

static void ask_for_same(const struct job *job, stranger_plan *plan)
{
	union address same = job_loopback(job, FIRST_BOUND_PORT);
	unsigned int i;

	begin(job, plan);
	for (i = 0; i < job->m; i++)
		ask_for(&same, job, i % 2);
}

static void ask_for_wildcard(const struct job *job, stranger_plan *plan)
{
	int domain = job->family->domain;
	union address any =
		address_of(domain, domain == AF_INET ? "0.0.0.0" : "::", FIRST_BOUND_PORT);
	unsigned int i;

	begin(job, plan);
	for (i = 0; i < job->m; i++)
		ask_for(&any, job, i % 2);
}

static void run_accepted(const struct job *job)
{
	ask_for_same(job, hold_accepted);
}

static void run_closed(const struct job *job)
{
	ask_for_same(job, hold_closed);
}

static void run_wildcard_accepted(const struct job *job)
{
	ask_for_wildcard(job, hold_accepted);
}

static void run_wildcard_closed(const struct job *job)
{
	ask_for_wildcard(job, hold_closed);
}

#define ACCEPTED "open connections that another process' listener has accepted"
#define CLOSED "connections that another process' listener accepted, and its server closed first"

const struct kind kinds_crowd[] = {
	{ "held-by-busy-listener", TCP, ALL_FAMILIES, run_accepted, .n = ACCEPTED,
	  .m = "bind()s to its address and port, every other one with SO_REUSEADDR" },
	{ "held-by-closing-listener", TCP, ALL_FAMILIES, run_closed, .n = CLOSED,
	  .m = "bind()s to its address and port, every other one with SO_REUSEADDR" },
	{ "wildcard-held-by-busy-listener", TCP, ALL_FAMILIES, run_wildcard_accepted, .n = ACCEPTED,
	  .m = "bind()s to its port without an address, every other one with SO_REUSEADDR" },
	{ "wildcard-held-by-closing-listener", TCP, ALL_FAMILIES, run_wildcard_closed, .n = CLOSED,
	  .m = "bind()s to its port without an address, every other one with SO_REUSEADDR" },
	{},
};
