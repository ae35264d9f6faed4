// SPDX-License-Identifier: GPL-2.0-only
/* What each key does. Nothing here changes anything on the host but one file, with 'w'. */
#include "screen_state.h"

#include <string.h>

#include "since.h"

#define ESCAPE 27

static void show_page(struct screen *screen, enum screen_page page)
{
	if (screen->page == page) {
		screen->page = screen->under;
		screen->under = PAGE_TABLE;
	} else {
		if (screen->page == PAGE_ROUTE)
			screen->under = PAGE_ROUTE;
		screen->page = page;
	}
	screen->scrolled = 0;
}

static void show_view(struct screen *screen, int view)
{
	screen->view = view;
	screen->page = screen->under = PAGE_TABLE;
	screen->rows_are_old = true;
}

/* The next column of the view that has a heading, in that direction. */
static void sort_by_neighbour(struct screen *screen, int direction)
{
	const struct field *fields = views[screen->view].fields, *field = sort_of(screen);
	int nr = 0, at = field - fields;

	while (fields[nr].name)
		nr++;
	do
		at = (at + direction + nr) % nr;
	while (!fields[at].title);
	looking(screen)->sort = &fields[at];
	looking(screen)->reversed = false;
	looking(screen)->least[at] = 0;
	screen->rows_are_old = true;
}

static void count_since_now(struct screen *screen)
{
	if (screen->then) {
		snapshot_free(screen->then);
		snapshot_free(screen->since);
		screen->then = screen->since = NULL;
	} else {
		screen->then = snapshot_copy(screen->snapshot);
		if (screen->then)
			screen->since = snapshot_since(screen->snapshot, screen->then);
	}
	screen->rows_are_old = true;
}

/* Of what is a route, or has one that matters most. */
static void open_route(struct screen *screen)
{
	const struct field *fields = views[screen->view].fields;
	const struct route_key *key = NULL;
	const void *row;

	if (screen->page != PAGE_TABLE || !screen->rows.nr || looking(screen)->selected >= screen->rows.nr)
		return;
	row = screen->rows.rows[looking(screen)->selected];
	if (fields == route_fields)
		key = &((const struct route *)row)->key;
	else if (fields == failure_fields)
		key = &((const struct failure *)row)->key.route;
	else if (fields != netns_fields && ((const struct owner_sum *)row)->closest)
		key = &((const struct owner_sum *)row)->closest->key;
	if (!key)
		return;
	screen->route = *key;
	show_page(screen, PAGE_ROUTE);
}

/* While the filter is typed, keys are its letters. */
static void type_filter(struct screen *screen, int key)
{
	size_t length = strlen(screen->filter);

	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		screen->filtering = false;
		return;
	}
	if (key == ESCAPE) {
		screen->filtering = false;
		screen->filter[0] = '\0';
	} else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && length) {
		screen->filter[length - 1] = '\0';
	} else if (key >= ' ' && key < 127 && length + 1 < sizeof(screen->filter)) {
		screen->filter[length] = key;
		screen->filter[length + 1] = '\0';
	}
	screen->rows_are_old = true;
}

static void go_back(struct screen *screen)
{
	if (screen->page != PAGE_TABLE)
		show_page(screen, screen->page);
	else
		screen->filter[0] = '\0';
	screen->rows_are_old = true;
}

static void move_by(struct screen *screen, long rows)
{
	if (screen->page != PAGE_TABLE)
		scroll_page(screen, rows);
	else
		select_row(screen, (long)looking(screen)->selected + rows);
}

#define FAR 1000000000L

static void move_key(struct screen *screen, int key)
{
	const struct {
		int key, other;
		long rows;
	} moves[] = {
		{ KEY_UP, 'k', -1 },
		{ KEY_DOWN, 'j', 1 },
		{ KEY_PPAGE, 'K', -(long)table_height(screen) },
		{ KEY_NPAGE, 'J', table_height(screen) },
		{ KEY_HOME, 'g', -FAR },
		{ KEY_END, 'G', FAR },
	};
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (key == moves[i].key || key == moves[i].other) {
			move_by(screen, moves[i].rows);
			return;
		}
}

static void show_help(struct screen *screen)
{
	show_page(screen, PAGE_HELP);
}

