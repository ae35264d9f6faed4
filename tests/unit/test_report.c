// SPDX-License-Identifier: GPL-2.0-only
/* What a report says of recordings that are made up here, so that every figure is known. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "report_case.h"

/* ---- Counters ---- */

static void all_since_the_start_counts(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 5, 5);
	case_add(report, snapshot);
	snapshot = case_snapshot(1, false);
	case_route(snapshot, 80, 12, 9)->time_waits = 3;
	case_route(snapshot, 443, 4, 4);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->allocations, 16);
	assert_int_equal(report->time_waits, 3);
	assert_int_equal(case_row(report, 80)->allocations, 12);
	assert_int_equal(case_row(report, 443)->allocations, 4);
	assert_int_equal(report->snapshots, 2);
	/* uptime_s says since when it counts. */
	assert_int_equal(report->counted_from_ns, case_ns(-1));
	assert_int_equal(report->counted_to_ns, case_ns(1));
	assert_near(report_seconds(report), 1, 1e-9);
	report_free(report);
}

/* Lines without the first ones: what was before them is not theirs. */
static void a_later_part_counts_from_its_first_snapshot(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(10, false);

	(void)state;
	case_route(snapshot, 80, 1000, 5);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 300);
	case_add(report, snapshot);
	snapshot = case_snapshot(11, false);
	case_route(snapshot, 80, 1007, 6);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 302);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->allocations, 7);
	assert_int_equal(report_failures(report), 2);
	assert_int_equal(report->counted_from_ns, case_ns(10));
	report_free(report);
}

/* Allocations may be taken back; another namespace begins at 0. */
static void counters_that_fall(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 100, 5);
	case_route(snapshot, 443, 100, 5)->failures = 7;
	case_failure(snapshot, 443, CAUSE_OTHER, 7);
	case_add(report, snapshot);
	snapshot = case_snapshot(1, false);
	case_route(snapshot, 80, 99, 5);
	case_route(snapshot, 443, 3, 3)->failures = 1;
	case_failure(snapshot, 443, CAUSE_OTHER, 1);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(case_row(report, 80)->allocations, 99);
	assert_int_equal(case_row(report, 443)->allocations, 103);
	assert_int_equal(case_row(report, 443)->failures, 8);
	assert_int_equal(report_failures(report), 8);
	report_free(report);
}

static void searches_are_summed(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);
	struct route *route = case_route(snapshot, 80, 1, 1);
	int i;

	(void)state;
	route->searches = 10;
	route->search_ns = 5000;
	route->search_buckets[0] = 10;
	case_add(report, snapshot);
	for (i = 1; i <= 2; i++) {
		snapshot = case_snapshot(i, false);
		route = case_route(snapshot, 80, 1, 1);
		route->searches = 10 + i;
		route->search_ns = 5000 + i * 3000;
		route->search_buckets[0] = 10;
		route->search_buckets[2] = i;
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_true(report->searches_known);
	assert_int_equal(report->searches, 12);
	assert_int_equal(report->search_ns, 11000);
	assert_int_equal(report->search_buckets[0], 10);
	assert_int_equal(report->search_buckets[2], 2);
	assert_int_equal(case_row(report, 80)->searches, 12);
	report_free(report);
}

/* ---- The most, and the least ---- */

static void the_most_and_the_least_with_their_time(void **state)
{
	static const int64_t used[] = { 10, 70, 60, 90, 20 };
	struct report *report = case_report(NULL, NULL);
	const struct report_route *row;
	struct snapshot *snapshot;
	struct route *route;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		snapshot = case_snapshot(i, !i);
		route = case_route(snapshot, 80, 10 * i, used[i]);
		route->allocations_per_s = i == 2 ? 44 : 10;
		route->occupancy.time_wait = i == 1 ? 33 : 5;
		/* Blocked by somebody, for once. */
		route->occupancy.headroom -= i == 1 ? 25 : 0;
		snapshot->netns[0].time_wait = 100 + i;
		case_owner(snapshot, 80, 812 + i, "php-fpm", "/php", used[i], i);
		case_add(report, snapshot);
	}
	case_finish(report);
	row = case_row(report, 80);
	assert_int_equal(row->most_used, 90);
	assert_int_equal(row->most_used_ns, case_ns(3));
	assert_int_equal(row->least_headroom, 5);
	assert_int_equal(row->least_headroom_ns, case_ns(1));
	assert_int_equal(row->capacity, 100);
	assert_int_equal(row->most_time_wait, 33);
	assert_int_equal(row->most_time_wait_ns, case_ns(1));
	assert_near(row->most_allocations_per_s, 44, 0);
	assert_int_equal(row->most_allocations_ns, case_ns(2));
	/* Who had the sockets when least was left. */
	assert_int_equal(row->holders[0].pid, 813);
	assert_string_equal(row->holders[0].comm, "php-fpm");
	assert_string_equal(row->holders[0].cgroup, "/php");
	assert_int_equal(row->holders[0].sockets, 70);
	assert_int_equal(row->holders[1].pid, 0);
	assert_non_null(row->why);
	assert_non_null(strstr(row->why, "php-fpm[813]"));
	assert_false(report_is_exhausted(row));
	assert_int_equal(((struct report_netns *)report->list.netns[0])->most_time_wait, 104);
	report_free(report);
}

