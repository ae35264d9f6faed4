// SPDX-License-Identifier: GPL-2.0-only
#include "beside.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "beside_trace.h"
#include "cases.h"
#include "compare.h"
#include "features.h"
#include "outcome.h"
#include "report.h"
#include "tracer.h"

/*
 * So many are watched by one porttrace. A namespace stays until it ends, and each line of it takes
 * the longer the more there are: too few take as long, since it has to start as often.
 */
#define MAX_WATCHED 96

/* On an emulated processor a line with as many routes as there is room for takes its time. */
#define LINE_LIMIT_MS 180000

struct session {
	const struct live_setup *setup;
	/* They watch the workloads that have no tracers of their own. */
	struct tracer *tracer;
	struct beside_traces *traces;
	struct child *watched[MAX_WATCHED]; /* owned */
	unsigned int nr_watched;
	char last[80]; /* name of a case */
};

/*
 * Where tasks are preempted, one call in 500 may be missed by trampolines, and one in 20 by the
 * others, which have no twins that help. A kretprobe can miss a return anywhere: it has none to
 * spare while interrupts keep the others busy.
 */
static bool compare_disturbed(const char *probe, struct comparison *comparison)
{
	if (!backend_can_be_preempted() && strcmp(probe, "kprobe"))
		return compare_exactly(comparison);
	comparison->per_miss = strcmp(probe, "fentry") ? 20 : 500;
	return compare_with_misses(comparison);
}

/* Exactly, or with just one event less, in a few cases of a session: what else differs is no miss. */
static bool compare_calm(const char *probe, const struct comparison *comparison)
{
	static unsigned int nr_missed;

	if (compare_exactly(comparison))
		return true;
	return backend_may_miss(probe) && nr_missed++ < MAX_MISSED &&
	       compare_with_misses(comparison);
}

static bool compare(const struct live_setup *setup, const struct live_case *live_case,
		    struct comparison *comparison)
{
	if (live_case->has_too_many_routes)
		return compare_sums(comparison);
	if (live_case->disturbs)
		return compare_disturbed(setup->probe, comparison);
	return compare_calm(setup->probe, comparison);
}

static void judge(const struct session *session, const struct live_run *run,
		  const struct report *report, const char *json)
{
	struct comparison comparison = {
		.netns = report->netns,
		.report = &report->lines,
		.unseen = cases_unseen(run->live_case, session->setup->probe),
		.json = json,
	};

	if (compare(session->setup, run->live_case, &comparison))
		outcome_ok(run->name);
	else
		outcome_not_ok(run->name, "namespace %lu differs", report->netns);
}

static void skip(const struct live_setup *setup, const struct live_run *run, const char *why)
{
	const char *missing = features_missing(run->features);

	if (missing)
		outcome_skip(run->name, feature_is_listed(setup->lacks, missing),
			     "%s; this kernel has no %s", why, missing);
	else
		outcome_skip(run->name, false, "%s", why);
}

static void judge_top(const struct session *session, struct tracer *tracer,
		      const struct live_run *run, const struct report *report)
{
	const char *json = tracer_next_line(tracer, LINE_LIMIT_MS);

	if (json)
		judge(session, run, report, json);
	else
		outcome_not_ok(run->name, "no line after it; %s", tracer_state(tracer));
}

/* The workload, which holds what it made until it is freed. traces: NULL where there is only a `top`. */
static struct child *run_beside(const struct session *session, struct tracer *tracer,
		       struct beside_traces *traces, const struct live_run *run)
{
	const struct live_case *live_case = run->live_case;
	const struct report_wanted wanted = {
		.workload = session->setup->workload,
		.kind = run->kind,
		.n = live_case->n,
		.m = live_case->m,
		.by = live_case->by,
		.events = traces,
	};
	struct report report;

	switch (report_obtain(&wanted, tracer, &report)) {
	case REPORT_SKIPPED:
		skip(session->setup, run, report.why);
		break;
	case REPORT_FAILED:
		outcome_not_ok(run->name, "%s", report.why);
		break;
	case REPORT_COMPLETE:
		judge_top(session, tracer, run, &report);
		if (traces)
			beside_traces_judge(traces, run, &report);
		break;
	}
	report_free(&report);
	return report.child;
}

/* With a porttrace of its own, which is of no use to any other case after it. */
static void run_alone(const struct session *session, const struct live_run *run)
{
	char why[1024];
	struct tracer *tracer = tracer_start(session->setup->porttrace, session->setup->probe,
					     why, sizeof(why));

	if (tracer)
		child_free(run_beside(session, tracer, NULL, run));
	else
		outcome_not_ok(run->name, "%s", why);
	tracer_free(tracer);
}

/* Those that watch, started when the first case needs them. */
static bool has_tracers(struct session *session)
{
	char why[1024];

	if (!session->tracer) {
		session->tracer = tracer_start(session->setup->porttrace, session->setup->probe,
					       why, sizeof(why));
		if (session->tracer)
			session->traces = beside_traces_start(session->setup);
		else
			outcome_not_ok("start", "%s", why);
	}
	return session->tracer;
}

/* They have seen all there is to see, and all of it is still there. */
static void stop_tracers(struct session *session)
{
	char why[1024], name[160];

	snprintf(name, sizeof(name), "ends-after-%s", session->last);
	if (tracer_stop(session->tracer, SIGINT, why, sizeof(why)))
		outcome_ok(name);
	else
		outcome_not_ok(name, "%s", why);
	tracer_free(session->tracer);
	session->tracer = NULL;
	beside_traces_end(session->traces, name);
	session->traces = NULL;
	while (session->nr_watched)
		child_free(session->watched[--session->nr_watched]);
}

static bool needs_own_tracer(const struct live_run *run)
{
	return run->live_case->has_too_many_routes || run->live_case->disturbs;
}

static bool run_watched_case(const struct live_run *run, void *arg)
{
	struct session *session = arg;

	if (needs_own_tracer(run) || !setup_wants(session->setup, run->name))
		return false;
	if (!has_tracers(session))
		return true;
	session->watched[session->nr_watched++] =
		run_beside(session, session->tracer, session->traces, run);
	snprintf(session->last, sizeof(session->last), "%s", run->name);
	if (session->nr_watched == MAX_WATCHED)
		stop_tracers(session);
	return false;
}

/*
 * What disturbs a machine needs one of its own. A full table of routes is not about the kernel, and
 * takes an emulated processor two minutes.
 */
static bool may_run(const struct live_run *run, const struct live_setup *setup)
{
	return setup->own_machine == run->live_case->disturbs;
}

static bool run_lone_case(const struct live_run *run, void *arg)
{
	const struct session *session = arg;

	if (needs_own_tracer(run) && may_run(run, session->setup) &&
	    setup_wants(session->setup, run->name))
		run_alone(session, run);
	return false;
}

void beside_run(const struct live_setup *setup)
{
	struct session session = { .setup = setup };

	cases_each(run_watched_case, &session);
	if (session.tracer)
		stop_tracers(&session);
}

void beside_run_lone(const struct live_setup *setup)
{
	struct session session = { .setup = setup };

	cases_each(run_lone_case, &session);
}

/* ---- The names ---- */

struct visit {
	void (*visit)(const char *name, void *arg);
	void *arg;
};

static bool visit_run(const struct live_run *run, void *arg)
{
	const struct visit *visit = arg;

	visit->visit(run->name, visit->arg);
	return false;
}

void beside_each(void (*visit)(const char *name, void *arg), void *arg)
{
	struct visit with = { visit, arg };

	cases_each(visit_run, &with);
}
