// SPDX-License-Identifier: GPL-2.0-only
/* When a route had no free port, as far as that can be known: by snapshots, events and counters. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_case.h"
#include "view_report.h"

static void add_event(struct report *report, double second, uint16_t dport)
{
	struct event_sample sample;

	case_event(&sample, second, dport);
	assert_int_equal(report_add_event(report, &sample.event), 0);
}

/* used NOT_KNOWN: as a route of bind(), which has no headroom. */
static void add_snapshot(struct report *report, double second, int64_t used, uint64_t failures)
{
	struct snapshot *snapshot = case_snapshot(second, second == 0);
	struct route *route = case_route(snapshot, 80, 0, used);

	snapshot->uptime_s = second;
	route->failures = failures;
	if (used == NOT_KNOWN)
		route->occupancy.headroom = route->occupancy.capacity = NOT_KNOWN;
	if (failures)
		case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, failures);
	case_add(report, snapshot);
}

static const struct report_episode *only_episode(const struct report *report)
{
	assert_int_equal(report->nr_episodes, 1);
	return &report->episodes[0];
}

/* ---- Before the window ---- */

static void what_was_told_before_is_not_of_the_window(void **state)
{
	const struct report_window window = { .since = { WHEN_RELATIVE, 700000000 } };
	struct report *report = case_report(NULL, &window);

	(void)state;
	add_snapshot(report, 0, 50, 4);
	add_event(report, 0.5, 80);
	add_event(report, 0.6, 80);
	add_snapshot(report, 1, 37, 6);
	case_finish(report);
	assert_int_equal(report->snapshots, 1);
	assert_int_equal(report_failures(report), 0);
	assert_int_equal(case_row(report, 80)->failures, 0);
	assert_int_equal(case_row(report, 80)->least_headroom, 63);
	assert_int_equal(report->nr_episodes, 0);
	assert_false(report_is_exhausted(report->list.routes[0]));
	report_free(report);
}

/* One of them is in the window; and what came with the snapshot before it is counted there. */
static void only_what_is_left_is_of_the_window(void **state)
{
	const struct report_window window = { .since = { WHEN_RELATIVE, 1550000000 } };
	struct report *report = case_report(NULL, &window);

	(void)state;
	add_snapshot(report, 0, 50, 0);
	add_event(report, 0.5, 80);
	add_snapshot(report, 1, 50, 1);
	add_event(report, 1.5, 80);
	add_event(report, 1.6, 80);
	add_event(report, 1.7, 443);
	add_snapshot(report, 2, 50, 3);
	case_finish(report);
	assert_int_equal(case_row(report, 80)->failures, 1);
	assert_int_equal(report_failures(report), 2);
	assert_int_equal(case_row(report, 80)->first_exhausted_ns, case_ns(1.6));
	report_free(report);
}

/* ---- Counters alone ---- */

static void counters_say_only_between_what(void **state)
{
	static const struct report_style style = { .width = 80, .rows = 10 };
	struct report *report = case_report(NULL, NULL);
	const struct report_episode *episode;
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	add_snapshot(report, 0, 50, 0);
	add_snapshot(report, 1, 37, 6);
	add_snapshot(report, 2, 37, 6);
	case_finish(report);
	episode = only_episode(report);
	assert_true(episode->is_between);
	assert_int_equal(episode->from_ns, case_ns(0));
	assert_int_equal(episode->to_ns, case_ns(1));
	assert_int_equal(episode->until_ns, case_ns(1));
	assert_int_equal(report_episode_ns(episode), NOT_KNOWN);
	assert_int_equal(report_exhausted_ns(case_row(report, 80)), NOT_KNOWN);
	out = open_memstream(&text, &size);
	assert_int_equal(view_report_text(out, report, &style), 0);
	view_report_json(out, report);
	fclose(out);
	assert_non_null(strstr(text, "    at some time between 12:00:00.0 and 12:00:01.0, 6 failed; "
				     "room again at 12:00:01.0\n"));
	assert_non_null(strstr(text, "\"duration_s\":null,\"failures\":6}"));
	assert_non_null(strstr(text, "\"exhausted_times\":1,\"exhausted_s\":null,"
				     "\"longest_exhausted_s\":null,"));
	free(text);
	report_free(report);
}

/* It began before the end of the first such interval, and lasted into the last one. */
static void counters_of_several_intervals(void **state)
{
	static const uint64_t failures[] = { 0, 3, 5, 9, 9 };
	struct report *report = case_report(NULL, NULL);
	const struct report_episode *episode;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		add_snapshot(report, i, NOT_KNOWN, failures[i]);
	case_finish(report);
	episode = only_episode(report);
	assert_false(episode->is_between);
	assert_int_equal(episode->from_ns, case_ns(1));
	assert_int_equal(episode->to_ns, case_ns(2));
	assert_int_equal(report_episode_ns(episode), 1000000000);
	assert_int_equal(report_episode_failures(episode), 9);
	report_free(report);
}

static void a_snapshot_without_headroom_is_a_moment(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_episode *episode;

	(void)state;
	add_snapshot(report, 0, 50, 0);
	add_snapshot(report, 1, 100, 6);
	add_snapshot(report, 2, 60, 8);
	case_finish(report);
	episode = only_episode(report);
	assert_false(episode->is_between);
	assert_int_equal(episode->from_ns, case_ns(1));
	assert_int_equal(episode->to_ns, case_ns(1));
	assert_int_equal(report_episode_failures(episode), 8);
	report_free(report);
}

