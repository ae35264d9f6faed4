// SPDX-License-Identifier: GPL-2.0-only
/* What sockets with a range of their own (IP_LOCAL_PORT_RANGE) have left. */
#include "unit.h"

#define NETNS 7

/*
 * Both styles of search: before 6.8, one that passes over a port of a range of odd size, and since,
 * one that passes over none.
 */
enum style { MISSES_ONE, MISSES_NONE, NR_STYLES };

static struct route_key key(void)
{
	return make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
}

/* A route in a namespace of that range, with sockets of that range of their own. */
static struct snapshot *make_census(int32_t netns_low, int32_t netns_high, enum style style,
				    uint16_t low, uint16_t high)
{
	struct snapshot *snapshot = new_census(0);
	struct route *route;

	add_netns(snapshot, NETNS, netns_low, netns_high)->own_range_misses_none =
		style == MISSES_NONE;
	route = add_counted_route(snapshot, key(), 0, 0);
	route->occupancy.own[0] = (struct own_range){ .low = low, .high = high };
	return snapshot;
}

static const struct own_range *own_range_of(const struct snapshot *snapshot, int i)
{
	return &occupancy_of(snapshot, key())->own[i];
}

/* Computes and frees. */
static void assert_own_capacity(struct snapshot *snapshot, int64_t capacity)
{
	compute(snapshot, NULL);
	assert_int_equal(own_range_of(snapshot, 0)->capacity, capacity);
	assert_int_equal(own_range_of(snapshot, 0)->headroom, capacity);
	snapshot_free(snapshot);
}

/* Of a namespace with the range 40000-40009: what each style finds. */
static void assert_own_range(uint16_t low, uint16_t high, int64_t misses_one, int64_t misses_none)
{
	assert_own_capacity(make_census(40000, 40009, MISSES_ONE, low, high), misses_one);
	assert_own_capacity(make_census(40000, 40009, MISSES_NONE, low, high), misses_none);
}

static void both_ends_count_within_the_range(void **state)
{
	(void)state;
	assert_own_range(40003, 40006, 4, 4);
	assert_own_range(40003, 40007, 4, 5);
	assert_own_range(40000, 40009, 10, 10);
	assert_own_range(40005, 40005, 1, 1);
	assert_own_range(40009, 40009, 1, 1);
	assert_own_range(40000, 40008, 8, 9);
}

static void an_end_outside_the_range_is_ignored(void **state)
{
	(void)state;
	assert_own_range(30000, 40001, 2, 2);
	assert_own_range(30000, 40004, 4, 5);
	assert_own_range(39999, 40000, 1, 1);
	assert_own_range(40008, 50000, 2, 2);
	assert_own_range(40005, 40010, 4, 5);
	assert_own_range(40009, 65535, 1, 1);
	/* Both: it is the namespace's, and not what the two have in common. */
	assert_own_range(1, 2, 10, 10);
	assert_own_range(50000, 60000, 10, 10);
	assert_own_range(39999, 40010, 10, 10);
}

/* setsockopt() takes 0 for an end that is not to be set. */
static void one_end_can_be_set_alone(void **state)
{
	(void)state;
	assert_own_range(0, 40003, 4, 4);
	assert_own_range(0, 40004, 4, 5);
	assert_own_range(0, 39999, 10, 10);
	assert_own_range(40004, 0, 6, 6);
	assert_own_range(40005, 0, 4, 5);
	assert_own_range(39999, 0, 10, 10);
}

static void ranges_after_one_without_a_high_end_are_computed(void **state)
{
	struct snapshot *snapshot = make_census(40000, 40009, MISSES_NONE, 40004, 0);

	(void)state;
	snapshot->routes[0].occupancy.own[1] = (struct own_range){ .low = 40001, .high = 40003 };
	compute(snapshot, NULL);
	assert_int_equal(own_range_of(snapshot, 1)->capacity, 3);
	snapshot_free(snapshot);
}

