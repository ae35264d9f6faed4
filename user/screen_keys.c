// SPDX-License-Identifier: GPL-2.0-only
/* What each key does. Nothing here changes anything on the host but one file, with 'w'. */
#include "screen_state.h"

#include <string.h>

#include "since.h"

#define ESCAPE 27

static void show_page(struct screen *screen, enum screen_page page)
{
	screen->page = screen->page == page ? PAGE_TABLE : page;
	screen->scrolled = 0;
}

static void show_view(struct screen *screen, int view)
{
	screen->view = view;
	screen->page = PAGE_TABLE;
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
		show_page(screen, PAGE_TABLE);
	else
		screen->filter[0] = '\0';
	screen->rows_are_old = true;
}

static void move_by(struct screen *screen, long rows)
{
	if (screen->page != PAGE_TABLE) {
		long scrolled = (long)screen->scrolled + rows;

		screen->scrolled = scrolled < 0 ? 0 : scrolled > 1000 ? 1000 : scrolled;
		return;
	}
	select_row(screen, (long)looking(screen)->selected + rows);
}

#define FAR 1000000000L

static bool move_key(struct screen *screen, int key)
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
			return true;
		}
	return false;
}

static enum screen_action act(struct screen *screen, int key)
{
	switch (key) {
	case 'q':
		return SCREEN_QUIT;
	case 'r':
		return SCREEN_REFRESH;
	case '+':
		return SCREEN_SLOWER;
	case '-':
		return SCREEN_FASTER;
	case 'w':
		return SCREEN_WRITE;
	case 'n':
		return SCREEN_NAMES;
	case 'h':
	case '?':
	case KEY_F(1):
		show_page(screen, PAGE_HELP);
		break;
	case 'b':
		show_page(screen, PAGE_BACKENDS);
		break;
	case '<':
		sort_by_neighbour(screen, -1);
		break;
	case '>':
	case 's':
		sort_by_neighbour(screen, 1);
		break;
	case 'R':
	case 'I':
		looking(screen)->reversed = !looking(screen)->reversed;
		screen->rows_are_old = true;
		break;
	case '/':
		screen->page = PAGE_TABLE;
		screen->filtering = true;
		break;
	case ' ':
		screen->paused = !screen->paused;
		break;
	case 'c':
		count_since_now(screen);
		break;
	case '\t':
		show_view(screen, (screen->view + 1) % NR_VIEWS);
		break;
	case KEY_BTAB:
		show_view(screen, (screen->view + NR_VIEWS - 1) % NR_VIEWS);
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		open_route(screen);
		break;
	case ESCAPE:
		go_back(screen);
		break;
	default:
		if (key >= '1' && key < '1' + NR_VIEWS)
			show_view(screen, key - '1');
		else
			move_key(screen, key);
	}
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
