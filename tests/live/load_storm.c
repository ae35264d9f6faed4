// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms: connections, or listeners, that come and go as fast as they can, beside some that stay.
 * They say what a tracer may show at any time. That holds for a count which takes its time, too:
 * where ports come and go, the range leaves no others to be taken than those that are counted on.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "load.h"
#include "plan.h"
#include "random.h"
#include "sandbox.h"

#define SERVER "127.0.0.1"
#define QUIET_PORT 7001	 /* of the route on which nothing happens */
#define STORMY_PORT 7002 /* and of the other one, in the same range */
#define BACKLOG 65535

#define LOW 30000
#define NR_PORTS 1000
#define NR_QUIET 500
#define WIDE_LOW 20000
#define NR_WIDE_PORTS 40000
#define NR_WIDE_QUIET 2000

/* Open at a time, in a storm; and the ports that are left to it, so that it has a choice. */
#define NR_OPEN 8
#define NR_FREE 16
#define MAX_TIME_WAITS 56
#define NR_BLOCKED 32

/* Between two looks at stdin. */
#define TURN 32

#define LIMIT_S 900

#define REUSE_DELAY "/proc/sys/net/ipv4/tcp_tw_reuse_delay"

struct pair {
	int client, server; /* -1: not open */
};

static struct random dice = { .state = 1 };
static int quiet_listener, stormy_listener;
static unsigned long nr_made, nr_refused;

/* ---- The place ---- */

/* The last of the processors, so that porttrace has the first. */
static void choose_processor(void)
{
	cpu_set_t allowed, one;
	int cpu = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		plan_failed("no processors: %s", strerror(errno));
	while (!CPU_ISSET(cpu, &allowed))
		cpu--;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		plan_failed("cannot choose a processor: %s", strerror(errno));
}

static void open_quiet(int listener, uint16_t port, unsigned int nr)
{
	for (; nr; nr--) {
		net_connect(SERVER, port);
		net_accept(listener);
	}
}

static void prepare(unsigned int low, unsigned int nr_ports, unsigned int nr_quiet)
{
	plan_limit(LIMIT_S);
	choose_processor();
	sandbox_allow_descriptors();
	sandbox_enter(low, low + nr_ports - 1);
	quiet_listener = net_listen(SERVER, QUIET_PORT, BACKLOG);
	stormy_listener = net_listen(SERVER, STORMY_PORT, BACKLOG);
	open_quiet(quiet_listener, QUIET_PORT, nr_quiet);
	printf("netns %lu\n", sandbox_inum());
	printf("bounds route tcp " SERVER " " SERVER " %u used=%u-%u established=%u-%u "
	       "time_wait=0-0 other=0-0 reclaimable=0-0\n",
	       QUIET_PORT, nr_quiet, nr_quiet, nr_quiet, nr_quiet);
}

/* All ports but that many are taken on the stormy route as well. */
static void leave_free(unsigned int nr, unsigned int max_time_waits)
{
	unsigned int nr_held = NR_PORTS - nr;

	open_quiet(stormy_listener, STORMY_PORT, nr_held);
	printf("bounds route tcp " SERVER " " SERVER " %u capacity=%u-%u used=%u-%u "
	       "established=%u-%u time_wait=0-%u\n",
	       STORMY_PORT, NR_PORTS, NR_PORTS, nr_held, NR_PORTS, nr_held, NR_PORTS,
	       max_time_waits ? nr : 0);
	printf("bounds netns blocked=0-0 time_wait=0-%u\n", max_time_waits);
}

static void run(void (*turn)(void))
{
	unsigned int i;

	load_say("storm");
	while (!load_is_told_to_go_on())
		for (i = 0; i < TURN; i++)
			turn();
	printf("figure %lu opened, %lu refused\n", nr_made, nr_refused);
}

/* ---- Connections ---- */

static struct pair pairs[NR_OPEN];

static void close_all_slots(void)
{
	unsigned int i;

	for (i = 0; i < NR_OPEN; i++)
		pairs[i] = (struct pair){ -1, -1 };
}

static void open_pair(struct pair *pair)
{
	pair->client = net_try_connect(SERVER, STORMY_PORT);
	if (pair->client < 0) {
		nr_refused++;
		return;
	}
	pair->server = net_accept(stormy_listener);
	nr_made++;
}

