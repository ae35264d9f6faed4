// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in a report was chosen by others: names of programs, cgroups, hosts. All of it goes through
 * put_text(), and nothing of it into tags.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_fields.h"
#include "report_words.h"
#include "view_report.h"

/* Columns of the parts that are text. */
#define TEXT_WIDTH 100

#define CELL_SIZE 1024

/* Steps of the timeline, and how high it is, in units of the drawing. */
#define DRAWN_STEPS 240
#define DRAWN_HEIGHT 100

/* Should there be a way past put_text() in spite of all: nothing is loaded, nothing runs. */
#define BEGINNING                                                                             \
	"<!DOCTYPE html>\n"                                                                    \
	"<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"                  \
	"<meta charset=\"utf-8\"/>\n"                                                          \
	"<meta http-equiv=\"Content-Security-Policy\" "                                        \
	"content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"                        \
	"<meta name=\"viewport\" content=\"width=device-width\"/>\n"                           \
	"<style>\n"                                                                            \
	":root { color-scheme: light dark; font-family: sans-serif; }\n"                       \
	"body { margin: 1em 2em; }\n"                                                          \
	"h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin-top: 1.5em; }\n"               \
	"pre { white-space: pre-wrap; }\n"                                                     \
	"table { border-collapse: collapse; }\n"                                               \
	"th, td { padding: 0.1em 0.6em; text-align: right; border-bottom: 1px solid #8884; }\n" \
	".left { text-align: left; }\n"                                                        \
	"figure { margin: 0.5em 0; } svg { width: 100%; height: 5em; background: #8882; }\n"   \
	"rect { fill: #48c; } .failed rect { fill: #c33; }\n"                                  \
	"</style>\n"

/* ---- Text ---- */

/* Also ASCII, as XML has no way to say some bytes at all. */
static void put_character(FILE *out, char character)
{
	switch (character) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fputc(character == '\n' || (character >= ' ' && character <= '~') ? character : '?',
		      out);
	}
}

static void put_text(FILE *out, const char *text, size_t length)
{
	while (length--)
		put_character(out, *text++);
}

/* ---- Parts that are text ---- */

typedef void (*put_part)(FILE *out, const struct report *report, const struct report_style *style);

/* The first line is the heading. */
static void put_section(FILE *out, const char *name, const char *heading, const char *text)
{
	size_t length;

	text += strspn(text, "\n");
	if (!*text)
		return;
	length = strcspn(text, "\n");
	fprintf(out, "<section id=\"%s\">\n<%s>", name, heading);
	put_text(out, text, length);
	fprintf(out, "</%s>\n<pre>", heading);
	text += length;
	text += strspn(text, "\n");
	put_text(out, text, strlen(text));
	fputs("</pre>\n</section>\n", out);
}

static int put_as_text(FILE *out, const char *name, const char *heading,
		       const struct report *report, size_t rows, put_part put)
{
	const struct report_style style = { .width = TEXT_WIDTH, .rows = rows };
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int err = -ENOMEM;

	if (memory) {
		put(memory, report, &style);
		err = fclose(memory) ? -ENOMEM : 0;
	}
	if (!err)
		put_section(out, name, heading, text);
	free(text);
	return err;
}

/* ---- Tables ---- */

struct html_table {
	const char *name, *title;
	const struct field *fields;
	void *const *rows;
	size_t nr;
};

static const char *class_of(const struct field *field)
{
	return field->flags & FIELD_LEFT ? " class=\"left\"" : "";
}

