/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was, for the short lines on the screen that show how a figure went: of the whole host for each
 * screen, of each route more rarely. Pure.
 */
#ifndef PORTTRACE_HISTORY_H
#define PORTTRACE_HISTORY_H

#include "snapshot.h"

#define HISTORY_SAMPLES 60
/* Of a route: so that its line is five minutes long, whatever the interval. */
#define HISTORY_ROUTE_S 5.0
/* Routes that are remembered, in the order of the snapshot: 1 KiB each. */
#define HISTORY_ROUTES 16384

enum history_line {
	HISTORY_ESTABLISHED,
	HISTORY_TIME_WAIT,
	HISTORY_OTHER,
	HISTORY_HEADROOM,
	NR_HISTORY_LINES,
};

struct route_history {
	struct route_key key;
	int nr;
	int32_t samples[NR_HISTORY_LINES][HISTORY_SAMPLES]; /* oldest first; NOT_KNOWN */
};

struct history {
	int nr;
	double allocations_per_s[HISTORY_SAMPLES], failures_per_s[HISTORY_SAMPLES];
	struct route_history *routes; /* sorted by key */
	size_t nr_routes;
	double routes_at_s; /* CLOCK_MONOTONIC of the last sample; 0: none */
};

/* To be called with each snapshot, once. What there is no memory for is not remembered. */
void history_add(struct history *history, const struct snapshot *snapshot);

/* The same of the snapshot before the one added last: what came after it is forgotten. */
void history_go_back(struct history *history, const struct snapshot *snapshot);
void history_done(struct history *history);

/* NULL: nothing is remembered of it. */
const struct route_history *history_of(const struct history *history, const struct route_key *key);

/*
 * The last `width` of nr samples, as one cell each, from nothing to the highest: ASCII, or with utf8
 * blocks. Below zero and NAN: a blank. text has room for 3 * width + 1.
 */
void history_spark(const double *samples, int nr, int width, bool utf8, char *text);
void history_spark_route(const struct route_history *route, enum history_line line, int width,
			 bool utf8, char *text);

#endif
