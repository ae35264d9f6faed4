/* SPDX-License-Identifier: GPL-2.0-only */
/* Who failed last, for each kind of failure of a snapshot: what single events tell. */
#ifndef PORTTRACE_LAST_FAILURE_H
#define PORTTRACE_LAST_FAILURE_H

#include "filter.h"
#include "probe.h"

/* Few of a kind, and a small buffer: only the last one of each is of interest. */
void last_failures_ask(struct event_options *events, const struct filter *filter);

/*
 * Takes over what was known before (NULL: nothing), and reads the events that have come since.
 * Both sorted. Negative errno, with the reason.
 */
int last_failures_read(struct probe *probe, const struct snapshot *before,
		       struct snapshot *snapshot, struct reason *reason);

#endif
