// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "filter.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "route_walk.h"

/* A snapshot at that second, with a route for each of the allocations given, ended by -1. */
static struct snapshot *make_snapshot(time_t second, const int64_t *allocations)
{
	struct snapshot *snapshot = snapshot_new();
	size_t i;

	assert_non_null(snapshot);
	snapshot->monotonic.tv_sec = second;
	for (i = 0; allocations[i] >= 0; i++)
		add_route(snapshot, make_key(1, "10.0.0.1", "10.0.0.2", 1000 + i), allocations[i],
			  allocations[i] / 10);
	snapshot_sort(snapshot);
	return snapshot;
}

static void rates_are_per_second_of_the_true_period(void **state)
{
	const int64_t before[] = { 100, 50, -1 }, now[] = { 160, 50, 30, -1 };
	struct snapshot *old = make_snapshot(10, before), *snapshot = make_snapshot(12, now);

	(void)state;
	snapshot->monotonic.tv_nsec = 500000000;
	snapshot_set_rates(snapshot, old);
	assert_float_equal(snapshot->period_s, 2.5, 1e-9);
	assert_float_equal(snapshot->routes[0].allocations_per_s, 24, 1e-9);
	assert_float_equal(snapshot->routes[0].failures_per_s, 2.4, 1e-9);
	assert_float_equal(snapshot->routes[1].allocations_per_s, 0, 1e-9);
	/* A route that is new counts from nothing. */
	assert_float_equal(snapshot->routes[2].allocations_per_s, 12, 1e-9);
	snapshot_free(old);
	snapshot_free(snapshot);
}

static void without_a_predecessor_no_rate_is_known(void **state)
{
	const int64_t now[] = { 160, -1 };
	struct snapshot *snapshot = make_snapshot(12, now);

	(void)state;
	snapshot_set_rates(snapshot, NULL);
	assert_true(isnan(snapshot->period_s));
	assert_true(isnan(snapshot->routes[0].allocations_per_s));
	assert_true(isnan(snapshot_totals(snapshot).allocations_per_s));
	assert_int_equal(snapshot_totals(snapshot).allocations, 160);
	snapshot_free(snapshot);
}

static void a_figure_that_steps_back_has_no_negative_rate(void **state)
{
	const int64_t before[] = { 100, -1 }, now[] = { 99, -1 };
	struct snapshot *old = make_snapshot(10, before), *snapshot = make_snapshot(11, now);

	(void)state;
	snapshot_set_rates(snapshot, old);
	assert_float_equal(snapshot->routes[0].allocations_per_s, 0, 1e-9);
	snapshot_free(old);
	snapshot_free(snapshot);
}

static void many_rows_keep_their_values(void **state)
{
	struct snapshot *snapshot = snapshot_new();
	size_t i, nr = 5000;

	(void)state;
	/* From the last to the first, so that sorting has something to do. */
	for (i = nr; i-- > 0;)
		add_route(snapshot, make_key(1 + i / 256, "10.0.0.1", "10.0.0.2", 1 + i % 256), i,
			  0);
	snapshot_sort(snapshot);
	assert_int_equal(snapshot->nr_routes, nr);
	assert_int_equal(snapshot_totals(snapshot).allocations, nr * (nr - 1) / 2);
	for (i = 1; i < nr; i++)
		assert_true(memcmp(&snapshot->routes[i - 1].key, &snapshot->routes[i].key,
				   sizeof(struct route_key)) < 0);
	snapshot_free(snapshot);
}

static void namespaces_sum_their_routes(void **state)
{
	struct snapshot *snapshot = snapshot_new();

	(void)state;
	add_route(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 1), 5, 1);
	add_route(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 2), 6, 0);
	add_route(snapshot, make_key(3, "::1", NULL, 0), 2, 2);
	/* The row for what found no other has no namespace. */
	add_route(snapshot, (struct route_key){ .overflow = 1 }, 100, 0);
	snapshot_add_netns(snapshot)->inum = 9;
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
	assert_int_equal(snapshot->nr_netns, 3);
	assert_int_equal(snapshot_find_netns(snapshot, 7)->allocations, 11);
	assert_int_equal(snapshot_find_netns(snapshot, 7)->failures, 1);
	assert_int_equal(snapshot_find_netns(snapshot, 3)->failures, 2);
	assert_int_equal(snapshot_find_netns(snapshot, 3)->range_low, NOT_KNOWN);
	assert_int_equal(snapshot_find_netns(snapshot, 9)->allocations, 0);
	assert_null(snapshot_find_netns(snapshot, 0));
	snapshot_free(snapshot);
}

