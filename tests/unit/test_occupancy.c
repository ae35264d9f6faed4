// SPDX-License-Identifier: GPL-2.0-only
/* What is left of a TCP route's ports, on snapshots that are made up here. */
#include "unit.h"

#include "occupancy.h"

#define NETNS 7

static struct route_key key_of(uint32_t netns)
{
	return make_key(netns, "10.0.0.1", "10.0.0.2", 3306);
}

/* One namespace with that range, and one route in it without sockets. */
static struct snapshot *make_census(int32_t low, int32_t high)
{
	struct snapshot *snapshot = new_census(0);

	add_netns(snapshot, NETNS, low, high);
	add_counted_route(snapshot, key_of(NETNS), 0, 0);
	return snapshot;
}

static void add_reserved(struct snapshot *snapshot, int32_t low, int32_t high)
{
	add_ports(snapshot, make_set_key(NETNS, PORTS_RESERVED), low, high);
}

static void add_blocked(struct snapshot *snapshot, int32_t low, int32_t high)
{
	add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), low, high);
}

/* Computes and frees. */
static void assert_capacity(struct snapshot *snapshot, int64_t capacity, int64_t fast)
{
	const struct occupancy *occupancy;

	compute(snapshot, NULL);
	occupancy = occupancy_of(snapshot, key_of(NETNS));
	assert_int_equal(occupancy->capacity, capacity);
	assert_int_equal(occupancy->used, 0);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(occupancy->headroom, capacity);
	assert_int_equal(occupancy->fast_headroom, fast);
	snapshot_free(snapshot);
}

static void assert_range(int32_t low, int32_t high, int64_t capacity, int64_t fast)
{
	assert_capacity(make_census(low, high), capacity, fast);
}

/* ---- Capacity ---- */

static void a_range_of_even_size_has_all_its_ports(void **state)
{
	(void)state;
	assert_range(32768, 60999, 28232, 14116);
	assert_range(40000, 40009, 10, 5);
	assert_range(40001, 40010, 10, 5);
	assert_range(40000, 40001, 2, 1);
	assert_range(65534, 65535, 2, 1);
}

static void of_a_range_of_odd_size_the_first_port_is_never_looked_at(void **state)
{
	(void)state;
	/* 40002, 4, 6 and 8 are fast. */
	assert_range(40000, 40008, 8, 4);
	/* 40003, 5, 7 and 9 are. */
	assert_range(40001, 40009, 8, 4);
	assert_range(32767, 60999, 28232, 14116);
	assert_range(65531, 65535, 4, 2);
}

static void a_range_of_one_port_has_that_one(void **state)
{
	(void)state;
	assert_range(40000, 40000, 1, 1);
	assert_range(40001, 40001, 1, 1);
	assert_range(65535, 65535, 1, 1);
}

static void the_whole_range_lacks_port_1(void **state)
{
	(void)state;
	/* 65535 ports; fast are 3, 5, ... 65535. */
	assert_range(1, 65535, 65534, 32767);
	/* 65534 ports; fast are 2, 4, ... 65534. */
	assert_range(2, 65535, 65534, 32767);
}

/*
 * A search can only start at the first of three: it has two places to start at, and takes the even
 * one. So it never gets to the last (tried on 6.18: 40000 and 40001, never 40002).
 */
static void of_three_ports_the_last_is_never_looked_at(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	assert_range(40000, 40002, 2, 1);
	snapshot = make_census(40000, 40002);
	add_blocked(snapshot, 40002, 40002);
	assert_capacity(snapshot, 2, 1);
	snapshot = make_census(40001, 40003);
	add_reserved(snapshot, 40001, 40001);
	assert_capacity(snapshot, 1, 0);
}

static void reserved_and_blocked_ports_of_the_range_are_taken_away_once(void **state)
{
	struct snapshot *snapshot = make_census(1000, 1099);

	(void)state;
	/* 5 and 10 of the range. */
	add_reserved(snapshot, 990, 1004);
	add_reserved(snapshot, 1010, 1019);
	/* 10, of which 5 are reserved, and 1. */
	add_blocked(snapshot, 1015, 1024);
	add_blocked(snapshot, 1099, 1110);
	compute(snapshot, NULL);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->reserved, 15);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->blocked, 11);
	/*
	 * Either: 1000-1004, 1010-1024 and 1099 are 21. Even of them: 1000, 1002, 1004, and the
	 * eight from 1010 to 1024.
	 */
	assert_capacity(snapshot, 100 - 21, 50 - 11);
}

