// SPDX-License-Identifier: GPL-2.0-only
/* However many rows a recording has: those that tell most are kept, and all are counted. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_case.h"
#include "view_report.h"

/* ---- The tree of rows ---- */

struct number {
	int key, value;
};

static int by_key(const void *a, const void *b)
{
	return ((const struct number *)a)->key - ((const struct number *)b)->key;
}

static int by_value(const void *a, const void *b)
{
	return ((const struct number *)b)->value - ((const struct number *)a)->value;
}

static void add_up(void *arg, const void *row)
{
	*(int *)arg += ((const struct number *)row)->value;
}

static void a_tally_has_an_end(void **state)
{
	struct tally tally = { .most = 100, .size = sizeof(struct number), .compare = by_key };
	struct number wanted = {};
	int i, gone = 0;
	void **rows, *row;

	(void)state;
	for (i = 0; i < 100; i++) {
		wanted = (struct number){ i * 37 % 100, i };
		assert_int_equal(tally_get(&tally, &wanted, &row), 0);
		assert_int_equal(((struct number *)row)->value, i);
	}
	wanted.key = 1000;
	assert_int_equal(tally_get(&tally, &wanted, &row), -E2BIG);
	wanted.key = 50;
	assert_int_equal(tally_get(&tally, &wanted, &row), 0);
	assert_ptr_equal(tally_find(&tally, &wanted), row);
	/* The 10 largest values stay, the others are 0 to 89. */
	assert_int_equal(tally_keep(&tally, 10, by_value, add_up, &gone), 0);
	assert_int_equal(tally.nr, 10);
	assert_int_equal(gone, 89 * 90 / 2);
	rows = tally_list(&tally, by_value);
	for (i = 0; i < 10; i++)
		assert_int_equal(((struct number *)rows[i])->value, 99 - i);
	free(rows);
	wanted.key = 1000;
	assert_int_equal(tally_get(&tally, &wanted, &row), 0);
	tally_done(&tally);
	assert_int_equal(tally.nr, 0);
}

/* ---- Callers, stacks, cgroups ---- */

static void add_caller(struct report *report, uint32_t pid, int times)
{
	struct stack_names names = {};
	struct event_sample sample;
	char text[32];
	int i;

	snprintf(text, sizeof(text), "/job/%u", pid);
	stack_frames_add(&names.user, text);
	case_event(&sample, 0, 80);
	sample.what.caller.process.pid = pid;
	sample.event.cgroup = text;
	sample.event.stack = &names;
	for (i = 0; i < times; i++)
		assert_int_equal(report_add_event(report, &sample.event), 0);
	stack_frames_done(&names.user);
}

static uint64_t sum_of_callers(const struct report *report)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < report->callers.nr; i++)
		sum += ((struct report_caller *)report->list.callers[i])->count;
	return sum;
}

static uint64_t sum_of_stacks(const struct report *report)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < report->stacks.nr; i++)
		sum += ((struct report_stack *)report->list.stacks[i])->count;
	return sum;
}

static void more_callers_than_there_is_room_for(void **state)
{
	const uint32_t many = 5 * REPORT_MAX_CALLERS;
	struct report *report = case_report(NULL, NULL);
	uint32_t pid;

	(void)state;
	add_caller(report, 7, 50);
	for (pid = 100; pid < 100 + many; pid++)
		add_caller(report, pid, 1);
	add_caller(report, 8, 20);
	case_finish(report);
	assert_true(report->callers.nr <= REPORT_MAX_CALLERS);
	assert_true(report->stacks.nr <= REPORT_MAX_STACKS);
	assert_true(report->texts.nr <= REPORT_MAX_TEXTS);
	assert_true(report->lost.texts > 0);
	assert_int_equal(((struct report_caller *)report->list.callers[0])->key.pid, 7);
	assert_int_equal(((struct report_caller *)report->list.callers[1])->key.pid, 8);
	assert_int_equal(sum_of_callers(report) + report->lost.callers, many + 70);
	assert_int_equal(sum_of_stacks(report) + report->lost.stacks, many + 70);
	assert_int_equal(report_failures(report), many + 70);
	report_free(report);
}

/* ---- Routes ---- */

#define ROUTES_AT_ONCE 20000

