// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that hold sockets of the same routes, close some, and end. This one listens, accepts,
 * and keeps account of what it has told them to do.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "load_worker.h"
#include "plan.h"
#include "sandbox.h"

#define MAX_SERVERS 256
#define BACKLOG 128

enum { A, B, C, D, E, F };

/* Of the connections that nobody is known to have closed. */
#define NOBODY NR_WORKERS

static struct {
	pid_t pids[NR_WORKERS];
	const char *names[NR_WORKERS];
	unsigned int held[NR_WORKERS][NR_OWNED];
	unsigned int time_waits[NR_WORKERS + 1][NR_OWNED];
	unsigned int bound[NR_OWNED];
	bool is_watched; /* by the tracer, now */
	bool has_row[NR_OWNED];
} account;

static int listeners[NR_OWNED] = { -1, -1, -1, -1, -1, -1, -1 };
static struct pollfd servers[MAX_SERVERS];
static unsigned int nr_servers;

static bool is_connected(enum owned owned)
{
	return owned_routes[owned].dst;
}

/* ---- This end of the connections ---- */

static void listen_for(enum owned owned)
{
	const struct owned_route *route = &owned_routes[owned];

	listeners[owned] = net_listen(route->dst, route->dport, BACKLOG);
}

static void serve(enum owned owned, unsigned int n)
{
	for (; n; n--) {
		if (nr_servers == MAX_SERVERS)
			plan_failed("too many connections");
		servers[nr_servers].fd = net_accept(listeners[owned]);
		servers[nr_servers++].events = POLLIN;
	}
}

/* Closes the ends of those whose other end is closed: that many. */
static void close_servers(unsigned int n)
{
	while (n) {
		unsigned int i;

		if (poll(servers, nr_servers, 10000) <= 0)
			plan_failed("%u connections are not closed by their client", n);
		for (i = 0; i < nr_servers && n; i++) {
			if (!servers[i].revents)
				continue;
			net_await_end(servers[i].fd);
			close(servers[i].fd);
			servers[i--] = servers[--nr_servers];
			n--;
		}
	}
}

/* ---- What they are told ---- */

static void rename_to(unsigned int worker, unsigned int name)
{
	worker_do(worker, &(struct order){ RENAME, 0, name });
	account.names[worker] = worker_names[name];
}

static void open_some(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ OPEN, owned, n });
	if (is_connected(owned))
		serve(owned, n);
	account.held[worker][owned] += n;
	account.has_row[owned] = true;
	/* A UDP socket gets its port before it has its address. */
	account.has_row[UDP_ANY] |= owned == UDP;
}

static void open_bound(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ OPEN_BOUND, owned, n });
	serve(owned, n);
	account.held[worker][owned] += n;
	account.bound[owned] += n;
	account.has_row[owned] = account.has_row[BOUND] = true;
}

static void dup_some(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ DUP, owned, n });
}

static void note_closed(unsigned int worker, enum owned owned, unsigned int n)
{
	close_servers(n);
	account.time_waits[account.is_watched ? worker : NOBODY][owned] += n;
}

static void close_some(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ CLOSE, owned, n });
	account.held[worker][owned] -= n;
	note_closed(worker, owned, n);
}

/* Another process has them, too. */
static void close_shared(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ CLOSE, owned, n });
	account.held[worker][owned] -= n;
}

static void reset_some(unsigned int worker, enum owned owned, unsigned int n)
{
	worker_do(worker, &(struct order){ RESET, owned, n });
	account.held[worker][owned] -= n;
	close_servers(n);
}

static void fork_into(unsigned int worker, unsigned int parent)
{
	account.pids[worker] = worker_do(parent, &(struct order){ FORK, 0, worker });
	account.names[worker] = account.names[parent];
	memcpy(account.held[worker], account.held[parent], sizeof(account.held[worker]));
}

/* The kernel closes all it had; what it alone had, if its sockets are not shared. */
static void note_ended(unsigned int worker, bool is_sharing)
{
	enum owned owned;

	for (owned = 0; owned < NR_OWNED; owned++) {
		if (is_connected(owned) && !is_sharing)
			note_closed(worker, owned, account.held[worker][owned]);
		account.held[worker][owned] = 0;
	}
}

static void end(unsigned int worker)
{
	worker_do(worker, &(struct order){ EXIT, 0, 0 });
	if (waitpid(account.pids[worker], NULL, 0) != account.pids[worker])
		plan_failed("a worker has not ended");
	note_ended(worker, false);
}

static bool is_gone(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return access(path, F_OK) < 0;
}

/* Not a child of this process. */
static void end_grandchild(unsigned int worker)
{
	worker_do(worker, &(struct order){ EXIT, 0, 0 });
	while (!is_gone(account.pids[worker]))
		poll(NULL, 0, 1);
	note_ended(worker, true);
}

static void kill_one(unsigned int worker)
{
	load_kill(account.pids[worker]);
	note_ended(worker, false);
}

/* ---- What the tracer is to show ---- */

