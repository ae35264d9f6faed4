// SPDX-License-Identifier: GPL-2.0-only
/* Puts it all on the screen. Curses writes only the cells that changed. */
#include "screen_state.h"

#include <string.h>

#include "header.h"

#define SHORT_LINES 16 /* a screen of fewer has a short header */

void put_line(int row, const char *line, attr_t attributes)
{
	attrset(attributes);
	mvaddnstr(row, 0, line, -1);
	/* At the edge the cursor is in the next line already. */
	if (getcury(stdscr) == row)
		clrtoeol();
	attrset(A_NORMAL);
}

/* To the edge. ASCII. */
static void put_bar(int row, const char *line)
{
	char bar[TABLE_LINE_SIZE];

	snprintf(bar, sizeof(bar), "%-*.*s", COLS, COLS, line);
	put_line(row, bar, A_REVERSE);
}

static struct header header_of(const struct screen *screen)
{
	return (struct header){
		.snapshot = shown(screen),
		.history = &screen->history,
		.pace = screen->pace,
		.is_played = screen->played,
		.counts_since = screen->since,
		.utf8 = screen->utf8,
		.is_short = LINES < SHORT_LINES,
	};
}

static int header_height(void)
{
	return LINES < SHORT_LINES ? 3 : 5;
}

/* Below the header: the views, and the heading; above the keys. */
size_t table_height(const struct screen *screen)
{
	int height = LINES - header_height() - 3;

	(void)screen;
	return height > 0 ? height : 1;
}

/* Columns that the line takes; cut, so that a character is never cut in two. */
static void cut(char *line, int width)
{
	for (; *line; line++)
		if ((*line & 0xc0) != 0x80 && width-- == 0)
			*line = '\0', line--;
}

static attr_t header_attributes(const struct screen *screen, const char *line)
{
	const struct snapshot *snapshot = shown(screen);
	const struct route *closest;

	if (!strncmp(line, "lost", 4) &&
	    (losses_sum(&snapshot->lost) > 0 || snapshot->lost.missed_at_most > 0))
		return colour(screen, COLOUR_WARN);
	if (strncmp(line, "closest", 7))
		return A_NORMAL;
	closest = closest_route(snapshot);
	return closest && route_alarm(closest) == 2 ? colour(screen, COLOUR_BAD) : A_NORMAL;
}

static int draw_header(const struct screen *screen, int last_row)
{
	const struct header header = header_of(screen);
	char line[SUMMARY_LINE_SIZE];
	int row;

	for (row = 0; row <= last_row && header_line(&header, row, line); row++) {
		cut(line, COLS);
		put_line(row, line, header_attributes(screen, line));
	}
	return row;
}

static void draw_tabs(const struct screen *screen, int row)
{
	int i;

	put_line(row, "", A_NORMAL);
	move(row, 0);
	for (i = 0; i < NR_VIEWS; i++) {
		char tab[32];

		snprintf(tab, sizeof(tab), "%d %s", i + 1, views[i].title);
		if (getcurx(stdscr) + (int)strlen(tab) + 2 > COLS)
			break;
		attrset(i == screen->view ? A_BOLD | A_UNDERLINE : A_NORMAL);
		addstr(tab);
		attrset(A_NORMAL);
		addstr("  ");
	}
}

/* At the right edge of the views, where a glance finds why nothing moves. */
static void draw_marks(const struct screen *screen, int row)
{
	char marks[32];
	int length = snprintf(marks, sizeof(marks), "%s%s", screen->paused ? " PAUSED " : "",
			      !screen->ended ? "" : screen->cut ? " CUT SHORT " : " END ");

	attrset(A_REVERSE | A_BOLD);
	mvaddnstr(row, COLS > length ? COLS - length : 0, marks, COLS);
	attrset(A_NORMAL);
}

static int alarm_of(const struct screen *screen, const void *row)
{
	const struct field *fields = views[screen->view].fields;

	if (fields == route_fields)
		return route_alarm(row);
	if (fields == process_fields || fields == cgroup_fields) {
		const struct owner_sum *sum = row;

		return sum->closest ? route_alarm(sum->closest) : 0;
	}
	if (fields == failure_fields)
		return ((const struct failure *)row)->per_s > 0 ? 2 : 0;
	return ((const struct netns *)row)->least_headroom == 0 ? 2 : 0;
}

static attr_t row_attributes(const struct screen *screen, const void *row)
{
	static const enum screen_colour colours[] = { 0, COLOUR_WARN, COLOUR_BAD };
	int alarm = alarm_of(screen, row);

	if (views[screen->view].fields == route_fields &&
	    ((const struct route *)row)->failures_per_s > 0)
		alarm = 2;
	return alarm ? colour(screen, colours[alarm]) : A_NORMAL;
}

