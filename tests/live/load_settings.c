// SPDX-License-Identifier: GPL-2.0-only
/* Settings of a namespace that change while a tracer looks on, and ports that somebody binds. */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

#define SERVER "127.0.0.1"
#define SERVER_PORT 7001
#define BACKLOG 128

#define NR_HELD 23
#define NR_TIME_WAITS 7

/* Before 6.14 the age of a TIME_WAIT counts in whole seconds. */
#define OLD_ENOUGH_MS 2500

/* Of its 60 seconds. */
#define TOO_OLD_MS 50000

/* As this program has set them. */
static struct {
	unsigned int low, high, tw_reuse, tw_max;
	const char *reserved;
	bool is_reserved[65536], is_blocked[65536];
	uint16_t held[NR_HELD], time_waits[NR_TIME_WAITS];
	long long time_waits_since_ms;
} place = { .low = 30000, .high = 30199, .tw_max = 262144, .reserved = "" };

/* ---- What follows from them ---- */

static bool is_usable(unsigned int port)
{
	bool is_odd = (place.high - place.low) % 2 == 0;

	/* The search of an odd range passes over its first port. */
	return port >= place.low + is_odd && port <= place.high && !place.is_reserved[port] &&
	       !place.is_blocked[port];
}

static unsigned int count_usable(const uint16_t *ports, unsigned int nr)
{
	unsigned int count = 0, i;

	for (i = 0; i < nr; i++)
		count += is_usable(ports[i]);
	return count;
}

static unsigned int count_in_range(const bool *set)
{
	unsigned int count = 0, port;

	for (port = place.low; port <= place.high; port++)
		count += set[port];
	return count;
}

static void report(bool is_last)
{
	unsigned int capacity = 0, held = count_usable(place.held, NR_HELD), port;
	unsigned int time_waits = count_usable(place.time_waits, NR_TIME_WAITS);
	unsigned int reclaimable = place.tw_reuse ? time_waits : 0;

	for (port = place.low; port <= place.high; port++)
		capacity += is_usable(port);
	if (now_ms() - place.time_waits_since_ms > TOO_OLD_MS)
		plan_failed("too slow: TIME_WAITs are about to end");
	load_begin_step();
	printf("netns %lu range=%u-%u reserved=%u blocked=%u time_wait=%u time_wait_max=%u "
	       "tw_reuse=%u failures=0\n",
	       sandbox_inum(), place.low, place.high, count_in_range(place.is_reserved),
	       count_in_range(place.is_blocked), NR_TIME_WAITS, place.tw_max, place.tw_reuse);
	printf("route tcp " SERVER " " SERVER " %u occupancy=census capacity=%u used=%u "
	       "established=%u time_wait=%u reclaimable=%u headroom=%u\n",
	       SERVER_PORT, capacity, held + time_waits, NR_HELD, NR_TIME_WAITS, reclaimable,
	       capacity - held - time_waits + reclaimable);
	load_end_step(is_last);
}

/* ---- The changes ---- */

static void set_range(unsigned int low, unsigned int high)
{
	sandbox_sysctl("net/ipv4/ip_local_port_range", "%u %u", low, high);
	place.low = low;
	place.high = high;
	report(false);
}

/* "1-3,7" */
static void set_reserved(const char *list)
{
	unsigned int from, to;
	int length;

	sandbox_sysctl("net/ipv4/ip_local_reserved_ports", "%s", *list ? list : "\n");
	memset(place.is_reserved, 0, sizeof(place.is_reserved));
	while (sscanf(list, "%u%n", &from, &length) == 1) {
		list += length;
		to = from;
		if (sscanf(list, "-%u%n", &to, &length) == 1)
			list += length;
		memset(&place.is_reserved[from], true, to - from + 1);
		list += *list == ',';
	}
	report(false);
}

static void set_tw_reuse(unsigned int tw_reuse)
{
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "%u", tw_reuse);
	place.tw_reuse = tw_reuse;
	report(false);
}

static void set_tw_max(unsigned int tw_max)
{
	sandbox_sysctl("net/ipv4/tcp_max_tw_buckets", "%u", tw_max);
	place.tw_max = tw_max;
	report(false);
}

static bool is_taken(uint16_t port)
{
	unsigned int i;

	for (i = 0; i < NR_HELD; i++)
		if (place.held[i] == port)
			return true;
	for (i = 0; i < NR_TIME_WAITS; i++)
		if (place.time_waits[i] == port)
			return true;
	return false;
}

/* A port of the range as it is in the end that no connection has. */
static uint16_t free_port(unsigned int from)
{
	while (is_taken(from) || place.is_blocked[from] || place.is_reserved[from])
		from++;
	return from;
}

static int block(const char *ip, uint16_t port)
{
	int fd = net_listen(ip, port, 1);

	place.is_blocked[port] = true;
	report(false);
	return fd;
}

static void unblock(int fd)
{
	place.is_blocked[net_local_port(fd)] = false;
	close(fd);
	report(false);
}

static void make_connections(void)
{
	int listener = net_listen(SERVER, SERVER_PORT, BACKLOG), client, server;
	unsigned int i;

	for (i = 0; i < NR_HELD; i++) {
		client = net_connect(SERVER, SERVER_PORT);
		net_accept(listener);
		place.held[i] = net_local_port(client);
	}
	for (i = 0; i < NR_TIME_WAITS; i++) {
		client = net_connect(SERVER, SERVER_PORT);
		server = net_accept(listener);
		place.time_waits[i] = net_local_port(client);
		close(client);
		net_await_end(server);
		close(server);
	}
	sandbox_await_time_waits(NR_TIME_WAITS);
	place.time_waits_since_ms = now_ms();
}

static bool are_old_enough(const void *arg)
{
	(void)arg;
	return now_ms() - place.time_waits_since_ms > OLD_ENOUGH_MS;
}

void load_settings(unsigned int n, bool is_unwatched)
{
	int fds[2];

	(void)n;
	(void)is_unwatched;
	sandbox_enter(place.low, place.high);
	make_connections();
	report(false);
	set_range(30100, 30399);
	set_range(30100, 30300);
	set_reserved("30110-30129,30150,40000-40010");
	wait_until(are_old_enough, NULL, OLD_ENOUGH_MS);
	set_tw_reuse(1);
	set_tw_reuse(2);
	set_tw_max(12345);
	fds[0] = block(SERVER, free_port(30130));
	fds[1] = block("0.0.0.0", free_port(30200));
	set_tw_reuse(0);
	unblock(fds[0]);
	set_range(30000, 30401);
	unblock(fds[1]);
	set_reserved("");
	report(true);
}
