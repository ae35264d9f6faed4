// SPDX-License-Identifier: GPL-2.0-only
/* Between two censuses: what becomes of the rows that only one of two snapshots has. */
#include "unit.h"

#define NETNS 7

static struct route_key key(void)
{
	return make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
}

/*
 * A census of a namespace with the range 1000-1099, in which one route uses 30 ports, 20 of the
 * fast half: 20 established and 10 in TIME_WAIT, after 500 allocations. Not computed.
 */
static struct snapshot *make_census(void)
{
	struct snapshot *snapshot = new_census(10);
	struct route *route;

	add_netns(snapshot, NETNS, 1000, 1099);
	route = add_counted_route(snapshot, key(), 20, 10);
	route->allocations = 500;
	route->time_waits = 100;
	route->occupancy.established = 20;
	route->occupancy.time_wait = 10;
	return snapshot;
}

/* The snapshot after *now, which it takes the place of: only counters were read. */
static const struct occupancy *advance(struct snapshot **now, uint64_t allocations,
				       uint64_t time_waits)
{
	struct snapshot *next = new_without_census((*now)->monotonic.tv_sec + 1);

	add_counters(next, key(), allocations, time_waits);
	carry(next, *now);
	snapshot_free(*now);
	*now = next;
	return occupancy_of(next, key());
}

static void routes_without_events_are_kept(void **state)
{
	const struct route_key silent = make_key(NETNS, "10.0.0.1", "10.0.0.9", 80);
	const struct route_key udp = make_udp_key(NETNS, "10.0.0.1");
	struct snapshot *now = make_census();
	const struct route *route;

	(void)state;
	add_counted_route(now, silent, 3, 4);
	add_counted_route(now, udp, 0, 0)->occupancy.other = 2;
	add_ports(now, make_udp_set_key(NETNS, "10.0.0.1", false), 1000, 1001);
	compute(now, NULL);
	advance(&now, 501, 100);
	advance(&now, 502, 100);
	assert_int_equal(now->nr_routes, 3);
	assert_int_equal(occupancy_of(now, silent)->source, OCCUPANCY_CARRIED);
	assert_int_equal(occupancy_of(now, silent)->used, 7);
	assert_int_equal(occupancy_of(now, silent)->established, 7);
	assert_int_equal(occupancy_of(now, silent)->headroom, 93);
	assert_int_equal(occupancy_of(now, udp)->used, 2);
	assert_int_equal(occupancy_of(now, udp)->other, 2);
	assert_int_equal(occupancy_of(now, key())->used, 32);
	route = snapshot_find_route(now, &silent);
	assert_int_equal(route->allocations, 0);
	assert_int_equal(route->failures, 0);
	assert_true(isnan(route->allocations_per_s));
	/* This back-end cannot see searches, of whatever route. */
	assert_int_equal(route->searches, NOT_KNOWN);
	assert_int_equal(route->search_ns, NOT_KNOWN);
	snapshot_free(now);
}

static void a_route_without_searches_had_none_where_they_are_seen(void **state)
{
	const struct route_key silent = make_key(NETNS, "10.0.0.1", "10.0.0.9", 80);
	struct snapshot *now = make_census();
	struct route *route = add_counted_route(now, silent, 3, 4);

	(void)state;
	route->searches = route->search_ns = 0;
	compute(now, NULL);
	advance(&now, 501, 100);
	assert_int_equal(snapshot_find_route(now, &silent)->searches, 0);
	assert_int_equal(snapshot_find_route(now, &silent)->search_ns, 0);
	snapshot_free(now);
}

/* The row of a bind(), say, which the counters have anyway. */
static void rows_that_are_no_route_are_not_made_up(void **state)
{
	const struct route_key bound = make_key(NETNS, "10.0.0.1", NULL, 0);
	struct snapshot *now = make_census(), *next = new_without_census(11);

	(void)state;
	add_route(now, bound, 3, 0);
	add_route(now, make_key(NETNS, "10.0.0.3", NULL, 0), 3, 0);
	compute(now, NULL);
	add_counters(next, bound, 9, 0);
	carry(next, now);
	assert_int_equal(next->nr_routes, 2);
	assert_int_equal(occupancy_of(next, bound)->source, OCCUPANCY_UNKNOWN);
	assert_int_equal(occupancy_of(next, bound)->used, NOT_KNOWN);
	assert_int_equal(occupancy_of(next, bound)->headroom, NOT_KNOWN);
	snapshot_free(now);
	snapshot_free(next);
}

