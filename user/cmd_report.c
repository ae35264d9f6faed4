// SPDX-License-Identifier: GPL-2.0-only
/* What a recording says. */
#include <errno.h>

#include "cmd.h"
#include "output.h"
#include "report_read.h"
#include "view_report_diff.h"

#define TEXT_WIDTH 80
#define TEXT_ROWS 10
#define HTML_ROWS 1000

/* ---- Reading ---- */

static int read_report(const char *path, const struct options *options, struct report **ret_report,
		       struct reason *damage, struct reason *reason)
{
	const struct report_want want = { .filter = &options->filter, .netns = options->netns,
					  .window = options->window };
	struct recording *recording = NULL;
	struct report *report = report_new(&want);
	int err = report ? 0 : because(reason, -ENOMEM, "out of memory");

	if (!err)
		err = recording_open(path, &recording, reason);
	if (!err)
		err = report_read(report, recording, damage, reason);
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
	int err;

	if (options->html)
		return view_report_html(output_stream(), report, &style);
	if (options->folded) {
		err = view_report_folded(output_stream(), report);
		if (!err)
			say_what_has_no_stack(report);
		return err;
	}
	if (!options->json)
		return view_report_text(output_stream(), report, &style);
	view_report_json(output_stream(), report);
	return 0;
}

/* That may be meant so, as where one of two has it. */
static void say_what_is_not_there(const struct options *options, const struct report *report,
				  const char *path)
{
	if (!report_has_netns(report))
		complain("there is no network namespace '%s' in %s", options->netns, path);
}

/* The report is there, up to where the recording is damaged: the status still is that of an error. */
static int tell_of_damage(const struct reason *damage)
{
	if (!damage->text[0])
		return 0;
	complain("%s", damage->text);
	return -EBADMSG;
}

/* ret_damage: what is wrong in the recording has been said. */
static int report_one(const struct options *options, int *ret_damage, struct reason *reason)
{
	struct reason damage = { "" };
	struct report *report = NULL;
	int err = read_report(options->from, options, &report, &damage, reason);

	if (!err && show(options, report))
		err = because(reason, -ENOMEM, "out of memory");
	if (!err) {
		say_what_is_not_there(options, report, options->from);
		*ret_damage = tell_of_damage(&damage);
	}
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

static int report_two(const struct options *options, int *ret_damage, struct reason *reason)
{
	struct reason old_damage = { "" }, new_damage = { "" };
	struct report *old = NULL, *new = NULL;
	struct report_diff diff = {};
	int err = read_report(options->diff, options, &old, &old_damage, reason);

	if (!err)
		err = read_report(options->from, options, &new, &new_damage, reason);
	if (!err && (report_diff_fill(&diff, old, new) || show_diff(options, &diff)))
		err = because(reason, -ENOMEM, "out of memory");
	if (!err) {
		say_what_is_not_there(options, old, options->diff);
		say_what_is_not_there(options, new, options->from);
		*ret_damage = tell_of_damage(&old_damage);
		if (tell_of_damage(&new_damage))
			*ret_damage = -EBADMSG;
	}
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
	int damage = 0, err;

	if (!is_one_form(options))
		return EXIT_USAGE;
	err = options->diff ? report_two(options, &damage, &reason) :
			      report_one(options, &damage, &reason);
	if (err)
		complain("%s", reason.text);
	else
		err = output_flush();
	if (err == -EINVAL)
		return EXIT_USAGE;
	return output_status(err ? err : damage);
}
