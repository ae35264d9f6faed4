// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random snapshots against a model that goes port by port, as the kernel's search does: what it
 * says is left are the ports that the search would give to one connection after the other.
 */
#include "unit.h"

#include <string.h>

#define SEED UINT64_C(20260131)
#define ROUNDS 400

#define NR_NETNS 3
#define NR_ROUTES 3
#define NR_PORTS 65536

/* Where UDP sockets can be; the first ones are what routes are asked for. */
#define NR_HOLDERS 9
#define NR_ADDRESSES 6
static const struct holder {
	const char *addr;
	bool ipv6, any, v6only;
	uint32_t ipv4; /* as IPv4 sees it: LOOPBACK4_IPV6 is what one with an IPv6 address has */
} holders[NR_HOLDERS] = {
	{ "10.0.0.1", false, false, false, 0x0a000001 },
	{ "10.0.0.2", false, false, false, 0x0a000002 },
	{ "0.0.0.0", false, true, false, 0 },
	{ "2001:db8::1", true, false, false, 0x7f000006 },
	{ "2001:db8::2", true, false, false, 0x7f000006 },
	{ "::", true, true, false, 0 },
	{ "2001:db8::1", true, false, true, 0x7f000006 },
	{ "2001:db8::2", true, false, true, 0x7f000006 },
	{ "::", true, true, true, 0 },
};

/* A connection of a route on each of these ports. */
struct connections {
	bool taken[NR_PORTS], reusable[NR_PORTS];
	int own_low, own_high;
};

/* What there is in a namespace. */
static struct world {
	int low, high;
	bool own_range_misses_none;
	bool reserved[NR_PORTS], blocked[NR_PORTS];
	bool udp[NR_HOLDERS][NR_PORTS];
	struct connections routes[NR_ROUTES];
} worlds[NR_NETNS];

/* Which ports a search looks at, and which before it turns to the other half. */
struct visits {
	bool any[NR_PORTS], first_half[NR_PORTS];
};

/* ---- Chance ---- */

static uint64_t random_state;
static int round_nr;

/* xorshift64*: below that number. */
static int chance(int below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * UINT64_C(2685821657736338717) >> 33) % below;
}

/* Each port of the range and around it is in the set with one of some probabilities. */
static void fill_at_random(bool set[NR_PORTS], const struct world *world)
{
	static const int per_mille[] = { 0, 0, 20, 100, 500, 980, 1000 };
	int probability = per_mille[chance(sizeof(per_mille) / sizeof(per_mille[0]))];
	int port;

	memset(set, 0, NR_PORTS * sizeof(*set));
	for (port = world->low - 5; port <= world->high + 5; port++)
		if (port > 0 && port < NR_PORTS)
			set[port] = chance(1000) < probability;
}

static void choose_range(struct world *world)
{
	static const int sizes[] = { 1, 2, 3, 4, 5, 8, 9, 64, 65, 200, 333, 28232, 65535 };
	int size = sizes[chance(sizeof(sizes) / sizeof(sizes[0]))];

	/* The large ones only now and then: they take long. */
	if (size > 1000 && chance(8))
		size = 1 + chance(100);
	switch (chance(3)) {
	case 0:
		world->low = 1;
		break;
	case 1:
		world->low = NR_PORTS - size;
		break;
	default:
		world->low = 1 + chance(NR_PORTS - size);
	}
	world->high = world->low + size - 1;
}

/* An end of an own range: 0, or within the range, or close to it. */
static int choose_own_end(const struct world *world)
{
	int end = world->low - 3 + chance(world->high - world->low + 7);

	return end < 0 || end >= NR_PORTS || !chance(6) ? 0 : end;
}

static void choose_own_range(const struct world *world, struct connections *connections)
{
	do {
		connections->own_low = choose_own_end(world);
		connections->own_high = choose_own_end(world);
		/* setsockopt() refuses it the wrong way round. */
	} while (connections->own_low && connections->own_high &&
		 connections->own_low > connections->own_high);
}

static void make_world(struct world *world)
{
	int i;

	choose_range(world);
	world->own_range_misses_none = chance(2);
	fill_at_random(world->reserved, world);
	fill_at_random(world->blocked, world);
	for (i = 0; i < NR_HOLDERS; i++)
		fill_at_random(world->udp[i], world);
	for (i = 0; i < NR_ROUTES; i++) {
		fill_at_random(world->routes[i].taken, world);
		fill_at_random(world->routes[i].reusable, world);
		choose_own_range(world, &world->routes[i]);
	}
}

/* ---- The model ---- */

struct expected {
	int64_t capacity, used, reclaimable, headroom, fast_headroom;
};