static void a_route_that_is_new_had_no_sockets_then(void **state)
{
	const struct route_key fresh = make_key(NETNS, "10.0.0.1", "10.0.0.9", 80);
	struct snapshot *now = make_census(), *next = new_without_census(11);
	const struct occupancy *occupancy;

	(void)state;
	compute(now, NULL);
	add_counters(next, fresh, 5, 2);
	carry(next, now);
	occupancy = occupancy_of(next, fresh);
	assert_int_equal(occupancy->source, OCCUPANCY_CARRIED);
	assert_int_equal(occupancy->capacity, 100);
	assert_int_equal(occupancy->used, 5);
	assert_int_equal(occupancy->headroom, 95);
	assert_int_equal(occupancy->fast_headroom, 45);
	assert_true(isnan(occupancy->eta_s));
	/* And the other one is there still. */
	assert_int_equal(occupancy_of(next, key())->used, 30);
	snapshot_free(now);
	now = new_without_census(12);
	add_counters(now, fresh, 7, 2);
	carry(now, next);
	assert_int_equal(occupancy_of(now, fresh)->used, 7);
	assert_int_equal(occupancy_of(now, fresh)->headroom, 93);
	snapshot_free(now);
	snapshot_free(next);
}

/* As of one that the census did find: see each_allocation_uses_a_port. */
static void the_sockets_of_a_new_route_are_established_or_in_time_wait(void **state)
{
	const struct route_key fresh = make_key(NETNS, "10.0.0.1", "10.0.0.9", 80);
	struct snapshot *now = make_census(), *next = new_without_census(11);

	(void)state;
	compute(now, NULL);
	add_counters(next, fresh, 5, 2);
	carry(next, now);
	assert_int_equal(occupancy_of(next, fresh)->established, 3);
	assert_int_equal(occupancy_of(next, fresh)->time_wait, 2);
	snapshot_free(now);
	now = new_without_census(12);
	add_counters(now, fresh, 7, 3);
	carry(now, next);
	assert_int_equal(occupancy_of(now, fresh)->established, 4);
	assert_int_equal(occupancy_of(now, fresh)->time_wait, 3);
	snapshot_free(now);
	snapshot_free(next);
}

/* ---- What else is carried ---- */

static void udp_ports_are_carried(void **state)
{
	const struct route_key udp = make_udp_key(NETNS, "10.0.0.1");
	struct snapshot *now = make_census(), *next = new_without_census(11);
	const struct occupancy *occupancy;

	(void)state;
	add_counted_route(now, udp, 0, 0)->allocations = 50;
	add_ports(now, make_udp_set_key(NETNS, "10.0.0.1", false), 1000, 1001);
	add_ports(now, make_udp_set_key(NETNS, "::", false), 1090, 1099);
	compute(now, NULL);
	add_counters(next, udp, 53, 0);
	carry(next, now);
	occupancy = occupancy_of(next, udp);
	assert_int_equal(occupancy->source, OCCUPANCY_CARRIED);
	assert_int_equal(occupancy->capacity, 90);
	assert_int_equal(occupancy->used, 5);
	assert_int_equal(occupancy->headroom, 85);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(occupancy->fast_headroom, NOT_KNOWN);
	assert_int_equal(occupancy->bound, NOT_KNOWN);
	snapshot_free(now);
	now = new_without_census(12);
	add_counters(now, udp, 500, 0);
	carry(now, next);
	assert_int_equal(occupancy_of(now, udp)->used, 90);
	assert_int_equal(occupancy_of(now, udp)->headroom, 0);
	snapshot_free(now);
	snapshot_free(next);
}

static void namespaces_are_carried_with_their_ports(void **state)
{
	struct snapshot *now = make_census();
	const struct occupancy *occupancy;
	const struct netns *netns;

	(void)state;
	now->netns[0].time_wait = 40;
	now->netns[0].time_wait_max = 8192;
	now->netns[0].tw_reuse = 2;
	add_ports(now, make_set_key(NETNS, PORTS_RESERVED), 1000, 1003);
	add_ports(now, make_set_key(NETNS, PORTS_TCP_BLOCKED), 1003, 1008);
	compute(now, NULL);
	advance(&now, 503, 100);
	occupancy = advance(&now, 504, 100);
	netns = snapshot_find_netns(now, NETNS);
	assert_int_equal(netns->range_low, 1000);
	assert_int_equal(netns->range_high, 1099);
	assert_int_equal(netns->reserved, 4);
	assert_int_equal(netns->blocked, 6);
	assert_int_equal(netns->time_wait, 40);
	assert_int_equal(netns->time_wait_max, 8192);
	assert_int_equal(netns->tw_reuse, 2);
	assert_int_equal(occupancy->capacity, 91);
	assert_int_equal(occupancy->headroom, 91 - 34);
	snapshot_free(now);
}

