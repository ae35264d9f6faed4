// SPDX-License-Identifier: GPL-2.0-only
/* Pages of text in place of the table: one route, the help, and the back-ends. */
#include "screen_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "advice.h"
#include "summary.h"

/* Lines that are counted as they are made; those that are scrolled into view are drawn. */
struct page {
	const struct screen *screen;
	int row, last_row;
	size_t skip, nr; /* lines above those that are drawn; lines so far */
};

__attribute__((format(printf, 3, 4))) static void put(struct page *page, attr_t attributes,
						      const char *format, ...)
{
	char line[TABLE_LINE_SIZE];
	va_list arguments;

	if (page->nr++ < page->skip || page->row > page->last_row)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	put_line(page->row, "", A_NORMAL);
	attrset(attributes);
	/* In columns, so that a line of other characters is cut where it should be. */
	mvaddstr(page->row++, 0, line);
	attrset(A_NORMAL);
}

/* At spaces, so that each piece fits the width. */
static void put_wrapped(struct page *page, attr_t attributes, const char *text)
{
	int width = COLS > 8 ? COLS : 8;

	while ((int)strlen(text) > width) {
		int at = width;

		while (at > 0 && text[at] != ' ')
			at--;
		at = at ? at : width;
		put(page, attributes, "%.*s", at, text);
		text += at;
		text += *text == ' ';
	}
	put(page, attributes, "%s", text);
}

/* ---- A route ---- */

static void format_field(const struct page *page, const struct route *route, const char *name,
			 char text[VALUE_TEXT_SIZE])
{
	struct value value = {};

	field_by_name(route_fields, name)->get(shown(page->screen), route, &value);
	value_format(&value, text, VALUE_TEXT_SIZE);
}

static void put_value(struct page *page, const struct route *route, const char *name,
		      const char *label)
{
	char text[VALUE_TEXT_SIZE];

	format_field(page, route, name, text);
	put(page, A_NORMAL, "%-14s %s", label, text);
}

static void put_title(struct page *page, const struct route *route)
{
	char from[VALUE_TEXT_SIZE], to[VALUE_TEXT_SIZE], netns[VALUE_TEXT_SIZE];

	format_field(page, route, "source", from);
	format_field(page, route, "destination", to);
	if (shown(page->screen)->nr_netns > 1) {
		format_field(page, route, "namespace", netns);
		put(page, A_BOLD, "Route %s %s > %s  netns %s", proto_name(route->key.proto), from,
		    to, netns);
	} else {
		put(page, A_BOLD, "Route %s %s > %s", proto_name(route->key.proto), from, to);
	}
}

/* Too many to remember each; a new one has its first sample a moment later. */
static const char *why_no_spark(const struct screen *screen)
{
	return screen->history.nr_routes >= HISTORY_ROUTES ? "not remembered" : "";
}

static void put_states(struct page *page, const struct route *route)
{
	static const char *const labels[] = { "established", "TIME_WAIT", "other", "headroom" };
	static const char *const fields[] = { "established", "time_wait", "other", "headroom" };
	const struct screen *screen = page->screen;
	const struct route_history *history = history_of(&screen->history, &route->key);
	char spark[3 * HISTORY_SAMPLES + 1] = "", text[VALUE_TEXT_SIZE];
	int line, width = COLS - 26;

	if (width > HISTORY_SAMPLES)
		width = HISTORY_SAMPLES;
	if (!history)
		snprintf(spark, sizeof(spark), "%s", why_no_spark(screen));
	for (line = 0; line < NR_HISTORY_LINES; line++) {
		if (history && width > 0)
			history_spark_route(history, line, width, screen->utf8, spark);
		format_field(page, route, fields[line], text);
		if (!strcmp(text, "-"))
			put(page, A_NORMAL, "%-14s %8s", labels[line], text);
		else
			put(page, A_NORMAL, "%-14s %8s  %s", labels[line], text, spark);
	}
}

