// SPDX-License-Identifier: GPL-2.0-only
/* When and how a trace ends. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "json.h"
#include "outcome.h"
#include "report.h"
#include "text.h"
#include "trace.h"
#include "trace_cases.h"
#include "trace_compare.h"
#include "wait.h"

#define NR_FAILURES 23
#define NR_WANTED 5
#define NR_READ 3

#define START_LIMIT_MS 60000
#define LIMIT_MS 20000

static const char *const no_options[] = { NULL };

static bool fail_to_bind(const struct live_setup *setup, struct tracer *beside,
			 struct report *ret_report, char *ret_why, int size)
{
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "tcp4-not-local",
		.m = NR_FAILURES,
		.events = true,
	};

	if (report_obtain(&wanted, beside, ret_report) == REPORT_COMPLETE)
		return true;
	snprintf(ret_why, size, "%s", ret_report->why);
	return false;
}

/* ---- By itself ---- */

static unsigned long nr_events(const struct trace *trace)
{
	return trace->nr[TRACE_FAILURE] + trace->nr[TRACE_ALLOCATION] +
	       trace->nr[TRACE_TIME_WAIT];
}

static bool ends_after_count(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "-n", "5", NULL };
	struct trace *trace = trace_start(setup, options, ret_why, size);
	struct report report = {};
	bool good;

	if (!trace)
		return false;
	good = fail_to_bind(setup, NULL, &report, ret_why, size) &&
	       trace_stop(trace, 0, ret_why, size);
	if (good && nr_events(trace) != NR_WANTED) {
		snprintf(ret_why, size, "%lu events instead of %d", nr_events(trace), NR_WANTED);
		good = false;
	}
	report_free(&report);
	trace_free(trace);
	return good;
}

static bool ends_after_duration(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "-d", "1", NULL };
	long long began_ms = now_ms(), took_ms;
	struct trace *trace = trace_start(setup, options, ret_why, size);
	bool good;

	if (!trace)
		return false;
	good = trace_stop(trace, 0, ret_why, size);
	/* From before its start: it cannot have been shorter. That it ends is the rest of it. */
	took_ms = now_ms() - began_ms;
	if (good && took_ms < 1000) {
		snprintf(ret_why, size, "it took %lld ms", took_ms);
		good = false;
	}
	trace_free(trace);
	return good;
}

/* ---- By a signal ---- */

/* All that happened before it is printed. */
static bool ends_by(int signal, const struct live_setup *setup, char *ret_why, int size)
{
	struct trace *trace = trace_start(setup, no_options, ret_why, size);
	struct report report = {};
	bool good;

	if (!trace)
		return false;
	good = fail_to_bind(setup, trace->tracer, &report, ret_why, size) &&
	       trace_stop(trace, signal, ret_why, size);
	good = good && trace_compare_failures(trace, &report);
	report_free(&report);
	trace_free(trace);
	return good;
}

static bool ends_on_sigint(const struct live_setup *setup, char *ret_why, int size)
{
	return ends_by(SIGINT, setup, ret_why, size);
}

static bool ends_on_sigterm(const struct live_setup *setup, char *ret_why, int size)
{
	return ends_by(SIGTERM, setup, ret_why, size);
}

/* ---- By a reader that has enough ---- */

static unsigned int nr_lines(const struct text *text)
{
	const char *at = text->used ? text->bytes : "";
	unsigned int nr = 0;

	while ((at = strchr(at, '\n'))) {
		nr++;
		at++;
	}
	return nr;
}

/* What follows the last newline is dropped. */
static bool read_some_lines(struct child *child, struct text *text)
{
	long long end_ms = now_ms() + LIMIT_MS, left_ms;

	while (nr_lines(text) < NR_READ && (left_ms = end_ms - now_ms()) > 0) {
		struct pollfd out = { .fd = child->out, .events = POLLIN };

		if (poll(&out, 1, left_ms) == 1 && !text_read(text, child->out))
			return false;
	}
	return nr_lines(text) >= NR_READ;
}

static bool are_whole(struct text *text)
{
	char *rest = text->bytes, *line;
	unsigned int nr = nr_lines(text);

	while (nr-- && (line = strsep(&rest, "\n"))) {
		struct json_object *json = json_parse(line);

		if (!json) {
			outcome_detail("not a line of JSON: %s", line);
			return false;
		}
		json_object_put(json);
	}
	return true;
}

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

/* The pipe is closed while more failures come. */
static bool read_and_close(const struct live_setup *setup, struct child *child, char *ret_why,
			   int size)
{
	struct report first = {}, second = {};
	struct text text = {};
	bool good = fail_to_bind(setup, NULL, &first, ret_why, size);

	if (good && (!read_some_lines(child, &text) || !are_whole(&text))) {
		snprintf(ret_why, size, "%u whole lines were read", nr_lines(&text));
		good = false;
	}
	close(child->out);
	child->out = -1;
	good = good && fail_to_bind(setup, NULL, &second, ret_why, size);
	if (good && !wait_until(has_ended, &child, LIMIT_MS)) {
		snprintf(ret_why, size, "it goes on without a reader");
		good = false;
	} else if (good && (!WIFEXITED(child->status) || WEXITSTATUS(child->status))) {
		snprintf(ret_why, size, "%s", child_end_text(child));
		good = false;
	}
	text_free(&text);
	report_free(&first);
	report_free(&second);
	return good;
}

static bool ends_with_its_reader(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const argv[] = { setup->porttrace, "trace", "--json", "--probe", setup->probe,
				     NULL };
	struct child *child = child_start(argv);
	bool good = false;

	if (!child)
		snprintf(ret_why, size, "cannot start %s: %s", setup->porttrace, strerror(errno));
	else if (!wait_until(tracer_is_tracing, &child, START_LIMIT_MS))
		snprintf(ret_why, size, "it does not trace: %s", child_first_words(child));
	else
		good = read_and_close(setup, child, ret_why, size);
	child_free(child);
	return good;
}

const struct trace_case trace_end_cases[] = {
	{ .name = "trace-ends-after-count", .run = ends_after_count },
	{ .name = "trace-ends-after-duration", .run = ends_after_duration },
	{ .name = "trace-ends-on-sigint", .run = ends_on_sigint, .is_of_backend = true },
	{ .name = "trace-ends-on-sigterm", .run = ends_on_sigterm },
	{ .name = "trace-ends-with-its-reader", .run = ends_with_its_reader },
	{},
};