static void ports_outside_the_range_are_nothing_to_it(void **state)
{
	struct snapshot *snapshot = make_census(1000, 1009);

	(void)state;
	add_reserved(snapshot, 1, 999);
	add_reserved(snapshot, 1010, 65535);
	add_blocked(snapshot, 0, 999);
	add_blocked(snapshot, 1010, 65535);
	compute(snapshot, NULL);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->reserved, 0);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->blocked, 0);
	assert_capacity(snapshot, 10, 5);
}

static void ports_bound_before_connect_count_within_the_range(void **state)
{
	const struct port_set_key before = make_set_key(NETNS, PORTS_BOUND_BEFORE_CONNECT);
	struct snapshot *snapshot = make_census(1000, 1009);
	const struct netns *netns;

	(void)state;
	add_blocked(snapshot, 990, 1003);
	add_ports(snapshot, before, 998, 1001);
	add_ports(snapshot, before, 1009, 1015);
	add_blocked(snapshot, 1009, 1015);
	compute(snapshot, NULL);
	netns = snapshot_find_netns(snapshot, NETNS);
	assert_int_equal(netns->blocked, 5);
	assert_int_equal(netns->blocked_by_bind_before_connect, 3);
	snapshot_free(snapshot);

	snapshot = make_census(1000, 1009);
	add_blocked(snapshot, 1000, 1003);
	compute(snapshot, NULL);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->blocked_by_bind_before_connect, 0);
	snapshot_free(snapshot);
}

static void the_port_that_is_never_looked_at_is_not_missed_twice(void **state)
{
	struct snapshot *snapshot = make_census(1000, 1010);

	(void)state;
	add_reserved(snapshot, 1000, 1000);
	add_blocked(snapshot, 1000, 1000);
	compute(snapshot, NULL);
	/* It is one of the range all the same. */
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->reserved, 1);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->blocked, 1);
	assert_capacity(snapshot, 10, 5);
}

static void of_a_range_that_is_taken_nothing_is_left(void **state)
{
	struct snapshot *snapshot = make_census(1000, 1009);

	(void)state;
	add_reserved(snapshot, 1000, 1006);
	add_blocked(snapshot, 1004, 1009);
	assert_capacity(snapshot, 0, 0);
	snapshot = make_census(1000, 1000);
	add_blocked(snapshot, 1000, 1000);
	assert_capacity(snapshot, 0, 0);
}

static void fast_are_the_ports_of_the_parity_of_the_low_end(void **state)
{
	struct snapshot *snapshot = make_census(1001, 1010);

	(void)state;
	/* Three odd ones, and an even one. */
	add_blocked(snapshot, 1003, 1003);
	add_reserved(snapshot, 1005, 1007);
	assert_capacity(snapshot, 6, 2);
	snapshot = make_census(1000, 1009);
	/* Two odd ones, and two even ones. */
	add_blocked(snapshot, 1003, 1003);
	add_reserved(snapshot, 1005, 1005);
	add_reserved(snapshot, 1000, 1000);
	add_blocked(snapshot, 1008, 1008);
	assert_capacity(snapshot, 6, 3);
}

/* ---- Use ---- */

static void headroom_is_capacity_less_used_plus_reclaimable(void **state)
{
	struct snapshot *snapshot = new_census(0);
	const struct occupancy *occupancy;
	struct route *route;

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1099);
	route = add_counted_route(snapshot, key_of(NETNS), 30, 10);
	route->occupancy.reclaimable_in_half[HALF_FAST] = 5;
	route->occupancy.reclaimable_in_half[HALF_SLOW] = 2;
	route->occupancy.bound = 3;
	compute(snapshot, NULL);
	occupancy = occupancy_of(snapshot, key_of(NETNS));
	assert_int_equal(occupancy->used, 40);
	assert_int_equal(occupancy->reclaimable, 7);
	assert_int_equal(occupancy->headroom, 100 - 40 + 7);
	assert_int_equal(occupancy->fast_headroom, 50 - 30 + 5);
	assert_int_equal(occupancy->bound, 3);
	assert_int_equal(occupancy->established, 40);
	snapshot_free(snapshot);
}

