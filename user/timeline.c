// SPDX-License-Identifier: GPL-2.0-only
#include "timeline.h"

#include "snapshot.h"

#define MS INT64_C(1000000)

static const struct timeline_step nothing = { .least_headroom = NOT_KNOWN,
					       .most_time_wait = NOT_KNOWN };

void timeline_init(struct timeline *timeline, int64_t start_ns)
{
	int i;

	timeline->start_ns = start_ns;
	timeline->step_ns = MS;
	timeline->nr = 0;
	for (i = 0; i < TIMELINE_STEPS; i++)
		timeline->steps[i] = nothing;
}

static void add_step(struct timeline_step *sum, const struct timeline_step *step)
{
	sum->allocations += step->allocations;
	sum->failures += step->failures;
	sum->told += step->told;
	sum->is_known |= step->is_known;
	sum->knows_use |= step->knows_use;
	if (step->most_use > sum->most_use)
		sum->most_use = step->most_use;
	if (step->least_headroom != NOT_KNOWN &&
	    (sum->least_headroom == NOT_KNOWN || step->least_headroom < sum->least_headroom))
		sum->least_headroom = step->least_headroom;
	if (step->most_time_wait > sum->most_time_wait)
		sum->most_time_wait = step->most_time_wait;
}

static void merge(struct timeline *timeline, int times)
{
	struct timeline_step sum;
	int i, j, nr = (timeline->nr + times - 1) / times;

	for (i = 0; i < nr; i++) {
		sum = nothing;
		for (j = i * times; j < (i + 1) * times && j < timeline->nr; j++)
			add_step(&sum, &timeline->steps[j]);
		timeline->steps[i] = sum;
	}
	for (; i < timeline->nr; i++)
		timeline->steps[i] = nothing;
	timeline->nr = nr;
	timeline->step_ns *= times;
}

/* Lengths that a person can think in: 1, 2, 10, 20, 100, 200 ms, ..., 10, 20 s, 1, 2, 10, 20 min, ... */
static int next_times(int64_t step_ns)
{
	static const struct {
		int64_t ms;
		int times;
	} steps[] = {
		{ 1, 2 },	 { 2, 5 },	  { 10, 2 },	  { 20, 5 },
		{ 100, 2 },	 { 200, 5 },	  { 1000, 2 },	  { 2000, 5 },
		{ 10000, 2 },	 { 20000, 3 },	  { 60000, 2 },	  { 120000, 5 },
		{ 600000, 2 },	 { 1200000, 3 },  { 3600000, 2 }, { 7200000, 3 },
		{ 21600000, 4 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].ms * MS == step_ns)
			return steps[i].times;
	return 2; /* days */
}

struct timeline_step *timeline_at(struct timeline *timeline, int64_t ns)
{
	int64_t since_ns = ns > timeline->start_ns ? ns - timeline->start_ns : 0;
	int at;

	while (since_ns / timeline->step_ns >= TIMELINE_STEPS)
		merge(timeline, next_times(timeline->step_ns));
	at = since_ns / timeline->step_ns;
	if (timeline->nr <= at)
		timeline->nr = at + 1;
	return &timeline->steps[at];
}

int64_t timeline_end(const struct timeline *timeline)
{
	if (timeline->nr > (INT64_MAX - timeline->start_ns) / timeline->step_ns)
		return INT64_MAX;
	return timeline->start_ns + timeline->nr * timeline->step_ns;
}

void timeline_shrink(struct timeline *timeline, int most, int64_t least_step_ns)
{
	/* A quarter of what can be said is more than any step needs to be. */
	while ((timeline->nr > most || timeline->step_ns < least_step_ns) &&
	       timeline->step_ns < INT64_MAX / 4)
		merge(timeline, next_times(timeline->step_ns));
}