static void reset_pair(struct pair *pair)
{
	net_reset(pair->client);
	net_await_end(pair->server);
	close(pair->server);
	pair->client = -1;
}

/* It becomes a TIME_WAIT, if there is room for one. */
static void close_pair(struct pair *pair)
{
	close(pair->client);
	net_await_end(pair->server);
	close(pair->server);
	pair->client = -1;
}

static void turn_of_resets(void)
{
	struct pair *pair = &pairs[random_below(&dice, NR_OPEN)];

	if (pair->client < 0)
		open_pair(pair);
	else
		reset_pair(pair);
}

static void turn_of_time_waits(void)
{
	struct pair *pair = &pairs[random_below(&dice, NR_OPEN)];

	if (pair->client < 0)
		open_pair(pair);
	else
		close_pair(pair);
}

void load_storm_of_resets(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	prepare(LOW, NR_PORTS, NR_QUIET);
	leave_free(NR_FREE, 0);
	close_all_slots();
	run(turn_of_resets);
}

/* They are reused as soon as the kernel allows: after a second, or a millisecond. */
void load_storm_of_time_waits(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	prepare(LOW, NR_PORTS, NR_QUIET);
	leave_free(NR_FREE + MAX_TIME_WAITS, MAX_TIME_WAITS);
	sandbox_sysctl("net/ipv4/tcp_max_tw_buckets", "%u", MAX_TIME_WAITS);
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "1");
	if (!access(REUSE_DELAY, F_OK))
		sandbox_sysctl("net/ipv4/tcp_tw_reuse_delay", "1");
	close_all_slots();
	run(turn_of_time_waits);
}

/* All over the range: what comes and goes while the count goes on may count, or not. */
void load_wide_storm(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	prepare(WIDE_LOW, NR_WIDE_PORTS, NR_WIDE_QUIET);
	printf("bounds route tcp " SERVER " " SERVER " %u capacity=%u-%u time_wait=0-0 "
	       "reclaimable=0-0\n",
	       STORMY_PORT, NR_WIDE_PORTS, NR_WIDE_PORTS);
	printf("bounds netns blocked=0-0 time_wait=0-0\n");
	close_all_slots();
	run(turn_of_resets);
}

/* ---- Listeners ---- */

static uint16_t ports[NR_BLOCKED];
static int sockets[NR_BLOCKED];

/* Ports of the range that bind() gives: no connection has them. */
static void choose_ports(void)
{
	unsigned int i;

	for (i = 0; i < NR_BLOCKED; i++) {
		sockets[i] = net_bind("0.0.0.0", SOCK_STREAM);
		ports[i] = net_local_port(sockets[i]);
	}
	for (i = 0; i < NR_BLOCKED; i++) {
		close(sockets[i]);
		sockets[i] = -1;
	}
}

static void turn_of_listeners(void)
{
	unsigned int i = random_below(&dice, NR_BLOCKED);

	if (sockets[i] >= 0) {
		close(sockets[i]);
		sockets[i] = -1;
		return;
	}
	sockets[i] = net_try_listen(random_chance(&dice, 50) ? "0.0.0.0" : SERVER, ports[i], 1);
	nr_made += sockets[i] >= 0;
	nr_refused += sockets[i] < 0;
}

void load_storm_of_listeners(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	prepare(LOW, NR_PORTS, NR_QUIET);
	choose_ports();
	printf("bounds netns blocked=0-%u time_wait=0-0\n", NR_BLOCKED);
	run(turn_of_listeners);
}

/* What was closed is closed, also when porttrace happens to look at it. */
static void turn_of_rebinds(void)
{
	int fd = net_try_listen(SERVER, ports[0], 1);

	nr_made += fd >= 0;
	nr_refused += fd < 0;
	if (fd >= 0)
		close(fd);
}

void load_storm_of_rebinds(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	prepare(LOW, NR_PORTS, NR_QUIET);
	choose_ports();
	printf("bounds netns blocked=0-1 time_wait=0-0\n");
	run(turn_of_rebinds);
	if (nr_refused)
		plan_failed("%lu of %lu times the port was still in use after close()", nr_refused,
			    nr_made + nr_refused);
}
