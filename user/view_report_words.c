// SPDX-License-Identifier: GPL-2.0-only
#include "report_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field_get.h"
#include "history.h"
#include "report_fields.h"
#include "table.h"

const char *report_route_name(const struct report *report, const struct route_key *key,
			      char name[REPORT_ROUTE_SIZE])
{
	struct value source, destination, netns;
	bool has_destination = route_has_destination(key);

	if (key->overflow)
		value_set_text(&source, "(more routes)");
	else
		value_set_address(&source, key->src);
	if (has_destination)
		value_set_endpoint(&destination, key->dst, key->dport);
	value_set_netns(&netns, report->names, key->netns);
	snprintf(name, REPORT_ROUTE_SIZE, "%s %s%s%s", proto_name(key->proto), source.text,
		 has_destination ? " > " : "", has_destination ? destination.text : ", any destination");
	if (netns.kind == VALUE_TEXT && strcmp(netns.text, "init"))
		snprintf(name + strlen(name), REPORT_ROUTE_SIZE - strlen(name), " in %s", netns.text);
	return name;
}

void report_put_wrapped(FILE *out, int indent, int width, const char *text)
{
	int column = 0, length;

	while (*text) {
		length = strcspn(text, " ");
		if (column && column + 1 + length > width) {
			fputc('\n', out);
			column = 0;
		}
		/* A word that is longer than a line goes beyond it. */
		column += fprintf(out, "%*s%.*s", column ? 1 : indent, "", length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* ---- Tables ---- */

int report_put_table(FILE *out, const struct snapshot *names, const struct report_style *style,
		     const struct field *fields, void *const *rows, size_t nr)
{
	const struct table_want want = { .fields = fields, .width = style->width };
	size_t i, shown = nr < style->rows ? nr : style->rows;
	char line[TABLE_LINE_SIZE];
	struct table table;

	if (table_fill(&table, &want, names, (const void *const *)rows, shown))
		return -ENOMEM;
	table_heading(&table, line);
	fprintf(out, "%s\n", line);
	for (i = 0; i < shown; i++) {
		table_row(&table, i, line);
		fprintf(out, "%s\n", line);
	}
	table_free(&table);
	if (shown < nr)
		fprintf(out, "... and %zu more (-n)\n", nr - shown);
	return 0;
}

/* ---- Searches ---- */

#define BAR_COLUMNS 30

static void put_bar(FILE *out, const struct report_style *style, uint64_t count, uint64_t most)
{
	int cells = most ? (count * BAR_COLUMNS + most - 1) / most : 0;

	while (cells-- > 0)
		fputs(style->utf8 ? "█" : "#", out);
}

/* Where the bucket ends, in the unit that fits. */
static void put_limit(FILE *out, int bucket)
{
	double limit_us = (1 << (SEARCH_BUCKET0_LOG2 + bucket)) / 1e3;

	if (bucket == SEARCH_BUCKETS - 1)
		fputs("   longer  ", out);
	else if (limit_us < 1000)
		fprintf(out, "< %6.1f us", limit_us);
	else
		fprintf(out, "< %6.1f ms", limit_us / 1e3);
}

static void put_count(FILE *out, bool is_known, uint64_t count)
{
	if (is_known)
		fprintf(out, " %12" PRIu64, count);
	else
		fprintf(out, " %12s", "-");
}

static void put_buckets(FILE *out, const struct report *report, const struct report_style *style)
{
	const uint64_t *shown = report->searches_known ? report->search_buckets :
							 report->failed_buckets;
	int i, first = SEARCH_BUCKETS, last = -1;
	uint64_t most = 0;

	for (i = 0; i < SEARCH_BUCKETS; i++) {
		if (!report->search_buckets[i] && !report->failed_buckets[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = shown[i] > most ? shown[i] : most;
	}
	for (i = first; i <= last; i++) {
		put_limit(out, i);
		put_count(out, report->searches_known, report->search_buckets[i]);
		put_count(out, true, report->failed_buckets[i]);
		fputs(shown[i] ? "  " : "", out);
		put_bar(out, style, shown[i], most);
		fputc('\n', out);
	}
}

void report_put_searches(FILE *out, const struct report *report, const struct report_style *style)
{
	fputs("\nSearches for a port, by duration", out);
	if (!report->searches_known && !report->failed_searches) {
		fputs(!report->searches_unknown && !report->failed_unmeasured ?
			      ": none is known of\n" :
		      report->failed_unmeasured ?
			      ": not measured by this back-end\n" :
			      ": none that failed; others are not measured\n",
		      out);
		return;
	}
	if (report->searches > 0)
		fprintf(out, "; %" PRId64 " took %.1f us each on average", report->searches,
			report->search_ns / 1e3 / report->searches);
	fprintf(out, "\n%11s %12s %12s\n", "", "ALL", "FAILED");
	put_buckets(out, report, style);
	if (report->failed_unmeasured)
		fprintf(out, "Of %" PRIu64 " failed calls the duration is not known.\n",
			report->failed_unmeasured);
}

/* ---- Timeline ---- */

#define LABEL_COLUMNS 11
#define NOTE_COLUMNS 14

/*
 * Counters know of all failures, single events when each was; a step has those of the one that knows
 * of more, since what is counted may be in the step after that in which it was told of.
 */
static bool counters_know_more(const struct timeline *timeline)
{
	uint64_t counted = 0, told = 0;
	int i;

	for (i = 0; i < timeline->nr; i++) {
		counted += timeline->steps[i].failures;
		told += timeline->steps[i].told;
	}
	return counted >= told;
}

/* NAN: not known. */
static double sample_of(const struct timeline_step *step, enum report_line line, bool by_counters)
{
	switch (line) {
	case LINE_USE:
		return step->knows_use ? step->most_use * 100 : NAN;
	case LINE_FAILURES:
		if (!by_counters)
			return step->told;
		return step->is_known ? step->failures : NAN;
	case LINE_ALLOCATIONS:
		return step->is_known ? step->allocations : NAN;
	case LINE_TIME_WAIT:
		return step->most_time_wait == NOT_KNOWN ? NAN : step->most_time_wait;
	case NR_REPORT_LINES:
		break;
	}
	return NAN;
}

void report_series_fill(struct report_series *series, const struct timeline *timeline,
			enum report_line line)
{
	static const char *const names[NR_REPORT_LINES] = { "fullest %", "failed", "allocated",
							    "TIME_WAIT" };
	bool by_counters = counters_know_more(timeline);
	int i;

	series->name = names[line];
	series->nr = timeline->nr;
	series->most = NAN;
	for (i = 0; i < series->nr; i++) {
		double sample = sample_of(&timeline->steps[i], line, by_counters);

		series->samples[i] = sample;
		if (isnan(series->most) || sample > series->most)
			series->most = sample;
	}
}

static void put_line(FILE *out, const struct report_style *style, const struct timeline *timeline,
		     enum report_line line)
{
	char spark[3 * TIMELINE_STEPS + 1];
	struct report_series series;

	report_series_fill(&series, timeline, line);
	if (isnan(series.most))
		return;
	history_spark(series.samples, series.nr, series.nr, style->utf8, spark);
	fprintf(out, "%-*s%s  most %.0f\n", LABEL_COLUMNS, series.name, spark, series.most);
}

const char *report_step(int64_t step_ns, char text[REPORT_STEP_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (step_ns >= units[i].seconds * 1000000000)
			break;
	if (i < sizeof(units) / sizeof(units[0]))
		snprintf(text, REPORT_STEP_SIZE, "%" PRId64 " %s",
			 step_ns / 1000000000 / units[i].seconds, units[i].unit);
	else
		snprintf(text, REPORT_STEP_SIZE, "%g s", step_ns / 1e9);
	return text;
}

int report_put_timeline(FILE *out, const struct report *report, const struct report_style *style)
{
	int columns = style->width - LABEL_COLUMNS - NOTE_COLUMNS, line;
	struct timeline *timeline;
	char from[REPORT_TIME_SIZE], to[REPORT_TIME_SIZE], step[REPORT_STEP_SIZE];

	if (!report->snapshots && !report->events)
		return 0;
	timeline = malloc(sizeof(*timeline));
	if (!timeline)
		return -ENOMEM;
	*timeline = report->timeline;
	timeline_shrink(timeline, columns > 10 ? columns : 10, 0);
	fprintf(out, "\nTimeline, %s to %s, %s a column\n",
		report_time(report->names, timeline->start_ns, from),
		report_time(report->names, timeline_end(timeline), to),
		report_step(timeline->step_ns, step));
	for (line = 0; line < NR_REPORT_LINES; line++)
		put_line(out, style, timeline, line);
	free(timeline);
	return 0;
}

/* ---- Lost ---- */

struct loss {
	int64_t count; /* NOT_KNOWN: nothing to say */
	const char *what;
};

static void put_losses(FILE *out, const struct loss *losses, size_t nr, size_t *said)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (losses[i].count > 0) {
			fprintf(out, "  %" PRId64 " %s\n", losses[i].count, losses[i].what);
			(*said)++;
		}
}

static void put_lost_by_counters(FILE *out, const struct report *report, size_t *said)
{
	const struct losses *lost = &report->lost.snapshot;
	const struct loss losses[] = {
		{ lost->routes, "events without a route of their own, counted in overflow rows" },
		{ lost->failures, "failures without a kind of their own" },
		{ lost->calls, "calls not followed to their end" },
		{ lost->returns, "returns that the kernel did not report" },
		{ lost->walks, "walks of the kernel's lists cut short" },
		{ lost->census, "lists that a census could not count" },
		{ lost->owners, "owners not kept" },
		{ lost->ended, "calls in namespaces that ended before a snapshot had them" },
		{ lost->missed, "calls missed: the kernel refused to run a probe" },
	};

	if (report->lost.has_snapshot)
		put_losses(out, losses, sizeof(losses) / sizeof(losses[0]), said);
}

static void put_lost_here(FILE *out, const struct report *report, size_t *said)
{
	const struct report_losses *lost = &report->lost;
	const struct loss losses[] = {
		{ lost->held - lost->held_or_others,
		  "failures counted, but not told of one by one (held back)" },
		{ lost->held_or_others,
		  "failures held back that were of what is asked for, or of others" },
		{ report_lost_events(report), "single events lost" },
		{ report_missed_events(report), "events missed" },
		{ lost->routes, "routes that this report has no room for" },
		{ lost->callers, "failures of callers that it has no room for" },
		{ lost->stacks, "failures whose stacks it has no room for" },
		{ lost->owners, "owners of TIME_WAITs that it has no room for" },
		{ lost->kinds, "failures of kinds that it has no room for" },
		{ lost->episodes, "times without a free port that it has no room for" },
		{ lost->texts, "uses of names of cgroups that it has no room for" },
		{ lost->netns, "looks at network namespaces that it has no room for" },
		{ lost->clock_steps, "times that the clock was set that it has no room for" },
		{ lost->not_placed, "single events too many to wait for the snapshot after them: without "
				    "what it tells of clocks and names" },
	};

	put_losses(out, losses, sizeof(losses) / sizeof(losses[0]), said);
}

void report_put_lost(FILE *out, const struct report *report, const struct report_style *style)
{
	size_t said = 0;

	(void)style;
	fputs("\nLost or left out\n", out);
	put_lost_by_counters(out, report, &said);
	put_lost_here(out, report, &said);
	if (report->damaged_line) {
		fprintf(out, "  what is in line %lu and behind it: the recording is damaged\n",
			report->damaged_line);
		said++;
	}
	if (report->is_cut) {
		fputs("  what came after the last whole line: the recording was cut\n", out);
		said++;
	}
	if (!said)
		fputs("  nothing\n", out);
}
