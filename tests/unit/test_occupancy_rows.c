// SPDX-License-Identifier: GPL-2.0-only
/* Which rows have an occupancy, and what it rests on. */
#include "unit.h"

#include "occupancy.h"

#define NETNS 7

static struct route_key key_of(uint32_t netns)
{
	return make_key(netns, "10.0.0.1", "10.0.0.2", 3306);
}

static void assert_nothing_known(const struct snapshot *snapshot, struct route_key key)
{
	const struct occupancy *occupancy = occupancy_of(snapshot, key);

	assert_int_equal(occupancy->source, OCCUPANCY_UNKNOWN);
	assert_int_equal(occupancy->established, NOT_KNOWN);
	assert_int_equal(occupancy->time_wait, NOT_KNOWN);
	assert_int_equal(occupancy->other, NOT_KNOWN);
	assert_int_equal(occupancy->bound, NOT_KNOWN);
	assert_int_equal(occupancy->capacity, NOT_KNOWN);
	assert_int_equal(occupancy->used, NOT_KNOWN);
	assert_int_equal(occupancy->reclaimable, NOT_KNOWN);
	assert_int_equal(occupancy->headroom, NOT_KNOWN);
	assert_int_equal(occupancy->fast_headroom, NOT_KNOWN);
	assert_true(isnan(occupancy->eta_s));
}

static void rows_that_are_no_route_have_no_occupancy(void **state)
{
	struct route_key bound = make_key(NETNS, "10.0.0.1", NULL, 0);
	struct route_key tcp_overflow = { .netns = NETNS,
					  .proto = PORTTRACE_IPPROTO_TCP,
					  .overflow = 1 };
	struct route_key udp_overflow = { .netns = NETNS,
					  .proto = PORTTRACE_IPPROTO_UDP,
					  .overflow = 1 };
	struct route_key all_overflow = { .overflow = 1 };
	struct snapshot *snapshot = new_census(0);

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_route(snapshot, bound, 5, 1);
	add_route(snapshot, tcp_overflow, 5, 1);
	add_route(snapshot, udp_overflow, 5, 1);
	add_route(snapshot, all_overflow, 5, 1);
	add_route(snapshot, key_of(0), 5, 1);
	compute(snapshot, NULL);
	assert_nothing_known(snapshot, bound);
	assert_nothing_known(snapshot, tcp_overflow);
	assert_nothing_known(snapshot, udp_overflow);
	assert_nothing_known(snapshot, all_overflow);
	assert_nothing_known(snapshot, key_of(0));
	snapshot_free(snapshot);
}

/* Port 0 of an address, or a port of the address 0, is a destination. */
static void a_destination_is_an_address_or_a_port(void **state)
{
	struct route_key port = make_key(NETNS, "10.0.0.1", "::", 80);
	struct route_key address = make_key(NETNS, "10.0.0.1", "10.0.0.2", 0);
	struct snapshot *snapshot = new_census(0);

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_route(snapshot, port, 1, 0);
	add_route(snapshot, address, 1, 0);
	compute(snapshot, NULL);
	assert_int_equal(occupancy_of(snapshot, port)->headroom, 10);
	assert_int_equal(occupancy_of(snapshot, address)->headroom, 10);
	snapshot_free(snapshot);
}

static void a_route_known_only_from_events_has_no_sockets(void **state)
{
	struct snapshot *snapshot = new_census(0);
	const struct occupancy *occupancy;

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_route(snapshot, key_of(NETNS), 500, 3)->time_waits = 20;
	compute(snapshot, NULL);
	occupancy = occupancy_of(snapshot, key_of(NETNS));
	assert_int_equal(occupancy->source, OCCUPANCY_CENSUS);
	assert_int_equal(occupancy->established, 0);
	assert_int_equal(occupancy->time_wait, 0);
	assert_int_equal(occupancy->other, 0);
	assert_int_equal(occupancy->bound, 0);
	assert_int_equal(occupancy->used, 0);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(occupancy->capacity, 10);
	assert_int_equal(occupancy->headroom, 10);
	assert_int_equal(occupancy->fast_headroom, 5);
	snapshot_free(snapshot);
}

static void counters_and_census_of_a_route_become_one_row(void **state)
{
	struct snapshot *snapshot = new_census(0);

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_route(snapshot, key_of(NETNS), 500, 3);
	add_counted_route(snapshot, key_of(NETNS), 2, 1);
	compute(snapshot, NULL);
	assert_int_equal(snapshot->nr_routes, 1);
	assert_int_equal(snapshot->routes[0].allocations, 500);
	assert_int_equal(snapshot->routes[0].occupancy.used, 3);
	assert_int_equal(snapshot->routes[0].occupancy.headroom, 7);
	snapshot_free(snapshot);
}

