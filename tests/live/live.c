// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs porttrace beside workloads whose figures are known, and compares. One porttrace watches
 * them all, each in a network namespace of its own, which stays until the end: the numbers of
 * namespaces are used again. Needs root, and no other program, so that it runs in an initramfs.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "cases.h"
#include "census.h"
#include "compare.h"
#include "coverage.h"
#include "headroom.h"
#include "lifecycle.h"
#include "outcome.h"
#include "report.h"
#include "tracer.h"
#include "who.h"

/* On an emulated processor a line with as many routes as there is room for takes its time. */
#define LINE_LIMIT_MS 180000

/* Random mixes of sockets. */
#define NR_MIXES 200

enum { EXIT_USAGE = 2 };

/*
 * Of mixes, unless --seed says another: the same each time, so that a failure is one of what is
 * tested. With some seeds a mix cannot be made on some kernel (own-range-three before 6.8).
 */
#define DEFAULT_SEED 7000

struct options {
	const char *porttrace, *workload, *probe;
	const char *only;  /* NULL: all */
	const char *lacks; /* what this kernel is known not to have: names with commas, or NULL */
	bool list, strict;
	bool own_machine; /* nobody minds if it is disturbed */
	/* The random mixes of headroom.h: number of the first one, and how many. */
	uint64_t seed;
	unsigned int nr_mixes;
};

struct session {
	const struct options *options;
	struct tracer *tracer; /* watches all workloads but those that overflow it */
};

static const char *const probes[] = { "fentry", "kprobe", "tracepoint", NULL };

static bool is_wanted(const struct options *options, const char *name)
{
	return !options->only || strstr(name, options->only);
}

/* ---- A case of the table ---- */

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

static bool compare(const struct options *options, const struct live_case *live_case,
		    struct comparison *comparison)
{
	if (live_case->has_too_many_routes)
		return compare_sums(comparison);
	if (live_case->disturbs)
		return compare_disturbed(options->probe, comparison);
	return compare_exactly(comparison);
}

static void judge(const struct session *session, const struct live_run *run,
		  const struct report *report, const char *json)
{
	struct comparison comparison = {
		.netns = report->netns,
		.report = &report->lines,
		.json = json,
	};

	if (!strcmp(session->options->probe, "tracepoint"))
		comparison.unseen = run->live_case->unseen_by_tracepoints;
	if (compare(session->options, run->live_case, &comparison))
		outcome_ok(run->name);
	else
		outcome_not_ok(run->name, "namespace %lu differs", report->netns);
}

static void skip(const struct options *options, const struct live_run *run, const char *why)
{
	const char *missing = features_missing(run->features);

	if (missing)
		outcome_skip(run->name, feature_is_listed(options->lacks, missing),
			     "%s; this kernel has no %s", why, missing);
	else
		outcome_skip(run->name, false, "%s", why);
}

static void run_beside(const struct session *session, struct tracer *tracer,
		       const struct live_run *run)
{
	const struct live_case *live_case = run->live_case;
	struct report report;
	const char *json;

	switch (report_obtain(session->options->workload, run->name, live_case->n, live_case->m,
			      tracer, &report)) {
	case REPORT_SKIPPED:
		skip(session->options, run, report.why);
		break;
	case REPORT_FAILED:
		outcome_not_ok(run->name, "%s", report.why);
		break;
	case REPORT_COMPLETE:
		json = tracer_next_line(tracer, LINE_LIMIT_MS);
		if (json)
			judge(session, run, &report, json);
		else
			outcome_not_ok(run->name, "no line after it; %s", tracer_state(tracer));
		break;
	}
	report_free(&report);
}

/* With a porttrace of its own, which is of no use to any other case after it. */
static void run_alone(const struct session *session, const struct live_run *run)
{
	char why[1024];
	struct tracer *tracer = tracer_start(session->options->porttrace, session->options->probe,
					     why, sizeof(why));

	if (tracer)
		run_beside(session, tracer, run);
	else
		outcome_not_ok(run->name, "%s", why);
	tracer_free(tracer);
}

/* The tracer that watches all, started when the first case needs it. */
static bool has_tracer(struct session *session)
{
	char why[1024];

	if (!session->tracer) {
		session->tracer = tracer_start(session->options->porttrace, session->options->probe,
					       why, sizeof(why));
		if (!session->tracer)
			outcome_not_ok("start", "%s", why);
	}
	return session->tracer;
}

static bool needs_own_tracer(const struct live_run *run)
{
	return run->live_case->has_too_many_routes || run->live_case->disturbs;
}

static bool run_watched_case(const struct live_run *run, void *arg)
{
	struct session *session = arg;

	if (needs_own_tracer(run) || !is_wanted(session->options, run->name))
		return false;
	if (!has_tracer(session))
		return true;
	run_beside(session, session->tracer, run);
	return false;
}

static bool run_lone_case(const struct live_run *run, void *arg)
{
	const struct session *session = arg;

	if (run->live_case->disturbs && !session->options->own_machine)
		return false;
	if (needs_own_tracer(run) && is_wanted(session->options, run->name))
		run_alone(session, run);
	return false;
}

/* It has seen all there is to see, and all of it is still there. */
static void stop_tracer(struct session *session)
{
	char why[1024];

	if (!session->tracer)
		return;
	if (tracer_stop(session->tracer, SIGINT, why, sizeof(why)))
		outcome_ok("ends-after-all");
	else
		outcome_not_ok("ends-after-all", "%s", why);
	tracer_free(session->tracer);
	session->tracer = NULL;
}

