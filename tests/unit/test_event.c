// SPDX-License-Identifier: GPL-2.0-only
/* What is known of an event: its name, and what a snapshot tells of its route and its namespace. */
#include "unit.h"

#include "event.h"

/* The kernel's short number of the namespace is not the one that snapshots go by. */
#define NETNS 42
#define NETNS_ID 3

/* Ten ports, of which two are blocked, one by a bind before connect, and three used. */
#define CAPACITY 8
#define HEADROOM 5

static struct route_key tcp_key(uint32_t netns)
{
	return make_key(netns, "10.0.0.5", "10.0.0.9", 3306);
}

/* Of second 100; the census began half a second before. */
static struct snapshot *make_snapshot(void)
{
	struct snapshot *snapshot = new_census(100);

	snapshot->census.age_s = 0.5;
	add_netns(snapshot, NETNS, 1000, 1009);
	add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 1000, 1001);
	add_ports(snapshot, make_set_key(NETNS, PORTS_BOUND_BEFORE_CONNECT), 1001, 1001);
	add_counted_route(snapshot, tcp_key(NETNS), 1, 2);
	add_counted_route(snapshot, make_udp_key(NETNS, "10.0.0.5"), 0, 0);
	add_ports(snapshot, make_udp_set_key(NETNS, "10.0.0.5", false), 1002, 1005);
	compute(snapshot, NULL);
	assert_int_equal(occupancy_of(snapshot, tcp_key(NETNS))->capacity, CAPACITY);
	return snapshot;
}

static struct porttrace_event make_failure(uint8_t cause)
{
	return (struct porttrace_event){
		.time_ns = 98000000000,
		.route = tcp_key(NETNS_ID),
		.netns_inum = NETNS,
		.kind = EVENT_FAILURE,
		.cause = cause,
	};
}

static struct event with_headroom(const struct porttrace_event *what,
				  const struct snapshot *snapshot)
{
	struct event event = { .what = what, .headroom = 77, .blocked = 77 };

	event.blocked_by_bind_before_connect = 77;
	event.headroom_age_s = 77;
	event_set_headroom(&event, snapshot);
	return event;
}

static void assert_nothing_blocked_known(const struct event *event)
{
	assert_int_equal(event->blocked, NOT_KNOWN);
	assert_int_equal(event->blocked_by_bind_before_connect, NOT_KNOWN);
	assert_true(isnan(event->blocked_age_s));
}

static void assert_nothing_known(const struct event *event)
{
	assert_int_equal(event->headroom, NOT_KNOWN);
	assert_true(isnan(event->headroom_age_s));
	assert_nothing_blocked_known(event);
}

/* ---- Words ---- */

static void names(void **state)
{
	struct porttrace_event what = {};
	struct event event = { .what = &what };

	(void)state;
	what.kind = EVENT_FAILURE;
	assert_string_equal(event_name(&event), "failure");
	what.kind = EVENT_ALLOCATION;
	assert_string_equal(event_name(&event), "allocation");
	what.kind = EVENT_TIME_WAIT;
	assert_string_equal(event_name(&event), "time_wait");
	what.kind = 255;
	assert_string_equal(event_name(&event), "?");
}

static void patterns(void **state)
{
	struct porttrace_event what = {};
	struct event event = { .what = &what };

	(void)state;
	assert_null(event_pattern(&event));
	what.binds_before_connect = 1;
	assert_string_equal(event_pattern(&event), "bind_before_connect");
}

/* ---- Causes ---- */

static bool finds_none(uint8_t cause)
{
	return cause == CAUSE_RANGE_EXHAUSTED || cause == CAUSE_BIND_RANGE_EXHAUSTED;
}

static void none_found_is_headroom_zero(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct porttrace_event what;
	struct event event;
	uint8_t cause;

	(void)state;
	for (cause = 0; cause < NR_CAUSES; cause++) {
		what = make_failure(cause);
		assert_int_equal(event_knows_headroom(&what), finds_none(cause));
		event = with_headroom(&what, snapshot);
		if (finds_none(cause)) {
			assert_int_equal(event.headroom, 0);
			assert_near(event.headroom_age_s, 0, 0);
			assert_int_equal(event.blocked, 2);
			assert_int_equal(event.blocked_by_bind_before_connect, 1);
			assert_near(event.blocked_age_s, 1.5, 1e-6);
		} else {
			assert_int_equal(event.headroom, HEADROOM);
			assert_near(event.headroom_age_s, 1.5, 1e-6);
			assert_nothing_blocked_known(&event);
		}
	}
	snapshot_free(snapshot);
}

