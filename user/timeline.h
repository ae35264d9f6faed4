/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened when, in a limited number of steps of equal length, which become longer as the time
 * that they cover does. Pure.
 */
#ifndef PORTTRACE_TIMELINE_H
#define PORTTRACE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_STEPS 1024

struct timeline_step {
	uint64_t allocations, failures; /* by the counters of snapshots */
	uint64_t told;			/* failures, by single events */
	/* Of the snapshots of that time; is_known: there was one. */
	bool is_known, knows_use;
	double most_use;	/* of the fullest route: its used ports, less reclaimable, of capacity; 0 to 1 */
	int64_t least_headroom; /* of all routes; NOT_KNOWN */
	int64_t most_time_wait; /* of all namespaces together; NOT_KNOWN */
};

struct timeline {
	int64_t start_ns; /* CLOCK_REALTIME */
	int64_t step_ns;
	int nr; /* steps up to the last one that was asked for */
	struct timeline_step steps[TIMELINE_STEPS];
};

void timeline_init(struct timeline *timeline, int64_t start_ns);

/* The step of that moment; what is before the start is in the first one. */
struct timeline_step *timeline_at(struct timeline *timeline, int64_t ns);

/* When the last step that was asked for ends; INT64_MAX: later than can be said. */
int64_t timeline_end(const struct timeline *timeline);

/* Makes one step out of so many, and so on, until there are no more than that, none shorter. */
void timeline_shrink(struct timeline *timeline, int most, int64_t least_step_ns);

#endif
