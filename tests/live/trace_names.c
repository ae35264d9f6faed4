// SPDX-License-Identifier: GPL-2.0-only
/* A process may call itself what it likes. Its name must do no harm to whoever reads it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "child.h"
#include "outcome.h"
#include "report.h"
#include "text.h"
#include "trace.h"
#include "trace_cases.h"
#include "trace_compare.h"
#include "wait.h"

#define NR_FAILURES 7
#define START_LIMIT_MS 60000
#define END_LIMIT_MS 60000

/* Clears the screen, and is neither a JSON string, nor one line, nor UTF-8: all of 15 bytes. */
#define HOSTILE "\x1b[2J\"\\\n\r\t\x7f\xff\xc3\x9b,"

static bool run_named(const struct live_setup *setup, const char *comm, struct report *ret_report,
		      char *ret_why, int size)
{
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "tcp4-not-local",
		.m = NR_FAILURES,
		.comm = comm,
		.events = true,
	};

	if (report_obtain(&wanted, NULL, ret_report) == REPORT_COMPLETE)
		return true;
	snprintf(ret_why, size, "%s", ret_report->why);
	return false;
}

/* That each line is one of JSON is looked at anyway. */
static bool name_in_json(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const no_options[] = { NULL };
	struct trace *trace = trace_start(setup, no_options, ret_why, size);
	struct report report = {};
	bool good;

	if (!trace)
		return false;
	good = run_named(setup, HOSTILE, &report, ret_why, size) &&
	       trace_stop(trace, SIGINT, ret_why, size);
	good = good && trace_compare_failures(trace, &report);
	report_free(&report);
	trace_free(trace);
	return good;
}

/* ---- As text ---- */

/* What a trace of such a process prints, and how often it has "198.51.100.1" in it. */
static bool print_named(const struct live_setup *setup, const char *comm, struct text *ret_text,
			char *ret_why, int size)
{
	char pid[16];
	const char *const argv[] = { setup->porttrace, "trace", "--probe", setup->probe, "--src",
				     "198.51.100.1", "--netns", pid, NULL };
	struct report report = {};
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = "tcp4-not-local",
		.m = NR_FAILURES,
		.comm = comm,
		.waits = true,
	};
	struct child *child = NULL;
	bool good = report_start(&wanted, &report) == REPORT_COMPLETE;

	if (good) {
		snprintf(pid, sizeof(pid), "%d", report.child->pid);
		child = child_start(argv);
	}
	good = child && wait_until(tracer_is_tracing, &child, START_LIMIT_MS) &&
	       report_finish(&report, NULL) == REPORT_COMPLETE;
	if (good) {
		kill(child->pid, SIGINT);
		good = !text_read_all(ret_text, child->out, END_LIMIT_MS) && ret_text->used;
	}
	if (!good)
		snprintf(ret_why, size, "no text: %s; %s", report.why,
			 child ? child_first_words(child) : strerror(errno));
	report_free(&report);
	child_free(child);
	return good;
}

static unsigned int nr_lines(const struct text *text)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < text->used; i++)
		nr += text->bytes[i] == '\n';
	return nr;
}

static bool is_printable(const struct text *text)
{
	size_t i;

	for (i = 0; i < text->used; i++) {
		unsigned char byte = text->bytes[i];

		if ((byte < ' ' && byte != '\n') || byte > '~') {
			outcome_detail("byte %zu is 0x%02x", i, byte);
			return false;
		}
	}
	return true;
}

/* As many lines as there are with an ordinary name. */
static bool name_in_text(const struct live_setup *setup, char *ret_why, int size)
{
	struct text ordinary = {}, hostile = {};
	bool good = print_named(setup, "ordinary", &ordinary, ret_why, size) &&
		    print_named(setup, HOSTILE, &hostile, ret_why, size) &&
		    is_printable(&hostile);

	if (good && (nr_lines(&ordinary) != nr_lines(&hostile) ||
		     nr_lines(&hostile) < NR_FAILURES)) {
		snprintf(ret_why, size, "%u lines instead of %u", nr_lines(&hostile),
			 nr_lines(&ordinary));
		good = false;
	}
	text_free(&ordinary);
	text_free(&hostile);
	return good;
}

const struct trace_case trace_name_cases[] = {
	{ .name = "trace-hostile-name-in-json", .run = name_in_json },
	{ .name = "trace-hostile-name-in-text", .run = name_in_text },
	{},
};
