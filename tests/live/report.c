// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "text.h"
#include "wait.h"

/* The workload's own limit is shorter; it tells more than this one. */
#define REPORT_LIMIT_MS 150000
#define EXIT_LIMIT_MS 10000

#define EXIT_SKIPPED 77

#define LAST_LINE "end\n"

static bool is_complete(const struct text *text)
{
	size_t length = strlen(LAST_LINE);

	return text->used >= length && !strcmp(text->bytes + text->used - length, LAST_LINE);
}

/* 0 with a whole report; 1 when the workload ended without one; or a negative errno. */
static int read_report(struct child *child, struct tracer *tracer, struct text *text)
{
	while (!text->used || !is_complete(text)) {
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

/* Cuts the text into the lines between "netns INUM" and "end". */
static void split(struct text *text, struct report *report)
{
	char *rest = text->bytes, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "netns %lu", &report->netns) == 1 || !strcmp(line, "end") ||
		    !*line)
			continue;
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

enum report_result report_obtain(const char *workload, const char *kind, unsigned int n,
				 unsigned int m, struct tracer *tracer, struct report *ret_report)
{
	char n_text[16], m_text[16];
	const char *const argv[] = { workload, "--hold", kind, n_text, m_text, NULL };
	enum report_result result = REPORT_COMPLETE;
	struct text text = {};
	int err;

	snprintf(n_text, sizeof(n_text), "%u", n);
	snprintf(m_text, sizeof(m_text), "%u", m);
	*ret_report = (struct report){ .child = child_start(argv) };
	if (!ret_report->child) {
		snprintf(ret_report->why, sizeof(ret_report->why), "cannot start %s: %s", workload,
			 strerror(errno));
		return REPORT_FAILED;
	}
	err = read_report(ret_report->child, tracer, &text);
	if (err)
		result = explain(ret_report, tracer, err);
	else
		split(&text, ret_report);
	child_close_output(ret_report->child);
	text_free(&text);
	return result;
}

void report_free(struct report *report)
{
	lines_free(&report->lines);
}