static void without_a_snapshot(void **state)
{
	struct porttrace_event what;
	struct event event;
	uint8_t cause;

	(void)state;
	for (cause = 0; cause < NR_CAUSES; cause++) {
		what = make_failure(cause);
		event = with_headroom(&what, NULL);
		if (finds_none(cause)) {
			assert_int_equal(event.headroom, 0);
			assert_nothing_blocked_known(&event);
		} else {
			assert_nothing_known(&event);
		}
	}
}

static void in_a_namespace_that_is_not_in_the_snapshot(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct porttrace_event what = make_failure(CAUSE_RANGE_EXHAUSTED);
	struct event event;

	(void)state;
	what.netns_inum = NETNS + 1;
	event = with_headroom(&what, snapshot);
	assert_int_equal(event.headroom, 0);
	assert_nothing_blocked_known(&event);
	what.cause = CAUSE_TUPLE_IN_USE;
	event = with_headroom(&what, snapshot);
	assert_nothing_known(&event);
	snapshot_free(snapshot);
}

/* ---- Routes ---- */

static void a_route_that_is_not_in_the_snapshot(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct porttrace_event what = make_failure(CAUSE_OTHER);
	struct event event;

	(void)state;
	what.route.dport++;
	event = with_headroom(&what, snapshot);
	assert_nothing_known(&event);
	snapshot_free(snapshot);
}

static void a_route_that_was_not_counted(void **state)
{
	struct snapshot *snapshot = new_without_census(100);
	struct porttrace_event what = make_failure(CAUSE_OTHER);
	struct event event;

	(void)state;
	add_route(snapshot, tcp_key(NETNS), 1, 1)->occupancy.headroom = NOT_KNOWN;
	snapshot_sort(snapshot);
	event = with_headroom(&what, snapshot);
	assert_nothing_known(&event);
	snapshot_free(snapshot);
}

static void udp(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct porttrace_event what = make_failure(CAUSE_PORT_IN_USE);
	struct event event;

	(void)state;
	what.route = make_udp_key(NETNS_ID, "10.0.0.5");
	event = with_headroom(&what, snapshot);
	assert_int_equal(event.headroom, 6);
	assert_nothing_blocked_known(&event);
	/* What TCP's sockets block is nothing to UDP. */
	what.cause = CAUSE_RANGE_EXHAUSTED;
	event = with_headroom(&what, snapshot);
	assert_int_equal(event.headroom, 0);
	assert_nothing_blocked_known(&event);
	snapshot_free(snapshot);
}

static void the_age_counts_both_ways(void **state)
{
	static const struct {
		uint64_t time_ns;
		double age_s;
	} cases[] = {
		{ 99500000000, 0 },
		{ 99250000000, 0.25 },
		{ 100000000000, 0.5 },
		{ 103500000000, 4 },
	};
	struct snapshot *snapshot = make_snapshot();
	struct porttrace_event what = make_failure(CAUSE_OTHER);
	struct event event;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		what.time_ns = cases[i].time_ns;
		event = with_headroom(&what, snapshot);
		assert_near(event.headroom_age_s, cases[i].age_s, 1e-6);
	}
	snapshot_free(snapshot);
}

/* ---- Whether a snapshot is worth its price ---- */

static void use_for_a_snapshot(void **state)
{
	struct porttrace_event what = make_failure(CAUSE_OTHER);

	(void)state;
	assert_true(event_has_use_for_snapshot(&what));
	what.kind = EVENT_ALLOCATION;
	assert_false(event_has_use_for_snapshot(&what));
	what.kind = EVENT_TIME_WAIT;
	assert_false(event_has_use_for_snapshot(&what));

	/* A TCP bind() to a port has no route; one that found none shows what is blocked. */
	what = make_failure(CAUSE_PORT_IN_USE);
	what.route = make_key(NETNS_ID, "10.0.0.5", NULL, 0);
	assert_false(event_has_use_for_snapshot(&what));
	what.cause = CAUSE_BIND_RANGE_EXHAUSTED;
	assert_true(event_has_use_for_snapshot(&what));
	what.cause = CAUSE_PORT_IN_USE;
	what.route = make_udp_key(NETNS_ID, "10.0.0.5");
	assert_true(event_has_use_for_snapshot(&what));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(patterns),
		cmocka_unit_test(none_found_is_headroom_zero),
		cmocka_unit_test(without_a_snapshot),
		cmocka_unit_test(in_a_namespace_that_is_not_in_the_snapshot),
		cmocka_unit_test(a_route_that_is_not_in_the_snapshot),
		cmocka_unit_test(a_route_that_was_not_counted),
		cmocka_unit_test(udp),
		cmocka_unit_test(the_age_counts_both_ways),
		cmocka_unit_test(use_for_a_snapshot),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
