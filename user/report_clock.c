// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times of a report go on as time does, whatever is done to the wall clock meanwhile: snapshots say both
 * what that shows and for how long has been counted (CLOCK_MONOTONIC). Where the two part, the clock was
 * set, or the host was suspended; from there on times are what the clock would show without that.
 */
#include <math.h>

#include "report_part.h"

#define NS INT64_C(1000000000)
#define MAX_NS (MAX_WALL_SECONDS * NS)

/* Less may be the clock's own pace, or a pause between two looks at clocks. */
#define LEAST_STEP_S 0.5
#define PACE 0.001

static int64_t wall_ns(const struct timespec *wall)
{
	return wall->tv_sec * NS + wall->tv_nsec;
}

int64_t report_seconds_ns(double seconds)
{
	return seconds < MAX_WALL_SECONDS ? (int64_t)(seconds * 1e9) : MAX_NS;
}

/* By a clock that is so much ahead; as far as times go. */
static int64_t without(int64_t ns, int64_t shift_ns)
{
	int64_t difference;

	if (__builtin_sub_overflow(ns, shift_ns, &difference) || difference > MAX_NS)
		return shift_ns < 0 ? MAX_NS : 0;
	return difference > 0 ? difference : 0;
}

/* The difference is a sum of two that fit. */
static double seconds_between(int64_t from_ns, int64_t to_ns)
{
	return to_ns / 1e9 - from_ns / 1e9;
}

static void add_step(struct report *report, double by_s)
{
	struct report_clock *clock = &report->clock;

	if (clock->nr_steps == REPORT_MAX_CLOCK_STEPS) {
		report->lost.clock_steps++;
		return;
	}
	clock->steps[clock->nr_steps++] = (struct report_clock_step){
		.from_ns = report->before_ns, .to_ns = clock->next_ns, .by_s = by_s,
	};
}

/* The next one, which goes on where the last one ended. */
static void compare_clocks(struct report *report, const struct snapshot *next)
{
	struct report_clock *clock = &report->clock;
	double elapsed_s = next->uptime_s - report->before->uptime_s, by_s;
	int64_t elapsed_ns = report_seconds_ns(elapsed_s), ns, shift_ns;

	/* There is no such time. */
	if (elapsed_ns > MAX_NS - report->before_ns)
		return;
	ns = report->before_ns + elapsed_ns;
	shift_ns = wall_ns(&next->wall) - ns;
	by_s = seconds_between(clock->shift_ns, shift_ns);
	if (fabs(by_s) < LEAST_STEP_S + elapsed_s * PACE)
		return;
	clock->shift_ns = shift_ns;
	clock->next_ns = ns;
	add_step(report, by_s);
}

void report_expect(struct report *report, const struct snapshot *next)
{
	struct report_clock *clock = &report->clock;
	size_t i;

	if (clock->is_expected)
		return;
	for (i = 0; i < next->nr_netns; i++)
		report_meet_netns(report, next->netns[i].inum, next->netns[i].name);
	clock->is_expected = true;
	if (report_goes_on(report, next))
		compare_clocks(report, next);
	clock->next_ns = without(wall_ns(&next->wall), clock->shift_ns);
}

int64_t report_wall_ns(const struct report *report, const struct timespec *wall)
{
	return without(wall_ns(wall), report->clock.shift_ns);
}

/* How far it is from the time between the two snapshots. */
static int64_t outside(const struct report *report, int64_t ns)
{
	if (ns < report->before_ns)
		return report->before_ns - ns;
	return ns > report->clock.next_ns ? ns - report->clock.next_ns : 0;
}

/*
 * Whether the clock has been set by then. It has if the event is between the two snapshots only so, or
 * if it went back since the event before this one. Events are not quite in order, and may be told of just
 * after a snapshot: so a quarter of what it was set by is no sign. Once it has, it stays so.
 */
static bool is_set_by(struct report *report, int64_t wall, int64_t old_ns, int64_t new_ns)
{
	struct report_clock *clock = &report->clock;
	double by = seconds_between(clock->old_shift_ns, clock->shift_ns) * NS;
	double nearer = (double)outside(report, old_ns) - outside(report, new_ns);

	if (nearer > fabs(by) / 4 || (clock->latest_ns != NOT_KNOWN && by < 0 &&
				       (double)wall - clock->latest_ns < by / 4))
		clock->is_set = true;
	if (wall > clock->latest_ns)
		clock->latest_ns = wall;
	return nearer >= -fabs(by) / 4 && clock->is_set;
}

int64_t report_event_ns(struct report *report, const struct timespec *wall)
{
	const struct report_clock *clock = &report->clock;
	int64_t old_ns = without(wall_ns(wall), clock->old_shift_ns);
	int64_t new_ns = without(wall_ns(wall), clock->shift_ns);
	int64_t ns;

	if (!clock->is_expected || clock->shift_ns == clock->old_shift_ns)
		return old_ns;
	ns = is_set_by(report, wall_ns(wall), old_ns, new_ns) ? new_ns : old_ns;
	/* The snapshot counts it, whatever the clock says. */
	return ns < clock->next_ns ? ns : clock->next_ns;
}

void report_passed(struct report *report)
{
	report->clock.is_expected = report->clock.is_set = false;
	report->clock.latest_ns = NOT_KNOWN;
	report->clock.old_shift_ns = report->clock.shift_ns;
}