static void what_is_not_known_stays_so(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);
	struct route *route = case_route(snapshot, 80, 3, 0);
	const struct report_route *row;

	(void)state;
	route->occupancy.used = route->occupancy.headroom = NOT_KNOWN;
	route->occupancy.time_wait = route->occupancy.capacity = NOT_KNOWN;
	case_add(report, snapshot);
	case_finish(report);
	row = case_row(report, 80);
	assert_int_equal(row->most_used, NOT_KNOWN);
	assert_int_equal(row->least_headroom, NOT_KNOWN);
	assert_int_equal(row->most_time_wait, NOT_KNOWN);
	assert_int_equal(row->searches, NOT_KNOWN);
	assert_true(isnan(row->most_allocations_per_s));
	assert_false(report->searches_known);
	assert_null(row->why);
	report_free(report);
}

/* ---- Without a free port ---- */

static void add_use(struct report *report, double second, int64_t used, uint64_t failures)
{
	struct snapshot *snapshot = case_snapshot(second, second == 0);

	case_route(snapshot, 80, 0, used);
	if (failures)
		case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, failures);
	case_add(report, snapshot);
}

static void exhausted_from_the_first_event_to_the_last_snapshot(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_episode *episode;
	struct event_sample sample;

	(void)state;
	add_use(report, 0, 50, 0);
	case_event(&sample, 0.25, 80);
	assert_int_equal(report_add_event(report, &sample.event), 0);
	add_use(report, 1, 100, 4);
	add_use(report, 2, 100, 9);
	add_use(report, 3, 60, 9);
	add_use(report, 4, 60, 9);
	case_finish(report);
	assert_int_equal(report->nr_episodes, 1);
	episode = &report->episodes[0];
	assert_int_equal(episode->from_ns, case_ns(0.25));
	assert_int_equal(episode->to_ns, case_ns(2));
	assert_int_equal(episode->until_ns, case_ns(3));
	assert_int_equal(report_episode_failures(episode), 9);
	assert_int_equal(case_row(report, 80)->episodes, 1);
	assert_int_equal(case_row(report, 80)->exhausted_ns, 1750000000);
	assert_int_equal(case_row(report, 80)->longest_ns, 1750000000);
	report_free(report);
}

static void exhausted_twice_and_still_at_the_end(void **state)
{
	static const int64_t used[] = { 100, 40, 40, 100, 100 };
	struct report *report = case_report(NULL, NULL);
	const struct report_route *row;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		add_use(report, i, used[i], 0);
	case_finish(report);
	row = case_row(report, 80);
	assert_int_equal(row->episodes, 2);
	assert_int_equal(row->exhausted_ns, 1000000000);
	assert_int_equal(row->first_exhausted_ns, case_ns(0));
	assert_int_equal(row->last_exhausted_ns, case_ns(4));
	assert_int_equal(report->episodes[0].until_ns, case_ns(1));
	assert_int_equal(report->episodes[1].from_ns, case_ns(3));
	assert_int_equal(report->episodes[1].until_ns, NOT_KNOWN);
	report_free(report);
}

