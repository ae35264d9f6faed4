// SPDX-License-Identifier: GPL-2.0-only
#include "who.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features.h"
#include "child_lines.h"
#include "json.h"
#include "kernel_log.h"
#include "lines.h"
#include "outcome.h"
#include "setup.h"
#include "text.h"
#include "wait.h"

/* On an emulated processor. */
#define STEP_LIMIT_MS 60000

/* Of a TIME_WAIT, which the kernel's timer may end later than that, and never starts with more. */
#define LONGEST_S 61.0

/* By so much the kernel's timers, and what is printed of them, may differ from our own clock. */
#define CLOCK_TOLERANCE_S 0.1

#define MAX_NETNS 4

enum { PLAN_SKIPPED = 77 };

static const struct who_case {
	const char *name, *kind;
	const char *number;
} cases[] = {
	{ "who-listeners", "who-listeners", "0" },
	{ "who-bound", "who-bound", "0" },
	{ "who-connections4", "who-connections", "4" },
	{ "who-connections6", "who-connections", "6" },
	{ "who-ends4", "who-ends", "4" },
	{ "who-ends6", "who-ends", "6" },
	{ "who-udp", "who-udp", "0" },
	{ "who-shared", "who-shared", "0" },
	{ "who-two-netns", "who-two-netns", "0" },
	{ "who-free", "who-free", "0" },
	{ "who-unanswered", "who-unanswered", "0" },
	{ "who-mptcp", "who-mptcp", "0" },
};

#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

/* A step, as the load says it, and what porttrace says. */
struct step {
	unsigned int port;
	unsigned long netns[MAX_NETNS];
	unsigned int nr_netns;
	bool later; /* the same sockets as in the step before */
	bool is_last, has_ended;
	struct lines expected, found;
	double expires_s; /* of the last TIME_WAIT that was found */
	long long asked_ms, answered_ms; /* by now_ms() */
};

/* ---- The load ---- */

static void hear(struct step *step, const char *line)
{
	if (!strncmp(line, "ask ", 4))
		step->port = atoi(line + 4);
	else if (!strncmp(line, "netns ", 6) && step->nr_netns < MAX_NETNS)
		step->netns[step->nr_netns++] = strtoul(line + 6, NULL, 10);
	else if (!strncmp(line, "holder ", 7))
		lines_add(&step->expected, "%s", line);
	else if (!strcmp(line, "later"))
		step->later = true;
	else if (!strcmp(line, "last"))
		step->is_last = true;
}

/* False: the load has ended, or does not go on. */
static bool hear_step(struct child_lines *load, struct step *step)
{
	const char *line;

	while ((line = child_lines_next(load, STEP_LIMIT_MS))) {
		if (!strncmp(line, "step ", 5))
			return true;
		hear(step, line);
	}
	return false;
}

/* ---- porttrace ---- */

static bool is_of_step(const struct step *step, struct json_object *json)
{
	unsigned int i;

	for (i = 0; i < step->nr_netns; i++)
		if (json_number_of(json, "netns") == (long long)step->netns[i])
			return true;
	return false;
}

/* "-", "soon", or what is wrong with it. */
static const char *expires_text(struct step *step, struct json_object *json)
{
	const char *text = json_text_of(json, "expires_s");
	double seconds = atof(text);

	if (!strcmp(text, "-"))
		return text;
	step->expires_s = seconds;
	return seconds > 0 && seconds <= LONGEST_S ? "soon" : text;
}

static void add_found(struct step *step, const char *line)
{
	struct json_object *json = json_parse(line);

	if (!json)
		lines_add(&step->found, "not an object: %s", line);
	else if (is_of_step(step, json))
		lines_add(&step->found,
			  "holder %s %s %s %s %s %s %s "
			  "inode=%s v6only=%s uid=%s expires=%s pid=%s %s",
			  json_text_of(json, "netns"), json_text_of(json, "proto"),
			  json_text_of(json, "port"), json_text_of(json, "state"),
			  json_text_of(json, "src"), json_text_of(json, "dst"),
			  json_text_of(json, "dport"), json_text_of(json, "inode"),
			  json_text_of(json, "v6only"), json_text_of(json, "uid"),
			  expires_text(step, json), json_text_of(json, "pid"),
			  json_text_of(json, "comm"));
	if (json && strcmp(json_text_of(json, "incomplete"), "false"))
		lines_add(&step->found, "incomplete: %s", line);
	json_object_put(json);
}

/* Whole lines; what is behind the last newline would be one that is cut off. */
static void add_all_found(struct step *step, char *text)
{
	char *line = text, *end;

	for (; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end) {
			lines_add(&step->found, "cut off: %s", line);
			break;
		}
		*end = '\0';
		add_found(step, line);
	}
}

/*
 * Asked about all namespaces; but if nothing is expected, about the load's own, where nobody else
 * can hold the port. True if it ended as it should.
 */
