// SPDX-License-Identifier: GPL-2.0-only
/* Settings that are supposed: their words, and a snapshot as it would be. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "what_if.h"

#define NETNS 7
#define OTHER_NETNS 8

static struct route_key key_of(uint32_t netns)
{
	return make_key(netns, "10.0.0.1", "10.0.0.2", 3306);
}

/* ---- Words ---- */

static struct what_if parse(const char *text)
{
	struct reason reason = { "" };
	struct what_if change;

	if (what_if_parse(text, &change, &reason))
		print_error("# %s: %s\n", text, reason.text);
	assert_string_equal(reason.text, "");
	return change;
}

static void assert_bad(const char *text, const char *why)
{
	struct reason reason = { "" };
	struct what_if change;

	assert_int_equal(what_if_parse(text, &change, &reason), -EINVAL);
	if (!strstr(reason.text, why))
		print_error("# %s: %s\n", text, reason.text);
	assert_non_null(strstr(reason.text, why));
}

static void all_keys_are_read(void **state)
{
	struct what_if change = parse("range=1024-65535,tw_reuse=1,reserved=3306,sources=2");

	(void)state;
	assert_int_equal(change.range_low, 1024);
	assert_int_equal(change.range_high, 65535);
	assert_int_equal(change.tw_reuse, 1);
	assert_int_equal(change.sources, 2);
	assert_true(change.has_reserved);
	assert_int_equal(port_list_count(&change.reserved), 1);
	assert_true(port_list_has(&change.reserved, 3306));
	assert_true(what_if_needs_count(&change));
}

static void what_is_not_there_stays_as_it_is(void **state)
{
	struct what_if change = parse("sources=3");

	(void)state;
	assert_int_equal(change.range_low, 0);
	assert_int_equal(change.tw_reuse, NOT_KNOWN);
	assert_false(change.has_reserved);
	assert_false(what_if_needs_count(&change));
	change = parse("tw_reuse=0");
	assert_int_equal(change.tw_reuse, 0);
	assert_int_equal(change.sources, 1);
	assert_true(what_if_needs_count(&change));
}

static void a_list_of_ports_goes_on_to_the_next_key(void **state)
{
	struct what_if change = parse("reserved=3306,8000-8010,65535,0,sources=2");

	(void)state;
	assert_int_equal(port_list_count(&change.reserved), 14);
	assert_int_equal(change.sources, 2);
	change = parse("sources=2,reserved=1-3,2-5,,");
	assert_int_equal(port_list_count(&change.reserved), 5);
	/* Nothing is reserved, which is not the same as no word about it. */
	change = parse("reserved=");
	assert_int_equal(port_list_count(&change.reserved), 0);
	assert_true(change.has_reserved);
	change = parse("reserved=,range=40000-40000");
	assert_true(change.has_reserved);
	assert_int_equal(change.range_low, 40000);
	assert_int_equal(change.range_high, 40000);
}