/*
 * __inet_hash_connect(): half of the ports, from somewhere on and around, then the other half. It
 * can start at the first port, too, and then passes over the last one of a range of odd size: that
 * it does once in half the range, and always only where there is nothing else.
 */
static void search_in_halves(struct visits *visits, int low, int high)
{
	int remaining = high - low + 1, offset = 0, port, half, i;

	if (remaining > 1)
		remaining &= ~1;
	if (remaining > 2)
		offset = 2 + 2 * chance(remaining / 2 - 1);
	for (half = 0; half < (remaining > 1 ? 2 : 1); half++) {
		port = low + offset + half;
		for (i = 0; i < remaining; i += 2, port += 2) {
			if (port > high)
				port -= remaining;
			visits->any[port] = true;
			visits->first_half[port] = !half;
		}
	}
}

static void search(struct visits *visits, int low, int high, bool misses_none)
{
	int port;

	memset(visits, 0, sizeof(*visits));
	if (!misses_none) {
		search_in_halves(visits, low, high);
		return;
	}
	for (port = low; port <= high; port++)
		visits->any[port] = true;
}

static struct expected expect_tcp(const struct world *world, const struct connections *connections,
				  const struct visits *visits)
{
	struct expected expected = {};
	int port;

	for (port = 0; port < NR_PORTS; port++) {
		bool reusable = connections->reusable[port];

		if (!visits->any[port] || world->reserved[port] || world->blocked[port])
			continue;
		expected.capacity++;
		if (connections->taken[port]) {
			expected.used++;
			expected.reclaimable += reusable;
		}
		if (!connections->taken[port] || reusable) {
			expected.headroom++;
			expected.fast_headroom += visits->first_half[port];
		}
	}
	return expected;
}

/* inet_sk_get_local_port_range() */
static void search_own_range(struct visits *visits, const struct world *world,
			     const struct connections *connections)
{
	int low = world->low, high = world->high;

	if (world->low <= connections->own_low && connections->own_low <= world->high)
		low = connections->own_low;
	if (world->low <= connections->own_high && connections->own_high <= world->high)
		high = connections->own_high;
	search(visits, low, high, world->own_range_misses_none);
}

/* inet_rcv_saddr_equal(), of a plain socket that is to be on that address, with one there. */
static bool overlaps(const struct holder *plain, const struct holder *other)
{
	if (!plain->ipv6)
		return !other->v6only &&
		       (plain->ipv4 == other->ipv4 || !plain->ipv4 || !other->ipv4);
	if (plain->any)
		return true;
	return other->ipv6 && (other->any || !strcmp(plain->addr, other->addr));
}

static struct expected expect_udp(const struct world *world, const struct holder *plain)
{
	struct expected expected = { .fast_headroom = NOT_KNOWN };
	int port, i;

	for (port = world->low; port <= world->high; port++) {
		bool own = false, others = false;

		for (i = 0; i < NR_HOLDERS; i++) {
			if (!world->udp[i][port] || !overlaps(plain, &holders[i]))
				continue;
			if (strcmp(plain->addr, holders[i].addr))
				others = true;
			else
				own = true;
		}
		if (world->reserved[port] || others)
			continue;
		expected.capacity++;
		expected.used += own;
		expected.headroom += !own;
	}
	return expected;
}

/* ---- The snapshot ---- */

static uint32_t inum_of(int nr)
{
	return 11 + nr;
}

static struct route_key key_of(int netns, int route)
{
	return make_key(inum_of(netns), "10.0.0.1", "10.0.0.2", 1000 + route);
}

static void add_set(struct snapshot *snapshot, struct port_set_key key, const bool set[NR_PORTS])
{
	int port, low;

	for (port = 0; port < NR_PORTS; port++) {
		if (!set[port])
			continue;
		for (low = port; port + 1 < NR_PORTS && set[port + 1]; port++)
			;
		add_ports(snapshot, key, low, port);
	}
}

/* As the census counts: on ports that a connection of this route could get but for its sockets. */
static void add_connections(struct snapshot *snapshot, int netns, int nr)
{
	static struct visits visits, own_visits;
	const struct world *world = &worlds[netns];
	const struct connections *connections = &world->routes[nr];
	struct route *route = add_counted_route(snapshot, key_of(netns, nr), 0, 0);
	struct occupancy *occupancy = &route->occupancy;
	struct expected own;
	int port;

	search(&visits, world->low, world->high, false);
	for (port = 0; port < NR_PORTS; port++) {
		enum half half = visits.first_half[port] ? HALF_FAST : HALF_SLOW;

		if (!visits.any[port] || !connections->taken[port] || world->reserved[port] ||
		    world->blocked[port])
			continue;
		occupancy->used_in_half[half]++;
		occupancy->reclaimable_in_half[half] += connections->reusable[port];
	}
	if (!connections->own_low && !connections->own_high)
		return;
	search_own_range(&own_visits, world, connections);
	own = expect_tcp(world, connections, &own_visits);
	occupancy->own[0].low = connections->own_low;
	occupancy->own[0].high = connections->own_high;
	occupancy->own[0].used = own.used;
	occupancy->own[0].reclaimable = own.reclaimable;
}

