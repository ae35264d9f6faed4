// SPDX-License-Identifier: GPL-2.0-only
#include "lifecycle.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bpf_ids.h"
#include "child.h"
#include "compare.h"
#include "outcome.h"
#include "report.h"
#include "tracer.h"
#include "wait.h"

#define LINE_LIMIT_MS 30000

/* The kernel frees programs behind RCU grace periods, after their last user has gone. */
#define FREE_LIMIT_MS 10000

static const struct lifecycle_case {
	const char *name;
	int signal;
} cases[] = {
	{ "ends-on-sigint", SIGINT },
	{ "ends-on-sigterm", SIGTERM },
};

#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

void lifecycle_each(void (*visit)(const char *name, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		visit(cases[i].name, arg);
}

/* A namespace comes and goes with its sockets while the tracer looks on. */
static bool watch_workload(struct tracer *tracer, const struct lifecycle_setup *setup,
			   char *ret_why, int size)
{
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "tcp4-connect",
		.n = 5,
	};
	struct report report;
	const char *line = NULL;
	enum report_result result = report_obtain(&wanted, tracer, &report);

	if (result == REPORT_COMPLETE && tracer_next_line(tracer, LINE_LIMIT_MS)) {
		child_free(report.child);
		line = tracer_next_line(tracer, LINE_LIMIT_MS);
	}
	if (result != REPORT_COMPLETE)
		snprintf(ret_why, size, "%s", report.why);
	else if (!line)
		snprintf(ret_why, size, "no more lines; %s", tracer_state(tracer));
	else if (!is_json_object(line))
		snprintf(ret_why, size, "a line is no JSON object");
	report_free(&report);
	return line && is_json_object(line);
}

static bool are_gone(const void *arg)
{
	const struct bpf_ids *ids = arg;
	static struct bpf_ids now;

	return !bpf_ids_read(&now) && !bpf_ids_common(ids, &now);
}

static bool watch_and_stop(const struct lifecycle_case *live_case,
			   const struct lifecycle_setup *setup, struct tracer *tracer,
			   char *ret_why, int size)
{
	if (!watch_workload(tracer, setup, ret_why, size) ||
	    !tracer_stop(tracer, live_case->signal, ret_why, size))
		return false;
	if (!is_json_object(tracer_last_line(tracer))) {
		snprintf(ret_why, size, "its last line is no JSON object");
		return false;
	}
	return true;
}

static void run(const struct lifecycle_case *live_case, const struct lifecycle_setup *setup)
{
	static struct bpf_ids before, its;
	int err = bpf_ids_read(&before);
	struct tracer *tracer;
	char why[1024];

	tracer = tracer_start(setup->porttrace, setup->probe, why, sizeof(why));
	if (!tracer) {
		outcome_not_ok(live_case->name, "%s", why);
		return;
	}
	if (!err)
		err = bpf_ids_read(&its);
	if (!err)
		bpf_ids_subtract(&its, &before);
	if (!watch_and_stop(live_case, setup, tracer, why, sizeof(why)))
		outcome_not_ok(live_case->name, "%s", why);
	else if (err)
		outcome_not_ok(live_case->name, "cannot list BPF programs: %s", strerror(-err));
	else if (!its.nr)
		outcome_not_ok(live_case->name, "it ran without any BPF program");
	else if (!wait_until(are_gone, &its, FREE_LIMIT_MS))
		outcome_not_ok(live_case->name, "BPF programs of it are left");
	else
		outcome_ok(live_case->name);
	tracer_free(tracer);
}

void lifecycle_run(const char *name, const struct lifecycle_setup *setup)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++) {
		if (!strcmp(cases[i].name, name))
			run(&cases[i], setup);
	}
}