static void a_range_that_is_the_namespaces_loses_its_first_port_in_one_style(void **state)
{
	(void)state;
	assert_own_capacity(make_census(40000, 40008, MISSES_ONE, 1, 2), 8);
	assert_own_capacity(make_census(40000, 40008, MISSES_NONE, 1, 2), 9);
	/* The one that the namespace's search misses is found in a range of even size. */
	assert_own_capacity(make_census(40000, 40008, MISSES_ONE, 40000, 40003), 4);
	assert_own_capacity(make_census(1, 65535, MISSES_ONE, 1, 65535), 65534);
	assert_own_capacity(make_census(1, 65535, MISSES_NONE, 1, 65535), 65535);
}

/* See of_three_ports_the_last_is_never_looked_at: it is the same search. */
static void of_three_ports_the_last_is_missed_in_one_style(void **state)
{
	enum style style;

	(void)state;
	assert_own_range(40003, 40005, 2, 3);
	for (style = 0; style < NR_STYLES; style++) {
		struct snapshot *snapshot = make_census(40000, 40009, style, 40003, 40005);

		add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 40005, 40005);
		assert_own_capacity(snapshot, 2);
	}
}

static void reserved_and_blocked_ports_are_not_for_them_either(void **state)
{
	enum style style;

	(void)state;
	for (style = 0; style < NR_STYLES; style++) {
		struct snapshot *snapshot = make_census(40000, 40009, style, 40002, 40007);

		/* Of the own range: 40002 and 40003; 40003, 40004 and 40007. */
		add_ports(snapshot, make_set_key(NETNS, PORTS_RESERVED), 40000, 40003);
		add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 40003, 40004);
		add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 40007, 40009);
		assert_own_capacity(snapshot, 2);
		/* The port that is missed is not missed twice. */
		snapshot = make_census(40000, 40009, style, 40002, 40006);
		add_ports(snapshot, make_set_key(NETNS, PORTS_RESERVED), 40002, 40002);
		assert_own_capacity(snapshot, 4);
	}
}

static void each_range_has_its_own_use(void **state)
{
	struct snapshot *snapshot = make_census(40000, 40009, MISSES_NONE, 40000, 40004);
	struct occupancy *occupancy = &snapshot->routes[0].occupancy;
	int i;

	(void)state;
	occupancy->used_in_half[HALF_FAST] = 5;
	occupancy->used_in_half[HALF_SLOW] = 3;
	occupancy->own[0].used = 4;
	occupancy->own[0].reclaimable = 1;
	occupancy->own[1] = (struct own_range){ .low = 40002, .high = 40005, .used = 3 };
	/* More used than there are: see headroom_is_never_below_zero. */
	occupancy->own[2] =
		(struct own_range){ .low = 40008, .high = 40009, .used = 5, .reclaimable = 2 };
	compute(snapshot, NULL);
	assert_int_equal(own_range_of(snapshot, 0)->capacity, 5);
	assert_int_equal(own_range_of(snapshot, 0)->headroom, 5 - 4 + 1);
	assert_int_equal(own_range_of(snapshot, 1)->capacity, 4);
	assert_int_equal(own_range_of(snapshot, 1)->headroom, 4 - 3);
	assert_int_equal(own_range_of(snapshot, 2)->capacity, 2);
	assert_int_equal(own_range_of(snapshot, 2)->headroom, 0);
	/* The route itself is computed as ever. */
	assert_int_equal(occupancy_of(snapshot, key())->headroom, 10 - 8);
	for (i = 3; i < MAX_OWN_RANGES; i++)
		assert_int_equal(own_range_of(snapshot, i)->high, 0);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_count_within_the_range),
		cmocka_unit_test(an_end_outside_the_range_is_ignored),
		cmocka_unit_test(one_end_can_be_set_alone),
		cmocka_unit_test(ranges_after_one_without_a_high_end_are_computed),
		cmocka_unit_test(a_range_that_is_the_namespaces_loses_its_first_port_in_one_style),
		cmocka_unit_test(of_three_ports_the_last_is_missed_in_one_style),
		cmocka_unit_test(reserved_and_blocked_ports_are_not_for_them_either),
		cmocka_unit_test(each_range_has_its_own_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
