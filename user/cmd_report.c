// SPDX-License-Identifier: GPL-2.0-only
/* What a recording says. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"
#include "read_event_json.h"
#include "recording.h"
#include "view_report_diff.h"
#include "waits.h"

#define TEXT_WIDTH 80
#define TEXT_ROWS 10
#define HTML_ROWS 1000

/* ---- Reading ---- */

static int add_event_line(struct report *report, const struct event_line *line)
{
	switch (line->kind) {
	case EVENT_LINE_EVENT:
		return report_add_event(report, &line->event);
	case EVENT_LINE_HELD:
		return report_add_held(report, &line->held);
	case EVENT_LINE_LOST:
		return report_add_lost(report, &line->lost.wall, line->lost.count);
	case EVENT_LINE_SUMMARY:
		return report_add_summary(report, &line->summary);
	}
	return 0;
}

static int read_event(struct report *report, const struct recording *recording,
		      const struct recording_item *item, struct reason *reason)
{
	struct reason what = { "" };
	struct event_line line;
	int err = read_event_json(item->line, item->length, &line, &what);

	if (err)
		recording_fail(recording, err, what.text, reason);
	else if (add_event_line(report, &line))
		err = because(reason, -ENOMEM, "out of memory");
	event_line_done(&line);
	return err;
}

static int add_item(struct report *report, const struct recording *recording,
		    const struct recording_item *item, struct reason *reason)
{
	int err;

	if (item->kind == RECORDING_HEADER)
		err = report_add_header(report, item->header);
	else if (item->kind == RECORDING_SNAPSHOT)
		err = report_add_snapshot(report, item->snapshot);
	else
		return read_event(report, recording, item, reason);
	return err ? because(reason, err, "out of memory") : 0;
}

/* A pipe may have a writer who takes his time; a signal ends the program as it ends any other. */
static void wait_for_more(const struct recording *recording)
{
	struct pollfd wait = { .fd = recording_fd(recording), .events = POLLIN };

	poll(&wait, 1, -1);
}

static int read_all(struct report *report, struct recording *recording, struct reason *reason)
{
	struct recording_item item;
	unsigned long items = 0;
	int err;

	for (;;) {
		err = recording_next(recording, &item, reason);
		if (err == -EAGAIN) {
			wait_for_more(recording);
			continue;
		}
		if (!err)
			err = add_item(report, recording, &item, reason);
		if (err)
			break;
		items++;
	}
	if (err == -ENODATA && !items)
		return because(reason, -EBADMSG, "there is nothing in %s: not even one line",
			       recording_name(recording));
	return err == -ENODATA ? 0 : err;
}

static int read_report(const char *path, const struct options *options, struct report **ret_report,
		       struct reason *reason)
{
	const struct report_want want = { .filter = &options->filter, .netns = options->netns,
					  .window = options->window };
	struct recording *recording = NULL;
	struct report *report = report_new(&want);
	int err = report ? 0 : because(reason, -ENOMEM, "out of memory");

	if (!err)
		err = recording_open(path, &recording, reason);
	if (!err)
		err = read_all(report, recording, reason);
	if (!err && report_finish(report, recording_is_cut(recording)))
		err = because(reason, -ENOMEM, "out of memory");
	recording_close(recording);
	if (err) {
		report_free(report);
		report = NULL;
	}
	*ret_report = report;
	return err;
}

/* ---- Showing ---- */

/* On standard output there is nothing but stacks. */
static void say_what_has_no_stack(const struct report *report)
{
	uint64_t failures = report_failures(report), with_stack = 0;
	size_t i;

	for (i = 0; i < report->stacks.nr; i++)
		with_stack += ((const struct report_stack *)report->list.stacks[i])->count;
	if (failures > with_stack)
		complain("%llu of %llu failures have no stack here: they were recorded without, "
			 "held back or lost",
			 (unsigned long long)(failures - with_stack), (unsigned long long)failures);
}

static struct report_style style_of(const struct options *options)
{
	return (struct report_style){
		.width = output_width(TEXT_WIDTH),
		.utf8 = output_is_utf8(),
		.rows = options->count ? options->count : options->html ? HTML_ROWS : TEXT_ROWS,
	};
}

static int show(const struct options *options, const struct report *report)
{
	const struct report_style style = style_of(options);

	if (options->json)
		view_report_json(output_stream(), report);
	else if (options->folded)
		view_report_folded(output_stream(), report);
	else if (options->html)
		return view_report_html(output_stream(), report, &style);
	else
		return view_report_text(output_stream(), report, &style);
	if (options->folded)
		say_what_has_no_stack(report);
	return 0;
}

static int report_one(const struct options *options, struct reason *reason)
{
	struct report *report = NULL;
	int err = read_report(options->from, options, &report, reason);

	if (!err && show(options, report))
		err = because(reason, -ENOMEM, "out of memory");
	report_free(report);
	return err;
}

static int show_diff(const struct options *options, const struct report_diff *diff)
{
	const char *const names[2] = { options->diff, options->from };
	const struct report_style style = style_of(options);

	if (!options->json)
		return view_report_diff_text(output_stream(), diff, names, &style);
	view_report_diff_json(output_stream(), diff, names);
	return 0;
}

static int report_two(const struct options *options, struct reason *reason)
{
	struct report *old = NULL, *new = NULL;
	struct report_diff diff = {};
	int err = read_report(options->diff, options, &old, reason);

	if (!err)
		err = read_report(options->from, options, &new, reason);
	if (!err && (report_diff_fill(&diff, old, new) || show_diff(options, &diff)))
		err = because(reason, -ENOMEM, "out of memory");
	report_diff_done(&diff);
	report_free(old);
	report_free(new);
	return err;
}

/* What is printed has one form, and some have none for two recordings. */
static bool is_one_form(const struct options *options)
{
	const char *own = options->folded ? "--folded" : options->html ? "--html" : NULL;
	const char *other = options->diff	      ? "--diff" :
			    options->json	      ? "--json" :
			    options->folded && options->html ? "--html" :
							       NULL;

	if (own && other)
		complain("%s is a form of its own: not with %s", own, other);
	return !own || !other;
}

int cmd_report(const struct options *options)
{
	struct reason reason = { "" };
	int err;

	if (!is_one_form(options))
		return EXIT_USAGE;
	err = options->diff ? report_two(options, &reason) : report_one(options, &reason);
	if (err)
		complain("%s", reason.text);
	else
		err = output_flush();
	return output_status(err);
}
