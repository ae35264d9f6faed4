/* SPDX-License-Identifier: GPL-2.0-only */
/* What `trace` does besides telling the truth: it ends, it filters, it bears a storm. */
#ifndef LIVE_TRACE_CASES_H
#define LIVE_TRACE_CASES_H

#include <stdbool.h>

#include "setup.h"

struct trace_case {
	const char *name;
	/* False: ret_why, of that size, and the details of the outcome say why. */
	bool (*run)(const struct live_setup *setup, char *ret_why, int size);
	/* Instead of it, for cases that differ by what they are given. */
	bool (*run_with)(const void *arg, const struct live_setup *setup, char *ret_why, int size);
	const void *arg;
	bool (*is_possible)(void); /* NULL: always */
	const char *why_not;
	/* It is about what a back-end sees; in an emulated machine others run with one back-end. */
	bool is_of_backend;
	bool disturbs; /* all others: it needs a machine of its own */
};

/* Each ends with an empty row. */
extern const struct trace_case trace_end_cases[];
extern const struct trace_case trace_filter_cases[];
extern const struct trace_case trace_storm_cases[];
extern const struct trace_case trace_name_cases[];
extern const struct trace_case trace_stack_cases[];
extern const struct trace_case trace_busy_cases[];
extern const struct trace_case trace_preempted_cases[];
extern const struct trace_case trace_record_cases[];
/* What `report` says of what `record` has recorded of a workload. */
extern const struct trace_case reported_cases[];
/* What `top` shows people. */
extern const struct trace_case shown_cases[];

/* All that setup->only allows. */
void trace_run(const struct live_setup *setup);

/* Calls visit for the name of each. */
void trace_each(void (*visit)(const char *name, void *arg), void *arg);

#endif