static void what_is_wrong_is_named(void **state)
{
	static const char *const ranges[] = {
		"range=", "range=1024", "range=0-10", "range=1024-65536", "range=20-10",
		"range=a-b", "range=1024-", "range=-1024", "range=1-2-3", "range=+1-2",
		"range= 1-2", "range=1024:65535", "range=99999999999999999999-2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		assert_bad(ranges[i], ranges[i]);
	assert_bad("tw_reuse=3", "tw_reuse=3");
	assert_bad("tw_reuse=", "tw_reuse=");
	assert_bad("tw_reuse=-1", "tw_reuse=-1");
	assert_bad("sources=0", "sources=0");
	assert_bad("sources=65536", "sources=65536");
	assert_bad("sources=two", "sources=two");
	assert_bad("reserved=3306,http", "'http'");
	assert_bad("reserved=65536", "'65536'");
	assert_bad("reserved=20-10", "'20-10'");
	assert_bad("reserved=1-2-3", "'1-2-3'");
	assert_bad("", "'' is not KEY=VALUE");
	assert_bad("range", "'range' is not KEY=VALUE");
	assert_bad("3306", "'3306' is not KEY=VALUE");
	/* Of a key that is no list, nothing goes on. */
	assert_bad("sources=2,3306", "'3306' is not KEY=VALUE");
	assert_bad("range=1-2,", "'' is not KEY=VALUE");
	assert_bad("=1", "no key ''");
	assert_bad("ranges=1-2", "no key 'ranges'");
	assert_bad("rang=1-2", "no key 'rang'");
	assert_bad("tw_reuse=1,tw_reuse=1", "tw_reuse is there twice");
	assert_bad("reserved=1,reserved=2", "reserved is there twice");
}

/* Where it is known that the kernel would refuse it. */
static void what_the_kernel_refuses(void **state)
{
	struct what_if change = parse("range=1023-65535"), good = parse("range=1024-65535");
	struct snapshot *now = new_census(0);
	struct host *host = host_new();
	struct reason reason = { "" };

	(void)state;
	add_netns(now, NETNS, 1000, 1099);
	assert_int_equal(what_if_check(&change, now, host, &reason), 0);
	assert_non_null(host_add_netns(host, NETNS));
	assert_int_equal(what_if_check(&change, now, host, &reason), 0);
	host->netns[0].settings[SETTING_UNPRIVILEGED_PORT_START] = 1024;
	assert_int_equal(what_if_check(&change, now, host, &reason), -EINVAL);
	assert_non_null(strstr(reason.text, "ip_unprivileged_port_start is 1024"));
	assert_int_equal(what_if_check(&good, now, host, &reason), 0);
	good = parse("sources=2");
	assert_int_equal(what_if_check(&good, now, host, &reason), 0);
	host_free(host);
	snapshot_free(now);
}

/* ---- A snapshot ---- */

/* 100 ports, of which the route has 30 and 10, 12 of them TIME_WAITs. */
static struct snapshot *make_census(double second)
{
	struct snapshot *snapshot = new_census(second);
	struct netns *netns = add_netns(snapshot, NETNS, 1000, 1099);
	struct route *route = add_counted_route(snapshot, key_of(NETNS), 30, 10);

	netns->tw_reuse = 0;
	netns->tw_reuse_delay_ms = 1000;
	route->occupancy.time_wait = 12;
	return snapshot;
}

static struct supposed_route *suppose(struct snapshot *snapshot, uint32_t netns, int64_t used_fast,
				      int64_t used_slow)
{
	struct supposed_route *route = snapshot_add_supposed(snapshot);

	assert_non_null(route);
	route->key = key_of(netns);
	route->used_in_half[HALF_FAST] = used_fast;
	route->used_in_half[HALF_SLOW] = used_slow;
	snapshot->supposes = true;
	return route;
}

static struct snapshot *apply(const struct snapshot *now, const struct snapshot *before,
			      const char *text)
{
	struct what_if change = parse(text);
	struct snapshot *then = NULL;
	struct reason reason = { "" };

	assert_int_equal(what_if_apply(now, before, &change, &then, &reason), 0);
	assert_non_null(then);
	return then;
}

static void assert_figures(struct snapshot *then, int64_t capacity, int64_t used,
			   int64_t headroom, int64_t fast_headroom)
{
	const struct occupancy *occupancy = occupancy_of(then, key_of(NETNS));

	assert_int_equal(occupancy->capacity, capacity);
	assert_int_equal(occupancy->used, used);
	assert_int_equal(occupancy->headroom, headroom);
	assert_int_equal(occupancy->fast_headroom, fast_headroom);
	assert_int_equal(snapshot_find_netns(then, NETNS)->least_headroom, headroom);
}

static void another_range_has_other_ports(void **state)
{
	struct snapshot *now = make_census(0), *then;

	(void)state;
	/* Of 1001 to 1060 the search misses none, and the fast half is the odd one. */
	suppose(now, NETNS, 6, 20);
	add_ports(now, make_set_key(NETNS, PORTS_TCP_BLOCKED), 1050, 1069);
	compute(now, NULL);
	then = apply(now, NULL, "range=1001-1060");
	assert_figures(then, 60 - 11, 26, 49 - 26, 30 - 5 - 6);
	assert_int_equal(snapshot_find_netns(then, NETNS)->blocked, 11);
	assert_int_equal(snapshot_find_netns(then, NETNS)->range_low, 1001);
	/* What is there has not changed. */
	assert_int_equal(occupancy_of(now, key_of(NETNS))->headroom, 80 - 40);
	assert_int_equal(snapshot_find_netns(now, NETNS)->range_low, 1000);
	snapshot_free(then);
	snapshot_free(now);
}

static void other_ports_are_reserved_instead(void **state)
{
	struct snapshot *now = make_census(0), *then;

	(void)state;
	add_ports(now, make_set_key(NETNS, PORTS_RESERVED), 1000, 1009);
	add_netns(now, OTHER_NETNS, 1000, 1009);
	add_counted_route(now, key_of(OTHER_NETNS), 0, 0);
	suppose(now, NETNS, 28, 9);
	compute(now, NULL);
	assert_int_equal(occupancy_of(now, key_of(NETNS))->capacity, 90);
	then = apply(now, NULL, "reserved=1009-1010,1020");
	assert_figures(then, 97, 37, 60, 48 - 28);
	assert_int_equal(snapshot_find_netns(then, NETNS)->reserved, 3);
	/* Of all namespaces. */
	assert_int_equal(snapshot_find_netns(then, OTHER_NETNS)->reserved, 1);
	assert_int_equal(occupancy_of(then, key_of(OTHER_NETNS))->headroom, 9);
	snapshot_free(then);
	then = apply(now, NULL, "reserved=");
	assert_figures(then, 100, 37, 63, 50 - 28);
	assert_int_equal(snapshot_find_netns(then, NETNS)->reserved, 0);
	snapshot_free(then);
	snapshot_free(now);
}

static void time_waits_are_taken_over(void **state)
{
	struct snapshot *now = make_census(0), *then;
	struct supposed_route *supposed = suppose(now, NETNS, 30, 10);

	(void)state;
	supposed->reclaimable_in_half[HALF_FAST] = 7;
	supposed->reclaimable_in_half[HALF_SLOW] = 4;
	compute(now, NULL);
	then = apply(now, NULL, "tw_reuse=1");
	assert_figures(then, 100, 40, 71, 27);
	assert_int_equal(occupancy_of(then, key_of(NETNS))->reclaimable, 11);
	assert_int_equal(snapshot_find_netns(then, NETNS)->tw_reuse, 1);
	/* The sockets are the same ones. */
	assert_int_equal(occupancy_of(then, key_of(NETNS))->time_wait, 12);
	snapshot_free(then);
	snapshot_free(now);
}

static void each_more_source_has_all_its_ports(void **state)
{
	struct snapshot *now = make_census(0), *then;

	(void)state;
	add_ports(now, make_set_key(NETNS, PORTS_TCP_BLOCKED), 1000, 1000);
	compute(now, NULL);
	then = apply(now, NULL, "sources=3");
	assert_figures(then, 3 * 99, 40, 59 + 2 * 99, 19 + 2 * 49);
	snapshot_free(then);
	then = apply(now, NULL, "sources=1");
	assert_figures(then, 99, 40, 59, 19);
	snapshot_free(then);
	snapshot_free(now);
}

static void sources_of_udp_are_addresses_but_not_the_wildcard(void **state)
{
	const struct route_key one = make_udp_key(NETNS, "10.0.0.1");
	const struct route_key any = make_udp_key(NETNS, "0.0.0.0");
	struct snapshot *now = make_census(0), *then;

	(void)state;
	add_counted_route(now, one, 0, 0);
	add_counted_route(now, any, 0, 0);
	add_ports(now, make_udp_set_key(NETNS, "10.0.0.1", false), 1000, 1004);
	add_ports(now, make_udp_set_key(NETNS, "0.0.0.0", false), 1010, 1019);
	compute(now, NULL);
	assert_int_equal(occupancy_of(now, one)->headroom, 85);
	then = apply(now, NULL, "sources=2");
	assert_int_equal(occupancy_of(then, one)->capacity, 180);
	assert_int_equal(occupancy_of(then, one)->headroom, 175);
	assert_int_equal(occupancy_of(then, one)->fast_headroom, NOT_KNOWN);
	assert_int_equal(occupancy_of(then, any)->headroom, NOT_KNOWN);
	snapshot_free(then);
	then = apply(now, NULL, "sources=1");
	assert_int_equal(occupancy_of(then, any)->headroom, 85);
	snapshot_free(then);
	snapshot_free(now);
}

static void udp_has_ports_whatever_is_counted(void **state)
{
	const struct route_key one = make_udp_key(NETNS, "10.0.0.1");
	struct snapshot *now = make_census(0), *then;

	(void)state;
	add_counted_route(now, one, 0, 0);
	add_ports(now, make_udp_set_key(NETNS, "10.0.0.1", false), 1000, 1004);
	now->supposes = true;
	compute(now, NULL);
	then = apply(now, NULL, "range=1003-2002,reserved=1500");
	assert_int_equal(occupancy_of(then, one)->capacity, 999);
	assert_int_equal(occupancy_of(then, one)->headroom, 997);
	/* And a route of TCP that has no row has no socket in it. */
	assert_int_equal(occupancy_of(then, key_of(NETNS))->used, 0);
	assert_int_equal(occupancy_of(then, key_of(NETNS))->headroom, 999);
	assert_int_equal(snapshot_find_netns(then, NETNS)->least_headroom, 997);
	snapshot_free(then);
	snapshot_free(now);
}

static void own_ranges_are_counted_too(void **state)
{
	struct snapshot *now = make_census(0), *then;
	const struct own_range *own;
	struct supposed_route *supposed = suppose(now, NETNS, 0, 0);

	(void)state;
	now->routes[0].occupancy.own[0] = (struct own_range){ .low = 1000, .high = 1019, .used = 9 };
	supposed->own[0] = (struct own_range){ .low = 1000, .high = 1019, .used = 4 };
	compute(now, NULL);
	assert_int_equal(occupancy_of(now, key_of(NETNS))->own[0].headroom, 11);
	/* The low end is outside of the range. */
	then = apply(now, NULL, "range=1010-1109,sources=2");
	own = &occupancy_of(then, key_of(NETNS))->own[0];
	assert_int_equal(own->capacity, 20);
	assert_int_equal(own->headroom, 16);
	snapshot_free(then);
	snapshot_free(now);
}

static void what_was_not_counted_is_refused(void **state)
{
	struct what_if change = parse("range=1-1000");
	struct snapshot *now = make_census(0), *then = NULL;
	struct reason reason = { "" };

	(void)state;
	compute(now, NULL);
	assert_int_equal(what_if_apply(now, NULL, &change, &then, &reason), -EINVAL);
	assert_null(then);
	assert_non_null(strstr(reason.text, "not counted"));
	snapshot_free(now);
}

/* Of an earlier snapshot that was not asked, no rate is made up. */
static void what_was_not_counted_before_gives_no_rate(void **state)
{
	struct snapshot *before = make_census(0), *now = make_census(2), *then;

	(void)state;
	before->routes[0].occupancy.used_in_half[HALF_FAST] = 0;
	suppose(now, NETNS, 40, 10);
	compute(before, NULL);
	compute(now, before);
	assert_false(isnan(occupancy_of(now, key_of(NETNS))->eta_s));
	then = apply(now, before, "range=1000-1099");
	assert_true(isnan(occupancy_of(then, key_of(NETNS))->eta_s));
	snapshot_free(then);
	snapshot_free(before);
	snapshot_free(now);
}

/* What was taken by the settings of now is no use of ports by others: 12 ports of 20, 0 new. */
static void a_trend_of_other_settings_is_none(void **state)
{
	struct snapshot *first = make_census(0), *now = make_census(2), *then;

	(void)state;
	first->routes[0].occupancy.used_in_half[HALF_FAST] = 0;
	suppose(now, NETNS, 45, 10);
	compute(first, NULL);
	compute(now, first);
	assert_int_equal(now->routes[0].occupancy.trend.nr, 2);
	then = apply(now, NULL, "range=1000-1099");
	assert_true(isnan(occupancy_of(then, key_of(NETNS))->eta_s));
	assert_int_equal(occupancy_of(then, key_of(NETNS))->trend.nr, 1);
	snapshot_free(then);
	snapshot_free(first);
	snapshot_free(now);
}

/* One that could not be read has no range then either; and no set of ports is there twice. */
static void a_namespace_that_could_not_be_read(void **state)
{
	struct snapshot *now = make_census(0), *then;
	size_t i, sets = 0;

	(void)state;
	add_netns(now, OTHER_NETNS, NOT_KNOWN, NOT_KNOWN);
	add_ports(now, make_set_key(NETNS, PORTS_RESERVED), 1000, 1009);
	now->supposes = true;
	compute(now, NULL);
	then = apply(now, NULL, "range=1-1000,reserved=5");
	assert_int_equal(snapshot_find_netns(then, OTHER_NETNS)->range_low, NOT_KNOWN);
	assert_int_equal(snapshot_find_netns(then, OTHER_NETNS)->range_high, NOT_KNOWN);
	for (i = 0; i < then->nr_ports; i++)
		sets += then->ports[i].key.netns == NETNS &&
			then->ports[i].key.kind == PORTS_RESERVED;
	assert_int_equal(sets, 1);
	snapshot_free(then);
	snapshot_free(now);
}

static void a_route_of_which_nothing_is_known_stays_unknown(void **state)
{
	struct snapshot *now = make_census(0), *then;

	(void)state;
	now->netns[0].is_counted = false;
	now->routes[0].occupancy.source = OCCUPANCY_UNKNOWN;
	now->routes[0].occupancy.used_in_half[0] = NOT_KNOWN;
	now->supposes = true;
	compute(now, NULL);
	then = apply(now, NULL, "range=1-1000,sources=2,tw_reuse=1,reserved=5");
	assert_int_equal(occupancy_of(then, key_of(NETNS))->headroom, NOT_KNOWN);
	assert_int_equal(occupancy_of(then, key_of(NETNS))->capacity, NOT_KNOWN);
	snapshot_free(then);
	snapshot_free(now);
}

static void the_end_comes_by_the_rate_of_then(void **state)
{
	struct snapshot *before = make_census(0), *now = make_census(2), *then;
	struct supposed_route *supposed;

	(void)state;
	/* 10 ports a second; of TIME_WAITs, 5 of which can be taken over. */
	before->routes[0].occupancy.used_in_half[HALF_FAST] = 10;
	suppose(before, NETNS, 10, 10);
	supposed = suppose(now, NETNS, 30, 10);
	supposed->reclaimable_in_half[HALF_FAST] = 10;
	compute(before, NULL);
	compute(now, before);
	assert_near(occupancy_of(now, key_of(NETNS))->eta_s, 6, 1e-9);
	then = apply(now, before, "tw_reuse=1");
	assert_near(occupancy_of(then, key_of(NETNS))->eta_s, 70 / 5.0, 1e-9);
	snapshot_free(then);
	then = apply(now, before, "sources=2");
	assert_near(occupancy_of(then, key_of(NETNS))->eta_s, 160 / 10.0, 1e-9);
	snapshot_free(then);
	/* Of one moment no rate is known. */
	then = apply(now, NULL, "tw_reuse=1");
	assert_true(isnan(occupancy_of(then, key_of(NETNS))->eta_s));
	snapshot_free(then);
	snapshot_free(before);
	snapshot_free(now);
}

static void what_would_be_exhausted_is_so_at_once(void **state)
{
	struct snapshot *now = make_census(0), *then;

	(void)state;
	suppose(now, NETNS, 5, 5);
	compute(now, NULL);
	then = apply(now, NULL, "range=1000-1009");
	assert_figures(then, 10, 10, 0, 0);
	assert_near(occupancy_of(then, key_of(NETNS))->eta_s, 0, 0);
	snapshot_free(then);
	snapshot_free(now);
}

/* Between two censuses the counts are those of the last one, as the others are. */
static void counts_are_carried_forward(void **state)
{
	struct snapshot *before = make_census(0), *now = new_without_census(1), *then;

	(void)state;
	suppose(before, NETNS, 3, 4);
	compute(before, NULL);
	add_counters(now, key_of(NETNS), 5, 0);
	carry(now, before);
	then = apply(now, before, "range=1000-1019");
	assert_figures(then, 20, 12, 8, 2);
	snapshot_free(then);
	snapshot_free(before);
	snapshot_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_counted_before_gives_no_rate),
		cmocka_unit_test(a_trend_of_other_settings_is_none),
		cmocka_unit_test(a_namespace_that_could_not_be_read),
		cmocka_unit_test(what_the_kernel_refuses),
		cmocka_unit_test(all_keys_are_read),
		cmocka_unit_test(what_is_not_there_stays_as_it_is),
		cmocka_unit_test(a_list_of_ports_goes_on_to_the_next_key),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(another_range_has_other_ports),
		cmocka_unit_test(other_ports_are_reserved_instead),
		cmocka_unit_test(time_waits_are_taken_over),
		cmocka_unit_test(each_more_source_has_all_its_ports),
		cmocka_unit_test(sources_of_udp_are_addresses_but_not_the_wildcard),
		cmocka_unit_test(udp_has_ports_whatever_is_counted),
		cmocka_unit_test(own_ranges_are_counted_too),
		cmocka_unit_test(what_was_not_counted_is_refused),
		cmocka_unit_test(a_route_of_which_nothing_is_known_stays_unknown),
		cmocka_unit_test(the_end_comes_by_the_rate_of_then),
		cmocka_unit_test(what_would_be_exhausted_is_so_at_once),
		cmocka_unit_test(counts_are_carried_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