static bool ask(const char *porttrace, const struct child_lines *load, struct step *step)
{
	char port[16], pid[16];
	const char *netns = step->expected.nr ? "all" : pid;
	const char *const argv[] = { porttrace, "who", port, "--json", "-N", netns, NULL };
	int wanted = step->expected.nr ? 0 : 1, status;
	struct text text = {};
	struct child *child;
	bool good;

	snprintf(port, sizeof(port), "%u", step->port);
	snprintf(pid, sizeof(pid), "%d", load->child->pid);
	step->asked_ms = now_ms();
	child = child_start(argv);
	good = child && !text_read_all(&text, child->out, STEP_LIMIT_MS);
	while (good && !child_has_ended(child) && now_ms() < step->asked_ms + STEP_LIMIT_MS)
		poll(NULL, 0, 5);
	step->answered_ms = now_ms();
	add_all_found(step, text.bytes);
	status = good && !child->pid && WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
	good = status == wanted && lseek(child->err, 0, SEEK_END) == 0;
	if (!good)
		outcome_detail("porttrace ends with %d, not %d: %s", status, wanted,
			       child ? child_first_words(child) : "it cannot be started");
	text_free(&text);
	child_free(child);
	return good;
}

/* ---- A case ---- */

static void show_difference(const char *prefix, const char *line)
{
	outcome_detail("%s %s", prefix, line);
}

/*
 * By this clock and by that of the kernel, the same time has passed. It was looked at somewhere between
 * the question and the answer.
 */
static bool went_by(const struct step *before, const struct step *step)
{
	double least_s = (step->asked_ms - before->answered_ms) / 1e3 - CLOCK_TOLERANCE_S;
	double most_s = (step->answered_ms - before->asked_ms) / 1e3 + CLOCK_TOLERANCE_S;
	double fell_s = before->expires_s - step->expires_s;

	if (!step->later || (fell_s >= least_s && fell_s <= most_s))
		return true;
	outcome_detail("within %.1f to %.1f s what is left of it fell from %.1f s to %.1f s",
		       least_s, most_s, before->expires_s, step->expires_s);
	return false;
}

static bool judge(const char *porttrace, const struct child_lines *load,
		  const struct step *before, struct step *step)
{
	bool good = ask(porttrace, load, step);

	lines_sort(&step->expected);
	lines_sort(&step->found);
	good = lines_compare(&step->expected, &step->found, show_difference) && good;
	good = went_by(before, step) && good;
	if (!good)
		outcome_detail("port %u", step->port);
	lines_free(&step->expected);
	lines_free(&step->found);
	return good;
}

static bool run_steps(const char *porttrace, struct child_lines *load)
{
	struct step before = {}, step;
	bool good = true;

	do {
		step = (struct step){};
		if (!hear_step(load, &step)) {
			lines_free(&step.expected);
			outcome_detail("the load says no more: %s", child_first_words(load->child));
			return false;
		}
		good = judge(porttrace, load, &before, &step) && good;
		before = step;
		if (write(load->child->in, "", 1) != 1)
			good = false;
	} while (!step.is_last);
	return good;
}

/* It says why, and ends, before its first step. */
static bool is_skipped(struct child_lines *load)
{
	struct pollfd readable = { .fd = load->child->out, .events = POLLIN };

	if (poll(&readable, 1, STEP_LIMIT_MS) != 1 || readable.revents & POLLIN)
		return false;
	while (!child_has_ended(load->child))
		poll(NULL, 0, 5);
	return WIFEXITED(load->child->status) && WEXITSTATUS(load->child->status) == PLAN_SKIPPED;
}

static void run_case(const struct who_case *who_case, const struct headroom_setup *setup)
{
	const char *slash = strrchr(setup->workload, '/'), *complaint;
	char program[512];
	const char *const argv[] = { program, who_case->kind, who_case->number, NULL };
	struct child_lines load = {};
	bool good;

	snprintf(program, sizeof(program), "%.*scensus-load",
		 slash ? (int)(slash + 1 - setup->workload) : 0, setup->workload);
	kernel_log_begin();
	load.child = child_start(argv);
	if (!load.child) {
		outcome_not_ok(who_case->name, "no process: %s", strerror(errno));
		return;
	}
	if (is_skipped(&load)) {
		outcome_skip(who_case->name, feature_is_listed(setup->lacks, "MPTCP"), "%s",
			     child_first_words(load.child));
	} else {
		good = run_steps(setup->porttrace, &load);
		complaint = kernel_log_complaint();
		if (complaint)
			outcome_not_ok(who_case->name, "the kernel says: %s", complaint);
		else if (good)
			outcome_ok(who_case->name);
		else
			outcome_not_ok(who_case->name, "see below");
	}
	child_lines_done(&load);
	child_free(load.child);
}

void who_each(void (*visit)(const char *name, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		visit(cases[i].name, arg);
}

void who_run(const struct headroom_setup *setup)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		if (only_allows(setup->only, cases[i].name))
			run_case(&cases[i], setup);
}
