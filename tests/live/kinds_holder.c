// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server that finds its port taken by another process: by its connection, in any state, or by
 * its own use of bind(). Each of N ports of the other one is asked for, M times in all.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"
#include "stranger.h"

static bool is_tcp(const struct job *job)
{
	return job->transport->type == SOCK_STREAM;
}

/* ---- What the other process does ---- */

static int connect_one(const struct job *job, uint16_t *ret_port)
{
	union address server = job_server(job);
	int fd = job_socket(job, 0);

	job_must(calls_connect(fd, &server), "connect()");
	*ret_port = calls_port(fd);
	return fd;
}

static void hold_connections(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	unsigned int i;

	if (is_tcp(job))
		job_listen(job);
	for (i = 0; i < nr_ports; i++)
		connect_one(job, &ports[i]);
}

static void hold_time_waits(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	int listener = job_listen(job);
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		int client = connect_one(job, &ports[i]);

		close_client_first(client, job_accept(listener));
	}
	sandbox_await_time_waits(nr_ports);
}

/* The server has closed its end; the client does not care. */
static void hold_closed_by_server(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	int listener = job_listen(job);
	unsigned int i;
	char byte;

	for (i = 0; i < nr_ports; i++) {
		int client = connect_one(job, &ports[i]);

		close(job_accept(listener));
		if (recv(client, &byte, sizeof(byte), 0) != 0)
			plan_failed("the server did not close its end in order");
	}
}

static int bind_one(const struct job *job, uint16_t port)
{
	union address to = job_loopback(job, port);
	int fd = job_socket(job, 0);

	job_must(calls_bind(fd, &to), "bind()");
	return fd;
}

static void hold_bound(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		ports[i] = FIRST_BOUND_PORT + i;
		bind_one(job, ports[i]);
	}
}

static void hold_listeners(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		ports[i] = FIRST_BOUND_PORT + i;
		job_must(calls_listen(bind_one(job, ports[i]), 1), "listen()");
	}
}

/* The listener has gone. What it accepted is on its port. */
static void hold_accepted(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		union address server = job_loopback(job, FIRST_BOUND_PORT + i);
		int listener = bind_one(job, FIRST_BOUND_PORT + i);

		ports[i] = FIRST_BOUND_PORT + i;
		job_must(calls_listen(listener, 1), "listen()");
		job_must(calls_connect(job_socket(job, 0), &server), "connect()");
		job_accept(listener);
		close(listener);
	}
}

/* ---- What the workload does then ---- */

static void ask_for(const struct job *job, uint16_t port)
{
	union address taken = job_loopback(job, port);
	int fd = job_socket(job, 0);

	if (calls_bind(fd, &taken) != -EADDRINUSE)
		plan_failed("port %u is not taken", port);
	close(fd);
}

static void ask_for_each(const struct job *job, const struct stranger *stranger)
{
	unsigned int i;

	for (i = 0; i < job->m; i++)
		ask_for(job, stranger->ports[i % stranger->nr_ports]);
}

/* state: as in the tracer's JSON. extra: further NAME=VALUE. */
static void run_beside(const struct job *job, stranger_plan *plan, const char *state,
		       const char *extra)
{
	struct stranger stranger = stranger_start(job, plan, job->n);

	calls_others_bound(LEDGER_TCP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	calls_others_bound(LEDGER_UDP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	events_holder("holder.pid=%d holder.comm=%s holder.state=%s %s", stranger.pid,
		      STRANGER_COMM, state, extra);
	ask_for_each(job, &stranger);
}

static void run_connection(const struct job *job)
{
	run_beside(job, hold_connections, "established",
		   is_tcp(job) ? "holder.dport=7001 holder.expires_s=-" : "holder.expires_s=-");
}

static void run_time_wait(const struct job *job)
{
	run_beside(job, hold_time_waits, "time_wait", "holder.dport=7001 holder.expires_s=#");
}

static void run_close_wait(const struct job *job)
{
	run_beside(job, hold_closed_by_server, "close_wait", "holder.dport=7001");
}

static void run_bound(const struct job *job)
{
	run_beside(job, hold_bound, "bound", "holder.dport=-");
}

static void run_listener(const struct job *job)
{
	run_beside(job, hold_listeners, "listen", "holder.dport=-");
}

static void run_accepted(const struct job *job)
{
	run_beside(job, hold_accepted, "established", "holder.dport=#");
}

/* Either of the two is right. */
static void run_shared(const struct job *job)
{
	struct stranger stranger = stranger_start_pair(job, hold_bound, job->n);

	calls_others_bound(LEDGER_TCP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	calls_others_bound(LEDGER_UDP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	events_holder("holder.pid=%d|%d holder.comm=%s", stranger.pid, stranger.partner,
		      STRANGER_COMM);
	ask_for_each(job, &stranger);
}

/* By the time that somebody looks, there may be nobody. */
static void run_dying(const struct job *job)
{
	unsigned int i;

	calls_others_bound(LEDGER_TCP, FIRST_BOUND_PORT, FIRST_BOUND_PORT);
	calls_others_bound(LEDGER_UDP, FIRST_BOUND_PORT, FIRST_BOUND_PORT);
	for (i = 0; i < job->m; i++) {
		struct stranger stranger = stranger_start(job, hold_bound, 1);

		events_holder("holder.pid=%d|-|missing holder.comm=%s|-|missing", stranger.pid,
			      STRANGER_COMM);
		ask_for(job, stranger.ports[0]);
		stranger_kill(&stranger);
	}
}

const struct kind kinds_holder[] = {
	{ "held-by-connection", TCP | UDP, ALL_FAMILIES, run_connection,
	  .n = "connections of another process", .m = "bind()s to their ports" },
	{ "held-by-time-wait", TCP, ALL_FAMILIES, run_time_wait,
	  .n = "connections that another process has closed", .m = "bind()s to their ports" },
	{ "held-by-close-wait", TCP, ALL_FAMILIES, run_close_wait,
	  .n = "connections that the server has closed, and another process not",
	  .m = "bind()s to their ports" },
	{ "held-by-bound", TCP | UDP, ALL_FAMILIES, run_bound,
	  .n = "sockets that another process bound", .m = "bind()s to their ports" },
	{ "held-by-listener", TCP, ALL_FAMILIES, run_listener,
	  .n = "listeners of another process", .m = "bind()s to their ports" },
	{ "held-by-accepted", TCP, ALL_FAMILIES, run_accepted,
	  .n = "connections that another process accepted, on listeners that are gone",
	  .m = "bind()s to their ports" },
	{ "held-by-two", TCP | UDP, V4 | V6, run_shared,
	  .n = "bound sockets that two other processes have", .m = "bind()s to their ports" },
	{ "held-by-dying", TCP | UDP, V4, run_dying,
	  .m = "bind()s to a port of another process, which is killed then" },
	{},
};