/* They are told of up to a second later. */
static void held_back_alone(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_episode *episode;

	(void)state;
	case_held(report, 5, 80, 7);
	case_held(report, 8, 80, 2);
	case_finish(report);
	episode = only_episode(report);
	assert_int_equal(episode->from_ns, case_ns(5));
	assert_int_equal(episode->to_ns, case_ns(7));
	assert_int_equal(report_episode_failures(episode), 9);
	report_free(report);
}

/* ---- The least that was left ---- */

/* Ten ports taken and given back, and no snapshot saw it. */
static void a_failure_proves_that_nothing_was_left(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_route *row;

	(void)state;
	add_snapshot(report, 0, 0, 0);
	add_event(report, 0.5, 80);
	add_event(report, 0.75, 80);
	add_snapshot(report, 1, 10, 2);
	case_finish(report);
	row = case_row(report, 80);
	assert_int_equal(row->least_headroom, 0);
	assert_int_equal(row->least_headroom_ns, case_ns(0.5));
	assert_int_equal(row->capacity, 100);
	assert_int_equal(row->most_used, NOT_KNOWN);
	assert_int_equal(row->most_used_ns, NOT_KNOWN);
	report_free(report);
	/* By counters alone it is not known when. */
	report = case_report(NULL, NULL);
	add_snapshot(report, 0, 0, 0);
	add_snapshot(report, 1, 10, 2);
	case_finish(report);
	row = case_row(report, 80);
	assert_int_equal(row->least_headroom, 0);
	assert_int_equal(row->least_headroom_ns, NOT_KNOWN);
	report_free(report);
}

/* A range of the socket's own says nothing of the route. */
static void what_proves_nothing(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;

	(void)state;
	add_snapshot(report, 0, 10, 0);
	case_event(&sample, 0.5, 80);
	sample.what.cause = CAUSE_SOCKET_RANGE_EXHAUSTED;
	assert_int_equal(report_add_event(report, &sample.event), 0);
	add_snapshot(report, 1, 20, 0);
	case_finish(report);
	assert_int_equal(case_row(report, 80)->least_headroom, 80);
	assert_int_equal(case_row(report, 80)->most_used, 20);
	report_free(report);
}

/* ---- Several at once ---- */

/* In the middle of those without ports one has had some again. */
static void open_ones_end_in_any_order(void **state)
{
	static const uint16_t dports[] = { 82, 80, 84, 81, 83 };
	struct report *report = case_report(NULL, NULL);
	uint16_t dport;
	size_t i;

	(void)state;
	for (dport = 80; dport < 85; dport++)
		add_event(report, 0, dport);
	for (i = 0; i < 5; i++) {
		add_event(report, 30 + i, dports[i]);
		add_event(report, 60 + i, dports[i]);
	}
	case_finish(report);
	assert_int_equal(report->nr_episodes, 15);
	for (dport = 80; dport < 85; dport++) {
		assert_int_equal(case_row(report, dport)->episodes, 3);
		assert_false(case_row(report, dport)->is_open);
	}
	report_free(report);
}

/* Each counts since it began, and nobody looked on in between: what came last is not the time before. */
static void runs_in_one_file_are_apart(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot;
	struct route *route;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snapshot = case_snapshot(60 * i, true);
		snapshot->uptime_s = 0.01 + 0.001 * i;
		route = case_route(snapshot, 80, 100, 100);
		route->failures = 4;
		case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 4);
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_int_equal(report->clock.nr_steps, 0);
	assert_near(report_seconds(report), 120, 1e-3);
	assert_near(report->counted_s, 0.033, 1e-9);
	assert_int_equal(report_failures(report), 12);
	assert_int_equal(report->allocations, 300);
	assert_int_equal(report->nr_episodes, 3);
	assert_int_equal(report_episode_failures(&report->episodes[0]), 4);
	report_free(report);
}

/* A minute after a time without ports, of another one nothing is told but a line of those held back. */
static void held_back_is_of_its_own_time(void **state)
{
	struct report *report = case_report(NULL, NULL);

	(void)state;
	add_snapshot(report, 0, 50, 0);
	add_event(report, 0.5, 80);
	add_snapshot(report, 1, 50, 1);
	add_snapshot(report, 2, 50, 1);
	add_snapshot(report, 59, 50, 1);
	case_held(report, 59.9, 80, 100);
	add_snapshot(report, 60, 50, 101);
	case_finish(report);
	assert_int_equal(report->nr_episodes, 2);
	assert_int_equal(report_episode_failures(&report->episodes[0]), 1);
	assert_int_equal(report_episode_failures(&report->episodes[1]), 100);
	assert_in_range(report->episodes[1].from_ns, case_ns(58.8), case_ns(59));
	assert_in_range(report->episodes[1].to_ns, case_ns(59.8), case_ns(60));
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_told_before_is_not_of_the_window),
		cmocka_unit_test(only_what_is_left_is_of_the_window),
		cmocka_unit_test(counters_say_only_between_what),
		cmocka_unit_test(counters_of_several_intervals),
		cmocka_unit_test(a_snapshot_without_headroom_is_a_moment),
		cmocka_unit_test(held_back_alone),
		cmocka_unit_test(a_failure_proves_that_nothing_was_left),
		cmocka_unit_test(what_proves_nothing),
		cmocka_unit_test(open_ones_end_in_any_order),
		cmocka_unit_test(runs_in_one_file_are_apart),
		cmocka_unit_test(held_back_is_of_its_own_time),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("times without a free port", tests, NULL, NULL);
}
