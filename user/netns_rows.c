// SPDX-License-Identifier: GPL-2.0-only
#include "netns_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a reading passes on. */
struct naming {
	struct netns_rows *rows;
	const struct counter_maps *maps;
	struct snapshot *snapshot;
	struct netns_number *now; /* sorted by id */
	size_t nr_now;
};

static int compare_ids(const void *a, const void *b)
{
	const struct netns_number *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int list_numbers(struct naming *naming)
{
	const struct snapshot *snapshot = naming->snapshot;
	size_t i;

	naming->nr_now = snapshot->nr_netns;
	naming->now = calloc(naming->nr_now + 1, sizeof(*naming->now));
	if (!naming->now)
		return -ENOMEM;
	for (i = 0; i < naming->nr_now; i++)
		naming->now[i] =
			(struct netns_number){ snapshot->netns[i].id, snapshot->netns[i].inum };
	qsort(naming->now, naming->nr_now, sizeof(*naming->now), compare_ids);
	return 0;
}

static bool find(const struct netns_number *numbers, size_t nr, uint32_t *netns)
{
	const struct netns_number wanted = { .id = *netns };
	const struct netns_number *number =
		nr ? bsearch(&wanted, numbers, nr, sizeof(wanted), compare_ids) : NULL;

	if (number)
		*netns = number->inum;
	return number;
}

/* From the maps' number to the inode's; false: that namespace is gone. */
static bool name(const struct naming *naming, uint32_t *netns)
{
	return !*netns || find(naming->now, naming->nr_now, netns);
}

/* The same of one that was there; false, too, if another one has got the number of its inode. */
static bool name_ended(const struct naming *naming, uint32_t *netns)
{
	size_t i;

	if (!naming->rows->keeps_ended ||
	    !find(naming->rows->before, naming->rows->nr_before, netns))
		return false;
	for (i = 0; i < naming->nr_now; i++)
		if (naming->now[i].inum == *netns)
			return false;
	return true;
}

/* Most rows stay where they are. */
static void keep(void *rows, size_t *kept, size_t at, size_t size)
{
	if (*kept != at)
		memcpy((char *)rows + *kept * size, (char *)rows + at * size, size);
	++*kept;
}

/*
 * No event comes from a namespace that is gone, so its rows can be deleted without a count being
 * lost. Between the reading of the maps and the list of namespaces there may have been some: of
 * what is kept, counters are read again. Rows of full maps stay where they are.
 */
static int name_routes(const struct naming *naming)
{
	struct snapshot *snapshot = naming->snapshot;
	size_t i, kept = 0;
	int err = 0;

	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];
		const struct route_key key = route->key;
		bool is_there = name(naming, &route->key.netns);

		if (!is_there && !key.overflow && snapshot->census.lists_all) {
			if (naming->rows->keeps_ended && !err)
				err = counters_read_route(naming->maps, &key, route);
			is_there = name_ended(naming, &route->key.netns);
			if (!is_there)
				naming->rows->unseen += route->allocations + route->bound_connects +
							route->failures;
			map_delete(&naming->maps->reader, naming->maps->routes, &key);
		}
		if (is_there)
			keep(snapshot->routes, &kept, i, sizeof(*route));
	}
	snapshot->nr_routes = kept;
	return err;
}

static int name_failures(const struct naming *naming)
{
	struct snapshot *snapshot = naming->snapshot;
	size_t i, kept = 0;
	int err = 0;

	for (i = 0; i < snapshot->nr_failures; i++) {
		struct failure *failure = &snapshot->failures[i];
		const struct failure_key key = failure->key;
		bool is_there = name(naming, &failure->key.route.netns);

		if (!is_there && !key.route.overflow && snapshot->census.lists_all) {
			if (naming->rows->keeps_ended && !err)
				err = counters_read_failure(naming->maps, &key, failure);
			is_there = name_ended(naming, &failure->key.route.netns);
			map_delete(&naming->maps->reader, naming->maps->failures, &key);
		}
		if (is_there)
			keep(snapshot->failures, &kept, i, sizeof(*failure));
	}
	snapshot->nr_failures = kept;
	return err;
}

/* These are made anew each time: what belongs to nothing is of no use. */
static void name_rest(const struct naming *naming)
{
	struct snapshot *snapshot = naming->snapshot;
	size_t i, kept = 0;

	for (i = 0; i < snapshot->nr_ports; i++)
		if (name(naming, &snapshot->ports[i].key.netns))
			keep(snapshot->ports, &kept, i, sizeof(*snapshot->ports));
	snapshot->nr_ports = kept;
	for (i = 0, kept = 0; i < snapshot->nr_supposed; i++)
		if (name(naming, &snapshot->supposed[i].key.netns))
			keep(snapshot->supposed, &kept, i, sizeof(*snapshot->supposed));
	snapshot->nr_supposed = kept;
	for (i = 0, kept = 0; i < snapshot->nr_owners; i++)
		if (name(naming, &snapshot->owners[i].key.route.netns))
			keep(snapshot->owners, &kept, i, sizeof(*snapshot->owners));
	snapshot->nr_owners = kept;
}

int netns_rows_name(struct netns_rows *rows, const struct counter_maps *maps,
		    struct snapshot *snapshot)
{
	struct naming naming = { .rows = rows, .maps = maps, .snapshot = snapshot };
	int err = list_numbers(&naming);

	if (err)
		return err;
	err = name_routes(&naming);
	if (!err)
		err = name_failures(&naming);
	name_rest(&naming);
	snapshot->lost.ended = rows->keeps_ended ? rows->unseen : NOT_KNOWN;
	free(rows->before);
	rows->before = naming.now;
	rows->nr_before = naming.nr_now;
	return err;
}

void netns_rows_done(struct netns_rows *rows)
{
	free(rows->before);
	rows->before = NULL;
	rows->nr_before = 0;
}
