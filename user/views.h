/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The views of a snapshot: what a row is, and which fields it has. Pure.
 */
#ifndef PORTTRACE_VIEWS_H
#define PORTTRACE_VIEWS_H

#include "field.h"

/* Rows of one view, in order. */
struct rows {
	const void **rows; /* into the snapshot, or into `made` */
	size_t nr;
	void *made; /* what there is no row of in the snapshot; NULL: nothing */
};

struct view {
	const char *name; /* as in --view */
	const char *summary;
	const struct field *fields;
	const char *sort; /* name of the field that it is sorted by if nothing else is asked for */
	/* Fills empty rows; they borrow from the snapshot. -ENOMEM. */
	int (*list)(const struct snapshot *snapshot, struct rows *rows);
};

/* Ends with a view without name; the first is the one that is shown if none is asked for. */
extern const struct view views[];

extern const struct field route_fields[], netns_fields[], failure_fields[];

/* NULL if there is none of that name. */
const struct view *view_by_name(const char *name);

/* Lists the rows of a view, sorted by a field of it; NULL: by its own. -ENOMEM. rows_free(). */
int view_rows(const struct view *view, const struct snapshot *snapshot, const struct field *sort,
	      bool reversed, struct rows *ret_rows);
void rows_free(struct rows *rows);

/* Makes *rows point to nr elements of an array. -ENOMEM. */
int rows_of_array(struct rows *rows, const void *array, size_t nr, size_t size);

#endif
