// SPDX-License-Identifier: GPL-2.0-only
#include "view_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report_fields.h"
#include "report_words.h"

/* ---- What it is about ---- */

/* In JSON all of it is there. */
#define LINE_SIZE 512

static void put_line(FILE *out, const char *what, const char *text)
{
	if (*text)
		fprintf(out, "%s: %.*s%s\n", what, LINE_SIZE, text,
			strlen(text) > LINE_SIZE ? "..." : "");
}

/* Text that has no room is cut: a little more than a line has, to know that. */
static void append(char text[LINE_SIZE + 2], const char *separator, const char *name,
		   const char *value)
{
	size_t length = strlen(text);

	snprintf(text + length, LINE_SIZE + 2 - length, "%s%s%s%s", length ? separator : "", name,
		 *name ? " " : "", value);
}

static void put_command(FILE *out, const struct report *report)
{
	char text[LINE_SIZE + 2] = "";
	size_t i;

	for (i = 0; i < report->nr_words; i++)
		append(text, " ", "", report->command[i]);
	put_line(out, "Command", text);
}

static void put_recorded_only(FILE *out, const struct report *report)
{
	char text[LINE_SIZE + 2] = "";
	int i;

	for (i = 0; i < REPORT_FILTERS; i++)
		if (report->recorded_only[i])
			append(text, ", ", report_filter_names[i], report->recorded_only[i]);
	put_line(out, "Recorded only", text);
}

/* The first ones: who sets the clock each minute has a question that is not answered here. */
#define CLOCK_STEPS_SHOWN 3

static void put_clock_steps(FILE *out, const struct report *report)
{
	const struct report_clock *clock = &report->clock;
	size_t i, nr = clock->nr_steps + report->lost.clock_steps;
	char from[REPORT_TIME_SIZE], to[REPORT_TIME_SIZE];

	for (i = 0; i < clock->nr_steps && i < CLOCK_STEPS_SHOWN; i++)
		fprintf(out, "The clock was set by %+.1f s, or the host slept, between %s and %s\n",
			clock->steps[i].by_s, report_time(report->names, clock->steps[i].from_ns, from),
			report_time(report->names, clock->steps[i].to_ns, to));
	if (nr > i)
		fprintf(out, "... and %zu times more\n", nr - i);
	if (nr)
		fputs("Times are as if it had not been.\n", out);
}

