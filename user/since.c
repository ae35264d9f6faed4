// SPDX-License-Identifier: GPL-2.0-only
#include "since.h"

#include "route_walk.h"

#include <stdlib.h>

static void *copy_of(const void *rows, size_t nr, size_t size, bool *ok)
{
	void *copy = calloc(nr + 1, size);

	if (copy && nr)
		memcpy(copy, rows, nr * size);
	*ok = *ok && copy;
	return copy;
}

#define COPY(copy, snapshot, rows, ok)							  \
	((copy)->rows = copy_of((snapshot)->rows, (snapshot)->nr_##rows,		  \
				sizeof(*(snapshot)->rows), ok),				  \
	 (copy)->room.rows = (copy)->nr_##rows)

struct snapshot *snapshot_copy(const struct snapshot *snapshot)
{
	struct snapshot *copy = malloc(sizeof(*copy));
	bool ok = true;

	if (!copy)
		return NULL;
	*copy = *snapshot;
	copy->texts = NULL;
	COPY(copy, snapshot, routes, &ok);
	COPY(copy, snapshot, failures, &ok);
	COPY(copy, snapshot, netns, &ok);
	COPY(copy, snapshot, ports, &ok);
	COPY(copy, snapshot, owners, &ok);
	COPY(copy, snapshot, processes, &ok);
	if (ok)
		return copy;
	snapshot_free(copy);
	return NULL;
}

/* Figures can step back for a moment (see tracepoint.bpf.c). */
static void take_away(uint64_t *now, uint64_t then)
{
	*now = *now > then ? *now - then : 0;
}

static void reduce_route(struct route *route, const struct route *then)
{
	int i;

	take_away(&route->allocations, then->allocations);
	take_away(&route->bound_connects, then->bound_connects);
	take_away(&route->time_waits, then->time_waits);
	take_away(&route->failures, then->failures);
	for (i = 0; i < SEARCH_BUCKETS; i++)
		take_away(&route->search_buckets[i], then->search_buckets[i]);
	if (route->searches == NOT_KNOWN || then->searches == NOT_KNOWN)
		return;
	route->searches -= then->searches;
	route->search_ns -= then->search_ns;
}

struct snapshot *snapshot_since(const struct snapshot *now, const struct snapshot *then)
{
	struct snapshot *since = snapshot_copy(now);
	struct route_walk walk = { .snapshot = now, .before = then };
	size_t i;

	if (!since)
		return NULL;
	for (i = 0; i < since->nr_routes; i++) {
		const struct route *old = route_walk_to(&walk, &since->routes[i].key);

		if (old)
			reduce_route(&since->routes[i], old);
	}
	for (i = 0; i < since->nr_failures; i++) {
		struct failure *failure = &since->failures[i];
		const struct failure *old = snapshot_failure_before(now, then, &failure->key);

		if (old)
			take_away(&failure->count, old->count);
	}
	if (!snapshot_sum_netns(since))
		return since;
	snapshot_free(since);
	return NULL;
}