static void add_failure(struct snapshot *snapshot, struct route_key key, uint8_t cause,
			uint64_t count)
{
	struct failure *failure = snapshot_add_failure(snapshot);

	failure->key = (struct failure_key){ .route = key, .call = CALL_CONNECT, .cause = cause };
	failure->count = count;
}

static void failures_are_summed_over_their_routes(void **state)
{
	struct snapshot *snapshot = snapshot_new();
	struct failure *failures;
	size_t nr;

	(void)state;
	add_failure(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 1), CAUSE_RANGE_EXHAUSTED, 20);
	add_failure(snapshot, make_key(7, "10.0.0.1", "10.0.0.3", 1), CAUSE_RANGE_EXHAUSTED, 3);
	add_failure(snapshot, make_key(7, "10.0.0.1", "10.0.0.3", 1), CAUSE_TUPLE_IN_USE, 1);
	add_failure(snapshot, make_key(8, "10.0.0.1", "10.0.0.2", 1), CAUSE_RANGE_EXHAUSTED, 5);
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_failures(snapshot, &failures, &nr), 0);
	assert_int_equal(nr, 3);
	assert_int_equal(failures[0].count, 23);
	assert_int_equal(failures[0].key.cause, CAUSE_RANGE_EXHAUSTED);
	assert_int_equal(failures[1].key.cause, CAUSE_TUPLE_IN_USE);
	assert_int_equal(failures[2].key.route.netns, 8);
	free(failures);
	snapshot_free(snapshot);
}

static struct address_filter address_filter(const char *text)
{
	struct address_filter filter = { .set = true };

	assert_int_equal(address_parse(text, filter.addr, &filter.prefix), 0);
	return filter;
}

static void filters_keep_what_matches(void **state)
{
	struct route_key key = make_key(1, "10.0.0.5", "10.1.2.3", 3306);
	struct route_key bound = make_key(1, "10.0.0.5", NULL, 0);
	struct route_key six = make_key(1, "2001:db8::1", "2001:db8::2", 3306);
	struct filter filter = {};

	(void)state;
	assert_true(filter_keeps(&filter, &key));
	filter.dst = address_filter("10.1.0.0/15");
	assert_true(filter_keeps(&filter, &key));
	assert_false(filter_keeps(&filter, &six));
	/* A port that was bound goes to no destination. */
	assert_false(filter_keeps(&filter, &bound));
	filter.dst = address_filter("10.2.0.0/15");
	assert_false(filter_keeps(&filter, &key));
	filter = (struct filter){ .src = address_filter("10.0.0.5") };
	assert_true(filter_keeps(&filter, &bound));
	filter = (struct filter){ .dport_low = 3300, .dport_high = 3306 };
	assert_true(filter_keeps(&filter, &key));
	filter.dport_high = 3305;
	assert_false(filter_keeps(&filter, &key));
	filter = (struct filter){ .families = FILTER_IPV6 };
	assert_true(filter_keeps(&filter, &six));
	assert_false(filter_keeps(&filter, &key));
	filter.families |= FILTER_IPV4;
	assert_true(filter_keeps(&filter, &key));
	filter = (struct filter){ .protos = FILTER_UDP };
	assert_false(filter_keeps(&filter, &key));
	filter.protos |= FILTER_TCP;
	assert_true(filter_keeps(&filter, &key));
}

static void overflow_rows_are_not_asked_for_addresses(void **state)
{
	const struct route_key key = { .netns = 1, .proto = IPPROTO_TCP, .overflow = 1 };
	struct filter filter = { .src = address_filter("10.0.0.5"), .families = FILTER_IPV4,
				 .dport_low = 1 };

	(void)state;
	assert_true(filter_keeps(&filter, &key));
	filter = (struct filter){ .families = FILTER_IPV6 };
	assert_true(filter_keeps(&filter, &key));
	filter = (struct filter){ .protos = FILTER_UDP };
	assert_false(filter_keeps(&filter, &key));
}

static void filtered_rows_are_not_summed(void **state)
{
	struct filter filter = { .dport_low = 1, .dport_high = 1 };
	struct snapshot *snapshot = snapshot_new();

	(void)state;
	add_route(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 1), 5, 1);
	add_route(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 2), 6, 0);
	add_failure(snapshot, make_key(7, "10.0.0.1", "10.0.0.2", 2), CAUSE_OTHER, 1);
	snapshot_sort(snapshot);
	filter_snapshot(&filter, snapshot);
	assert_int_equal(snapshot->nr_routes, 1);
	assert_int_equal(snapshot->nr_failures, 0);
	assert_int_equal(snapshot_find_netns(snapshot, 7)->allocations, 5);
	snapshot_free(snapshot);
}

