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

static int list_netns(const struct snapshot *snapshot, struct rows *rows)
{
	return rows_of_array(rows, snapshot->netns, snapshot->nr_netns, sizeof(*snapshot->netns));
}

static int list_failures(const struct snapshot *snapshot, struct rows *rows)
{
	return rows_of_array(rows, snapshot->failures, snapshot->nr_failures,
			     sizeof(*snapshot->failures));
}

/* FNV-1a: two of a screen full of rows with the same would be a wonder. */
static uint64_t hash(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	while (size--)
		sum = (sum ^ *byte++) * UINT64_C(0x100000001b3);
	return sum ? sum : 1;
}

static uint64_t route_id(const void *row)
{
	return hash(&((const struct route *)row)->key, sizeof(struct route_key));
}

static uint64_t process_id(const void *row)
{
	return hash(&((const struct owner_sum *)row)->pid, sizeof(uint32_t));
}

static uint64_t cgroup_id(const void *row)
{
	const struct owner_process *process = ((const struct owner_sum *)row)->process;
	const char *cgroup = process && process->cgroup ? process->cgroup : "";

	return hash(cgroup, strlen(cgroup));
}

static uint64_t netns_id(const void *row)
{
	return hash(&((const struct netns *)row)->inum, sizeof(uint32_t));
}

static uint64_t failure_id(const void *row)
{
	return hash(&((const struct failure *)row)->key, sizeof(struct failure_key));
}

const struct view views[] = {
	{ "routes", "routes, and what is left of each", route_fields, "allocations_per_s",
	  "Routes", route_id, list_routes },
	{ "processes", "whose the sockets are", process_fields, "sockets", "Processes", process_id,
	  list_processes },
	{ "cgroups", "the same by cgroup", cgroup_fields, "sockets", "Cgroups", cgroup_id, list_cgroups },
	{ "netns", "network namespaces, their ranges and limits", netns_fields,
	  "allocations_per_s", "Namespaces", netns_id, list_netns },
	{ "failures", "failed calls, by cause and route", failure_fields, "failures_per_s",
	  "Failures", failure_id, list_failures },
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

/* As soon as it will be gone; what will not be, as much as there is left. */
static bool is_closer(const struct route *a, const struct route *b)
{
	double x = a->occupancy.eta_s, y = b->occupancy.eta_s;

	if (isnan(x) != isnan(y))
		return isnan(y);
	if (!isnan(x) && x != y)
		return x < y;
	return a->occupancy.headroom < b->occupancy.headroom;
}

const struct route *closer_route(const struct route *a, const struct route *b)
{
	if (!a || a->occupancy.headroom == NOT_KNOWN)
		return b && b->occupancy.headroom != NOT_KNOWN ? b : NULL;
	if (!b || b->occupancy.headroom == NOT_KNOWN)
		return a;
	return is_closer(b, a) ? b : a;
}

#define SOON_S 60

int route_alarm(const struct route *route)
{
	const struct occupancy *occupancy = &route->occupancy;

	if (occupancy->headroom == NOT_KNOWN)
		return 0;
	if (!occupancy->headroom || occupancy->eta_s < SOON_S)
		return 2;
	return occupancy->headroom <= occupancy->capacity / 10;
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
