// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets, then other settings, then connections until the kernel refuses. What there would be with
 * these settings is asked for before they are made. Which settings, and which sockets, is drawn by
 * a number.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "load.h"
#include "plan.h"
#include "random.h"
#include "sandbox.h"
#include "wait.h"

#define SERVER_PORT 7001
#define OTHER_PORT 7002
#define BACKLOG 65535

/* All ports that there are sockets on, and all that ranges are drawn from. */
#define LOWEST 30000
#define HIGHEST 30799

/* Before 6.14 the age of a TIME_WAIT counts in whole seconds; it lives for 60. */
#define OLD_ENOUGH_MS 2500
#define TOO_OLD_MS 50000

#define MAX_SOURCES 4

/* The keys: bits of the number below its seed. */
enum {
	KEY_RANGE = 1 << 0,
	KEY_RESERVED = 1 << 1,
	KEY_TW_REUSE = 1 << 2,
	KEY_SOURCES = 1 << 3,
	SEED_SHIFT = 4,
};

static struct {
	struct random random;
	bool is_v6, is_site; /* not loopback to tcp_tw_reuse=2 */
	char host[32];
	unsigned int low, high, tw_reuse, sources;
	char reserved[128];
	long long time_waits_since_ms;
} place;

/* ---- Addresses ---- */

static int domain(void)
{
	return place.is_v6 ? AF_INET6 : AF_INET;
}

/* Of an address on lo, the kernel makes its whole network local: 10.0.0.0/8. */
static void add_site(void)
{
	union address address = address_of(AF_INET, "10.0.0.1", 0);
	struct ifreq alias = { .ifr_name = "lo:1" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&alias.ifr_addr, &address.v4, sizeof(address.v4));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &alias) < 0)
		plan_failed("cannot add an address to lo: %s", strerror(errno));
	close(fd);
}

static void choose_host(unsigned int keys)
{
	place.is_v6 = net_has_ipv6() && !(keys & KEY_SOURCES) && random_chance(&place.random, 30);
	place.is_site = !place.is_v6 && random_chance(&place.random, 50);
	if (place.is_site)
		add_site();
	snprintf(place.host, sizeof(place.host), "%s",
		 place.is_v6 ? "::1" : place.is_site ? "10.0.0.1" : "127.0.0.1");
}

/* Of the sources, the first of which is where connections come from by themselves. */
static union address source(unsigned int nr)
{
	char text[32];

	snprintf(text, sizeof(text), "%s.0.0.%u", place.is_site ? "10" : "127", nr + 1);
	return address_of(domain(), place.is_v6 ? place.host : text, 0);
}

/* ---- Settings ---- */

static void set_range(unsigned int low, unsigned int high)
{
	sandbox_sysctl("net/ipv4/ip_local_port_range", "%u %u", low, high);
}

/* Of even size: of an odd one it is left to chance which end the search passes over. */
static void draw_range(void)
{
	unsigned int size = 2 * random_between(&place.random, 20, 150);

	place.low = random_between(&place.random, LOWEST, HIGHEST - size);
	place.high = place.low + size - 1;
}

static void draw_reserved(void)
{
	unsigned int nr = random_below(&place.random, 4), i, low;
	int at = 0;

	place.reserved[0] = '\0';
	for (i = 0; i < nr; i++) {
		low = random_between(&place.random, place.low, place.high);
		at += snprintf(place.reserved + at, sizeof(place.reserved) - at, "%s%u",
			       i ? "," : "", low);
		if (random_chance(&place.random, 60))
			at += snprintf(place.reserved + at, sizeof(place.reserved) - at, "-%u",
				       low + random_below(&place.random, 20));
	}
}

static void draw_settings(unsigned int keys)
{
	if (keys & KEY_RANGE)
		draw_range();
	if (keys & KEY_RESERVED)
		draw_reserved();
	if (keys & KEY_TW_REUSE)
		place.tw_reuse = (place.tw_reuse + random_between(&place.random, 1, 2)) % 3;
	if (keys & KEY_SOURCES)
		place.sources = random_between(&place.random, 2, MAX_SOURCES);
}

static void apply_settings(void)
{
	set_range(place.low, place.high);
	sandbox_sysctl("net/ipv4/ip_local_reserved_ports", "%s",
		       place.reserved[0] ? place.reserved : "\n");
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "%u", place.tw_reuse);
}

/* As `check --what-if` takes it. */
static void say_change(unsigned int keys)
{
	char text[256];
	int at = 0;

	if (keys & KEY_RANGE)
		at += snprintf(text + at, sizeof(text) - at, ",range=%u-%u", place.low, place.high);
	if (keys & KEY_RESERVED)
		at += snprintf(text + at, sizeof(text) - at, ",reserved=%s", place.reserved);
	if (keys & KEY_TW_REUSE)
		at += snprintf(text + at, sizeof(text) - at, ",tw_reuse=%u", place.tw_reuse);
	if (keys & KEY_SOURCES)
		at += snprintf(text + at, sizeof(text) - at, ",sources=%u", place.sources);
	if (!at)
		plan_failed("no key is asked for");
	printf("change %s\n", text + 1);
}

