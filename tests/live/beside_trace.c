// SPDX-License-Identifier: GPL-2.0-only
#include "beside_trace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "compare.h"
#include "outcome.h"
#include "trace.h"
#include "trace_compare.h"

#define MAX_JUDGED 512

#define FAILURE "failure "

/* Lines of a namespace when it was judged: there must be no more when all is over. */
struct judged {
	char name[80];
	unsigned long netns;
	char since[32];
	size_t nr_lines;
};

struct watch {
	const char *name;
	bool has_all; /* else failures, and nothing else */
	const char *options[8];
	struct trace *trace;
	struct judged judged[MAX_JUDGED];
	unsigned int nr_judged, nr_missed;
};

enum { NR_WATCHES = 2 };

struct beside_traces {
	const struct live_setup *setup;
	struct watch watches[NR_WATCHES];
};

#define ALL_EVENTS (1 << TRACE_FAILURE | 1 << TRACE_ALLOCATION | 1 << TRACE_TIME_WAIT)

static const struct watch watches[NR_WATCHES] = {
	{ .name = "trace", .options = { "--rate-limit", "0", NULL } },
	{ .name = "trace-all", .has_all = true, .options = { "--all", "--rate-limit", "0", NULL } },
};

struct beside_traces *beside_traces_start(const struct live_setup *setup)
{
	struct beside_traces *traces = calloc(1, sizeof(*traces));
	char why[1024], name[64];
	unsigned int i;

	if (!traces)
		return NULL;
	traces->setup = setup;
	for (i = 0; i < NR_WATCHES; i++) {
		struct watch *watch = &traces->watches[i];

		*watch = watches[i];
		watch->trace = trace_start(setup, watch->options, why, sizeof(why));
		snprintf(name, sizeof(name), "%s-start", watch->name);
		if (!watch->trace)
			outcome_not_ok(name, "%s", why);
	}
	if (traces->watches[0].trace || traces->watches[1].trace)
		return traces;
	free(traces);
	return NULL;
}

/* ---- After a case ---- */

/* As events of a trace. */
static unsigned int unseen_events(const struct live_setup *setup, const struct live_run *run)
{
	unsigned int figures = cases_unseen(run->live_case, setup->probe), events = 0;

	if (figures & ALLOCATIONS)
		events |= 1 << TRACE_ALLOCATION;
	if (figures & FAILURES)
		events |= 1 << TRACE_FAILURE;
	return events;
}

/* What a back-end does not see, it must own up to: `porttrace probes` has the list. */
static bool is_owned_up_to(const struct live_setup *setup, const struct live_run *run)
{
	const char *by = run->live_case->by;
	const char *word = by && !strcmp(by, "io_uring") ? "io_uring" : "32-bit";

	if (run->live_case->unseen_but_by_fentry)
		word = "connect() over IPv6 that finds no address of this host";
	if (!by || backend_has_limit(setup->porttrace, setup->probe, word))
		return true;
	outcome_detail("not all is seen, and no limit of %s says \"%s\"", setup->probe, word);
	return false;
}

static void remember(struct watch *watch, const char *name, const struct report *report)
{
	struct judged *judged = &watch->judged[watch->nr_judged];

	if (watch->nr_judged == MAX_JUDGED)
		return;
	snprintf(judged->name, sizeof(judged->name), "%s", name);
	judged->netns = report->netns;
	snprintf(judged->since, sizeof(judged->since), "%s", report->since);
	judged->nr_lines = trace_count(watch->trace, report->netns, report->since);
	watch->nr_judged++;
}

static struct lines expected_of(const struct watch *watch, const struct lines *events)
{
	struct lines expected = {};
	size_t i;

	for (i = 0; i < events->nr; i++)
		if (watch->has_all || !strncmp(events->text[i], FAILURE, strlen(FAILURE)))
			lines_add(&expected, "%s", events->text[i]);
	return expected;
}

static void judge(const struct live_setup *setup, struct watch *watch, const struct live_run *run,
		  const struct report *report)
{
	struct lines expected = expected_of(watch, &report->events);
	const struct trace_comparison comparison = {
		.expected = &expected,
		.trace = watch->trace,
		.events = ALL_EVENTS,
		.unseen = unseen_events(setup, run),
		.missed = backend_may_miss(setup->probe) ? &watch->nr_missed : NULL,
	};
	char name[128];
	bool good = trace_sync(watch->trace);

	snprintf(name, sizeof(name), "%s-%s", watch->name, run->name);
	good = trace_compare(&comparison, report) && good;
	if (comparison.unseen)
		good = is_owned_up_to(setup, run) && good;
	if (good)
		outcome_ok(name);
	else
		outcome_not_ok(name, "namespace %lu differs", report->netns);
	remember(watch, run->name, report);
	lines_free(&expected);
}

void beside_traces_judge(struct beside_traces *traces, const struct live_run *run,
			 const struct report *report)
{
	unsigned int i;

	for (i = 0; i < NR_WATCHES; i++)
		if (traces->watches[i].trace)
			judge(traces->setup, &traces->watches[i], run, report);
}

/* ---- At the end ---- */

static bool is_unchanged(const struct watch *watch)
{
	bool same = true;
	unsigned int i;

	for (i = 0; i < watch->nr_judged; i++) {
		const struct judged *judged = &watch->judged[i];
		size_t nr = trace_count(watch->trace, judged->netns, judged->since);

		if (nr == judged->nr_lines)
			continue;
		outcome_detail("%s: %zu lines, and %zu in the end", judged->name,
			       judged->nr_lines, nr);
		same = false;
	}
	return same;
}

static bool is_zero(const struct trace *trace, const char *name, bool may_be_unknown)
{
	long long value = trace_sum(trace, name);

	if (!value || (may_be_unknown && value == -1))
		return true;
	outcome_detail("%s is %lld", name, value);
	return false;
}

/* It says itself that so many may be. */
static bool are_admitted(const struct watch *watch)
{
	long long admitted = trace_sum(watch->trace, "missed_at_most");

	if (!watch->nr_missed ||
	    (watch->nr_missed <= MAX_MISSED && watch->nr_missed <= admitted))
		return true;
	outcome_detail("%u events were not told of, and %lld are admitted", watch->nr_missed,
		       admitted);
	return false;
}

static void end(struct watch *watch, const char *ending)
{
	char name[192], why[1024] = "see below";
	bool good;

	snprintf(name, sizeof(name), "%s-%s", watch->name, ending);
	good = trace_stop(watch->trace, SIGINT, why, sizeof(why));
	good = is_zero(watch->trace, "lost", false) && good;
	good = is_zero(watch->trace, "held_back", false) && good;
	good = is_zero(watch->trace, "missed", true) && good;
	good = are_admitted(watch) && good;
	good = is_unchanged(watch) && good;
	if (good)
		outcome_ok(name);
	else
		outcome_not_ok(name, "%s", why);
	trace_free(watch->trace);
}

void beside_traces_end(struct beside_traces *traces, const char *name)
{
	unsigned int i;

	if (!traces)
		return;
	for (i = 0; i < NR_WATCHES; i++)
		if (traces->watches[i].trace)
			end(&traces->watches[i], name);
	free(traces);
}
