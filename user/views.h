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
	const char *title; /* of the view, on the screen */
	/* Tells rows apart, from one snapshot to the next; never 0. */
	uint64_t (*id)(const void *row);
	/* Fills empty rows; they borrow from the snapshot. -ENOMEM. */
	int (*list)(const struct snapshot *snapshot, struct rows *rows);
};

/* Ends with a view without name; the first is the one that is shown if none is asked for. */
extern const struct view views[];

extern const struct field route_fields[], process_fields[], cgroup_fields[], netns_fields[],
	failure_fields[];

/* The routes of a process or of a cgroup together: a row of these views. */
struct owner_sum {
	const struct owner_process *process; /* one of them; NULL: it is not known whose */
	uint32_t pid;			     /* of that one */
	int64_t processes, sockets, time_waits, routes;
	const struct route *closest; /* to its end; NULL: of none it is known */
};

int list_processes(const struct snapshot *snapshot, struct rows *rows);
int list_cgroups(const struct snapshot *snapshot, struct rows *rows);

/* Of two routes, which may be NULL, the one that has less time left, or else less headroom. */
const struct route *closer_route(const struct route *a, const struct route *b);

/* How close it is: 2 exhausted or a minute from it, 1 a tenth of capacity or less left, else 0. */
int route_alarm(const struct route *route);

/* NULL if there is none of that name. */
const struct view *view_by_name(const char *name);

/* Lists the rows of a view, sorted by a field of it; NULL: by its own. -ENOMEM. rows_free(). */
int view_rows(const struct view *view, const struct snapshot *snapshot, const struct field *sort,
	      bool reversed, struct rows *ret_rows);
void rows_free(struct rows *rows);

/* Makes *rows point to nr elements of an array. -ENOMEM. */
int rows_of_array(struct rows *rows, const void *array, size_t nr, size_t size);

#endif
