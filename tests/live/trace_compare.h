/* SPDX-License-Identifier: GPL-2.0-only */
/* What a workload did, event by event, against what a trace printed of its namespace. */
#ifndef LIVE_TRACE_COMPARE_H
#define LIVE_TRACE_COMPARE_H

#include "lines.h"
#include "report.h"
#include "trace.h"

struct trace_comparison {
	const struct lines *expected; /* as in the workload's events.h, without "event " */
	const struct trace *trace;
	/* Bits of 1 << TRACE_*: which are looked at, and which the back-end need not see. */
	unsigned int events, unseen;
	/* Or NULL: none may be missing. Else one may, and is counted there. */
	unsigned int *missed;
};

/* Of that report's namespace. Prints what differs, as details of the outcome; true: nothing. */
bool trace_compare(const struct trace_comparison *comparison, const struct report *where);

/* The same of its failures, and nothing else. */
bool trace_compare_failures(const struct trace *trace, const struct report *report);

/* Lines that are printed of that namespace. */
size_t trace_count(const struct trace *trace, unsigned long netns, const char *since);

/* Whether the line is what NAME=VALUE... says; see the workload's events.h. */
bool trace_matches(struct json_object *line, const char *words);

#endif