void report_put_head(FILE *out, const struct report *report, const struct report_style *style)
{
	char from[REPORT_TIME_SIZE], to[REPORT_TIME_SIZE], day[16] = "";
	time_t start = report->start_ns / 1000000000;
	struct tm tm;

	(void)style;
	fprintf(out, "%s, Linux %s, probe %s\n", report->host[0] ? report->host : "host not known",
		report->kernel[0] ? report->kernel : "-", report->probe[0] ? report->probe : "-");
	if (report->damaged_line)
		fprintf(out, "This recording is damaged from line %lu on: what is there is missing.\n",
			report->damaged_line);
	if (report->start_ns == NOT_KNOWN) {
		fputs("Nothing was recorded in that time.\n", out);
		return;
	}
	if (localtime_r(&start, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d ", &tm);
	fprintf(out, "%s%s to %s, %.1f s; snapshots: %" PRIu64 ", single events: %" PRIu64 "\n",
		day, report_time(report->names, report->start_ns, from),
		report_time(report->names, report->end_ns, to), report_seconds(report),
		report->snapshots, report->events);
	put_clock_steps(out, report);
	put_command(out, report);
	put_recorded_only(out, report);
	if (report->is_cut)
		fputs("This recording has no end: what came after its last whole line is missing.\n",
		      out);
}

/* ---- Exhausted ---- */

static void put_holders(FILE *out, const struct report_style *style,
			const struct report_route *route)
{
	char text[256];
	int i;

	for (i = 0; i < REPORT_HOLDERS; i++) {
		const struct report_holder *holder = &route->holders[i];

		if (!holder->pid)
			break;
		snprintf(text, sizeof(text), "%s[%u] had %" PRId64 " sockets, %" PRId64 " TIME_WAIT",
			 holder->comm, holder->pid, holder->sockets,
			 holder->time_waits > 0 ? holder->time_waits : 0);
		report_put_wrapped(out, 4, style->width, text);
		if (holder->cgroup)
			report_put_wrapped(out, 8, style->width, holder->cgroup);
	}
}

static void put_episode(FILE *out, const struct report *report,
			const struct report_episode *episode)
{
	char from[REPORT_TIME_SIZE], to[REPORT_TIME_SIZE], until[REPORT_TIME_SIZE];

	report_time(report->names, episode->from_ns, from);
	report_time(report->names, episode->to_ns, to);
	if (episode->is_between)
		fprintf(out, "    at some time between %s and %s", from, to);
	else
		fprintf(out, "    %s to %s, %.1f s", from, to, report_episode_ns(episode) / 1e9);
	fprintf(out, ", %" PRIu64 " failed", report_episode_failures(episode));
	if (episode->until_ns != NOT_KNOWN)
		fprintf(out, "; room again at %s\n",
			report_time(report->names, episode->until_ns, until));
	else
		fputc('\n', out);
}

/* As many as rows of a table. */
static void put_episodes(FILE *out, const struct report *report, const struct report_style *style,
			 const struct report_route *route)
{
	size_t i, shown = 0;

	for (i = 0; i < report->nr_episodes; i++) {
		if (route_key_compare(&report->episodes[i].key, &route->key))
			continue;
		if (shown++ < style->rows)
			put_episode(out, report, &report->episodes[i]);
	}
	if (shown > style->rows)
		shown = style->rows;
	if (route->episodes > shown)
		fprintf(out, "    ... and %" PRIu64 " times more\n", route->episodes - shown);
}

static void put_exhausted_route(FILE *out, const struct report *report,
				const struct report_style *style, const struct report_route *route)
{
	char name[REPORT_ROUTE_SIZE];

	fprintf(out, "  %s\n", report_route_name(report, &route->key, name));
	put_episodes(out, report, style, route);
	put_holders(out, style, route);
	if (route->why)
		report_put_wrapped(out, 4, style->width, route->why);
}

/* What came next to it, where nothing was exhausted. */
static void put_closest(FILE *out, const struct report *report)
{
	const struct report_route *route = report->routes.nr ? report->list.routes[0] : NULL;
	char name[REPORT_ROUTE_SIZE], at[REPORT_TIME_SIZE];

	if (!route || route->least_headroom == NOT_KNOWN)
		return;
	fprintf(out, "Closest was %s: %" PRId64 " of %" PRId64 " left at %s\n",
		report_route_name(report, &route->key, name), route->least_headroom,
		route->capacity, report_time(report->names, route->least_headroom_ns, at));
}

/* Where no route was. */
static void put_not_exhausted(FILE *out, const struct report *report)
{
	size_t unknown = report_unknown_routes(report);

	if (!report_knows_exhaustion(report)) {
		fprintf(out, "\nWhether anything was exhausted is not known: %s.\n",
			!report->snapshots  ? "there is no snapshot" :
			!report->routes.nr ? "there is no route that was asked for" :
					     "of no route it is known what was left");
		return;
	}
	fputs("\nNothing was exhausted", out);
	if (unknown)
		fprintf(out, ", as far as is known: of %zu of %zu routes it is not", unknown,
			report->routes.nr);
	fputs(".\n", out);
	put_closest(out, report);
}

void report_put_exhausted(FILE *out, const struct report *report, const struct report_style *style)
{
	size_t i, nr = report_exhausted_routes(report);

	if (!nr) {
		put_not_exhausted(out, report);
		return;
	}
	fprintf(out, "\nExhausted: %zu of %zu routes\n", nr, report->routes.nr);
	for (i = 0; i < nr && i < style->rows; i++)
		put_exhausted_route(out, report, style, report->list.routes[i]);
	if (i < nr)
		fprintf(out, "  ... and %zu routes more (-n)\n", nr - i);
}

/* ---- Failures ---- */

static void put_stack(FILE *out, const struct report_style *style, const struct report_stack *stack)
{
	const char *end = stack->folded + strlen(stack->folded), *at;
	const char *first = strchr(stack->folded, ';');
	char text[REPORT_STACK_BYTES];
	size_t length = 0;

	/* People read it from the call outwards. */
	for (at = end; at > first;) {
		const char *frame = at;

		while (frame[-1] != ';')
			frame--;
		length += snprintf(text + length, sizeof(text) - length, "%s%.*s",
				   at == end ? "" : " < ", (int)(at - frame), frame);
		at = frame - 1;
		if (length >= sizeof(text))
			break;
	}
	fprintf(out, "%8" PRIu64 "  %.*s  %s %s\n", stack->count, (int)(first - stack->folded),
		stack->folded, call_name(stack->call), cause_name(stack->cause));
	report_put_wrapped(out, 10, style->width, text);
}

void report_put_stacks(FILE *out, const struct report *report, const struct report_style *style)
{
	size_t i;

	if (!report->stacks.nr)
		return;
	fputs("\nWhere in the programs (the innermost frame first; --folded: all)\n", out);
	for (i = 0; i < report->stacks.nr && i < style->rows; i++)
		put_stack(out, style, report->list.stacks[i]);
	if (i < report->stacks.nr)
		fprintf(out, "... and %zu more (-n)\n", report->stacks.nr - i);
}

static const char *why_not_known(const struct report *report)
{
	if (!report_has_netns(report))
		return "there is no such network namespace";
	if (filter_has_process(report->want.filter))
		return "counters do not know whose calls they count";
	return "there is neither a snapshot nor a single event";
}

static int put_failures(FILE *out, const struct report *report, const struct report_style *style)
{
	uint64_t failures = report_failures(report);
	int err;

	if (!report_knows_failures(report))
		fprintf(out, "\nFailed: not known, since %s\n", why_not_known(report));
	else
		fprintf(out, "\nFailed: %" PRIu64 "\n", failures);
	if (!failures)
		return 0;
	err = report_put_table(out, report->names, style, report_kind_fields, report->list.kinds,
			report->kinds.nr);
	if (err || !report->callers.nr)
		return err;
	fprintf(out, "\nWhose calls, of the %" PRIu64 " told of one by one\n", report->failures_told);
	err = report_put_table(out, report->names, style, report_caller_fields, report->list.callers,
			report->callers.nr);
	if (!err)
		report_put_stacks(out, report, style);
	return err;
}

/* ---- The rest ---- */

static int put_routes(FILE *out, const struct report *report, const struct report_style *style)
{
	if (!report->snapshots || !report->routes.nr)
		return 0;
	fprintf(out, "\nRoutes, the closest to their end first; allocated %" PRId64
		     ", into TIME_WAIT %" PRId64 "\n",
		report->allocations, report->time_waits);
	return report_put_table(out, report->names, style, report_route_fields, report->list.routes,
			 report->routes.nr);
}

static int put_netns(FILE *out, const struct report *report, const struct report_style *style)
{
	if (!report->snapshots || !report->netns.nr)
		return 0;
	fputs("\nNetwork namespaces, the most of each\n", out);
	return report_put_table(out, report->names, style, report_netns_fields, report->list.netns,
			 report->netns.nr);
}

static int put_owners(FILE *out, const struct report *report, const struct report_style *style)
{
	if (!report->owners.nr)
		return 0;
	fputs("\nTIME_WAIT, by the processes that left it behind\n", out);
	return report_put_table(out, report->names, style, report_owner_fields, report->list.owners,
			 report->owners.nr);
}

int view_report_text(FILE *out, const struct report *report, const struct report_style *style)
{
	int err;

	report_put_head(out, report, style);
	if (report->start_ns == NOT_KNOWN)
		return 0;
	report_put_exhausted(out, report, style);
	err = put_failures(out, report, style);
	if (!err)
		err = put_routes(out, report, style);
	if (!err)
		report_put_searches(out, report, style);
	if (!err)
		err = put_owners(out, report, style);
	if (!err)
		err = put_netns(out, report, style);
	if (!err)
		err = report_put_timeline(out, report, style);
	if (!err)
		report_put_lost(out, report, style);
	return err;
}
