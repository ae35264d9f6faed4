// SPDX-License-Identifier: GPL-2.0-only
/* The rows of the view that is shown: in order, filtered, and one of them selected. */
#include "screen_state.h"

#include <string.h>

const struct field *sort_of(const struct screen *screen)
{
	const struct view *view = &views[screen->view];
	const struct field *sort = screen->looking[screen->view].sort;

	return sort ? sort : field_by_name(view->fields, view->sort);
}

void forget_widths(struct screen *screen)
{
	int i;

	for (i = 0; i < NR_VIEWS; i++)
		memset(screen->looking[i].least, 0, sizeof(screen->looking[i].least));
}

/* Not how much there is of anything. */
static bool is_a_name(const struct field *field, const struct value *value)
{
	return (value->kind == VALUE_TEXT && field->flags & FIELD_LEFT) ||
	       value->kind == VALUE_RANGE || !strcmp(field->name, "pid");
}

/* Any of the names that it would show, whatever their case. */
static bool matches(const struct screen *screen, const void *row)
{
	const struct field *field = views[screen->view].fields;
	char text[VALUE_TEXT_SIZE];
	struct value value;

	for (; field->name; field++) {
		if (!field->title)
			continue;
		value.mark = 0;
		field->get(shown(screen), row, &value);
		if (!is_a_name(field, &value))
			continue;
		value_format(&value, text, sizeof(text));
		if (strcasestr(text, screen->filter))
			return true;
	}
	return false;
}

static void filter_rows(struct screen *screen)
{
	struct rows *rows = &screen->rows;
	size_t i, kept = 0;

	if (!screen->filter[0])
		return;
	for (i = 0; i < rows->nr; i++)
		if (matches(screen, rows->rows[i]))
			rows->rows[kept++] = rows->rows[i];
	rows->nr = kept;
}

/* The row that was chosen, wherever it is now; if it is gone, the one in its place. */
static void find_selected(struct screen *screen)
{
	const struct view *view = &views[screen->view];
	struct looking *now = looking(screen);
	const struct rows *rows = &screen->rows;
	size_t i;

	if (now->id)
		for (i = 0; i < rows->nr; i++)
			if (view->id(rows->rows[i]) == now->id) {
				now->selected = i;
				return;
			}
	if (now->selected >= rows->nr)
		now->selected = rows->nr ? rows->nr - 1 : 0;
}

static void scroll_to_selected(struct screen *screen)
{
	struct looking *now = looking(screen);
	size_t height = table_height(screen);

	if (now->selected < now->first)
		now->first = now->selected;
	if (now->selected >= now->first + height)
		now->first = now->selected - height + 1;
	/* No gap below the last row while there are others above. */
	if (now->first + height > screen->rows.nr)
		now->first = screen->rows.nr > height ? screen->rows.nr - height : 0;
}

void list_rows(struct screen *screen)
{
	if (screen->rows_are_old) {
		rows_free(&screen->rows);
		/* Out of memory: no rows, which is seen, and the next time may be better. */
		if (!view_rows(&views[screen->view], shown(screen), sort_of(screen),
			       looking(screen)->reversed, &screen->rows))
			filter_rows(screen);
		screen->rows_are_old = false;
		find_selected(screen);
	}
	scroll_to_selected(screen);
}

void select_row(struct screen *screen, long row)
{
	const struct rows *rows = &screen->rows;
	struct looking *now = looking(screen);

	if (row >= (long)rows->nr)
		row = (long)rows->nr - 1;
	now->selected = row < 0 ? 0 : row;
	now->id = rows->nr ? views[screen->view].id(rows->rows[now->selected]) : 0;
}
