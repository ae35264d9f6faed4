// SPDX-License-Identifier: GPL-2.0-only
#include "trace_cases.h"

#include <stdio.h>

#include "outcome.h"

static const struct trace_case *const tables[] = {
	trace_end_cases, trace_filter_cases, trace_name_cases, trace_stack_cases,
	trace_storm_cases, trace_busy_cases, trace_preempted_cases,
	trace_record_cases, reported_cases, shown_cases, NULL,
};

static bool succeeds(const struct trace_case *trace_case, const struct live_setup *setup,
		     char *ret_why, int size)
{
	if (trace_case->run_with)
		return trace_case->run_with(trace_case->arg, setup, ret_why, size);
	return trace_case->run(setup, ret_why, size);
}

static void run(const struct trace_case *trace_case, const struct live_setup *setup)
{
	char why[1024] = "see below";

	if (trace_case->is_possible && !trace_case->is_possible())
		outcome_skip(trace_case->name, false, "%s", trace_case->why_not);
	else if (succeeds(trace_case, setup, why, sizeof(why)))
		outcome_ok(trace_case->name);
	else
		outcome_not_ok(trace_case->name, "%s", why);
}

/* Each starts a porttrace, which takes an emulated processor up to ten seconds. */
static bool is_wanted(const struct trace_case *trace_case, const struct live_setup *setup)
{
	return setup_wants(setup, trace_case->name) &&
	       (setup->own_machine || !trace_case->disturbs) &&
	       (trace_case->is_of_backend || !setup->own_machine || setup_is_tracepoint(setup));
}

void trace_run(const struct live_setup *setup)
{
	const struct trace_case *const *table, *trace_case;

	for (table = tables; *table; table++)
		for (trace_case = *table; trace_case->name; trace_case++)
			if (is_wanted(trace_case, setup))
				run(trace_case, setup);
}

void trace_each(void (*visit)(const char *name, void *arg), void *arg)
{
	const struct trace_case *const *table, *trace_case;

	for (table = tables; *table; table++)
		for (trace_case = *table; trace_case->name; trace_case++)
			visit(trace_case->name, arg);
}