static void own_ranges_are_carried(void **state)
{
	struct snapshot *now = make_census();
	const struct own_range *own;

	(void)state;
	now->netns[0].own_range_misses_none = true;
	now->routes[0].occupancy.own[0] =
		(struct own_range){ .low = 1010, .high = 1020, .used = 4, .reclaimable = 1 };
	compute(now, NULL);
	own = &advance(&now, 500, 100)->own[0];
	assert_int_equal(own->low, 1010);
	assert_int_equal(own->high, 1020);
	assert_int_equal(own->capacity, 11);
	assert_int_equal(own->used, 4);
	assert_int_equal(own->headroom, 8);
	snapshot_free(now);
}

static void what_was_incomplete_remains_so(void **state)
{
	struct snapshot *now = make_census();

	(void)state;
	now->netns[0].is_incomplete = true;
	compute(now, NULL);
	assert_int_equal(advance(&now, 501, 100)->source, OCCUPANCY_INCOMPLETE);
	assert_int_equal(advance(&now, 502, 100)->source, OCCUPANCY_INCOMPLETE);
	snapshot_free(now);
}

/* It was made since the census: nobody knows its range. */
static void of_a_namespace_that_is_new_nothing_is_known(void **state)
{
	const struct route_key elsewhere = make_key(NETNS + 1, "10.0.0.1", "10.0.0.2", 80);
	struct snapshot *now = make_census(), *next = new_without_census(11);

	(void)state;
	compute(now, NULL);
	add_counters(next, elsewhere, 5, 0);
	carry(next, now);
	assert_int_equal(occupancy_of(next, elsewhere)->source, OCCUPANCY_UNKNOWN);
	assert_int_equal(occupancy_of(next, elsewhere)->used, NOT_KNOWN);
	assert_int_equal(occupancy_of(next, elsewhere)->headroom, NOT_KNOWN);
	assert_int_equal(occupancy_of(next, elsewhere)->established, NOT_KNOWN);
	/* As view_json() needs it: then summed, then carried again. */
	assert_int_equal(snapshot_sum_netns(next), 0);
	snapshot_free(now);
	now = new_without_census(12);
	add_counters(now, elsewhere, 6, 0);
	carry(now, next);
	assert_int_equal(now->nr_netns, 2);
	assert_int_equal(occupancy_of(now, elsewhere)->used, NOT_KNOWN);
	assert_int_equal(occupancy_of(now, elsewhere)->established, NOT_KNOWN);
	snapshot_free(now);
	snapshot_free(next);
}

/* Nothing of it is the old one's: neither its sockets, nor its rates, nor its end. */
static void another_namespace_of_the_same_number_is_another(void **state)
{
	struct snapshot *now = make_census(), *next = new_without_census(11);
	const struct route_key key = now->routes[0].key;

	(void)state;
	compute(now, NULL);
	now->routes[0].allocations = 100;
	add_netns(next, key.netns, 1000, 1999)->id = 77;
	add_counters(next, key, 3, 0);
	carry(next, now);
	snapshot_set_rates(next, now);
	assert_int_equal(occupancy_of(next, key)->source, OCCUPANCY_UNKNOWN);
	assert_int_equal(occupancy_of(next, key)->used, NOT_KNOWN);
	assert_near(snapshot_find_route(next, &key)->allocations_per_s, 3, 1e-9);
	snapshot_free(now);
	snapshot_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_without_events_are_kept),
		cmocka_unit_test(a_route_without_searches_had_none_where_they_are_seen),
		cmocka_unit_test(rows_that_are_no_route_are_not_made_up),
		cmocka_unit_test(a_route_that_is_new_had_no_sockets_then),
		cmocka_unit_test(the_sockets_of_a_new_route_are_established_or_in_time_wait),
		cmocka_unit_test(udp_ports_are_carried),
		cmocka_unit_test(namespaces_are_carried_with_their_ports),
		cmocka_unit_test(own_ranges_are_carried),
		cmocka_unit_test(what_was_incomplete_remains_so),
		cmocka_unit_test(of_a_namespace_that_is_new_nothing_is_known),
		cmocka_unit_test(another_namespace_of_the_same_number_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
