// SPDX-License-Identifier: GPL-2.0-only
/* When a route's ports will be used up, at the rate at which they are now. */
#include "unit.h"

#define NETNS 7
#define CAPACITY 60000

static struct route_key key(void)
{
	return make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
}

/* A census at that second, with that many ports of 60000 left; not computed. */
static struct snapshot *make_census(double second, int64_t headroom)
{
	struct snapshot *snapshot = new_census(second);

	add_netns(snapshot, NETNS, 2000, 2000 + CAPACITY - 1);
	add_counted_route(snapshot, key(), (CAPACITY - headroom) / 2,
			  CAPACITY - headroom - (CAPACITY - headroom) / 2);
	return snapshot;
}

/* The census after *now, which it takes the place of. before NULL: the first. */
static const struct occupancy *advance(struct snapshot **now, double second, int64_t headroom)
{
	struct snapshot *next = make_census(second, headroom);

	compute(next, *now);
	snapshot_free(*now);
	*now = next;
	assert_int_equal(occupancy_of(next, key())->headroom, headroom);
	return occupancy_of(next, key());
}

static void the_first_snapshot_knows_no_rate(void **state)
{
	struct snapshot *now = NULL;
	const struct occupancy *occupancy = advance(&now, 100, 1000);

	(void)state;
	assert_true(isnan(occupancy->eta_s));
	snapshot_free(now);
}

static void constant_consumption_ends_exactly_then(void **state)
{
	struct snapshot *now = NULL;
	int second;

	(void)state;
	advance(&now, 100, 1000);
	for (second = 1; second < 100; second++) {
		const struct occupancy *occupancy = advance(&now, 100 + second, 1000 - 10 * second);

		assert_near(occupancy->eta_s, 100 - second, 1e-6);
	}
	assert_near(advance(&now, 200, 0)->eta_s, 0, 0);
	snapshot_free(now);
}

static void intervals_need_not_be_regular(void **state)
{
	static const double seconds[] = { 0.25, 0.5, 2.5, 3, 10.25, 10.75, 71 };
	struct snapshot *now = NULL;
	size_t i;

	(void)state;
	advance(&now, 0, 8000);
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		const struct occupancy *occupancy =
			advance(&now, seconds[i], 8000 - 8 * seconds[i]);

		assert_near(occupancy->eta_s, 1000 - seconds[i], 1e-3);
	}
	snapshot_free(now);
}

static void what_is_exhausted_is_so_now(void **state)
{
	struct snapshot *now = NULL;

	(void)state;
	/* That takes no rate, and no fall. */
	assert_near(advance(&now, 0, 0)->eta_s, 0, 0);
	assert_near(advance(&now, 1, 0)->eta_s, 0, 0);
	advance(&now, 2, 100);
	assert_near(advance(&now, 3, 0)->eta_s, 0, 0);
	snapshot_free(now);
}

static void what_rises_has_no_end(void **state)
{
	const struct occupancy *occupancy;
	struct snapshot *now = NULL;

	(void)state;
	advance(&now, 0, 100);
	occupancy = advance(&now, 1, 150);
	assert_true(isnan(occupancy->eta_s));
	occupancy = advance(&now, 2, 200);
	assert_true(isnan(occupancy->eta_s));
	snapshot_free(now);
}

static void what_is_constant_has_no_end(void **state)
{
	struct snapshot *now = NULL;
	int second;

	(void)state;
	advance(&now, 0, 100);
	for (second = 1; second < 10; second++) {
		const struct occupancy *occupancy = advance(&now, second, 100);

		assert_true(isnan(occupancy->eta_s));
	}
	snapshot_free(now);
}

/* "null when it is not falling": ten minutes are more than any smoothing. */
static void what_has_stopped_falling_has_no_end(void **state)
{
	const struct occupancy *occupancy = NULL;
	struct snapshot *now = NULL;
	int second;

	(void)state;
	for (second = 0; second <= 10; second++)
		occupancy = advance(&now, second, 5000 - 100 * second);
	assert_near(occupancy->eta_s, 40, 1e-6);
	for (; second <= 610; second++)
		occupancy = advance(&now, second, 4000);
	assert_true(isnan(occupancy->eta_s));
	snapshot_free(now);
}

/* Five seconds count, and nothing that is older. */
static void after_a_change_the_rate_follows_within_seconds(void **state)
{
	const struct occupancy *occupancy = NULL;
	struct snapshot *now = NULL;
	int second;

	(void)state;
	for (second = 0; second <= 20; second++)
		advance(&now, second, 50000 - 10 * second);
	/* From 10 a second to 40: after 2 of 5 seconds, 3 * 10 + 2 * 40 of 5. */
	for (; second <= 22; second++)
		occupancy = advance(&now, second, 49800 - 40 * (second - 20));
	assert_near(occupancy->eta_s, 49720 / 22.0, 1e-6);
	for (; second <= 25; second++)
		occupancy = advance(&now, second, 49800 - 40 * (second - 20));
	assert_near(occupancy->eta_s, 49600 / 40.0, 1e-6);
	snapshot_free(now);
}

static void a_burst_that_is_over_is_no_trend(void **state)
{
	struct snapshot *now = NULL;

	(void)state;
	advance(&now, 0, 1000);
	assert_near(advance(&now, 1, 500)->eta_s, 1, 1e-6);
	advance(&now, 2, 500);
	assert_true(isnan(advance(&now, 3, 500)->eta_s));
	snapshot_free(now);
}

