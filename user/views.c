// SPDX-License-Identifier: GPL-2.0-only
#include "views.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rows_of_array(struct rows *rows, const void *array, size_t nr, size_t size)
{
	size_t i;

	rows->rows = calloc(nr + 1, sizeof(*rows->rows));
	if (!rows->rows)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		rows->rows[i] = (const char *)array + i * size;
	rows->nr = nr;
	return 0;
}

void rows_free(struct rows *rows)
{
	free(rows->rows);
	free(rows->made);
	*rows = (struct rows){};
}

static int list_routes(const struct snapshot *snapshot, struct rows *rows)
{
	return rows_of_array(rows, snapshot->routes, snapshot->nr_routes,
			     sizeof(*snapshot->routes));
}

const struct view views[] = {
	{ "routes", "routes, and what is left of each", route_fields, "allocations_per_s",
	  list_routes },
	{},
};

const struct view *view_by_name(const char *name)
{
	const struct view *view;

	for (view = views; view->name; view++)
		if (!strcmp(view->name, name))
			return view;
	return NULL;
}

int view_rows(const struct view *view, const struct snapshot *snapshot, const struct field *sort,
	      bool reversed, struct rows *ret_rows)
{
	int err;

	*ret_rows = (struct rows){};
	err = view->list(snapshot, ret_rows);
	if (!sort)
		sort = field_by_name(view->fields, view->sort);
	if (!err)
		err = field_sort(sort, reversed, snapshot, ret_rows->rows, ret_rows->nr);
	if (err)
		rows_free(ret_rows);
	return err;
}
