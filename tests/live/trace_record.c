// SPDX-License-Identifier: GPL-2.0-only
/* What `record` writes is what was done: counters, single failures, and the most that was in use. */
#include <signal.h>
#include <stdio.h>

#include "compare.h"
#include "outcome.h"
#include "recorded.h"
#include "recorder.h"
#include "report.h"
#include "trace_cases.h"
#include "trace_compare.h"

#define NR_CONNECTIONS 20
#define NR_FAILURES 7

/* Server ports of the workload. */
#define PORT 7001

struct work {
	const char *kind;
	unsigned int most; /* ports that are used at once, as long as the workload runs */
};

static const struct work works[] = {
	{ "tcp4-connect", NR_CONNECTIONS }, /* they are in TIME_WAIT then */
	{ "tcp6-connect", NR_CONNECTIONS },
	{ "tcp4-exhausted", NR_CONNECTIONS },
	{ "tcp4-not-local", 0 },
};

#define NR_WORKS (sizeof(works) / sizeof(works[0]))

static bool do_all(const struct live_setup *setup, struct report reports[NR_WORKS], char *ret_why,
		   int size)
{
	size_t i;

	for (i = 0; i < NR_WORKS; i++) {
		const struct report_wanted wanted = {
			.workload = setup->workload,
			.kind = works[i].kind,
			.n = NR_CONNECTIONS,
			.m = NR_FAILURES,
			.events = true,
		};

		if (report_obtain(&wanted, NULL, &reports[i]) == REPORT_COMPLETE)
			continue;
		snprintf(ret_why, size, "%s: %s", works[i].kind, reports[i].why);
		return false;
	}
	return true;
}

static bool is_what_was_done(const struct recorded *recorded, const struct work *work,
			     const struct report *report)
{
	const struct comparison comparison = {
		.netns = report->netns,
		.report = &report->lines,
		.json = json_object_to_json_string(recorded->last),
	};
	long long most = recorded_most_used(recorded, report->netns, PORT);

	if (!compare_exactly(&comparison) ||
	    !trace_compare_failures(&recorded->events, report)) {
		outcome_detail("%s differs", work->kind);
		return false;
	}
	if (!work->most || most == work->most)
		return true;
	outcome_detail("%s: at most %lld ports in use instead of %u", work->kind, most, work->most);
	return false;
}

static bool judge(const char *path, const struct report reports[NR_WORKS], char *ret_why, int size)
{
	struct recorded recorded;
	bool good = recorded_read(path, &recorded, ret_why, size);
	size_t i;

	for (i = 0; i < NR_WORKS && good; i++)
		good = is_what_was_done(&recorded, &works[i], &reports[i]);
	recorded_free(&recorded);
	return good;
}

static bool records_what_was_done(const struct live_setup *setup, char *ret_why, int size)
{
	struct report reports[NR_WORKS] = {};
	struct recorder recorder;
	bool good;
	size_t i;

	good = recorder_start(&recorder, setup, "0.2", ret_why, size) &&
	       do_all(setup, reports, ret_why, size) &&
	       recorder_stop(&recorder, SIGTERM, ret_why, size) &&
	       judge(recorder.path, reports, ret_why, size);
	for (i = 0; i < NR_WORKS; i++)
		report_free(&reports[i]);
	recorder_done(&recorder);
	return good;
}

const struct trace_case trace_record_cases[] = {
	{ .name = "record-what-was-done", .run = records_what_was_done, .is_of_backend = true },
	{},
};
