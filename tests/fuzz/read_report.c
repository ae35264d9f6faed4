// SPDX-License-Identifier: GPL-2.0-only
#include "read_report.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <json-c/json.h>

#include "must.h"
#include "report_read.h"
#include "view_report_diff.h"

/* What is asked for: each of these of every file. */
static const struct {
	const char *since, *until, *netns;
	struct filter filter;
} wants[] = {
	{ NULL, NULL, NULL, {} },
	{ "0.5", "3", NULL, {} },
	{ "2", NULL, "blue", {} },
	{ NULL, "8589934592", "4026531840", { .comm = "php-fpm" } },
	{ "@0", "23:59", NULL, { .dport_low = 1, .dport_high = 7001 } },
};

static struct report_window window_of(size_t which)
{
	struct report_window window = {};
	struct reason reason;

	if (wants[which].since)
		must(!report_when_parse(wants[which].since, &window.since, &reason));
	if (wants[which].until)
		must(!report_when_parse(wants[which].until, &window.until, &reason));
	return window;
}

/* NULL: there is nothing to say of it. */
static struct report *report_of(const char *path, size_t which)
{
	const struct report_want want = { .filter = &wants[which].filter,
					  .netns = wants[which].netns,
					  .window = window_of(which) };
	struct report *report = report_new(&want);
	struct reason damage, reason = { "" };
	struct recording *recording;
	int err;

	must(report && !recording_open(path, &recording, &reason));
	err = report_read(report, recording, &damage, &reason);
	recording_close(recording);
	must(!err || reason.text[0]);
	must(!report->damaged_line == !damage.text[0] || err);
	if (!err)
		return report;
	report_free(report);
	return NULL;
}

static void must_be_json(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	must(object);
	json_object_put(object);
	must(strchr(text, '\n') == text + strlen(text) - 1);
}

typedef void show_function(FILE *out, const void *what);

static char *text_of(show_function *show, const void *what)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	show(out, what);
	fclose(out);
	return text;
}

static const struct report_style style = { .width = 100, .rows = 20, .utf8 = true };
static const char *const names[2] = { "old", "new" };

static void show_text(FILE *out, const void *report)
{
	must(!view_report_text(out, report, &style));
}

static void show_json(FILE *out, const void *report)
{
	view_report_json(out, report);
}

static void show_html(FILE *out, const void *report)
{
	must(!view_report_html(out, report, &style));
}

static void show_folded(FILE *out, const void *report)
{
	must(!view_report_folded(out, report));
}

static void show_diff_text(FILE *out, const void *diff)
{
	must(!view_report_diff_text(out, diff, names, &style));
}

static void show_diff_json(FILE *out, const void *diff)
{
	view_report_diff_json(out, diff, names);
}

static void must_be_sound(show_function *show, const void *what, bool is_json)
{
	char *text = text_of(show, what);

	if (is_json)
		must_be_json(text);
	free(text);
}

static void look_at(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_episodes; i++)
		must(report->episodes[i].from_ns >= 0 && report->episodes[i].to_ns >= 0);
	must_be_sound(show_text, report, false);
	must_be_sound(show_json, report, true);
	must_be_sound(show_html, report, false);
	must_be_sound(show_folded, report, false);
}

static void look_at_both(const struct report *old, const struct report *new)
{
	struct report_diff diff;

	must(!report_diff_fill(&diff, old, new));
	must_be_sound(show_diff_text, &diff, false);
	must_be_sound(show_diff_json, &diff, true);
	report_diff_done(&diff);
}

void fuzz_report(const uint8_t *bytes, size_t size)
{
	struct report *whole = NULL, *part;
	char path[32];
	size_t i;
	int fd = memfd_create("recording", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		part = report_of(path, i);
		if (part)
			look_at(part);
		if (part && whole)
			look_at_both(whole, part);
		if (i)
			report_free(part);
		else
			whole = part;
	}
	report_free(whole);
	close(fd);
}