/* Its two halves are told apart by their signs, and by colour where there is one. */
static void draw_use(const struct screen *screen, int row, const struct table_column *column,
		     const char *line, attr_t attributes)
{
	int i;

	if ((int)strlen(line) < column->at + BAR_WIDTH || line[column->at] != '[')
		return;
	for (i = column->at; i < column->at + BAR_WIDTH && i < COLS; i++) {
		const char *utf8 = line[i] == '#' ? "█" : line[i] == '=' ? "▒" : NULL;

		if (!utf8)
			continue;
		attrset(attributes & A_REVERSE ?
				attributes :
				colour(screen, line[i] == '#' ? COLOUR_GOOD : COLOUR_WARN));
		if (screen->utf8)
			mvaddstr(row, i, utf8);
		else
			mvaddch(row, i, line[i]);
	}
	attrset(A_NORMAL);
}

static void draw_row(const struct screen *screen, const struct table *table, size_t i, int at,
		     const void *row, bool selected)
{
	const struct table_column *use = table_column_of(table, "use");
	attr_t attributes = row_attributes(screen, row);
	char line[TABLE_LINE_SIZE];

	if (selected)
		attributes |= A_REVERSE;
	table_row(table, i, line);
	if (selected) {
		char bar[TABLE_LINE_SIZE];

		snprintf(bar, sizeof(bar), "%-*.*s", COLS, COLS, line);
		put_line(at, bar, attributes);
	} else {
		put_line(at, line, attributes);
	}
	if (use)
		draw_use(screen, at, use, line, attributes);
}

/* One namespace for all needs no column. */
static const struct field *needless(const struct screen *screen)
{
	const struct snapshot *snapshot = shown(screen);
	const struct view *view = &views[screen->view];

	if (view->fields != route_fields ||
	    (snapshot->nr_routes &&
	     snapshot->routes[0].key.netns != snapshot->routes[snapshot->nr_routes - 1].key.netns))
		return NULL;
	return field_by_name(view->fields, "namespace");
}

static void mark_sorted(const struct table *table, int row, const struct field *sort)
{
	const struct table_column *column = table_column_of(table, sort->name);

	if (column && column->at < COLS)
		mvchgat(row, column->at, column->width, A_REVERSE | A_UNDERLINE | A_BOLD, 0, NULL);
}

static int draw_table(struct screen *screen, int row, int last_row)
{
	struct looking *now = looking(screen);
	struct table_want want = { .fields = views[screen->view].fields, .sort = sort_of(screen),
				   .hide = needless(screen), .least = now->least,
				   .width = COLS };
	size_t room = last_row > row ? last_row - row : 0, nr, i;
	char line[TABLE_LINE_SIZE];
	struct table table;

	list_rows(screen);
	nr = screen->rows.nr - now->first < room ? screen->rows.nr - now->first : room;
	if (table_fill(&table, &want, shown(screen), screen->rows.rows + now->first, nr))
		return row;
	table_heading(&table, line);
	if (row <= last_row) {
		put_bar(row, line);
		mark_sorted(&table, row++, want.sort);
	}
	for (i = 0; i < nr; i++) {
		size_t at = now->first + i;

		draw_row(screen, &table, i, row++, screen->rows.rows[at], at == now->selected);
	}
	table_free(&table);
	return row;
}

static void draw_keys(const struct screen *screen)
{
	char line[TABLE_LINE_SIZE];

	if (screen->filtering)
		snprintf(line, sizeof(line), "/%s_   Enter keeps, Esc clears", screen->filter);
	else if (screen->message[0])
		snprintf(line, sizeof(line), "%s", screen->message);
	else if (screen->page != PAGE_TABLE)
		snprintf(line, sizeof(line), "q quit  Esc back  Up Down PgUp PgDn scroll");
	else
		snprintf(line, sizeof(line), "q quit  h help  %s%s%s  sorted by %s%s",
			 screen->filter[0] || views[screen->view].fields == netns_fields ?
				 "" : "Enter open  ",
			 screen->filter[0] ? "only " : "/ filter",
			 screen->filter, sort_of(screen)->name,
			 screen->looking[screen->view].reversed ? " reversed" : "");
	put_bar(LINES - 1, line);
}

static void clear_lines(int row, int last_row)
{
	for (; row <= last_row; row++)
		put_line(row, "", A_NORMAL);
}

/* Before the first snapshot. */
static void draw_waiting(const struct screen *screen)
{
	char line[TABLE_LINE_SIZE];

	snprintf(line, sizeof(line), "porttrace  waiting for the first line of %s", screen->awaited);
	cut(line, COLS);
	put_line(0, line, A_NORMAL);
	clear_lines(1, LINES - 2);
	put_bar(LINES - 1, "q quit");
}

static void draw_snapshot(struct screen *screen)
{
	int last_row = LINES - 2, row = draw_header(screen, last_row);

	if (row <= last_row) {
		draw_tabs(screen, row);
		draw_marks(screen, row++);
	}
	if (screen->page == PAGE_TABLE)
		clear_lines(draw_table(screen, row, last_row), last_row);
	else
		draw_page(screen, row, last_row);
	draw_keys(screen);
}

void draw(struct screen *screen)
{
	if (screen->snapshot)
		draw_snapshot(screen);
	else if (screen->awaited[0])
		draw_waiting(screen);
	else
		return;
	terminal_refresh();
}