/* ---- Sockets that are there before ---- */

/* The kernel looks at ports of that parity first. */
static void look_at(bool is_odd)
{
	set_range(LOWEST + is_odd, HIGHEST - 1 + is_odd);
}

static void add_connections(uint16_t port, int listener, unsigned int nr)
{
	while (nr--) {
		look_at(random_chance(&place.random, 50));
		net_connect(place.host, port);
		net_accept(listener);
	}
}

/* Some without timestamps: those are nobody's to take over. */
static void add_time_waits(int listener, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		int client, server;

		sandbox_sysctl("net/ipv4/tcp_timestamps", "%d", !random_chance(&place.random, 30));
		look_at(random_chance(&place.random, 50));
		client = net_connect(place.host, SERVER_PORT);
		server = net_accept(listener);
		close(client);
		net_await_end(server);
		close(server);
	}
	sandbox_sysctl("net/ipv4/tcp_timestamps", "1");
	sandbox_await_time_waits(nr);
	place.time_waits_since_ms = now_ms();
}

static void add_bound(unsigned int nr)
{
	while (nr--) {
		unsigned int port = random_between(&place.random, LOWEST, HIGHEST);
		bool any = random_chance(&place.random, 30);

		net_try_listen(any ? (place.is_v6 ? "::" : "0.0.0.0") : place.host, port, 1);
	}
}

static void add_udp(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		look_at(random_chance(&place.random, 50));
		net_bind(i % 3 ? place.host : place.is_v6 ? "::" : "0.0.0.0", SOCK_DGRAM);
	}
}

static void add_sockets(void)
{
	int listener = net_listen(place.host, SERVER_PORT, BACKLOG);
	int other = net_listen(place.host, OTHER_PORT, BACKLOG);
	struct random *random = &place.random;

	add_bound(random_below(random, 30));
	add_connections(SERVER_PORT, listener, random_below(random, 120));
	add_connections(OTHER_PORT, other, random_below(random, 20));
	add_udp(random_between(random, 3, 40));
	add_time_waits(listener, random_between(random, 10, 80));
}

/* ---- What is left ---- */

static int open_from(int type, unsigned int nr)
{
	union address from = source(nr);
	int fd = socket(domain(), type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		plan_failed("no socket: %s", strerror(errno));
	if (!nr || type == SOCK_DGRAM)
		return fd;
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(fd, &from.sa, address_len(&from)) < 0)
		plan_failed("cannot bind to a source: %s", strerror(errno));
	return fd;
}

/* Connections of one source; *fast: those that came before the first one of the other parity. */
static unsigned int fill_tcp(unsigned int source_nr, unsigned int *fast)
{
	union address to = address_of(domain(), place.host, SERVER_PORT);
	bool is_fast = true;
	unsigned int nr;

	for (nr = 0;; nr++) {
		int fd = open_from(SOCK_STREAM, source_nr);

		if (connect(fd, &to.sa, address_len(&to)) < 0) {
			if (errno != EADDRNOTAVAIL)
				plan_failed("cannot connect: %s", strerror(errno));
			close(fd);
			return nr;
		}
		is_fast = is_fast && (net_local_port(fd) - place.low) % 2 == 0;
		*fast += is_fast;
	}
}

static unsigned int fill_udp(unsigned int source_nr)
{
	union address from = source(source_nr);
	unsigned int nr;

	for (nr = 0;; nr++) {
		int fd = open_from(SOCK_DGRAM, source_nr);

		if (bind(fd, &from.sa, address_len(&from)) < 0) {
			if (errno != EADDRINUSE)
				plan_failed("cannot bind: %s", strerror(errno));
			close(fd);
			return nr;
		}
	}
}

static bool are_old_enough(const void *arg)
{
	(void)arg;
	return now_ms() - place.time_waits_since_ms > OLD_ENOUGH_MS;
}

void load_what_if(unsigned int n, bool is_unwatched)
{
	unsigned int keys = n & ((1U << SEED_SHIFT) - 1), fast = 0, tcp = 0, udp = 0, i;

	(void)is_unwatched;
	place.random.state = n;
	sandbox_allow_descriptors();
	sandbox_enter(LOWEST, HIGHEST);
	choose_host(keys);
	add_sockets();
	place.sources = 1;
	draw_range();
	draw_reserved();
	place.tw_reuse = random_below(&place.random, 3);
	apply_settings();
	draw_settings(keys);
	wait_until(are_old_enough, NULL, OLD_ENOUGH_MS + 1000);
	printf("route %lu %s %u\n", sandbox_inum(), place.host, SERVER_PORT);
	say_change(keys);
	load_say("ready");
	load_await_go_on();
	apply_settings();
	for (i = 0; i < place.sources; i++)
		tcp += fill_tcp(i, &fast);
	if (now_ms() - place.time_waits_since_ms > TOO_OLD_MS)
		plan_failed("too slow: TIME_WAITs are about to end");
	for (i = 0; i < place.sources; i++)
		udp += fill_udp(i);
	printf("tcp %u %u\nudp %u\n", tcp, fast, udp);
}
