// SPDX-License-Identifier: GPL-2.0-only
/* MPTCP connections: what counts is their TCP subflows, those that the kernel adds included. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "ledger.h"
#include "mptcp_pm.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

/* Of this host, and never chosen by a connect() to another address of it. */
#define SUBFLOW_ADDRESS "127.0.0.2"

#define LIMIT_MS 10000

static int connect_and_send(const struct job *job)
{
	union address to = job_server(job);
	int fd = job_socket(job, 0);
	char byte = 'x';

	job_must(calls_connect(fd, &to), "connect()");
	if (send(fd, &byte, sizeof(byte), 0) != sizeof(byte))
		plan_failed("send: %s", strerror(errno));
	return fd;
}

/* ---- A connection that the client closes first ---- */

static void close_both(int client, int server)
{
	char bytes[2];

	close(client);
	/* The byte, and the end. */
	while (recv(server, bytes, sizeof(bytes), 0) > 0)
		continue;
	close(server);
}

static bool is_open(const struct tcp_row *row)
{
	return row->state != TCP_LISTEN && !row->is_time_wait;
}

static bool is_time_wait_of_client(const struct tcp_row *row)
{
	return row->is_time_wait && row->dport == SERVER_PORT;
}

static bool is_all_closed(const void *arg)
{
	(void)arg;
	return !sandbox_count_tcp(is_open);
}

static void enter_time_waits(struct route *route, unsigned int nr)
{
	route->time_waits += nr;
	while (nr--)
		events_other_time_wait(route);
}

/*
 * Both ends close their subflow once each has told the other of its end of data, so either may
 * be first, or both. The client's TIME_WAITs are those that are there when all is over.
 */
static void run_close(const struct job *job)
{
	union address to = job_server(job);
	struct in6_addr ip = address_ip(&to);
	int listener = job_listen(job);
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		int client = connect_and_send(job);

		close_both(client, job_accept(listener));
	}
	if (!wait_until(is_all_closed, NULL, LIMIT_MS))
		plan_failed("%u subflows are still open", sandbox_count_tcp(is_open));
	enter_time_waits(ledger_connection(&ip, &ip, SERVER_PORT),
			 sandbox_count_tcp(is_time_wait_of_client));
}

/* ---- A subflow that the kernel adds ---- */

static bool is_added_subflow(const struct tcp_row *row)
{
	return row->state == TCP_ESTABLISHED && row->dport == SERVER_PORT &&
	       row->src.s_addr == inet_addr(SUBFLOW_ADDRESS);
}

static bool has_added_subflows(const void *arg)
{
	const struct job *job = arg;

	return sandbox_count_tcp(is_added_subflow) == job->n;
}

/* __mptcp_subflow_connect() binds the new socket to the address and port 0, and connects it. */
static void enter_added_subflows(const struct job *job)
{
	union address from = address_of(AF_INET, SUBFLOW_ADDRESS, 0), to = job_server(job);
	struct in6_addr src = address_ip(&from), dst = address_ip(&to);
	struct route *local = ledger_local(LEDGER_TCP, &src);
	unsigned int i;

	for (i = 0; i < job->n; i++)
		events_other_allocation(local, LEDGER_BIND, "sport=#");
	local->allocations += job->n;
	ledger_connection(&src, &dst, SERVER_PORT)->bound_connects += job->n;
}

/*
 * Nothing is accepted: the path manager is the server's as well, which would add subflows of its
 * own from there. For a connection that nobody has accepted it gives up before it takes a port.
 * One byte makes the connection ready for subflows.
 */
static void run_subflow(const struct job *job)
{
	union address from = address_of(AF_INET, SUBFLOW_ADDRESS, 0);
	unsigned int i;
	int err = mptcp_pm_add_subflow(from.v4.sin_addr);

	if (err == -ENOENT)
		plan_skipped("no MPTCP path manager here");
	job_must(err, "configuring the path manager");
	job_listen(job);
	for (i = 0; i < job->n; i++)
		connect_and_send(job);
	if (!wait_until(has_added_subflows, job, LIMIT_MS))
		plan_failed("the kernel has added %u subflows, not %u",
			    sandbox_count_tcp(is_added_subflow), job->n);
	enter_added_subflows(job);
}

const struct kind kinds_mptcp[] = {
	{ "connect", MPTCP, V4, run_close, .n = "connections, each closed by the client first" },
	{ "subflow", MPTCP, V4, run_subflow,
	  .n = "connections that the kernel adds a subflow to, from another address" },
	{},
};