static void put_owners(struct page *page, const struct route *route)
{
	const struct snapshot *snapshot = shown(page->screen);
	const struct owner *owners;
	size_t i, nr;

	owners = snapshot_owners(snapshot, &route->key, &nr);
	put(page, A_BOLD, "Owners");
	for (i = 0; i < nr; i++) {
		const struct owner_process *process =
			snapshot_find_process(snapshot, &owners[i].key.process);

		put(page, A_NORMAL, "  %s[%u]  sockets %" PRId64 "  TIME_WAIT %" PRId64 "  %s",
		    process ? process->comm : "", owners[i].key.process.pid, owners[i].sockets,
		    owners[i].time_waits, process && process->cgroup ? process->cgroup : "-");
	}
	if (route->orphans > 0)
		put(page, A_NORMAL, "  not known whose: TIME_WAIT %" PRId64, route->orphans);
	if (!nr && route->orphans <= 0)
		put(page, A_NORMAL, "  -");
}

/* In proportion to the most there is. */
static const char *bar_of(uint64_t value, uint64_t most)
{
	static const char bar[] = "########################################";
	size_t length = sizeof(bar) - 1;

	return bar + length - (most ? value * length / most : 0);
}

/* Between two censuses they get no older: it is said how old the figures are. */
static void put_time_wait_title(struct page *page, const struct route *route)
{
	char number[VALUE_TEXT_SIZE], age[VALUE_TEXT_SIZE + 16] = "";
	struct value value = {};

	if (route->occupancy.source == OCCUPANCY_CARRIED) {
		value_set_rate(&value, shown(page->screen)->census.age_s);
		value_format(&value, number, sizeof(number));
		snprintf(age, sizeof(age), ", %s s ago", number);
	}
	put(page, A_BOLD, "TIME_WAIT, by the time until the port is free again%s", age);
}

static void put_time_waits(struct page *page, const struct route *route)
{
	const int64_t *left = route->occupancy.time_wait_left;
	int64_t most = 0;
	int i;

	if (left[0] == NOT_KNOWN)
		return;
	put_time_wait_title(page, route);
	for (i = 0; i < NR_LEFT_STEPS; i++)
		if (left[i] > most)
			most = left[i];
	if (!most)
		put(page, A_NORMAL, "  none");
	for (i = 0; most && i < NR_LEFT_STEPS; i++) {
		char step[16];

		snprintf(step, sizeof(step), i < NR_LEFT_STEPS - 1 ? "%d-%d s" : "%d+ s",
			 i * LEFT_STEP_S, (i + 1) * LEFT_STEP_S);
		put(page, A_NORMAL, "  %-12s %8" PRId64 " %s", step, left[i],
		    bar_of(left[i], most));
	}
}

/* From 1.024 us up, see SEARCH_BUCKETS. */
static void put_searches(struct page *page, const struct route *route)
{
	uint64_t most = 1;
	int i;

	put(page, A_BOLD, "Searches for a port, by duration");
	if (route->searches == NOT_KNOWN) {
		put(page, A_NORMAL, "  not measured by this back-end (b)");
		return;
	}
	for (i = 0; i < SEARCH_BUCKETS; i++)
		if (route->search_buckets[i] > most)
			most = route->search_buckets[i];
	for (i = 0; i < SEARCH_BUCKETS; i++) {
		if (!route->search_buckets[i])
			continue;
		put(page, A_NORMAL, "  < %10.1f us %10" PRIu64 " %s", 1.024 * (1 << i),
		    route->search_buckets[i], bar_of(route->search_buckets[i], most));
	}
}

static void put_failures(struct page *page, const struct route *route)
{
	const struct snapshot *snapshot = shown(page->screen);
	size_t i;

	put(page, A_BOLD, "Failures");
	for (i = 0; i < snapshot->nr_failures; i++) {
		const struct failure *failure = &snapshot->failures[i];
		const char *err = strerrorname_np(failure->key.err);
		struct value by = {};

		/* None, where they are counted since then. */
		if (!failure->count || route_key_compare(&failure->key.route, &route->key))
			continue;
		value_set_process(&by, failure->last.comm, failure->last.pid);
		put(page, A_NORMAL, "  %s %s %s  %" PRIu64 "  last by %s", call_name(failure->key.call),
		    cause_name(failure->key.cause), err ? err : "?", failure->count,
		    by.kind == VALUE_TEXT ? by.text : "-");
	}
	if (!route->failures)
		put(page, A_NORMAL, "  none");
}

