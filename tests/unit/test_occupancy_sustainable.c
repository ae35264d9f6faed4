// SPDX-License-Identifier: GPL-2.0-only
/* How many connections a second a route can open for ever, each of which leaves a TIME_WAIT. */
#include "unit.h"

#include "occupancy.h"

#define NETNS 7

static int64_t timestamps = 1;

static double rate_of(const char *src, const char *dst, int64_t tw_reuse, int64_t delay_ms)
{
	struct route_key key = make_key(NETNS, src, dst, 3306);
	struct snapshot *snapshot = new_census(0);
	struct netns *netns = add_netns(snapshot, NETNS, 30000, 35999);
	double rate;

	netns->tw_reuse = tw_reuse;
	netns->tw_reuse_delay_ms = delay_ms;
	netns->tcp_timestamps = timestamps;
	add_counted_route(snapshot, key, 10, 0)->occupancy.established = 0;
	compute(snapshot, NULL);
	assert_int_equal(occupancy_of(snapshot, key)->fast_capacity, 3000);
	rate = occupancy_sustainable_per_s(snapshot->netns, snapshot->routes);
	snapshot_free(snapshot);
	return rate;
}

static void a_port_comes_back_after_a_minute(void **state)
{
	(void)state;
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 0, 1000), 100, 1e-9);
	assert_near(rate_of("127.0.0.1", "127.0.0.1", 0, 1000), 100, 1e-9);
}

static void or_as_soon_as_it_can_be_taken_over(void **state)
{
	(void)state;
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 1000), 6000, 1e-9);
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 500), 12000, 1e-9);
	/* A kernel without that setting. */
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 0), 6000, 1e-9);
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, NOT_KNOWN), 6000, 1e-9);
	/* The TIME_WAIT is gone before. */
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 90000), 100, 1e-9);
}

static void nothing_is_taken_over_without_timestamps(void **state)
{
	(void)state;
	timestamps = 0;
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 1000), 100, 1e-9);
	assert_near(rate_of("127.0.0.1", "127.0.0.1", 2, 1000), 100, 1e-9);
	timestamps = NOT_KNOWN;
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 1, 1000), 6000, 1e-9);
	timestamps = 1;
}

/* What is open keeps its port; but not what is bound, or what is on a port of another range. */
static void what_is_open_brings_nothing(void **state)
{
	static const struct {
		int64_t used, established, other, bound;
		double rate;
	} cases[] = {
		{ 600, 600, 0, 0, 90 },	   { 600, 0, 60, 0, 99 },      { 600, 0, 0, 0, 100 },
		{ 600, 650, 0, 50, 90 },   { 60, 650, 0, 0, 99 },      { 60, 10, 0, 50, 100 },
		{ 600, 600, 0, NOT_KNOWN, 90 }, { 6000, 6000, 0, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route_key key = make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
		struct snapshot *snapshot = new_census(0);
		struct occupancy *occupancy;

		add_netns(snapshot, NETNS, 30000, 35999)->tw_reuse = 0;
		occupancy = &add_counted_route(snapshot, key, cases[i].used, 0)->occupancy;
		occupancy->established = cases[i].established;
		occupancy->other = cases[i].other;
		occupancy->bound = cases[i].bound;
		compute(snapshot, NULL);
		assert_near(occupancy_sustainable_per_s(snapshot->netns, snapshot->routes),
			    cases[i].rate, 1e-9);
		snapshot_free(snapshot);
	}
}

static void two_is_for_loopback_alone(void **state)
{
	(void)state;
	assert_near(rate_of("10.0.0.1", "10.0.0.2", 2, 1000), 100, 1e-9);
	assert_near(rate_of("127.0.0.1", "127.0.0.2", 2, 1000), 6000, 1e-9);
	assert_near(rate_of("10.0.0.1", "127.0.0.2", 2, 1000), 6000, 1e-9);
	assert_near(rate_of("::1", "::1", 2, 1000), 6000, 1e-9);
	assert_near(rate_of("2001:db8::1", "2001:db8::2", 2, 1000), 100, 1e-9);
	assert_near(rate_of("fe80::1", "fe80::127", 2, 1000), 100, 1e-9);
}

static void what_is_not_known_is_no_rate(void **state)
{
	struct snapshot *snapshot = new_census(0);
	struct netns *netns = add_netns(snapshot, NETNS, 30000, 35999);

	(void)state;
	assert_true(isnan(rate_of("10.0.0.1", "10.0.0.2", NOT_KNOWN, 1000)));
	netns->tw_reuse = 0;
	add_counted_route(snapshot, make_udp_key(NETNS, "10.0.0.1"), 1, 0);
	compute(snapshot, NULL);
	assert_true(isnan(occupancy_sustainable_per_s(snapshot->netns, snapshot->routes)));
	assert_true(isnan(occupancy_sustainable_per_s(NULL, snapshot->routes)));
	assert_int_equal(snapshot->routes[0].occupancy.fast_capacity, NOT_KNOWN);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_comes_back_after_a_minute),
		cmocka_unit_test(or_as_soon_as_it_can_be_taken_over),
		cmocka_unit_test(nothing_is_taken_over_without_timestamps),
		cmocka_unit_test(what_is_open_brings_nothing),
		cmocka_unit_test(two_is_for_loopback_alone),
		cmocka_unit_test(what_is_not_known_is_no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
