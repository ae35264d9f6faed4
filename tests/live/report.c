// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"
#include "wait.h"

/* The workload's own limit is shorter; it tells more than this one. */
#define REPORT_LIMIT_MS 150000
#define EXIT_LIMIT_MS 10000

#define EXIT_SKIPPED 77

#define LAST_LINE "end\n"
#define READY_LINE "ready\n"
#define EVENT "event "
#define MOMENT "moment "

/* Whether the text ends so. */
static bool ends_with(const struct text *text, const char *line)
{
	size_t length = strlen(line);

	return text->used >= length && !strcmp(text->bytes + text->used - length, line);
}

/* 0 when it has said that line; 1 when it ended before; or a negative errno. */
static int read_until(struct child *child, const char *line, struct tracer *tracer,
		      struct text *text)
{
	while (!ends_with(text, line)) {
		int err = tracer_wait_beside(tracer, child->out, REPORT_LIMIT_MS);
		ssize_t got;

		if (err)
			return err;
		got = text_read(text, child->out);
		if (!got)
			return 1;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return 0;
}

static bool take_netns(const char *line, struct report *report)
{
	return sscanf(line, "netns %lu since %31s", &report->netns, report->since) == 2;
}

/* Cuts the text into the lines between "netns INUM since TIME" and "end". */
static void split(struct text *text, struct report *report)
{
	char *rest = text->bytes, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (take_netns(line, report) || !strcmp(line, "end") || !strcmp(line, "ready") ||
		    !*line)
			continue;
		if (!strncmp(line, EVENT, strlen(EVENT)))
			lines_add(&report->events, "%s", line + strlen(EVENT));
		else if (!strncmp(line, MOMENT, strlen(MOMENT)))
			lines_add(&report->moments, "%s", line + strlen(MOMENT));
		else
			lines_add(&report->lines, "%s", line);
	}
}

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

static enum report_result explain_end(struct report *report)
{
	struct child *child = report->child;

	wait_until(has_ended, &child, EXIT_LIMIT_MS);
	snprintf(report->why, sizeof(report->why), "%s (%s)", child_first_words(child),
		 child_end_text(child));
	if (!child->pid && WIFEXITED(child->status) && WEXITSTATUS(child->status) == EXIT_SKIPPED)
		return REPORT_SKIPPED;
	return REPORT_FAILED;
}

static enum report_result explain(struct report *report, struct tracer *tracer, int err)
{
	switch (err) {
	case 1:
		return explain_end(report);
	case -EPIPE:
		snprintf(report->why, sizeof(report->why), "%s", tracer_state(tracer));
		break;
	case -ETIMEDOUT:
		snprintf(report->why, sizeof(report->why), "no report of the workload in %d s",
			 REPORT_LIMIT_MS / 1000);
		break;
	default:
		snprintf(report->why, sizeof(report->why), "reading the report: %s",
			 strerror(-err));
	}
	return REPORT_FAILED;
}

static void add_option(const char **argv, unsigned int *nr, const char *name, const char *value)
{
	if (!value)
		return;
	argv[(*nr)++] = name;
	argv[(*nr)++] = value;
}

static struct child *start_workload(const struct report_wanted *wanted)
{
	const char *argv[20] = { wanted->workload, "--hold" };
	char n[16], m[16];
	unsigned int nr = 2;

	snprintf(n, sizeof(n), "%u", wanted->n);
	snprintf(m, sizeof(m), "%u", wanted->m);
	if (wanted->events)
		argv[nr++] = "--events";
	if (wanted->waits)
		argv[nr++] = "--wait";
	add_option(argv, &nr, "--by", wanted->by);
	add_option(argv, &nr, "--comm", wanted->comm);
	add_option(argv, &nr, "--cgroup", wanted->cgroup);
	argv[nr++] = wanted->kind;
	argv[nr++] = n;
	argv[nr++] = m;
	return child_start(argv);
}

enum report_result report_start(const struct report_wanted *wanted, struct report *ret_report)
{
	int err;

	*ret_report = (struct report){ .child = start_workload(wanted) };
	if (!ret_report->child) {
		snprintf(ret_report->why, sizeof(ret_report->why), "cannot start %s: %s",
			 wanted->workload, strerror(errno));
		return REPORT_FAILED;
	}
	if (!wanted->waits)
		return REPORT_COMPLETE;
	err = read_until(ret_report->child, READY_LINE, NULL, &ret_report->text);
	if (err)
		return explain(ret_report, NULL, err);
	/* Where it is, is known before the rest. */
	take_netns(ret_report->text.bytes, ret_report);
	return REPORT_COMPLETE;
}

enum report_result report_finish(struct report *report, struct tracer *tracer)
{
	enum report_result result = REPORT_COMPLETE;
	int err = 0;

	/* Who does not wait does not read it. */
	if (write(report->child->in, "\n", 1) != 1)
		err = -errno;
	if (!err)
		err = read_until(report->child, LAST_LINE, tracer, &report->text);
	if (err)
		result = explain(report, tracer, err);
	else
		split(&report->text, report);
	child_close_output(report->child);
	return result;
}

enum report_result report_obtain(const struct report_wanted *wanted, struct tracer *tracer,
				 struct report *ret_report)
{
	enum report_result result = report_start(wanted, ret_report);

	return result == REPORT_COMPLETE ? report_finish(ret_report, tracer) : result;
}

void report_free(struct report *report)
{
	lines_free(&report->lines);
	lines_free(&report->events);
	lines_free(&report->moments);
	text_free(&report->text);
}