static void add_world(struct snapshot *snapshot, int nr)
{
	const struct world *world = &worlds[nr];
	const uint32_t inum = inum_of(nr);
	int i;

	add_netns(snapshot, inum, world->low, world->high)->own_range_misses_none =
		world->own_range_misses_none;
	add_set(snapshot, make_set_key(inum, PORTS_RESERVED), world->reserved);
	add_set(snapshot, make_set_key(inum, PORTS_TCP_BLOCKED), world->blocked);
	for (i = 0; i < NR_HOLDERS; i++)
		add_set(snapshot, make_udp_set_key(inum, holders[i].addr, holders[i].v6only),
			world->udp[i]);
	for (i = 0; i < NR_ADDRESSES; i++)
		add_route(snapshot, make_udp_key(inum, holders[i].addr), 1, 0);
	for (i = 0; i < NR_ROUTES; i++)
		add_connections(snapshot, nr, i);
}

/* ---- Comparison ---- */

static void assert_figure(const char *what, const char *figure, const struct world *world,
			  int64_t got, int64_t expected)
{
	if (got == expected)
		return;
	print_error("# round %d, range %d-%d: %s of %s is %lld, not %lld\n", round_nr, world->low,
		    world->high, figure, what, (long long)got, (long long)expected);
	fail();
}

static void assert_figures(const char *what, const struct world *world, const struct occupancy *got,
			   const struct expected *expected)
{
	assert_figure(what, "capacity", world, got->capacity, expected->capacity);
	assert_figure(what, "used", world, got->used, expected->used);
	assert_figure(what, "reclaimable", world, got->reclaimable, expected->reclaimable);
	assert_figure(what, "headroom", world, got->headroom, expected->headroom);
	assert_figure(what, "fast headroom", world, got->fast_headroom, expected->fast_headroom);
}

static void assert_own_range(const struct world *world, const struct connections *connections,
			     const struct own_range *own)
{
	static struct visits visits;
	struct expected expected;

	if (!connections->own_low && !connections->own_high)
		return;
	search_own_range(&visits, world, connections);
	expected = expect_tcp(world, connections, &visits);
	assert_figure("its own", "capacity", world, own->capacity, expected.capacity);
	assert_figure("its own", "headroom", world, own->headroom, expected.headroom);
}

static int64_t count_in_range(const struct world *world, const bool set[NR_PORTS])
{
	int64_t count = 0;
	int port;

	for (port = world->low; port <= world->high; port++)
		count += set[port];
	return count;
}

static void assert_world(const struct snapshot *snapshot, int nr)
{
	static struct visits visits;
	const struct world *world = &worlds[nr];
	const struct netns *netns = snapshot_find_netns(snapshot, inum_of(nr));
	const struct occupancy *occupancy;
	struct expected expected;
	int i;

	assert_figure("range", "reserved", world, netns->reserved,
		      count_in_range(world, world->reserved));
	assert_figure("range", "blocked", world, netns->blocked,
		      count_in_range(world, world->blocked));
	search(&visits, world->low, world->high, false);
	for (i = 0; i < NR_ROUTES; i++) {
		expected = expect_tcp(world, &world->routes[i], &visits);
		occupancy = occupancy_of(snapshot, key_of(nr, i));
		assert_figures("tcp", world, occupancy, &expected);
		assert_own_range(world, &world->routes[i], &occupancy->own[0]);
	}
	for (i = 0; i < NR_ADDRESSES; i++) {
		expected = expect_udp(world, &holders[i]);
		occupancy = occupancy_of(snapshot, make_udp_key(inum_of(nr), holders[i].addr));
		assert_figures(holders[i].addr, world, occupancy, &expected);
	}
}

static void random_snapshots_are_as_a_search_would_find(void **state)
{
	int i;

	(void)state;
	print_message("# seed %llu\n", (unsigned long long)SEED);
	random_state = SEED;
	for (round_nr = 0; round_nr < ROUNDS; round_nr++) {
		struct snapshot *snapshot = new_census(0);

		for (i = 0; i < NR_NETNS; i++)
			make_world(&worlds[i]);
		/* From the last to the first, so that sorting has something to do. */
		for (i = NR_NETNS - 1; i >= 0; i--)
			add_world(snapshot, i);
		compute(snapshot, NULL);
		for (i = 0; i < NR_NETNS; i++)
			assert_world(snapshot, i);
		snapshot_free(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_snapshots_are_as_a_search_would_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
