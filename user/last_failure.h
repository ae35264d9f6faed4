/* SPDX-License-Identifier: GPL-2.0-only */
/* Who failed last, for each kind of failure of a snapshot: what single events tell. */
#ifndef PORTTRACE_LAST_FAILURE_H
#define PORTTRACE_LAST_FAILURE_H

#include "filter.h"
#include "probe.h"

/* Few of a kind, and a small buffer: only the last one of each is of interest. */
void last_failures_ask(struct event_options *events, const struct filter *filter);

/* What events have told since it was taken over into a snapshot. Zeroed: nothing. */
struct last_failures {
	struct failure *rows; /* sorted by key */
	size_t nr, room;
};

/* Takes note of an event. Of so many kinds that there is no room for it, nothing is told. */
void last_failures_note(struct last_failures *noted, const struct porttrace_event *event);

/* Reads the events that have come, and takes note of them. Negative errno, with the reason. */
int last_failures_read(struct last_failures *noted, struct probe *probe, struct reason *reason);

/*
 * Sets it for each failure of a snapshot, sorted: what was noted, or else what was known before (NULL:
 * nothing). What was noted is forgotten.
 */
void last_failures_set(struct last_failures *noted, const struct snapshot *before,
		       struct snapshot *snapshot);

void last_failures_done(struct last_failures *noted);

#endif