/* Between two snapshots with room: only the failures tell. */
static void exhausted_for_a_moment(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;

	(void)state;
	add_use(report, 0, 50, 0);
	case_event(&sample, 0.5, 80);
	assert_int_equal(report_add_event(report, &sample.event), 0);
	case_event(&sample, 0.75, 80);
	assert_int_equal(report_add_event(report, &sample.event), 0);
	add_use(report, 1, 50, 2);
	add_use(report, 2, 50, 2);
	case_finish(report);
	assert_int_equal(report->nr_episodes, 1);
	assert_int_equal(report->episodes[0].from_ns, case_ns(0.5));
	assert_int_equal(report->episodes[0].to_ns, case_ns(0.75));
	assert_int_equal(report->episodes[0].until_ns, case_ns(1));
	assert_int_equal(report_episode_failures(&report->episodes[0]), 2);
	report_free(report);
}

static void other_failures_are_no_exhaustion(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 0, 1);
	case_failure(snapshot, 80, CAUSE_TUPLE_IN_USE, 5);
	case_failure(snapshot, 80, CAUSE_ADDRESS_NOT_LOCAL, 5);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->nr_episodes, 0);
	assert_false(report_is_exhausted(report->list.routes[0]));
	report_free(report);
}

/* Without snapshots a pause tells one time from the next. */
static void exhausted_by_events_alone(void **state)
{
	static const double seconds[] = { 0, 2, 4, 30, 31 };
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		case_event(&sample, seconds[i], 80);
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_finish(report);
	assert_int_equal(report->nr_episodes, 2);
	assert_int_equal(report->episodes[0].to_ns, case_ns(4));
	assert_int_equal(report->episodes[1].from_ns, case_ns(30));
	assert_int_equal(report_episode_failures(&report->episodes[1]), 2);
	assert_int_equal(report_failures(report), 5);
	report_free(report);
}

/* ---- The window ---- */

