/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines at the head of the screen: what is going on, and how far that is to be trusted. Pure. */
#ifndef PORTTRACE_HEADER_H
#define PORTTRACE_HEADER_H

#include "history.h"
#include "summary.h"

struct header {
	const struct snapshot *snapshot;
	const struct history *history;
	const char *pace; /* of snapshots: "every 1 s" */
	bool is_played;	  /* from a recording: it has no pace of its own, but is given one */
	bool counts_since; /* counters begin at a moment that was chosen on the screen */
	bool utf8;
	bool is_short; /* where there are few lines: without those that a table can do without */
};

/* Writes one to line[SUMMARY_LINE_SIZE], by number from 0; false when there are no more. */
bool header_line(const struct header *header, size_t number, char *line);

/* The route that will be exhausted first; NULL: none is known to have an end. */
const struct route *closest_route(const struct snapshot *snapshot);

#endif
