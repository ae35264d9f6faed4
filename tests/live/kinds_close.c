// SPDX-License-Identifier: GPL-2.0-only
/* TCP connections that are made and closed: who ends up with a TIME_WAIT, and who does not. */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

#define CONNECT_LIMIT_MS 10000

/* A TIME_WAIT can be reused when it is older than a second. */
#define REUSE_LIMIT_MS 10000
#define REUSE_RETRY_MS 50

static int connect_to_server(const struct job *job, int flags)
{
	union address server = job_server(job);
	int fd = job_socket(job, flags);

	job_must(calls_connect(fd, &server), "connect()");
	if (flags & SOCK_NONBLOCK)
		job_must(calls_await_connect(fd, CONNECT_LIMIT_MS), "connect() under way");
	return fd;
}

/* Makes N connections, and hands both ends of each to finish(). */
static void each_connection(const struct job *job, int flags,
			    void (*finish)(int client, int server))
{
	int listener = job_listen(job);
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		int client = connect_to_server(job, flags);

		finish(client, job_accept(listener));
	}
}

static void run_connect(const struct job *job)
{
	each_connection(job, 0, close_client_first);
	sandbox_await_time_waits(job->n);
}

static void run_connect_nonblock(const struct job *job)
{
	each_connection(job, SOCK_NONBLOCK, close_client_first);
	sandbox_await_time_waits(job->n);
}

/* The TIME_WAITs are on the server's side, and so on nobody's route. */
static void run_server_closes(const struct job *job)
{
	each_connection(job, 0, close_server_first);
	sandbox_await_time_waits(job->n);
}

struct wanted_state {
	int fd;
	int state; /* TCP_* */
};

static bool is_in_state(const void *arg)
{
	const struct wanted_state *wanted = arg;
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(wanted->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		plan_failed("TCP_INFO: %s", strerror(errno));
	return info.tcpi_state == wanted->state;
}

static void await_state(int fd, int state)
{
	const struct wanted_state wanted = { fd, state };

	if (!wait_until(is_in_state, &wanted, CONNECT_LIMIT_MS))
		plan_failed("a connection did not get into state %d", state);
}

static void shut_down(int fd)
{
	if (shutdown(fd, SHUT_WR) < 0)
		plan_failed("shutdown: %s", strerror(errno));
	await_state(fd, TCP_FIN_WAIT2);
}

/*
 * Not with close() alone: if its FIN is acknowledged in just the wrong moment, when the kernel is
 * about to let go of the socket, the socket stays in FIN_WAIT2 as it is (sock_owned_by_user() in
 * tcp_rcv_state_process()) and ends without a TIME_WAIT.
 */
static void close_client_only(int client, int server)
{
	(void)server;
	shut_down(client);
	calls_close_first(client);
}

/* The TIME_WAIT is made in its FIN_WAIT2 form, and stays so. */
static void run_half_closed(const struct job *job)
{
	each_connection(job, 0, close_client_only);
	sandbox_await_time_waits(job->n);
}

/* ---- Connections that leave no TIME_WAIT ---- */

/* With a reset instead of a FIN. */
static void abort_connection(int fd)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		plan_failed("SO_LINGER: %s", strerror(errno));
	close(fd);
}

static void abort_client(int client, int server)
{
	abort_connection(client);
	close(server);
}

static void run_aborted(const struct job *job)
{
	each_connection(job, 0, abort_client);
	sandbox_await_time_waits(0);
}

/* The client has sent its FIN and keeps the socket: it goes from FIN_WAIT2 straight to CLOSE. */
static void abort_in_fin_wait(int client, int server)
{
	shut_down(client);
	abort_connection(server);
	await_state(client, TCP_CLOSE);
	close(client);
}

static void run_aborted_in_fin_wait(const struct job *job)
{
	each_connection(job, 0, abort_in_fin_wait);
	sandbox_await_time_waits(0);
}

static void close_in_order(int client, int server)
{
	char byte;

	close(client);
	if (recv(server, &byte, sizeof(byte), 0) != 0)
		plan_failed("the client did not close its end in order");
	close(server);
}

/* The namespace has no room for a TIME_WAIT: the connections are closed in order all the same. */
static void run_no_room(const struct job *job)
{
	sandbox_sysctl("net/ipv4/tcp_max_tw_buckets", "0");
	each_connection(job, 0, close_in_order);
	sandbox_await_time_waits(0);
}

/* ---- A port that is held by a TIME_WAIT, and handed out again ---- */

static bool connect_or_wait(const struct job *job)
{
	union address server = job_server(job);
	int fd = job_socket(job, 0);
	int err = calls_connect(fd, &server);

	if (!err)
		return true;
	if (err != -EADDRNOTAVAIL)
		plan_failed("connect() into the range of TIME_WAITs: %s", strerror(-err));
	close(fd);
	poll(NULL, 0, REUSE_RETRY_MS);
	return false;
}

/* Until the TIME_WAITs are old enough the tries fail, and count as failures. */
static void run_reuse(const struct job *job)
{
	long long end_ms = now_ms() + REUSE_LIMIT_MS;
	unsigned int reused = 0;

	each_connection(job, 0, close_client_first);
	sandbox_await_time_waits(job->n);
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "1");
	while (reused < job->n) {
		reused += connect_or_wait(job);
		if (now_ms() > end_ms)
			plan_failed("%u TIME_WAITs were reused, not %u", reused, job->n);
	}
	sandbox_await_time_waits(0);
}

const struct kind kinds_close[] = {
	{ "connect", TCP, ALL_FAMILIES, run_connect,
	  .n = "connections, each closed by the client first" },
	{ "connect-nonblock", TCP, ALL_FAMILIES, run_connect_nonblock,
	  .n = "connections that connect() leaves under way, closed by the client first" },
	{ "server-closes", TCP, ALL_FAMILIES, run_server_closes,
	  .n = "connections, each closed by the server first" },
	{ "half-closed", TCP, ALL_FAMILIES, run_half_closed,
	  .n = "connections that the client closes and the server does not" },
	{ "aborted", TCP, ALL_FAMILIES, run_aborted,
	  .n = "connections that the client resets" },
	{ "aborted-in-fin-wait", TCP, ALL_FAMILIES, run_aborted_in_fin_wait,
	  .n = "connections that the server resets when the client has closed its half" },
	{ "no-room-for-time-wait", TCP, V4 | V6, run_no_room,
	  .n = "connections, each closed by the client first, where no TIME_WAIT is allowed" },
	{ "time-wait-reuse", TCP, ALL_FAMILIES, run_reuse,
	  .n = "connections, each closed by the client first, and connect()s that take their ports",
	  .range_of_n = true },
	{},
};