static void show_backends(struct screen *screen)
{
	show_page(screen, PAGE_BACKENDS);
}

static void show_next_view(struct screen *screen)
{
	show_view(screen, (screen->view + 1) % NR_VIEWS);
}

static void show_view_before(struct screen *screen)
{
	show_view(screen, (screen->view + NR_VIEWS - 1) % NR_VIEWS);
}

static void sort_by_next(struct screen *screen)
{
	sort_by_neighbour(screen, 1);
}

static void sort_by_one_before(struct screen *screen)
{
	sort_by_neighbour(screen, -1);
}

static void reverse(struct screen *screen)
{
	looking(screen)->reversed = !looking(screen)->reversed;
	screen->rows_are_old = true;
}

static void begin_filter(struct screen *screen)
{
	screen->page = screen->under = PAGE_TABLE;
	screen->filtering = true;
}

static void pause_or_go_on(struct screen *screen)
{
	screen->paused = !screen->paused;
}

static void pause_to_step(struct screen *screen)
{
	screen->paused = true;
}

static bool is_step(enum screen_action asks)
{
	return asks == SCREEN_FORWARD || asks == SCREEN_BACK;
}

/* Each asks for something, or does it here. */
static const struct binding {
	int key;
	enum screen_action asks;
	void (*act)(struct screen *screen);
} bindings[] = {
	{ 'q', SCREEN_QUIT, NULL },
	{ 'r', SCREEN_REFRESH, NULL },
	{ '+', SCREEN_MORE, NULL },
	{ '-', SCREEN_LESS, NULL },
	{ KEY_RIGHT, SCREEN_FORWARD, pause_to_step },
	{ KEY_LEFT, SCREEN_BACK, pause_to_step },
	{ '.', SCREEN_FORWARD, pause_to_step },
	{ ',', SCREEN_BACK, pause_to_step },
	{ 'w', SCREEN_WRITE, NULL },
	{ 'n', SCREEN_NAMES, NULL },
	{ 'h', SCREEN_GO_ON, show_help },
	{ '?', SCREEN_GO_ON, show_help },
	{ KEY_F(1), SCREEN_GO_ON, show_help },
	{ 'b', SCREEN_GO_ON, show_backends },
	{ '<', SCREEN_GO_ON, sort_by_one_before },
	{ '>', SCREEN_GO_ON, sort_by_next },
	{ 's', SCREEN_GO_ON, sort_by_next },
	{ 'R', SCREEN_GO_ON, reverse },
	{ 'I', SCREEN_GO_ON, reverse },
	{ '/', SCREEN_GO_ON, begin_filter },
	{ ' ', SCREEN_GO_ON, pause_or_go_on },
	{ 'c', SCREEN_GO_ON, count_since_now },
	{ '\t', SCREEN_GO_ON, show_next_view },
	{ KEY_BTAB, SCREEN_GO_ON, show_view_before },
	{ '\r', SCREEN_GO_ON, open_route },
	{ '\n', SCREEN_GO_ON, open_route },
	{ KEY_ENTER, SCREEN_GO_ON, open_route },
	{ ESCAPE, SCREEN_GO_ON, go_back },
};

static enum screen_action act(struct screen *screen, int key)
{
	size_t i;

	for (i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
		if (bindings[i].key != key || (is_step(bindings[i].asks) && !screen->recorded))
			continue;
		if (bindings[i].act)
			bindings[i].act(screen);
		return bindings[i].asks;
	}
	if (key >= '1' && key < '1' + NR_VIEWS)
		show_view(screen, key - '1');
	else
		move_key(screen, key);
	return SCREEN_GO_ON;
}

enum screen_action screen_key(struct screen *screen)
{
	enum screen_action action = SCREEN_GO_ON;
	int key;

	while (action == SCREEN_GO_ON && (key = getch()) != ERR) {
		screen->message[0] = '\0';
		if (screen->filtering)
			type_filter(screen, key);
		else if (screen->snapshot || key == 'q') /* before there is one, no other key acts */
			action = act(screen, key);
		/* The next key is about rows as they are then. */
		if (screen->snapshot)
			list_rows(screen);
	}
	draw(screen);
	return action;
}
