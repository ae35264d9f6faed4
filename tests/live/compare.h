/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload's report against a line of JSON. Both are put into the words of the report; what
 * differs then is a line that only one of them has.
 */
#ifndef LIVE_COMPARE_H
#define LIVE_COMPARE_H

#include <stdbool.h>

#include "lines.h"

/* Figures that a back-end cannot know: they are not compared. */
enum {
	ALLOCATIONS = 1 << 0,
	BOUND_CONNECTS = 1 << 1,
	TIME_WAITS = 1 << 2,
	FAILURES = 1 << 3,
};

struct comparison {
	unsigned long netns;
	const struct lines *report; /* "route ..." and "failure ..." */
	unsigned int unseen; /* ALLOCATIONS ... */
	unsigned int per_miss; /* for compare_with_misses(); 0: one in all, and not none */
	const char *json;
};

/* Prints what differs, as details of the outcome; true when nothing does. */
bool compare_exactly(const struct comparison *comparison);

/*
 * For more routes than the tracer has room for: the sums over all rows, rows that stand for the
 * rest, and routes that are said to be lost.
 */
bool compare_sums(const struct comparison *comparison);

/*
 * Where a back-end cannot see everything: sums over all rows that may fall short by what is said to
 * be missed or lost, but by no more than one in per_miss, and never exceed.
 */
bool compare_with_misses(const struct comparison *comparison);

/* Whether that text is one JSON object. */
bool is_json_object(const char *text);

#endif
