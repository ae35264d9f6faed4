// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <errno.h>
#include <string.h>

/* What the elements of a map are added to. */
struct target {
	const struct counter_maps *maps;
	struct snapshot *snapshot;
};

static int add_route(void *arg, const void *key, const void *values)
{
	const struct target *target = arg;
	const struct route_counters *counters = values;
	struct route *route = snapshot_add_route(target->snapshot);
	int64_t allocations = 0, bound_connects = 0;
	int cpu, bucket;

	if (!route)
		return -ENOMEM;
	memcpy(&route->key, key, sizeof(route->key));
	for (cpu = 0; cpu < target->maps->reader.nr_cpus; cpu++, counters++) {
		allocations += counters->allocations;
		bound_connects += counters->bound_connects;
		route->time_waits += counters->time_waits;
		route->failures += counters->failures;
		route->search_ns += counters->search_ns;
		for (bucket = 0; bucket < SEARCH_BUCKETS; bucket++) {
			route->search_buckets[bucket] += counters->searches[bucket];
			route->searches += counters->searches[bucket];
		}
	}
	/* Taken back on one CPU before we read the one on which it was counted. */
	route->allocations = allocations > 0 ? allocations : 0;
	route->bound_connects = bound_connects > 0 ? bound_connects : 0;
	if (!target->maps->sees_searches)
		route->searches = route->search_ns = NOT_KNOWN;
	return 0;
}

static int add_overflow_route(void *arg, const void *key, const void *values)
{
	struct snapshot *snapshot = ((const struct target *)arg)->snapshot;
	const struct route *route;
	int err = add_route(arg, key, values);

	if (err)
		return err;
	route = &snapshot->routes[snapshot->nr_routes - 1];
	/* The last one is always in the map, and of interest only when something is in it. */
	if (!route->key.overflow && !route->allocations && !route->failures &&
	    !route->time_waits && !route->bound_connects)
		snapshot->nr_routes--;
	else
		snapshot->routes[snapshot->nr_routes - 1].key.overflow = 1;
	return 0;
}

static int add_failure(void *arg, const void *key, const void *values)
{
	const struct target *target = arg;
	struct failure *failure = snapshot_add_failure(target->snapshot);
	const uint64_t *counts = values;
	int cpu;

	if (!failure)
		return -ENOMEM;
	memcpy(&failure->key, key, sizeof(failure->key));
	for (cpu = 0; cpu < target->maps->reader.nr_cpus; cpu++)
		failure->count += counts[cpu];
	return 0;
}

int counters_read(const struct counter_maps *maps, struct snapshot *snapshot,
		  struct reason *reason)
{
	struct target target = { maps, snapshot };
	int err = map_read(&maps->reader, maps->routes, add_route, &target, reason);

	if (!err)
		err = map_read(&maps->reader, maps->overflow_routes, add_overflow_route, &target,
			       reason);
	if (!err)
		err = map_read(&maps->reader, maps->failures, add_failure, &target, reason);
	return err;
}
