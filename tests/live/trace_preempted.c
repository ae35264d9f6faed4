// SPDX-License-Identifier: GPL-2.0-only
/* Where tasks preempt each other in the middle of it, nothing is told of that did not happen. */
#include <signal.h>
#include <stdio.h>

#include "child.h"
#include "outcome.h"
#include "report.h"
#include "trace.h"
#include "trace_cases.h"
#include "trace_compare.h"

struct work {
	const char *kind;
	unsigned int n, m;
};

#define ALL_EVENTS (1 << TRACE_FAILURE | 1 << TRACE_ALLOCATION | 1 << TRACE_TIME_WAIT)

/* Some may be missed (beside.c says how many), and are then of no other kind, and not lost. */
static bool tells_nothing_else(const struct trace *trace, const struct report *report)
{
	const struct trace_comparison comparison = {
		.expected = &report->events,
		.trace = trace,
		.events = ALL_EVENTS,
		.unseen = ALL_EVENTS,
	};
	bool good = trace_compare(&comparison, report);
	long long lost = trace_sum(trace, "lost");

	if (lost)
		outcome_detail("%lld events are lost, in a buffer with room for all", lost);
	return good && !lost;
}

static bool preempted(const void *arg, const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "--all", "--rate-limit", "0", NULL };
	const struct work *work = arg;
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = work->kind,
		.n = work->n,
		.m = work->m,
		.events = true,
	};
	struct trace *trace = trace_start(setup, options, ret_why, size);
	struct report report;
	bool good;

	if (!trace)
		return false;
	good = report_obtain(&wanted, trace->tracer, &report) == REPORT_COMPLETE;
	if (!good)
		snprintf(ret_why, size, "%s", report.why);
	else
		good = trace_stop(trace, SIGINT, ret_why, size) &&
		       tells_nothing_else(trace, &report);
	child_free(report.child);
	report_free(&report);
	trace_free(trace);
	return good;
}

static const struct work connections = { "tcp4-preempted", 151, 149 };
static const struct work failures = { "tcp4-preempted-exhausted", 14, 499 };

const struct trace_case trace_preempted_cases[] = {
	{ .name = "trace-all-preempted", .run_with = preempted, .arg = &connections,
	  .is_of_backend = true, .disturbs = true },
	{ .name = "trace-all-preempted-exhausted", .run_with = preempted, .arg = &failures,
	  .is_of_backend = true, .disturbs = true },
	{},
};