static void run_lifecycle(const char *name, void *arg)
{
	const struct session *session = arg;
	const struct lifecycle_setup setup = {
		.porttrace = session->options->porttrace,
		.workload = session->options->workload,
		.probe = session->options->probe,
	};

	if (is_wanted(session->options, name))
		lifecycle_run(name, &setup);
}

/*
 * In a virtual machine all mixes are run with one back-end, and few with the others: what is
 * counted by walking over the kernel's tables does not come from the back-end.
 */
static struct headroom_setup headroom_setup(const struct options *options)
{
	bool is_once = options->own_machine && strcmp(options->probe, "tracepoint");
	struct headroom_setup setup = {
		.porttrace = options->porttrace,
		.workload = options->workload,
		.probe = options->probe,
		.only = options->only,
		.lacks = options->lacks,
		.seed = options->seed,
		.nr_random = is_once ? 0 : options->nr_mixes,
		.few = is_once,
	};

	return setup;
}

static void run_all(const struct options *options)
{
	struct headroom_setup setup = headroom_setup(options);
	struct session session = { .options = options };
	char why[256];

	if (!backend_is_usable(options->porttrace, options->probe, why, sizeof(why))) {
		outcome_skip("start", false, "%s", why);
		return;
	}
	if (is_wanted(options, COVERAGE_NAME))
		coverage_run(options->workload);
	lifecycle_each(run_lifecycle, &session);
	cases_each(run_watched_case, &session);
	stop_tracer(&session);
	headroom_run(&setup);
	census_run(&setup, options->own_machine);
	/* It has no back-end: once for all of them is enough. */
	if (!options->own_machine || !strcmp(options->probe, "tracepoint"))
		who_run(&setup);
	cases_each(run_lone_case, &session);
}

/* ---- The command line ---- */

static void usage(void)
{
	fputs("usage: live --porttrace PATH --workload PATH --probe fentry|kprobe|tracepoint\n"
	      "            [--only SUBSTRING] [--own-machine] [--strict]\n"
	      "            [--lacks FEATURE[,FEATURE...]] [--seed NUMBER] [--mixes NUMBER]\n"
	      "       live --list --workload PATH\n"
	      "The programs workload and mix are in one folder. --mixes says how many random\n"
	      "mixes of sockets are tried, and --seed is the number of the first one.\n"
	      "With --own-machine, cases run as well that interrupt and preempt all others.\n"
	      "With --strict, or CI=true in the environment, a skip fails, unless --lacks says\n"
	      "that this kernel is known not to have what the case needs.\n",
	      stderr);
	exit(EXIT_USAGE);
}

static bool print_run(const struct live_run *run, void *arg)
{
	(void)arg;
	puts(run->name);
	return false;
}

static void print_name(const char *name, void *arg)
{
	(void)arg;
	puts(name);
}

static int list(const struct options *options)
{
	struct headroom_setup setup = headroom_setup(options);

	puts(COVERAGE_NAME);
	lifecycle_each(print_name, NULL);
	cases_each(print_run, NULL);
	census_each(print_name, NULL);
	who_each(print_name, NULL);
	return headroom_each(&setup, print_name, NULL) ? 0 : 1;
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text)
		usage();
	return value;
}

static void parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option names[] = {
		{ "porttrace", required_argument, NULL, 'p' },
		{ "workload", required_argument, NULL, 'w' },
		{ "probe", required_argument, NULL, 'P' },
		{ "only", required_argument, NULL, 'o' },
		{ "own-machine", no_argument, NULL, 'm' },
		{ "strict", no_argument, NULL, 's' },
		{ "lacks", required_argument, NULL, 'L' },
		{ "seed", required_argument, NULL, 'S' },
		{ "mixes", required_argument, NULL, 'M' },
		{ "list", no_argument, NULL, 'l' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'p':
			ret_options->porttrace = optarg;
			break;
		case 'w':
			ret_options->workload = optarg;
			break;
		case 'P':
			ret_options->probe = optarg;
			break;
		case 'o':
			ret_options->only = optarg;
			break;
		case 'm':
			ret_options->own_machine = true;
			break;
		case 's':
			ret_options->strict = true;
			break;
		case 'L':
			ret_options->lacks = optarg;
			break;
		case 'S':
			ret_options->seed = number(optarg);
			break;
		case 'M':
			ret_options->nr_mixes = number(optarg);
			break;
		case 'l':
			ret_options->list = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}

static bool is_probe(const char *name)
{
	const char *const *probe;

	for (probe = probes; *probe; probe++) {
		if (!strcmp(*probe, name))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const char *ci = getenv("CI");
	struct options options = {
		.strict = ci && !strcmp(ci, "true"),
		.seed = DEFAULT_SEED,
		.nr_mixes = NR_MIXES,
	};

	parse_options(argc, argv, &options);
	if (!options.workload)
		usage();
	if (options.list)
		return list(&options);
	if (!options.porttrace || !options.probe || !is_probe(options.probe))
		usage();
	/* A child that is gone is seen at the reading end. */
	signal(SIGPIPE, SIG_IGN);
	outcome_begin(options.probe, options.strict);
	run_all(&options);
	return outcome_end();
}
