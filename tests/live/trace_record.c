// SPDX-License-Identifier: GPL-2.0-only
/* What `record` writes is what was done: counters, single failures, and the most that was in use. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "outcome.h"
#include "recorded.h"
#include "report.h"
#include "trace_cases.h"
#include "trace_compare.h"
#include "wait.h"

#define START_LIMIT_MS 60000
#define END_LIMIT_MS 120000

#define PATH_SIZE 64
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

static bool is_recording(const void *arg)
{
	struct child *const *child = arg;

	return strstr(child_words(*child), "porttrace: recording to ") || child_has_ended(*child);
}

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

/* In a folder of its own, which is gone with it. */
static bool make_path(char path[PATH_SIZE], char *ret_why, int size)
{
	strcpy(path, "/tmp/porttrace-live-XXXXXX");
	if (mkdtemp(path)) {
		strcat(path, "/recording.gz");
		return true;
	}
	snprintf(ret_why, size, "cannot make %s: %s", path, strerror(errno));
	return false;
}

static void remove_path(char path[PATH_SIZE])
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static struct child *start_recording(const struct live_setup *setup, const char *path,
				     char *ret_why, int size)
{
	const char *const argv[] = { setup->porttrace, "record",  "--probe", setup->probe,
				     "--cpu-limit",    "100",	  "-i",	     "0.2",
				     "-o",	       path,	  NULL };
	struct child *child = child_start(argv);

	if (!child) {
		snprintf(ret_why, size, "cannot start %s: %s", setup->porttrace, strerror(errno));
		return NULL;
	}
	wait_until(is_recording, &child, START_LIMIT_MS);
	if (!child_has_ended(child) && strstr(child_words(child), "recording to "))
		return child;
	snprintf(ret_why, size, "it does not record: %s", child_first_words(child));
	child_free(child);
	return NULL;
}

static bool stop_recording(struct child *child, char *ret_why, int size)
{
	kill(child->pid, SIGTERM);
	if (!wait_until(has_ended, &child, END_LIMIT_MS))
		snprintf(ret_why, size, "it does not end");
	else if (WIFEXITED(child->status) && !WEXITSTATUS(child->status))
		return true;
	else
		snprintf(ret_why, size, "%s: %s", child_end_text(child), child_first_words(child));
	return false;
}

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
	char path[PATH_SIZE];
	struct child *child;
	bool good;
	size_t i;

	if (!make_path(path, ret_why, size))
		return false;
	child = start_recording(setup, path, ret_why, size);
	good = child && do_all(setup, reports, ret_why, size) &&
	       stop_recording(child, ret_why, size) && judge(path, reports, ret_why, size);
	for (i = 0; i < NR_WORKS; i++)
		report_free(&reports[i]);
	child_free(child);
	remove_path(path);
	return good;
}

const struct trace_case trace_record_cases[] = {
	{ .name = "record-what-was-done", .run = records_what_was_done, .is_of_backend = true },
	{},
};
