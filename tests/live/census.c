// SPDX-License-Identifier: GPL-2.0-only
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "census_case.h"
#include "census_compare.h"
#include "compare.h"
#include "headroom_compare.h"
#include "json.h"
#include "kernel_log.h"
#include "outcome.h"
#include "setup.h"
#include "wait.h"

/* The kernel takes namespaces away behind RCU grace periods, one batch after the other. */
#define LINE_LIMIT_MS 40000

#define INTERVAL "0.1"

struct census_case {
	const char *name;
	const char *kind; /* as the program census-load knows it */
	unsigned int n;
	bool (*run)(struct census_run *run);
	bool is_unwatched; /* the tracer starts when the first step is there */
	bool needs_names;  /* a place for the names of namespaces */
	/* It is about what a back-end sees; in an emulated machine others run with one back-end. */
	bool is_of_backend;
};

static bool run_steps(struct census_run *run);
static bool run_checking_all(struct census_run *run);

static const struct census_case cases[] = {
	{ "census-owners", "owners", .run = run_steps, .is_unwatched = true, .is_of_backend = true },
	{ "census-settings", "settings", .run = run_steps },
	{ "census-gone", "gone", .run = run_steps },
	{ "census-names", "names", .run = run_steps, .needs_names = true },
	{ "census-churn", "churn", .run = run_checking_all },
	{ "census-accepted-backlog-0", "accepted", .n = 0, .run = run_steps },
	{ "census-accepted-backlog-1", "accepted", .n = 1, .run = run_steps,
	  .is_of_backend = true },
	{ "census-accepted-backlog-128", "accepted", .n = 128, .run = run_steps },
	{ "census-accepted-before-0", "accepted", .n = 0, .run = run_steps, .is_unwatched = true },
	{ "census-accepted-before-1", "accepted", .n = 1, .run = run_steps, .is_unwatched = true,
	  .is_of_backend = true },
	{ "census-accepted-before-128", "accepted", .n = 128, .run = run_steps,
	  .is_unwatched = true },
	{ "census-left", "left", .run = run_steps },
	{ "census-storm-of-resets", "storm-of-resets", .run = census_storm },
	{ "census-storm-of-time-waits", "storm-of-time-waits", .run = census_storm },
	{ "census-storm-of-listeners", "storm-of-listeners", .run = census_storm },
	{ "census-storm-of-rebinds", "storm-of-rebinds", .run = census_storm },
	{ "census-storm-wide", "wide-storm", .run = census_storm },
	{ "census-eta", "eta", .run = census_eta },
};

#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

void census_each(void (*visit)(const char *name, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		visit(cases[i].name, arg);
}

/* ---- The load, and the tracer beside it ---- */

bool census_start_tracer(struct census_run *run, const char *interval, const char *netns)
{
	char why[1024];

	run->tracer = tracer_start_every(run->setup->porttrace, run->setup->probe, interval, netns,
					 why, sizeof(why));
	if (!run->tracer)
		outcome_detail("%s", why);
	return run->tracer;
}

bool census_await(struct census_run *run, const char *word)
{
	headroom_mix_await(&run->load, word, run->tracer);
	if (run->load.result == MIX_FAILED)
		outcome_detail("%s", run->load.why);
	return run->load.result == MIX_RUNS;
}

bool census_finish(struct census_run *run)
{
	char why[1024];
	bool good;

	headroom_mix_go_on(&run->load);
	good = census_await(run, "end");
	if (tracer_stop(run->tracer, SIGINT, why, sizeof(why)))
		return good;
	outcome_detail("%s", why);
	return false;
}

bool census_find_line(const char *said, const char *word, char *line, int size)
{
	size_t length = strlen(word);

	while (said && *said) {
		if (!strncmp(said, word, length) && said[length] == ' ') {
			snprintf(line, size, "%.*s", (int)strcspn(said, "\n"), said);
			return true;
		}
		said = strchr(said, '\n');
		said = said ? said + 1 : NULL;
	}
	return false;
}

/* ---- Step by step ---- */

/* The first line that can be compared; in the end the last one. NULL: there is none. */
static struct json_object *settled_line(const struct census_run *run, unsigned int step)
{
	long long end_ms = now_ms() + LINE_LIMIT_MS;
	struct json_object *json = NULL;

	do {
		const char *line = tracer_next_line(run->tracer, LINE_LIMIT_MS);

		json_object_put(json);
		json = line ? json_parse(line) : NULL;
	} while (json && !census_is_settled(run->load.said.bytes, step, json) && now_ms() < end_ms);
	return json;
}

static bool check_step(struct census_run *run, unsigned int step)
{
	struct json_object *json = settled_line(run, step);
	bool good;

	if (!json) {
		outcome_detail("step %u: no line of JSON; %s", step, tracer_state(run->tracer));
		return false;
	}
	good = census_compare(run->load.said.bytes, step, json);
	if (!good)
		outcome_detail("in step %u", step);
	json_object_put(json);
	return good;
}

static bool run_steps(struct census_run *run)
{
	bool good = true, is_last = false;
	unsigned int step;
	char word[32];

	for (step = 1; !is_last; step++) {
		snprintf(word, sizeof(word), "step %u", step);
		if (!census_await(run, word))
			return false;
		if (!run->tracer && !census_start_tracer(run, INTERVAL, "all"))
			return false;
		good &= check_step(run, step);
		is_last = strstr(run->load.said.bytes, "\nlast\n");
		if (!is_last)
			headroom_mix_go_on(&run->load);
	}
	return census_finish(run) && good;
}

static void check_line(const char *line, void *arg)
{
	unsigned int *nr_wrong = arg;
	size_t length = strlen(line);

	if (is_json_object(line))
		return;
	++*nr_wrong;
	outcome_detail("%zu bytes that are no JSON object: %.60s ... %s", length, line,
		       line + (length < 60 ? 0 : length - 60));
}

/* And all lines between the steps. */
static bool run_checking_all(struct census_run *run)
{
	unsigned int nr_wrong = 0;
	bool good;

	tracer_watch(run->tracer, check_line, &nr_wrong);
	good = run_steps(run);
	if (nr_wrong)
		outcome_detail("%u lines are no JSON objects", nr_wrong);
	return good && !nr_wrong;
}

/* ---- A place for names ---- */

struct mounts {
	int own, here; /* the mount namespace and the folder to come back to; -1: none */
};

/*
 * A mount namespace of this process and its children: an empty /run, so that nothing is left
 * behind. Returns 0 or a negative errno.
 */
static int leave_mounts(struct mounts *mounts)
{
	mounts->own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	mounts->here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mounts->own < 0 || mounts->here < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 || mkdir("/run/netns", 0755) < 0)
		return -errno;
	return 0;
}

