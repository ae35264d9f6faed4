// SPDX-License-Identifier: GPL-2.0-only
/* Between two censuses: figures of the last one, and what events have been counted since. */
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

/* The same, after a census that was computed; *ret_now is the caller's to free. */
static const struct occupancy *carry_once(struct snapshot **ret_now, uint64_t allocations,
					  uint64_t time_waits)
{
	*ret_now = make_census();
	compute(*ret_now, NULL);
	return advance(ret_now, allocations, time_waits);
}

static void each_allocation_uses_a_port(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 507, 100);

	(void)state;
	assert_int_equal(occupancy->source, OCCUPANCY_CARRIED);
	assert_int_equal(occupancy->capacity, 100);
	assert_int_equal(occupancy->used, 37);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(occupancy->headroom, 63);
	/* Of 50, 20 were used, and those that were found first go first. */
	assert_int_equal(occupancy->fast_headroom, 23);
	assert_int_equal(occupancy->established, 27);
	assert_int_equal(occupancy->time_wait, 10);
	assert_int_equal(now->routes[0].allocations, 507);
	assert_int_equal(now->nr_routes, 1);
	snapshot_free(now);
}

static void without_events_nothing_changes(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 500, 100);

	(void)state;
	assert_int_equal(occupancy->source, OCCUPANCY_CARRIED);
	assert_int_equal(occupancy->used, 30);
	assert_int_equal(occupancy->headroom, 70);
	assert_int_equal(occupancy->fast_headroom, 30);
	assert_int_equal(occupancy->established, 20);
	assert_int_equal(occupancy->time_wait, 10);
	snapshot_free(now);
}

static void no_more_is_used_than_there_is(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 565, 100);

	(void)state;
	assert_int_equal(occupancy->used, 95);
	assert_int_equal(occupancy->headroom, 5);
	assert_int_equal(occupancy->fast_headroom, 0);
	occupancy = advance(&now, 100000, 100);
	assert_int_equal(occupancy->used, 100);
	assert_int_equal(occupancy->headroom, 0);
	assert_int_equal(occupancy->fast_headroom, 0);
	assert_true(isnan(occupancy->eta_s));
	snapshot_free(now);
}

/* "headroom: capacity - used + reclaimable", whatever the figures rest on. */
static void headroom_is_capacity_less_used_plus_reclaimable(void **state)
{
	struct snapshot *now = make_census();
	const struct occupancy *occupancy;
	uint64_t since;

	(void)state;
	now->routes[0].occupancy.reclaimable_in_half[HALF_FAST] = 4;
	now->routes[0].occupancy.reclaimable_in_half[HALF_SLOW] = 5;
	compute(now, NULL);
	/* 79 are left: 70 that are free, and 9 to be reclaimed. */
	for (since = 1; since <= 90; since++) {
		occupancy = advance(&now, 500 + since, 100);
		assert_int_equal(occupancy->headroom, since < 79 ? 79 - since : 0);
		assert_in_range(occupancy->used, 30, 100);
		assert_int_equal(occupancy->headroom,
				 occupancy->capacity - occupancy->used + occupancy->reclaimable);
	}
	snapshot_free(now);
}

static void time_waits_were_established_before(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 504, 106);

	(void)state;
	assert_int_equal(occupancy->established, 18);
	assert_int_equal(occupancy->time_wait, 16);
	/* Their ports remain used. */
	assert_int_equal(occupancy->used, 34);
	assert_int_equal(occupancy->headroom, 66);
	/* Connections that were not established when they were counted. */
	occupancy = advance(&now, 504, 150);
	assert_int_equal(occupancy->established, 0);
	assert_int_equal(occupancy->time_wait, 60);
	snapshot_free(now);
}

/* See tracepoint.bpf.c: what was counted on one route can turn out to belong to another. */
static void counters_that_step_back_take_nothing_away(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 499, 98);

	(void)state;
	assert_int_equal(occupancy->used, 30);
	assert_int_equal(occupancy->headroom, 70);
	assert_int_equal(occupancy->established, 20);
	assert_int_equal(occupancy->time_wait, 10);
	snapshot_free(now);
}

static void carrying_twice_adds_up_once(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 507, 101);

	(void)state;
	occupancy = advance(&now, 512, 103);
	assert_int_equal(occupancy->used, 42);
	assert_int_equal(occupancy->headroom, 58);
	assert_int_equal(occupancy->fast_headroom, 18);
	assert_int_equal(occupancy->established, 29);
	assert_int_equal(occupancy->time_wait, 13);
	occupancy = advance(&now, 512, 103);
	assert_int_equal(occupancy->used, 42);
	assert_int_equal(occupancy->established, 29);
	assert_int_equal(now->nr_netns, 1);
	assert_int_equal(now->nr_routes, 1);
	snapshot_free(now);
}

static void the_next_census_takes_the_place_of_what_was_carried(void **state)
{
	struct snapshot *now, *next = make_census();
	const struct occupancy *occupancy;

	(void)state;
	carry_once(&now, 560, 100);
	next->routes[0].allocations = 580;
	compute(next, now);
	occupancy = occupancy_of(next, key());
	assert_int_equal(occupancy->source, OCCUPANCY_CENSUS);
	assert_int_equal(occupancy->used, 30);
	assert_int_equal(occupancy->headroom, 70);
	assert_int_equal(occupancy->fast_headroom, 30);
	assert_int_equal(occupancy->established, 20);
	/* From then on, what comes after it is added. */
	occupancy = advance(&next, 581, 100);
	assert_int_equal(occupancy->used, 31);
	assert_int_equal(occupancy->established, 21);
	snapshot_free(now);
	snapshot_free(next);
}

static void a_census_that_finds_no_socket_takes_its_place_as_well(void **state)
{
	struct snapshot *now, *next = new_census(12);
	const struct occupancy *occupancy;

	(void)state;
	carry_once(&now, 560, 100);
	add_netns(next, NETNS, 1000, 1099);
	add_counters(next, key(), 560, 190);
	compute(next, now);
	occupancy = occupancy_of(next, key());
	assert_int_equal(occupancy->used, 0);
	assert_int_equal(occupancy->established, 0);
	assert_int_equal(occupancy->headroom, 100);
	snapshot_free(now);
	snapshot_free(next);
}

/* Ports that were given back since are not known: an alarm at 0 must not come of that. */
static void what_is_carried_has_no_end(void **state)
{
	struct snapshot *now;
	const struct occupancy *occupancy = carry_once(&now, 502, 100);
	int i;

	(void)state;
	for (i = 2; i <= 20; i++) {
		assert_true(isnan(occupancy->eta_s));
		occupancy = advance(&now, 500 + 2 * i, 100);
	}
	snapshot_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_uses_a_port),
		cmocka_unit_test(without_events_nothing_changes),
		cmocka_unit_test(no_more_is_used_than_there_is),
		cmocka_unit_test(headroom_is_capacity_less_used_plus_reclaimable),
		cmocka_unit_test(time_waits_were_established_before),
		cmocka_unit_test(counters_that_step_back_take_nothing_away),
		cmocka_unit_test(carrying_twice_adds_up_once),
		cmocka_unit_test(the_next_census_takes_the_place_of_what_was_carried),
		cmocka_unit_test(a_census_that_finds_no_socket_takes_its_place_as_well),
		cmocka_unit_test(what_is_carried_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