static void only_what_is_in_the_window(void **state)
{
	const struct report_window window = { .since = { WHEN_RELATIVE, 2500000000 },
					      .until = { WHEN_RELATIVE, 4000000000 } };
	struct report *report = case_report(NULL, &window);
	struct event_sample sample;
	struct snapshot *snapshot;
	int i;

	(void)state;
	for (i = 0; i < 7; i++) {
		snapshot = case_snapshot(i, !i);
		case_route(snapshot, 80, 10 * (i + 1), i == 1 || i == 6 ? 100 : i);
		case_add(report, snapshot);
		case_event(&sample, i + 0.6, 80);
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_finish(report);
	/* The snapshots of 3 and 4; what the first one counts since that of 2. */
	assert_int_equal(report->snapshots, 2);
	assert_int_equal(report->allocations, 20);
	assert_int_equal(report->counted_from_ns, case_ns(2));
	assert_int_equal(report->counted_to_ns, case_ns(4));
	/* A call found no port: a snapshot that says 4 of 100 has not seen the most. */
	assert_int_equal(case_row(report, 80)->most_used, NOT_KNOWN);
	assert_int_equal(case_row(report, 80)->least_headroom, 0);
	/* The events of 2.6 and 3.6. */
	assert_int_equal(report->events, 2);
	assert_int_equal(report->start_ns, case_ns(2.6));
	assert_int_equal(report->end_ns, case_ns(4));
	report_free(report);
}

/* Of what counters lost, the part of the window; the last line is of the whole recording. */
static void only_what_was_lost_in_the_window(void **state)
{
	const struct report_window window = { .since = { WHEN_RELATIVE, 1500000000 },
					      .until = { WHEN_RELATIVE, 3500000000 } };
	const struct event_summary summary = { .lost = { 99 }, .missed = 7 };
	struct report *reports[2] = { case_report(NULL, NULL), case_report(NULL, &window) };
	struct timespec wall = { .tv_sec = CASE_START };
	struct snapshot *snapshot;
	int i, which;

	(void)state;
	for (which = 0; which < 2; which++) {
		for (i = 0; i < 5; i++) {
			snapshot = case_snapshot(i, !i);
			snapshot->lost = (struct losses){ .calls = 10 * (i + 1),
							  .missed = NOT_KNOWN,
							  .returns = i ? 5 : NOT_KNOWN,
							  .census = i == 3 ? 4 : 0 };
			case_add(reports[which], snapshot);
			wall.tv_sec = CASE_START + i;
			assert_int_equal(report_add_lost(reports[which], &wall, i), 0);
		}
		assert_int_equal(report_add_summary(reports[which], &summary), 0);
		case_finish(reports[which]);
	}
	assert_int_equal(reports[0]->lost.snapshot.calls, 50);
	assert_int_equal(reports[1]->lost.snapshot.calls, 20);
	assert_int_equal(reports[1]->lost.snapshot.returns, 0);
	assert_int_equal(reports[1]->lost.snapshot.missed, NOT_KNOWN);
	assert_int_equal(reports[1]->lost.snapshot.census, 4);
	assert_int_equal(report_lost_events(reports[0]), 99);
	assert_int_equal(report_lost_events(reports[1]), 2 + 3);
	assert_int_equal(report_missed_events(reports[0]), 7);
	assert_int_equal(report_missed_events(reports[1]), NOT_KNOWN);
	report_free(reports[0]);
	report_free(reports[1]);
}

static void nothing_in_the_window(void **state)
{
	const struct report_window window = { .since = { WHEN_RELATIVE, 9000000000 } };
	struct report *report = case_report(NULL, &window);

	(void)state;
	add_use(report, 0, 100, 3);
	add_use(report, 1, 100, 5);
	case_finish(report);
	assert_int_equal(report->start_ns, NOT_KNOWN);
	assert_true(isnan(report_seconds(report)));
	assert_int_equal(report->nr_episodes, 0);
	assert_int_equal(report_failures(report), 0);
	report_free(report);
}

/* ---- TIME_WAIT ---- */

static void time_waits_by_owner(void **state)
{
	static const int64_t waits[] = { 5, 30, 10 };
	struct report *report = case_report(NULL, NULL);
	const struct report_owner *php, *nobody;
	struct snapshot *snapshot;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snapshot = case_snapshot(i, !i);
		case_route(snapshot, 80, 1, 1)->orphans = 3;
		case_route(snapshot, 443, 1, 1);
		/* Two processes of one name; one of them on two routes. */
		case_owner(snapshot, 80, 812, "php-fpm", "/php", 1, waits[i]);
		case_owner(snapshot, 80, 813, "php-fpm", "/php", 1, waits[i]);
		case_owner(snapshot, 443, 812, "php-fpm", "/php", 1, 1);
		case_owner(snapshot, 443, 900, "idle", "/php", 1, 0);
		case_add(report, snapshot);
	}
	/* Nobody looked. */
	snapshot = case_snapshot(3, false);
	case_route(snapshot, 80, 1, 1);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->owners.nr, 2);
	assert_int_equal(report->looks_at_owners, 3);
	php = report->list.owners[0];
	assert_string_equal(php->comm, "php-fpm");
	assert_string_equal(php->cgroup, "/php");
	assert_int_equal(php->most, 61);
	assert_int_equal(php->most_ns, case_ns(1));
	assert_int_equal(php->processes, 2);
	assert_int_equal(php->sum, 11 + 61 + 21);
	nobody = report->list.owners[1];
	assert_string_equal(nobody->comm, "");
	assert_int_equal(nobody->most, 3);
	report_free(report);
}

static void time_waits_that_were_told(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_owner *owner;
	struct event_sample sample;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		case_event(&sample, i, 80);
		sample.what.kind = EVENT_TIME_WAIT;
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_finish(report);
	assert_int_equal(report->owners.nr, 1);
	owner = report->list.owners[0];
	assert_int_equal(owner->entered, 3);
	assert_int_equal(owner->pid, 812);
	assert_int_equal(report_failures(report), 0);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_since_the_start_counts),
		cmocka_unit_test(a_later_part_counts_from_its_first_snapshot),
		cmocka_unit_test(counters_that_fall),
		cmocka_unit_test(searches_are_summed),
		cmocka_unit_test(the_most_and_the_least_with_their_time),
		cmocka_unit_test(what_is_not_known_stays_so),
		cmocka_unit_test(exhausted_from_the_first_event_to_the_last_snapshot),
		cmocka_unit_test(exhausted_twice_and_still_at_the_end),
		cmocka_unit_test(exhausted_for_a_moment),
		cmocka_unit_test(other_failures_are_no_exhaustion),
		cmocka_unit_test(exhausted_by_events_alone),
		cmocka_unit_test(only_what_is_in_the_window),
		cmocka_unit_test(only_what_was_lost_in_the_window),
		cmocka_unit_test(nothing_in_the_window),
		cmocka_unit_test(time_waits_by_owner),
		cmocka_unit_test(time_waits_that_were_told),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