/* Else what follows would run in the wrong place. */
static void come_back(struct mounts *mounts)
{
	if (setns(mounts->own, CLONE_NEWNS) < 0 || fchdir(mounts->here) < 0) {
		outcome_not_ok("census-names", "cannot come back: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
	close(mounts->own);
	close(mounts->here);
}

/* ---- A case ---- */

static void find_program(const struct headroom_setup *setup, char *program, size_t size)
{
	const char *slash = strrchr(setup->workload, '/');

	snprintf(program, size, "%.*scensus-load", slash ? (int)(slash + 1 - setup->workload) : 0,
		 setup->workload);
}

static void judge(struct census_run *run, bool good)
{
	const char *said = run->load.said.used ? run->load.said.bytes : "";
	const char *complaint = kernel_log_complaint();

	if (complaint)
		outcome_not_ok(run->name, "the kernel says: %s", complaint);
	else if (good)
		outcome_ok(run->name);
	else
		outcome_not_ok(run->name, "see below");
	headroom_print(said, "figure", run->name);
}

static void run_case(const struct census_case *live_case, const struct headroom_setup *setup,
		     bool own_machine)
{
	static struct census_run run;
	char program[512];
	bool good = true;

	find_program(setup, program, sizeof(program));
	run = (struct census_run){
		.setup = setup,
		.own_machine = own_machine,
		.name = live_case->name,
		.load = { .seed = live_case->n, .is_unwatched = live_case->is_unwatched },
	};
	snprintf(run.load.name, sizeof(run.load.name), "%s", live_case->kind);
	kernel_log_begin();
	/* Storms set the time at which it starts, and how often it counts. */
	if (live_case->run != census_storm && !live_case->is_unwatched)
		good = census_start_tracer(&run, INTERVAL, "all");
	if (good)
		headroom_mix_start(&run.load, program);
	good = good && live_case->run(&run);
	judge(&run, good);
	headroom_mix_free(&run.load);
	tracer_free(run.tracer);
}

static void run_with_names(const struct census_case *live_case, const struct headroom_setup *setup,
			   bool own_machine)
{
	struct mounts mounts;
	int err = leave_mounts(&mounts);

	if (err)
		outcome_skip(live_case->name, false, "no mount namespace: %s", strerror(-err));
	else
		run_case(live_case, setup, own_machine);
	come_back(&mounts);
}

void census_run(const struct headroom_setup *setup, bool own_machine)
{
	bool is_once = own_machine && strcmp(setup->probe, "tracepoint");
	size_t i;

	for (i = 0; i < NR_CASES; i++) {
		const struct census_case *live_case = &cases[i];

		if (!only_allows(setup->only, live_case->name) ||
		    (is_once && !live_case->is_of_backend))
			continue;
		if (live_case->needs_names)
			run_with_names(live_case, setup, own_machine);
		else
			run_case(live_case, setup, own_machine);
	}
}
