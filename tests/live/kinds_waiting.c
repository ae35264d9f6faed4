// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that their server leaves unanswered: what becomes of a connect() that waits. Each
 * has its port, whatever the program is told.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "ledger.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

/* The kernel may be slow to send a SYN again: it waits for 1 s, 2 s and 4 s. */
#define CONNECT_LIMIT_MS 20000

/* Often enough to hit every connect() that waits. */
#define SIGNAL_INTERVAL_US 20000

/* Of those that end in a timeout: 1 s and 2 s later the kernel gives up. */
#define SYN_RETRIES 1

static void run_under_way(const struct job *job)
{
	union address server = job_server(job);
	unsigned int i;

	job_listen_full(job);
	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, SOCK_NONBLOCK);

		job_must(calls_connect(fd, &server), "connect() under way");
		job_must_fail(calls_connect_in_vain(fd, &server), EALREADY, "a second connect()");
	}
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* SIGALRM, again and again. The plan's own limit is without one meanwhile. */
static void begin_signals(int flags)
{
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };
	const struct itimerval often = {
		.it_interval = { .tv_usec = SIGNAL_INTERVAL_US },
		.it_value = { .tv_usec = SIGNAL_INTERVAL_US },
	};

	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
		plan_failed("no signals: %s", strerror(errno));
}

static void end_signals(void)
{
	const struct itimerval never = {};

	setitimer(ITIMER_REAL, &never, NULL);
	plan_limit(120);
}

static int *room_for_sockets(unsigned int nr)
{
	int *fds = calloc(nr, sizeof(*fds));

	if (!fds)
		plan_failed("no memory for %u sockets", nr);
	return fds;
}

/* Each connect() ends with EINTR, and its connection comes about later. */
static void run_signalled(const struct job *job)
{
	union address server = job_server(job);
	int *fds = room_for_sockets(job->n);
	int listener = job_listen_full(job);
	unsigned int i;

	begin_signals(0);
	for (i = 0; i < job->n; i++) {
		fds[i] = job_socket(job, 0);
		job_must_fail(calls_connect(fds[i], &server), EINTR, "connect() under signals");
	}
	end_signals();
	job_must(calls_listen(listener, job->n), "listen() with room");
	for (i = 0; i < job->n; i++)
		job_must(calls_await_connect(fds[i], CONNECT_LIMIT_MS), "an interrupted connect()");
	free(fds);
}

/* One connect() for the program, many for the kernel: it is entered anew after each signal. */
static void run_restarted(const struct job *job)
{
	union address server = job_server(job);
	int retries = SYN_RETRIES;
	unsigned int i;

	job_listen_full(job);
	begin_signals(SA_RESTART);
	for (i = 0; i < job->n; i++) {
		int fd = job_socket(job, 0);

		if (setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &retries, sizeof(retries)) < 0)
			plan_failed("TCP_SYNCNT: %s", strerror(errno));
		job_must_fail(calls_connect(fd, &server), ETIMEDOUT, "connect() under signals");
	}
	end_signals();
}

/* ---- Killed in connect() ---- */

static bool is_under_way(const struct tcp_row *row)
{
	return row->state == TCP_SYN_SENT && row->dport == SERVER_PORT;
}

static bool are_all_under_way(const void *arg)
{
	const struct job *job = arg;

	return sandbox_count_tcp(is_under_way) == job->n;
}

static bool are_none_under_way(const void *arg)
{
	(void)arg;
	return !sandbox_count_tcp(is_under_way);
}

__attribute__((noreturn)) static void connect_until_killed(const struct job *job, pid_t parent)
{
	union address server = job_server(job);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		calls_connect_in_vain(job_socket(job, 0), &server);
	_exit(PLAN_FAILED);
}

static void enter_killed(const struct job *job, pid_t pid)
{
	union address to = job_server(job);
	struct in6_addr ip = address_ip(&to);
	struct route *route = ledger_connection(&ip, &ip, SERVER_PORT);
	char extra[64];

	snprintf(extra, sizeof(extra), "pid=%d sport=#", pid);
	route->allocations++;
	events_other_allocation(route, LEDGER_CONNECT, extra);
}

static void run_killed(const struct job *job)
{
	int *pids = room_for_sockets(job->n);
	pid_t parent = getpid();
	unsigned int i;
	int status;

	job_listen_full(job);
	for (i = 0; i < job->n; i++) {
		pids[i] = fork();
		if (!pids[i])
			connect_until_killed(job, parent);
		if (pids[i] < 0)
			plan_failed("fork: %s", strerror(errno));
		enter_killed(job, pids[i]);
	}
	if (!wait_until(are_all_under_way, job, CONNECT_LIMIT_MS))
		plan_failed("%u connections under way", sandbox_count_tcp(is_under_way));
	for (i = 0; i < job->n; i++) {
		kill(pids[i], SIGKILL);
		if (waitpid(pids[i], &status, 0) != pids[i] || !WIFSIGNALED(status))
			plan_failed("a connect() that waits was not killed");
	}
	if (!wait_until(are_none_under_way, NULL, CONNECT_LIMIT_MS))
		plan_failed("connections of the dead are left");
	free(pids);
}

const struct kind kinds_waiting[] = {
	{ "under-way", TCP, V4 | V6, run_under_way,
	  .n = "sockets that connect() twice, before the first is answered" },
	{ "signalled", TCP, V4 | V6, run_signalled,
	  .n = "connect()s that a signal interrupts, and that connect later" },
	{ "restarted", TCP, V4 | V6, run_restarted,
	  .n = "connect()s that are restarted after signals, and time out" },
	{ "killed", TCP, V4, run_killed,
	  .n = "processes that are killed within connect()" },
	{},
};
