/* SPDX-License-Identifier: GPL-2.0-only */
/* The two `trace` that watch all cases: one of failures, and one of all events. */
#ifndef LIVE_BESIDE_TRACE_H
#define LIVE_BESIDE_TRACE_H

#include "cases.h"
#include "report.h"
#include "setup.h"

struct beside_traces;

/* What does not start is a test that failed; NULL: neither does. */
struct beside_traces *beside_traces_start(const struct live_setup *setup);

/* Two tests: "trace-" and "trace-all-" before the name of the run. */
void beside_traces_judge(struct beside_traces *traces, const struct live_run *run,
			 const struct report *report);

/* Stops them: two tests more, with that at the end of their names. NULL is fine. */
void beside_traces_end(struct beside_traces *traces, const char *name);

#endif
