// SPDX-License-Identifier: GPL-2.0-only
/* The wall clock is set while a recording is made: what was recorded took no longer for that. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_case.h"
#include "report_diff.h"
#include "view_report.h"

/* So much later by the wall clock, from that second on. */
struct setting {
	double from, by;
};

static struct timespec later(struct timespec wall, double by)
{
	int64_t ns = wall.tv_sec * INT64_C(1000000000) + wall.tv_nsec + llround(by * 1e9);

	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

static double shift_at(const struct setting *settings, size_t nr, double second)
{
	double by = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		if (second >= settings[i].from)
			by += settings[i].by;
	return by;
}

/* Without a free port from the failure of 2.25 to the one of 5.75. */
static struct report *report_of(const struct setting *settings, size_t nr)
{
	struct report *report = case_report(NULL, NULL);
	struct event_sample samples[2];
	struct snapshot *snapshot;
	int second, i;

	for (second = 0; second < 9; second++) {
		snapshot = case_snapshot(second, !second);
		snapshot->uptime_s = second;
		snapshot->wall = later(snapshot->wall, shift_at(settings, nr, second));
		case_route(snapshot, 80, 10 * second, second > 2 && second < 6 ? 100 : 10);
		report_expect(report, snapshot);
		for (i = 0; second > 2 && second < 7 && i < 2; i++) {
			double at = second - 0.75 + 0.5 * i;

			case_event(&samples[i], at, 80);
			samples[i].event.wall =
				later(samples[i].event.wall, shift_at(settings, nr, at));
			assert_int_equal(report_add_event(report, &samples[i].event), 0);
		}
		case_add(report, snapshot);
	}
	case_finish(report);
	return report;
}

static void the_clock_may_be_set(void **state)
{
	static const struct setting all[][2] = {
		{ { 4.5, 3600 } },	      { { 4.5, -3600 } },	{ { 4.5, 2.75 } },
		{ { 2.6, -31.5 } },	      { { 5.7, 1e6 } },		{ { 4.5, 3600 }, { 5.2, -3600 } },
		{ { 3.5, -1769860000 } },    { { 4.5, 0.9 } },		{ { 4.5, 1.5 } },
		{ { 4.1, 1.9 } },	      { { 4.5, -1.5 } },
	};
	const struct report_episode *episode;
	struct report *report;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		report = report_of(all[i], 2);
		assert_int_equal(report->clock.nr_steps, all[i][1].from ? 2 : 1);
		assert_near(report->clock.steps[0].by_s, all[i][0].by, 1e-3);
		assert_near(report_seconds(report), 8, 1e-3);
		assert_near(report->counted_s, 8, 1e-9);
		assert_near(report->longest_gap_s, 1, 1e-9);
		assert_near(report_per_s(report, report->allocations), 10, 1e-6);
		assert_int_equal(report->nr_episodes, 1);
		episode = &report->episodes[0];
		assert_near(episode->from_ns / 1e9, CASE_START + 2.25, 1e-3);
		assert_near(episode->to_ns / 1e9, CASE_START + 5.75, 1e-3);
		assert_near(episode->until_ns / 1e9, CASE_START + 6, 1e-3);
		assert_near(report->counted_to_ns / 1e9, CASE_START + 8, 1e-3);
		/* Not all in one step of it. */
		assert_in_range(report->timeline.nr, 4, 9);
		report_free(report);
	}
}

/*
 * By less than there is between two snapshots: an event may then be between them before it was set, and
 * after. Set back, events go back with it.
 */
static void it_may_be_set_within_a_long_interval(void **state)
{
	static const double seconds[] = { 10, 20, 29, 33, 40, 55 };
	const struct setting setting = { 30, -30 };
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;
	struct snapshot *snapshot;
	size_t i;

	(void)state;
	case_add(report, case_snapshot(0, true));
	snapshot = case_snapshot(60, false);
	snapshot->wall = later(snapshot->wall, setting.by);
	case_route(snapshot, 80, 0, 10);
	report_expect(report, snapshot);
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		case_event(&sample, seconds[i], 80);
		sample.event.wall = later(sample.event.wall, shift_at(&setting, 1, seconds[i]));
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->nr_episodes, 1);
	assert_near(report->episodes[0].from_ns / 1e9, CASE_START + 10, 1e-3);
	assert_near(report->episodes[0].to_ns / 1e9, CASE_START + 55, 1e-3);
	report_free(report);
}

/* A clock that is a little fast, or slow, is not set. */
static void a_clock_has_its_own_pace(void **state)
{
	struct setting settings[8];
	struct report *report;
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		settings[i] = (struct setting){ i + 1, i < 4 ? 0.02 : -0.03 };
	report = report_of(settings, 8);
	assert_int_equal(report->clock.nr_steps, 0);
	report_free(report);
}

static void it_is_said(void **state)
{
	static const struct setting settings[] = { { 4.5, -3600 } };
	static const struct report_style style = { .width = 80, .rows = 10 };
	struct report *report = report_of(settings, 1);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(view_report_text(out, report, &style), 0);
	view_report_json(out, report);
	fclose(out);
	assert_non_null(strstr(text, "\nThe clock was set by -3600.0 s, or the host slept, between "
				     "12:00:04.0 and 12:00:05.0\n"
				     "Times are as if it had not been.\n"));
	assert_non_null(strstr(text, "\"clock_steps\":[{\"from\":\"2026-01-31T12:00:04.000000Z\","
				     "\"to\":\"2026-01-31T12:00:05.000000Z\",\"by_s\":-3600.000}],"));
	free(text);
	report_free(report);
}

static void more_often_than_there_is_room_for(void **state)
{
	struct setting settings[2 * REPORT_MAX_CLOCK_STEPS];
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot;
	int i;

	(void)state;
	for (i = 0; i < 2 * REPORT_MAX_CLOCK_STEPS; i++)
		settings[i] = (struct setting){ i + 0.5, 60 };
	for (i = 0; i <= 2 * REPORT_MAX_CLOCK_STEPS; i++) {
		snapshot = case_snapshot(i, !i);
		snapshot->wall = later(snapshot->wall,
				       shift_at(settings, 2 * REPORT_MAX_CLOCK_STEPS, i));
		case_add(report, snapshot);
	}
	case_finish(report);
	assert_int_equal(report->clock.nr_steps, REPORT_MAX_CLOCK_STEPS);
	assert_int_equal(report->lost.clock_steps, REPORT_MAX_CLOCK_STEPS);
	assert_near(report_seconds(report), 2 * REPORT_MAX_CLOCK_STEPS, 1e-3);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_may_be_set),
		cmocka_unit_test(it_may_be_set_within_a_long_interval),
		cmocka_unit_test(a_clock_has_its_own_pace),
		cmocka_unit_test(it_is_said),
		cmocka_unit_test(more_often_than_there_is_room_for),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("a report and the clock", tests, NULL, NULL);
}
