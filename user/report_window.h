/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a recording that is asked for: from when, until when. Pure. */
#ifndef PORTTRACE_REPORT_WINDOW_H
#define PORTTRACE_REPORT_WINDOW_H

#include <stdint.h>

#include "err.h"

struct report_when {
	enum report_when_kind {
		WHEN_ANY,      /* zeroed: the recording's own end */
		WHEN_RELATIVE, /* ns since its start */
		WHEN_DAYTIME,  /* ns since midnight, of the time zone here */
		WHEN_ABSOLUTE, /* CLOCK_REALTIME, ns */
	} kind;
	int64_t ns;
};

struct report_window {
	struct report_when since, until; /* inclusive */
};

/*
 * "90" or "1.5": seconds after the start; "12:03", "12:03:10.5": time of day; "2026-01-31 12:03:10",
 * with "T" in the middle as well, and in UTC with "Z" at the end; "@1769860800.5": since 1970. -EINVAL
 * with the reason.
 */
int report_when_parse(const char *text, struct report_when *ret_when, struct reason *reason);

/* "START,STOP" of these, of which either may be left out. -EINVAL with the reason. */
int report_window_parse(const char *text, struct report_window *ret_window, struct reason *reason);

/*
 * The moment, for a recording that starts then; -1 for WHEN_ANY. A time of day is the first one that
 * is not more than two hours before the start.
 */
int64_t report_when_resolve(const struct report_when *when, int64_t start_ns);

#endif