static void put_route(struct page *page)
{
	const struct screen *screen = page->screen;
	const struct route *route = snapshot_find_route(shown(screen), &screen->route);
	char advice[ADVICE_SIZE];

	if (!route) {
		put(page, A_NORMAL, "This route is gone.");
		return;
	}
	put_title(page, route);
	route_advice(shown(screen), route, advice);
	put_wrapped(page, route_alarm(route) ? colour(screen, COLOUR_BAD) : A_NORMAL, advice);
	put_value(page, route, "capacity", "capacity");
	put_value(page, route, "used", "used");
	put_value(page, route, "fast_headroom", "found quickly");
	put_value(page, route, "eta_s", "gone in s");
	put_value(page, route, "allocations_per_s", "allocated /s");
	put_states(page, route);
	put_owners(page, route);
	put_failures(page, route);
	put_time_waits(page, route);
	put_searches(page, route);
}

/* ---- Help ---- */

static void put_help(struct page *page)
{
	static const char *const keys[] = {
		"q            quit",
		"h ?          this help",
		"Up Down j k  select; PgUp PgDn Home End",
		"Enter        open a route; Esc back",
		"1-5 Tab      views",
		"< > s        sort by the column before, after; R reverses",
		"/            filter as you type; Esc clears it",
		"Space        pause; r one screen now",
		"+ -          longer, shorter interval; of a recording: faster, slower",
		"Left Right   of a file: pause, and one screen back, forward; also , .",
		"c            counters since now; again: since the start",
		"w            write this snapshot to a file here",
		"n            names of services for ports",
		"b            why this back-end, and no better one",
		"END          the file has ended: this is its last line; CUT SHORT: too early",
		"~ figure     carried forward since the last census; ? incomplete; - not known",
	};
	const struct field *field = views[page->screen->view].fields;
	size_t i;

	put(page, A_BOLD, "Keys");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		put(page, A_NORMAL, "  %s", keys[i]);
	put(page, A_BOLD, "Columns of this view");
	for (; field->name; field++)
		if (field->title)
			put(page, A_NORMAL, "  %-13s %s", field->title, field->help);
}

/* Whole, where the header had to cut it. */
static void put_losses(struct page *page)
{
	char line[SUMMARY_LINE_SIZE];

	put(page, A_BOLD, "What was lost, and how old the figures are");
	summary_line(shown(page->screen), 3, line);
	put_wrapped(page, A_NORMAL, line);
	summary_line(shown(page->screen), 2, line);
	put_wrapped(page, A_NORMAL, line);
}

static void put_backends(struct page *page)
{
	const char *line = page->screen->backends, *end;

	put(page, A_BOLD, "Back-ends, the best first");
	for (; *line; line = *end ? end + 1 : end) {
		char text[TABLE_LINE_SIZE];

		end = strchrnul(line, '\n');
		snprintf(text, sizeof(text), "  %.*s", (int)(end - line), line);
		put_wrapped(page, A_NORMAL, text);
	}
	put_losses(page);
}

static void put_page(struct page *page)
{
	if (page->screen->page == PAGE_ROUTE)
		put_route(page);
	else if (page->screen->page == PAGE_HELP)
		put_help(page);
	else
		put_backends(page);
}

/* Where a table has its heading, a page has one more line. */
void scroll_page(struct screen *screen, long lines)
{
	struct page page = { .screen = screen, .last_row = -1 };
	long height = table_height(screen) + 1, scrolled = (long)screen->scrolled + lines, most;

	put_page(&page);
	most = (long)page.nr > height ? (long)page.nr - height : 0;
	screen->scrolled = scrolled < 0 ? 0 : scrolled < most ? scrolled : most;
}

void draw_page(struct screen *screen, int row, int last_row)
{
	struct page page = { .screen = screen, .row = row, .last_row = last_row };

	/* There may be fewer lines now, or room for more of them. */
	scroll_page(screen, 0);
	page.skip = screen->scrolled;
	put_page(&page);
	for (; page.row <= last_row; page.row++)
		put_line(page.row, "", A_NORMAL);
}