/* A port was bound between the count of the sockets and that of the ports. */
static void headroom_is_never_below_zero(void **state)
{
	struct snapshot *snapshot = new_census(0);
	const struct occupancy *occupancy;

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_counted_route(snapshot, key_of(NETNS), 5, 5);
	add_blocked(snapshot, 1000, 1001);
	compute(snapshot, NULL);
	occupancy = occupancy_of(snapshot, key_of(NETNS));
	assert_int_equal(occupancy->capacity, 8);
	assert_int_equal(occupancy->headroom, 0);
	assert_int_equal(occupancy->fast_headroom, 0);
	snapshot_free(snapshot);
}

/* The kernel looks at the connection, and each route can have its own on the same port. */
static void routes_do_not_take_away_from_one_another(void **state)
{
	const struct route_key other = make_key(NETNS, "10.0.0.1", "10.0.0.3", 3306);
	const struct route_key six = make_key(NETNS, "2001:db8::1", "2001:db8::2", 3306);
	struct snapshot *snapshot = make_census(1000, 1009);

	(void)state;
	add_counted_route(snapshot, other, 5, 4);
	add_counted_route(snapshot, six, 1, 0);
	compute(snapshot, NULL);
	assert_int_equal(occupancy_of(snapshot, key_of(NETNS))->headroom, 10);
	assert_int_equal(occupancy_of(snapshot, other)->headroom, 1);
	assert_int_equal(occupancy_of(snapshot, other)->fast_headroom, 0);
	assert_int_equal(occupancy_of(snapshot, six)->headroom, 9);
	snapshot_free(snapshot);
}

static void namespaces_have_ports_of_their_own(void **state)
{
	struct snapshot *snapshot = new_census(0);
	uint32_t inum;

	(void)state;
	for (inum = 12; inum >= 9; inum--) {
		add_netns(snapshot, inum, 1000, 1000 + 2 * inum - 1);
		add_ports(snapshot, make_set_key(inum, PORTS_RESERVED), 1000, 1000 + inum - 9);
		add_ports(snapshot, make_set_key(inum, PORTS_TCP_BLOCKED), 1016, 1016);
		add_counted_route(snapshot, key_of(inum), 1, 0);
	}
	compute(snapshot, NULL);
	for (inum = 9; inum <= 12; inum++) {
		const int64_t capacity = 2 * inum - (inum - 8) - 1;

		assert_int_equal(snapshot_find_netns(snapshot, inum)->reserved, inum - 8);
		assert_int_equal(snapshot_find_netns(snapshot, inum)->blocked, 1);
		assert_int_equal(occupancy_of(snapshot, key_of(inum))->capacity, capacity);
		assert_int_equal(occupancy_of(snapshot, key_of(inum))->headroom, capacity - 1);
	}
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_of_even_size_has_all_its_ports),
		cmocka_unit_test(of_a_range_of_odd_size_the_first_port_is_never_looked_at),
		cmocka_unit_test(a_range_of_one_port_has_that_one),
		cmocka_unit_test(the_whole_range_lacks_port_1),
		cmocka_unit_test(of_three_ports_the_last_is_never_looked_at),
		cmocka_unit_test(reserved_and_blocked_ports_of_the_range_are_taken_away_once),
		cmocka_unit_test(ports_outside_the_range_are_nothing_to_it),
		cmocka_unit_test(ports_bound_before_connect_count_within_the_range),
		cmocka_unit_test(the_port_that_is_never_looked_at_is_not_missed_twice),
		cmocka_unit_test(of_a_range_that_is_taken_nothing_is_left),
		cmocka_unit_test(fast_are_the_ports_of_the_parity_of_the_low_end),
		cmocka_unit_test(headroom_is_capacity_less_used_plus_reclaimable),
		cmocka_unit_test(headroom_is_never_below_zero),
		cmocka_unit_test(routes_do_not_take_away_from_one_another),
		cmocka_unit_test(namespaces_have_ports_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
