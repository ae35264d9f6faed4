// SPDX-License-Identifier: GPL-2.0-only
/* More than can be printed: nothing is dropped that is not counted. */
#include <signal.h>
#include <stdio.h>

#include "compare.h"
#include "json.h"
#include "outcome.h"
#include "report.h"
#include "trace.h"
#include "trace_cases.h"
#include "wait.h"

#define NR_FAILURES 20000

/* Of each kind, a second: what `trace` prints when it is not told otherwise. */
#define RATE_LIMIT 100

#define NR_ALLOCATIONS 1000000
/* On an emulated processor. */
#define NR_ALLOCATIONS_EMULATED 50000

#define LINE_LIMIT_MS 180000
#define SPEEDY "speedy"

/* Of that namespace: lines of failures, and the sum of what was held back. */
static void count(const struct trace *trace, unsigned long netns, unsigned long long *ret_printed,
		  unsigned long long *ret_held_back)
{
	size_t i;

	*ret_printed = *ret_held_back = 0;
	for (i = 0; i < trace->nr_lines; i++) {
		struct json_object *line = trace->lines[i];
		enum trace_event event = trace_event_of(line);

		if (json_number_of(line, "netns") != (long long)netns)
			continue;
		*ret_printed += event == TRACE_FAILURE;
		if (event == TRACE_HELD_BACK)
			*ret_held_back += json_number_of(line, "count");
	}
}

static bool adds_up(const struct trace *trace, unsigned long netns, long long took_ms)
{
	unsigned long long printed, held_back, most = RATE_LIMIT * (took_ms / 1000 + 2);
	long long lost = trace_sum(trace, "lost");

	count(trace, netns, &printed, &held_back);
	if (printed + held_back + lost == NR_FAILURES && held_back && printed >= RATE_LIMIT &&
	    printed <= most)
		return true;
	outcome_detail("%llu printed, %llu held back, %lld lost, of %d in %lld ms", printed,
		       held_back, lost, NR_FAILURES, took_ms);
	return false;
}

static bool top_has_all(const struct report *report, struct tracer *top)
{
	const struct comparison comparison = {
		.netns = report->netns,
		.report = &report->lines,
		.json = tracer_next_line(top, LINE_LIMIT_MS),
	};

	return comparison.json && compare_exactly(&comparison);
}

static bool bear_storm(const struct live_setup *setup, struct trace *trace, struct tracer *top,
		       char *ret_why, int size)
{
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "tcp4-exhausted",
		.n = 2,
		.m = NR_FAILURES,
	};
	long long began_ms = now_ms(), took_ms;
	struct report report;
	bool good = report_obtain(&wanted, trace->tracer, &report) == REPORT_COMPLETE;

	took_ms = now_ms() - began_ms;
	if (!good) {
		snprintf(ret_why, size, "%s", report.why);
	} else {
		good = top_has_all(&report, top);
		good = trace_stop(trace, SIGINT, ret_why, size) && good;
		good = adds_up(trace, report.netns, took_ms) && good;
	}
	report_free(&report);
	return good;
}

static bool storm(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const no_options[] = { NULL };
	struct trace *trace = trace_start(setup, no_options, ret_why, size);
	struct tracer *top = NULL;
	bool good = false;

	if (trace)
		top = tracer_start(setup->porttrace, setup->probe, ret_why, size);
	if (top)
		good = bear_storm(setup, trace, top, ret_why, size);
	tracer_free(top);
	trace_free(trace);
	return good;
}

/* ---- Allocations ---- */

static bool count_allocations(const struct live_setup *setup, struct trace *trace,
			      unsigned int nr, char *ret_why, int size)
{
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "udp4-bind-and-close",
		.n = nr,
		.comm = SPEEDY,
	};
	struct report report;
	bool good = report_obtain(&wanted, trace->tracer, &report) == REPORT_COMPLETE;

	if (!good)
		snprintf(ret_why, size, "%s", report.why);
	else
		good = trace_stop(trace, SIGINT, ret_why, size);
	if (good && trace->nr[TRACE_ALLOCATION] + trace_sum(trace, "lost") != nr) {
		snprintf(ret_why, size, "%lu printed, %lld lost, of %u",
			 trace->nr[TRACE_ALLOCATION], trace_sum(trace, "lost"), nr);
		good = false;
	}
	report_free(&report);
	return good;
}

static bool all_at_full_speed(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "--all", "--comm", SPEEDY, "--rate-limit", "0", NULL };
	unsigned int nr = setup->own_machine ? NR_ALLOCATIONS_EMULATED : NR_ALLOCATIONS;
	struct trace *trace = trace_start(setup, options, ret_why, size);
	bool good;

	if (!trace)
		return false;
	trace->keeps_none = true;
	good = count_allocations(setup, trace, nr, ret_why, size);
	trace_free(trace);
	return good;
}

const struct trace_case trace_storm_cases[] = {
	{ .name = "trace-storm", .run = storm, .is_of_backend = true },
	{ .name = "trace-all-at-full-speed", .run = all_at_full_speed },
	{},
};