/* Routes of namespaces that come and go; one of them was without a free port, long ago. */
static void more_routes_than_there_is_room_for(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct route_key key = case_key(0);
	int64_t sum = 0;
	size_t i;
	int round;

	(void)state;
	for (round = 0; round < 10; round++) {
		struct snapshot *snapshot = case_snapshot(round, !round);

		key.netns = 100 + round;
		add_netns(snapshot, key.netns, 10000, 10099);
		for (i = 0; i < ROUTES_AT_ONCE; i++) {
			key.dst[12] = i >> 8;
			key.dport = i & 0xff;
			case_route(snapshot, 1, 2, !round && i == 77 ? 100 : 1)->key = key;
		}
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_true(report->routes.nr <= REPORT_MAX_ROUTES);
	assert_int_equal(report->routes.nr + report->lost.routes, 10 * ROUTES_AT_ONCE);
	for (i = 0; i < report->routes.nr; i++)
		sum += ((struct report_route *)report->list.routes[i])->allocations;
	assert_int_equal(sum + report->rest.allocations, 20 * ROUTES_AT_ONCE);
	assert_int_equal(report->allocations, 20 * ROUTES_AT_ONCE);
	assert_true(report_is_exhausted(report->list.routes[0]));
	report_free(report);
}

static void more_episodes_than_there_is_room_for(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;
	int i;

	(void)state;
	/* One of them is longer than the others. */
	for (i = 0; i < REPORT_MAX_EPISODES + 50; i++) {
		case_event(&sample, i * 100, 80);
		assert_int_equal(report_add_event(report, &sample.event), 0);
		case_event(&sample, i * 100 + (i == REPORT_MAX_EPISODES + 20 ? 9 : 1), 80);
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_finish(report);
	assert_int_equal(report->nr_episodes, REPORT_MAX_EPISODES);
	assert_int_equal(report->lost.episodes, 50);
	assert_int_equal(case_row(report, 80)->episodes, REPORT_MAX_EPISODES + 50);
	assert_int_equal(case_row(report, 80)->longest_ns, 9000000000);
	for (i = 0; i < REPORT_MAX_EPISODES; i++)
		if (report->episodes[i].from_ns == case_ns((REPORT_MAX_EPISODES + 20) * 100))
			break;
	assert_true(i < REPORT_MAX_EPISODES);
	/* It has the place of another one, but they are in their order. */
	for (i = 1; i < REPORT_MAX_EPISODES; i++)
		assert_true(report->episodes[i - 1].from_ns < report->episodes[i].from_ns);
	report_free(report);
}

static void more_namespaces_than_there_is_room_for(void **state)
{
	const struct report_style style = { .width = 80, .rows = 1 };
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot;
	char *text = NULL;
	uint32_t i, second;
	size_t size;
	FILE *out;

	(void)state;
	for (second = 0; second < 2; second++) {
		snapshot = case_snapshot(second, !second);
		for (i = 0; i < MAX_NETNS + 2 - second; i++)
			add_netns(snapshot, 1000 + second + i, 1, 2);
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_int_equal(report->netns.nr, MAX_NETNS);
	/* One is there already; of the second snapshot, the last three have no room. */
	assert_int_equal(report->lost.netns, 3 + 3);
	report->lost.clock_steps = 5;
	out = open_memstream(&text, &size);
	assert_int_equal(view_report_text(out, report, &style), 0);
	fclose(out);
	assert_non_null(strstr(text, "\n  6 looks at network namespaces that it has no room for\n"));
	assert_non_null(strstr(text, "\n  5 times that the clock was set that it has no room for\n"));
	free(text);
	report_free(report);
}

/* ---- Time ---- */

static void a_timeline_has_an_end(void **state)
{
	struct timeline timeline;
	uint64_t sum = 0;
	int i;

	(void)state;
	timeline_init(&timeline, case_ns(0));
	/* Ten days, a failure a minute; and one from before. */
	timeline_at(&timeline, case_ns(-5))->failures++;
	for (i = 0; i < 14400; i++)
		timeline_at(&timeline, case_ns(60.0 * i))->failures++;
	assert_true(timeline.nr <= TIMELINE_STEPS);
	for (i = 0; i < timeline.nr; i++)
		sum += timeline.steps[i].failures;
	assert_int_equal(sum, 14401);
	timeline_shrink(&timeline, 60, 0);
	assert_true(timeline.nr <= 60);
	for (i = 0, sum = 0; i < timeline.nr; i++)
		sum += timeline.steps[i].failures;
	assert_int_equal(sum, 14401);
	/* As far as a time can be. */
	timeline_at(&timeline, INT64_MAX)->failures++;
	assert_true(timeline.nr <= TIMELINE_STEPS);
	timeline_shrink(&timeline, 10, INT64_MAX);
	assert_true(timeline.nr <= 10);
	assert_true(timeline_end(&timeline) > case_ns(0));
}

/* A step is of a length that a person can think in, however many there is room for. */
static void steps_have_round_lengths(void **state)
{
	static const int64_t seconds[] = { 1, 2, 10, 20, 60, 120, 600, 1200, 3600, 7200 };
	struct timeline timeline;
	size_t i;
	int room;

	(void)state;
	for (room = 11; room < 70; room++) {
		timeline_init(&timeline, case_ns(0));
		timeline_at(&timeline, case_ns(997));
		timeline_shrink(&timeline, room, 900000000);
		assert_true(timeline.nr <= room);
		for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
			if (timeline.step_ns == seconds[i] * 1000000000)
				break;
		if (i == sizeof(seconds) / sizeof(seconds[0]))
			fail_msg("%d columns: steps of %g s", room, timeline.step_ns / 1e9);
		assert_int_equal(timeline_end(&timeline) - timeline.start_ns,
				 timeline.nr * timeline.step_ns);
	}
}

/* A host whose clock began in 1970, and whose recording goes on where clocks end. */
static void times_as_far_apart_as_can_be(void **state)
{
	static const struct report_style style = { .width = 80, .rows = 10 };
	struct report *report = case_report(NULL, NULL);
	static const int64_t moments[] = { 1, MAX_WALL_SECONDS - 1 };
	struct snapshot *snapshot;
	char *text;
	size_t size;
	FILE *out;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snapshot = case_snapshot(0, !i);
		snapshot->wall.tv_sec = moments[i];
		snapshot->uptime_s = moments[i];
		case_route(snapshot, 80, 0, 100);
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_near(report_seconds(report), MAX_WALL_SECONDS - 2, 1);
	assert_int_equal(report->episodes[0].to_ns - report->episodes[0].from_ns,
			 (MAX_WALL_SECONDS - 2) * 1000000000);
	out = open_memstream(&text, &size);
	assert_int_equal(view_report_text(out, report, &style), 0);
	fclose(out);
	assert_non_null(strstr(text, "Timeline, "));
	free(text);
	report_free(report);
}

static void steps_keep_the_most_and_the_least(void **state)
{
	struct timeline timeline;
	struct timeline_step *step;
	int i;

	(void)state;
	timeline_init(&timeline, case_ns(0));
	for (i = 0; i < 10; i++) {
		step = timeline_at(&timeline, case_ns(i));
		step->is_known = step->knows_use = true;
		step->most_use = i == 3 ? 0.75 : 0.5;
		step->least_headroom = i == 6 ? 2 : 50;
		step->most_time_wait = i == 9 ? 80 : 8;
	}
	timeline_shrink(&timeline, 1, 0);
	assert_int_equal(timeline.nr, 1);
	assert_near(timeline.steps[0].most_use, 0.75, 0);
	assert_int_equal(timeline.steps[0].least_headroom, 2);
	assert_int_equal(timeline.steps[0].most_time_wait, 80);
	/* A step of which nothing is known says so. */
	step = timeline_at(&timeline, case_ns(1e6));
	assert_int_equal(step->least_headroom, NOT_KNOWN);
	assert_int_equal(step->most_time_wait, NOT_KNOWN);
	assert_false(step->is_known);
}

/* The most that a line may say, of so many rows that no sum has room for them. */
static void sums_have_an_end(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(1, true);
	uint64_t most = UINT64_C(1) << 56;
	struct route *route;
	int i;

	(void)state;
	snapshot->uptime_s = 1;
	snapshot->lost.routes = most;
	for (i = 1; i <= 200; i++) {
		route = case_route(snapshot, i, most, 100);
		route->bound_connects = route->time_waits = route->failures = most;
		route->searches = route->search_ns = most;
		route->orphans = most;
	}
	snapshot->owners_facts.age_s = 0;
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->allocations, INT64_MAX);
	assert_int_equal(report->bound_connects, INT64_MAX);
	assert_int_equal(report->time_waits, INT64_MAX);
	assert_int_equal(report->searches, INT64_MAX);
	assert_int_equal(case_row(report, 200)->allocations, most);
	assert_int_equal(((struct report_owner *)report->list.owners[0])->most, INT64_MAX);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tally_has_an_end),
		cmocka_unit_test(more_callers_than_there_is_room_for),
		cmocka_unit_test(more_routes_than_there_is_room_for),
		cmocka_unit_test(more_episodes_than_there_is_room_for),
		cmocka_unit_test(more_namespaces_than_there_is_room_for),
		cmocka_unit_test(a_timeline_has_an_end),
		cmocka_unit_test(steps_have_round_lengths),
		cmocka_unit_test(times_as_far_apart_as_can_be),
		cmocka_unit_test(steps_keep_the_most_and_the_least),
		cmocka_unit_test(sums_have_an_end),
	};

	return cmocka_run_group_tests_name("bounds of a report", tests, NULL, NULL);
}