static void print_name(enum owned owned)
{
	const struct owned_route *route = &owned_routes[owned];

	printf("%s %s ", route->proto, route->src);
	if (route->dst)
		printf("%s %u", route->dst, route->dport);
	else
		printf("- -");
}

static void print_route(enum owned owned)
{
	unsigned int time_waits = 0, held = 0, i;

	for (i = 0; i <= NR_WORKERS; i++)
		time_waits += account.time_waits[i][owned];
	/* What was inherited is one connection. */
	for (i = 0; i < NR_WORKERS; i++)
		held += i == F ? 0 : account.held[i][owned];
	if (account.held[F][owned] > account.held[A][owned])
		held += account.held[F][owned] - account.held[A][owned];
	printf("route ");
	print_name(owned);
	printf(" occupancy=census established=%u time_wait=%u other=0 bound=%u\n", held, time_waits,
	       account.bound[owned]);
}

static void print_printable(const char *name)
{
	for (; *name; name++)
		putchar(*name >= ' ' && *name < 0x7f ? *name : '?');
}

static void print_owner(enum owned owned, pid_t pid, const char *name, unsigned int held,
			unsigned int time_waits)
{
	if (!held && !time_waits)
		return;
	printf("owner ");
	print_name(owned);
	if (pid)
		printf(" pid=%d sockets=%u time_waits=%u comm=", pid, held, time_waits);
	else
		printf(" pid=- sockets=%u time_waits=%u comm=", held, time_waits);
	print_printable(name && *name ? name : "-");
	putchar('\n');
}

static void print_owners(enum owned owned)
{
	unsigned int i;

	for (i = 0; i < NR_WORKERS; i++)
		print_owner(owned, account.pids[i], account.names[i], account.held[i][owned],
			    account.time_waits[i][owned]);
	print_owner(owned, 0, NULL, 0, account.time_waits[NOBODY][owned]);
	/* This process listens there. */
	if (owned == BOUND)
		print_owner(owned, getpid(), "census-load", 1, 0);
}

static void report(bool is_last)
{
	unsigned int nr_time_waits = 0, i;
	enum owned owned;

	for (i = 0; i <= NR_WORKERS; i++)
		for (owned = 0; owned < NR_OWNED; owned++)
			nr_time_waits += account.time_waits[i][owned];
	sandbox_await_time_waits(nr_time_waits);
	load_begin_step();
	printf("netns %lu time_wait=%u\n", sandbox_inum(), nr_time_waits);
	for (owned = 0; owned < NR_OWNED; owned++)
		if (is_connected(owned) && account.has_row[owned])
			print_route(owned);
	load_begin_owners();
	for (owned = 0; owned < NR_OWNED; owned++)
		if (account.has_row[owned])
			print_owners(owned);
	load_end_step(is_last);
}

/* ---- The course of it ---- */

static void before_the_tracer(void)
{
	unsigned int worker;

	for (worker = A; worker < F; worker++) {
		account.pids[worker] = worker_start(worker);
		rename_to(worker, 0);
	}
	listen_for(NEAR);
	listen_for(FAR);
	if (net_has_ipv6())
		listen_for(NEAR6);
	open_some(A, NEAR, 5);
	dup_some(A, NEAR, 2);
	open_some(B, NEAR, 10);
	open_some(B, FAR, 3);
	close_some(B, NEAR, 4);
	close_some(B, FAR, 1);
}

static void beside_the_tracer(void)
{
	account.is_watched = true;
	rename_to(B, 1);
	rename_to(C, 2);
	rename_to(D, 4);
	fork_into(F, A);
	rename_to(F, 3);
	open_some(F, NEAR, 2);
	open_some(C, UDP, 3);
	dup_some(C, UDP, 1);
	open_some(C, UDP_ANY, 2);
	open_some(C, BOUND, 2);
	open_some(C, LISTENING, 1);
	open_bound(C, NEAR, 2);
	open_some(D, NEAR, 3);
	if (net_has_ipv6())
		open_some(D, NEAR6, 4);
	open_some(E, FAR, 2);
}

/* Of A's five, F has got a copy each: the last one to close it ends the connection. */
static void close_here_and_there(void)
{
	close_some(B, NEAR, 3);
	close_some(B, FAR, 1);
	close_some(F, NEAR, 2);
	close_shared(A, NEAR, 1);
	close_some(F, NEAR, 1);
	open_some(A, NEAR, 2);
	close_some(A, NEAR, 2);
	close_some(C, NEAR, 1);
}

void load_owners(unsigned int n, bool is_unwatched)
{
	(void)n;
	account.is_watched = !is_unwatched;
	workers_prepare();
	sandbox_enter(30000, 31999);
	before_the_tracer();
	report(false);
	beside_the_tracer();
	report(false);
	close_here_and_there();
	report(false);
	reset_some(E, FAR, 2);
	end(E);
	end(B);
	kill_one(D);
	end_grandchild(F);
	end(C);
	report(true);
}