static void where_the_range_is_not_known_nothing_is(void **state)
{
	struct snapshot *snapshot = new_census(0);
	uint32_t inum;

	(void)state;
	/* Known are 2, 4 and 6; of 1, 3, and 7 there is not even a row. */
	for (inum = 1; inum <= 7; inum++)
		add_route(snapshot, key_of(inum), 1, 0);
	for (inum = 2; inum <= 6; inum += 2)
		add_netns(snapshot, inum, 1000, 1000 + 2 * inum - 1);
	snapshot_add_netns(snapshot)->inum = 5;
	compute(snapshot, NULL);
	for (inum = 1; inum <= 7; inum += 2)
		assert_nothing_known(snapshot, key_of(inum));
	for (inum = 2; inum <= 6; inum += 2)
		assert_int_equal(occupancy_of(snapshot, key_of(inum))->headroom, 2 * inum);
	assert_int_equal(snapshot_find_netns(snapshot, 2)->reserved, 0);
	assert_int_equal(snapshot_find_netns(snapshot, 5)->reserved, NOT_KNOWN);
	assert_int_equal(snapshot_find_netns(snapshot, 5)->blocked, NOT_KNOWN);
	snapshot_free(snapshot);
}

static void a_namespace_without_routes_has_its_sums(void **state)
{
	struct snapshot *snapshot = new_census(0);

	(void)state;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_ports(snapshot, make_set_key(NETNS, PORTS_RESERVED), 1003, 1004);
	add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 1004, 1006);
	/* None of these is a port of TCP. */
	add_ports(snapshot, make_udp_set_key(NETNS, "::", false), 1000, 1009);
	compute(snapshot, NULL);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->reserved, 2);
	assert_int_equal(snapshot_find_netns(snapshot, NETNS)->blocked, 3);
	snapshot_free(snapshot);
}

static void an_empty_snapshot_can_be_computed(void **state)
{
	struct snapshot *snapshot = new_census(0), *next = new_census(1);

	(void)state;
	compute(snapshot, NULL);
	assert_int_equal(occupancy_carry(next, snapshot), 0);
	compute(next, snapshot);
	assert_int_equal(next->nr_routes, 0);
	assert_int_equal(next->nr_netns, 0);
	snapshot_free(snapshot);
	snapshot_free(next);
}

/* ---- Sources ---- */

static enum occupancy_source source_of(bool fresh, bool incomplete, bool netns_incomplete)
{
	struct snapshot *snapshot = new_census(0);
	enum occupancy_source source;

	snapshot->census.is_fresh = fresh;
	snapshot->census.is_incomplete = incomplete;
	add_netns(snapshot, NETNS, 1000, 1009)->is_incomplete = netns_incomplete;
	add_counted_route(snapshot, key_of(NETNS), 1, 1);
	compute(snapshot, NULL);
	source = occupancy_of(snapshot, key_of(NETNS))->source;
	snapshot_free(snapshot);
	return source;
}

static void the_source_says_what_figures_rest_on(void **state)
{
	(void)state;
	assert_int_equal(source_of(true, false, false), OCCUPANCY_CENSUS);
	assert_int_equal(source_of(false, false, false), OCCUPANCY_CARRIED);
	assert_int_equal(source_of(true, true, false), OCCUPANCY_INCOMPLETE);
	assert_int_equal(source_of(true, false, true), OCCUPANCY_INCOMPLETE);
	/* To carry what was incomplete makes it no better. */
	assert_int_equal(source_of(false, true, false), OCCUPANCY_INCOMPLETE);
	assert_int_equal(source_of(false, false, true), OCCUPANCY_INCOMPLETE);
}

static void one_namespace_can_be_incomplete_and_another_not(void **state)
{
	struct snapshot *snapshot = new_census(0);

	(void)state;
	add_netns(snapshot, 1, 1000, 1009);
	add_netns(snapshot, 2, 1000, 1009)->is_incomplete = true;
	add_netns(snapshot, 3, 1000, 1009);
	add_counted_route(snapshot, key_of(1), 1, 1);
	add_counted_route(snapshot, key_of(2), 1, 1);
	add_counted_route(snapshot, make_udp_key(2, "10.0.0.1"), 0, 0);
	/* Without a socket that was found: there may be some on the list that was not read. */
	add_route(snapshot, make_key(2, "10.0.0.1", "10.0.0.9", 80), 1, 0);
	add_route(snapshot, key_of(3), 1, 1);
	compute(snapshot, NULL);
	assert_int_equal(snapshot->routes[0].occupancy.source, OCCUPANCY_CENSUS);
	assert_int_equal(snapshot->routes[1].occupancy.source, OCCUPANCY_INCOMPLETE);
	assert_int_equal(snapshot->routes[2].occupancy.source, OCCUPANCY_INCOMPLETE);
	assert_int_equal(snapshot->routes[3].occupancy.source, OCCUPANCY_INCOMPLETE);
	assert_int_equal(snapshot->routes[4].occupancy.source, OCCUPANCY_CENSUS);
	/* The figures are there all the same. */
	assert_int_equal(occupancy_of(snapshot, key_of(2))->headroom, 8);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_are_no_route_have_no_occupancy),
		cmocka_unit_test(a_destination_is_an_address_or_a_port),
		cmocka_unit_test(a_route_known_only_from_events_has_no_sockets),
		cmocka_unit_test(counters_and_census_of_a_route_become_one_row),
		cmocka_unit_test(where_the_range_is_not_known_nothing_is),
		cmocka_unit_test(a_namespace_without_routes_has_its_sums),
		cmocka_unit_test(an_empty_snapshot_can_be_computed),
		cmocka_unit_test(the_source_says_what_figures_rest_on),
		cmocka_unit_test(one_namespace_can_be_incomplete_and_another_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