static void put_row(FILE *out, const struct snapshot *names, const struct field *field,
		    const void *row)
{
	char text[CELL_SIZE];
	size_t length;

	fputs("<tr>", out);
	for (; field->name; field++) {
		struct value value = {};

		field->get(names, row, &value);
		length = value_format(&value, text, sizeof(text));
		fprintf(out, "<td%s>", class_of(field));
		put_text(out, text, length < sizeof(text) ? length : sizeof(text) - 1);
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct report *report, size_t most,
		      const struct html_table *table)
{
	const struct field *field;
	size_t i;

	if (!table->nr)
		return;
	fprintf(out, "<section id=\"%s\">\n<h2>%s</h2>\n<table>\n<tr>", table->name, table->title);
	for (field = table->fields; field->name; field++)
		fprintf(out, "<th%s>%s</th>", class_of(field), field->title);
	fputs("</tr>\n", out);
	for (i = 0; i < table->nr && i < most; i++)
		put_row(out, report->names, table->fields, table->rows[i]);
	fputs("</table>\n", out);
	if (i < table->nr)
		fprintf(out, "<p>... and %zu more (-n)</p>\n", table->nr - i);
	fputs("</section>\n", out);
}

static void put_failures(FILE *out, const struct report *report, size_t most)
{
	const struct html_table kinds = { "failures", "By cause", report_kind_fields,
					  report->list.kinds, report->kinds.nr };
	const struct html_table callers = { "callers", "Whose calls, of those told of one by one",
					    report_caller_fields, report->list.callers,
					    report->callers.nr };

	fputs("<h2 id=\"failed\">Failed: ", out);
	if (report_knows_failures(report))
		fprintf(out, "%" PRIu64, report_failures(report));
	else
		fputs("not known", out);
	fputs("</h2>\n", out);
	put_table(out, report, most, &kinds);
	put_table(out, report, most, &callers);
}

static void put_routes(FILE *out, const struct report *report, size_t most)
{
	const struct html_table routes = { "routes", "Routes, the closest to their end first",
					   report_route_fields, report->list.routes,
					   report->routes.nr };

	if (!report->snapshots || !report_has_netns(report))
		return;
	put_table(out, report, most, &routes);
	fprintf(out, "<p id=\"sums\">Allocated %" PRId64 ", into TIME_WAIT %" PRId64 "</p>\n",
		report->allocations, report->time_waits);
}

static void put_places(FILE *out, const struct report *report, size_t most)
{
	const struct html_table owners = { "owners",
					   "TIME_WAIT, by the processes that left it behind",
					   report_owner_fields, report->list.owners,
					   report->owners.nr };
	const struct html_table netns = { "netns", "Network namespaces, the most of each",
					  report_netns_fields, report->list.netns,
					  report->netns.nr };

	put_table(out, report, most, &owners);
	if (report->snapshots)
		put_table(out, report, most, &netns);
}

/* ---- Timeline ---- */

/* A bar a step; none is a step of which nothing is known. Integers, whatever the locale. */
static void put_series(FILE *out, const struct report_series *series, enum report_line line)
{
	int i, height;

	fprintf(out,
		"<figure%s>\n<figcaption>%s, most %.0f</figcaption>\n"
		"<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
		"xmlns=\"http://www.w3.org/2000/svg\">\n",
		line == LINE_FAILURES ? " class=\"failed\"" : "", series->name, series->most,
		series->nr, DRAWN_HEIGHT);
	for (i = 0; i < series->nr; i++) {
		if (isnan(series->samples[i]))
			continue;
		height = series->most > 0 ? ceil(series->samples[i] / series->most * DRAWN_HEIGHT) :
					    0;
		fprintf(out,
			"<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"%d\"><title>%.0f</title></rect>\n",
			i, DRAWN_HEIGHT - height, height, series->samples[i]);
	}
	fputs("</svg>\n</figure>\n", out);
}

static int put_timeline(FILE *out, const struct report *report)
{
	struct timeline *timeline = malloc(sizeof(*timeline));
	char from[REPORT_TIME_SIZE], to[REPORT_TIME_SIZE], step[REPORT_STEP_SIZE];
	struct report_series series;
	enum report_line line;

	if (!timeline)
		return -ENOMEM;
	*timeline = report->timeline;
	timeline_shrink(timeline, DRAWN_STEPS, 0);
	fprintf(out,
		"<section id=\"timeline\">\n<h2>Timeline, %s to %s, %s a step</h2>\n",
		report_time(report->names, timeline->start_ns, from),
		report_time(report->names, timeline_end(timeline), to),
		report_step(timeline->step_ns, step));
	for (line = 0; line < NR_REPORT_LINES; line++) {
		report_series_fill(&series, timeline, line);
		if (!isnan(series.most))
			put_series(out, &series, line);
	}
	fputs("</section>\n", out);
	free(timeline);
	return 0;
}

/* ---- The whole ---- */

static int put_body(FILE *out, const struct report *report, size_t rows)
{
	int err = put_as_text(out, "head", "h1", report, rows, report_put_head);

	if (err || report->start_ns == NOT_KNOWN)
		return err;
	err = put_as_text(out, "exhausted", "h2", report, rows, report_put_exhausted);
	if (!err)
		err = put_timeline(out, report);
	if (err)
		return err;
	put_failures(out, report, rows);
	err = put_as_text(out, "stacks", "h2", report, rows, report_put_stacks);
	put_routes(out, report, rows);
	if (!err)
		err = put_as_text(out, "searches", "h2", report, rows, report_put_searches);
	put_places(out, report, rows);
	if (!err)
		err = put_as_text(out, "lost", "h2", report, rows, report_put_lost);
	return err;
}

int view_report_html(FILE *out, const struct report *report, const struct report_style *style)
{
	int err;

	fputs(BEGINNING "<title>porttrace: ", out);
	put_text(out, report->host, strlen(report->host));
	fputs("</title>\n</head>\n<body>\n", out);
	err = put_body(out, report, style->rows);
	fputs("</body>\n</html>\n", out);
	return err;
}