/* TIME_WAITs come and go: less in the end than at first, and no less a moment ago. */
static void up_and_down_is_no_trend(void **state)
{
	static const int64_t headroom[] = { 150, 120, 149, 121, 150, 125, 148, 118, 140, 119 };
	struct snapshot *now = NULL;
	int second;

	(void)state;
	advance(&now, 0, headroom[0]);
	advance(&now, 1, headroom[1]);
	for (second = 2; second < 10; second++)
		assert_true(isnan(advance(&now, second, headroom[second])->eta_s));
	snapshot_free(now);
}

static void short_intervals_see_as_far_back(void **state)
{
	const struct occupancy *occupancy = NULL;
	struct snapshot *now = NULL;
	int tenth;

	(void)state;
	for (tenth = 0; tenth <= 200; tenth++)
		occupancy = advance(&now, tenth / 10.0, 5000 - 3 * tenth);
	assert_near(occupancy->eta_s, 4400 / 30.0, 1e-6);
	snapshot_free(now);
}

static void without_time_between_them_there_is_no_rate(void **state)
{
	struct snapshot *now = NULL;

	(void)state;
	advance(&now, 1, 1000);
	assert_true(isnan(advance(&now, 1, 800)->eta_s));
	snapshot_free(now);
}

static void a_route_that_is_new_has_no_rate_yet(void **state)
{
	const struct route_key other = make_key(NETNS, "10.0.0.1", "10.0.0.3", 3306);
	struct snapshot *before = make_census(0, 1000), *now = make_census(1, 900);

	(void)state;
	compute(before, NULL);
	add_counted_route(now, other, 30, 0);
	compute(now, before);
	assert_near(occupancy_of(now, key())->eta_s, 9, 1e-9);
	assert_true(isnan(occupancy_of(now, other)->eta_s));
	snapshot_free(before);
	snapshot_free(now);
}

static void what_is_not_known_has_no_end(void **state)
{
	struct snapshot *before = make_census(0, 1000), *now = make_census(1, 900);

	(void)state;
	compute(before, NULL);
	now->netns[0].range_low = now->netns[0].range_high = NOT_KNOWN;
	now->routes[0].occupancy.source = OCCUPANCY_UNKNOWN;
	compute(now, before);
	assert_true(isnan(occupancy_of(now, key())->eta_s));
	/* And back again: the range is another one, for all that is known. */
	snapshot_free(before);
	before = now;
	now = make_census(2, 800);
	compute(now, before);
	assert_true(isnan(occupancy_of(now, key())->eta_s));
	snapshot_free(before);
	snapshot_free(now);
}

static void other_settings_begin_anew(void **state)
{
	struct snapshot *before = make_census(0, 1000), *now = make_census(1, 900);

	(void)state;
	compute(before, NULL);
	now->netns[0].range_high--;
	compute(now, before);
	assert_true(isnan(occupancy_of(now, key())->eta_s));
	snapshot_free(before);
	snapshot_free(now);
}

static void on_a_device_nobody_knows_how_many_more(void **state)
{
	struct snapshot *now = make_census(0, 1000);

	(void)state;
	now->routes[0].occupancy.on_device = 1;
	compute(now, NULL);
	assert_int_equal(occupancy_of(now, key())->headroom, NOT_KNOWN);
	assert_int_equal(occupancy_of(now, key())->fast_headroom, NOT_KNOWN);
	assert_int_equal(occupancy_of(now, key())->used, CAPACITY - 1000);
	assert_true(isnan(occupancy_of(now, key())->eta_s));
	snapshot_free(now);
}

/* Of UDP, the range is what it is, and what is used is in the sets. */
static void udp_ends_as_well(void **state)
{
	const struct route_key udp = make_udp_key(NETNS, "10.0.0.1");
	struct snapshot *before = make_census(0, 1000), *now = make_census(2, 1000);

	(void)state;
	add_counted_route(before, udp, 0, 0);
	add_ports(before, make_udp_set_key(NETNS, "10.0.0.1", false), 2000, 2099);
	compute(before, NULL);
	add_counted_route(now, udp, 0, 0);
	add_ports(now, make_udp_set_key(NETNS, "10.0.0.1", false), 2000, 2999);
	compute(now, before);
	assert_near(occupancy_of(now, udp)->eta_s, 59000 / 450.0, 1e-9);
	snapshot_free(before);
	snapshot_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_snapshot_knows_no_rate),
		cmocka_unit_test(constant_consumption_ends_exactly_then),
		cmocka_unit_test(intervals_need_not_be_regular),
		cmocka_unit_test(what_is_exhausted_is_so_now),
		cmocka_unit_test(what_rises_has_no_end),
		cmocka_unit_test(what_is_constant_has_no_end),
		cmocka_unit_test(what_has_stopped_falling_has_no_end),
		cmocka_unit_test(after_a_change_the_rate_follows_within_seconds),
		cmocka_unit_test(a_burst_that_is_over_is_no_trend),
		cmocka_unit_test(up_and_down_is_no_trend),
		cmocka_unit_test(short_intervals_see_as_far_back),
		cmocka_unit_test(without_time_between_them_there_is_no_rate),
		cmocka_unit_test(a_route_that_is_new_has_no_rate_yet),
		cmocka_unit_test(what_is_not_known_has_no_end),
		cmocka_unit_test(other_settings_begin_anew),
		cmocka_unit_test(on_a_device_nobody_knows_how_many_more),
		cmocka_unit_test(udp_ends_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