static void losses_that_are_not_known_do_not_count(void **state)
{
	struct losses lost = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
			       NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
			       NOT_KNOWN };

	(void)state;
	assert_int_equal(losses_sum(&lost), NOT_KNOWN);
	lost.routes = 3;
	lost.walks = 4;
	lost.ended = 20;
	lost.missed_at_most = 100;
	assert_int_equal(losses_sum(&lost), 27);
}

/* Routes here and there, each in one of the snapshots or both: the walk finds what a search finds. */
static void a_walk_finds_what_a_search_finds(void **state)
{
	struct snapshot *before = snapshot_new(), *now = snapshot_new();
	struct route_walk walk = { .snapshot = now, .before = before };
	struct owner_walk owners = { .snapshot = now };
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		struct route_key key = make_key(1 + i * 7 % 3, "10.0.0.1", "10.0.0.2", i * 77 % 1000);

		if (i % 3)
			add_route(before, key, i, 0);
		if (i % 2)
			add_route(now, key, i, 0);
		if (i % 5 == 0)
			snapshot_add_owner(now)->key.route = key;
	}
	snapshot_sort(before);
	snapshot_sort(now);
	for (i = 0; i < now->nr_routes; i++) {
		const struct route_key *key = &now->routes[i].key;
		size_t nr, expected;

		assert_ptr_equal(route_walk_to(&walk, key), snapshot_find_route(before, key));
		assert_ptr_equal(owner_walk_to(&owners, key, &nr),
				 snapshot_owners(now, key, &expected));
		assert_int_equal(nr, expected);
	}
	snapshot_free(before);
	snapshot_free(now);
}

static void a_walk_does_not_enter_another_namespace_of_that_number(void **state)
{
	struct snapshot *before = new_census(1), *now = new_census(2);
	struct route_walk walk = { .snapshot = now, .before = before };
	const struct route_key key = make_key(7, "10.0.0.1", "10.0.0.2", 80);

	(void)state;
	add_netns(before, 7, 1000, 1999)->id = 1;
	add_netns(now, 7, 1000, 1999)->id = 2;
	add_route(before, key, 1, 0);
	assert_null(route_walk_to(&walk, &key));
	snapshot_free(before);
	snapshot_free(now);
}

static void the_order_of_keys_is_that_of_their_bytes(void **state)
{
	struct route_key low = make_key(7, "10.0.0.1", "10.0.0.2", 80), high = low;

	(void)state;
	assert_int_equal(route_key_compare(&low, &high), 0);
	high.src[15]++;
	assert_true(route_key_compare(&low, &high) < 0);
	low.src[12] = 0x80; /* counts more, and is not negative */
	assert_true(route_key_compare(&low, &high) > 0);
	high.netns = 8;
	assert_true(route_key_compare(&low, &high) < 0);
}

static void a_cleared_snapshot_is_as_a_new_one(void **state)
{
	struct snapshot *snapshot = new_census(1);
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		add_route(snapshot, make_key(1, "10.0.0.1", "10.0.0.2", i + 1), i, 0);
	snapshot_clear(snapshot);
	assert_int_equal(snapshot->nr_routes, 0);
	assert_false(snapshot->census.is_fresh);
	assert_true(isnan(snapshot->period_s));
	assert_true(isnan(snapshot->census.age_s));
	for (i = 0; i < 200; i++)
		assert_int_equal(snapshot_add_route(snapshot)->allocations, 0);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_per_second_of_the_true_period),
		cmocka_unit_test(without_a_predecessor_no_rate_is_known),
		cmocka_unit_test(a_figure_that_steps_back_has_no_negative_rate),
		cmocka_unit_test(many_rows_keep_their_values),
		cmocka_unit_test(namespaces_sum_their_routes),
		cmocka_unit_test(failures_are_summed_over_their_routes),
		cmocka_unit_test(filters_keep_what_matches),
		cmocka_unit_test(overflow_rows_are_not_asked_for_addresses),
		cmocka_unit_test(filtered_rows_are_not_summed),
		cmocka_unit_test(losses_that_are_not_known_do_not_count),
		cmocka_unit_test(a_walk_finds_what_a_search_finds),
		cmocka_unit_test(a_walk_does_not_enter_another_namespace_of_that_number),
		cmocka_unit_test(the_order_of_keys_is_that_of_their_bytes),
		cmocka_unit_test(a_cleared_snapshot_is_as_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
