// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the elements of a map are added to. */
struct target {
	const struct counter_maps *maps;
	struct snapshot *snapshot;
};

static void set_route(const struct counter_maps *maps, const struct route_counters *counters,
		      struct route *route)
{
	int64_t allocations = 0, bound_connects = 0;
	int cpu, bucket;

	route->time_waits = route->failures = 0;
	route->searches = route->search_ns = 0;
	memset(route->search_buckets, 0, sizeof(route->search_buckets));
	for (cpu = 0; cpu < maps->reader.nr_cpus; cpu++, counters++) {
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
	if (!maps->sees_searches)
		route->searches = route->search_ns = NOT_KNOWN;
}

static int add_route(void *arg, const void *key, const void *values)
{
	const struct target *target = arg;
	struct route *route = snapshot_add_route(target->snapshot);

	if (!route)
		return -ENOMEM;
	memcpy(&route->key, key, sizeof(route->key));
	set_route(target->maps, values, route);
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

static void set_failure(const struct counter_maps *maps, const uint64_t *counts,
			struct failure *failure)
{
	int cpu;

	failure->count = 0;
	for (cpu = 0; cpu < maps->reader.nr_cpus; cpu++)
		failure->count += counts[cpu];
}

static int add_failure(void *arg, const void *key, const void *values)
{
	const struct target *target = arg;
	struct failure *failure = snapshot_add_failure(target->snapshot);

	if (!failure)
		return -ENOMEM;
	memcpy(&failure->key, key, sizeof(failure->key));
	set_failure(target->maps, values, failure);
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

int counters_read_route(const struct counter_maps *maps, const struct route_key *key,
			struct route *route)
{
	struct route_counters *counters = calloc(maps->reader.nr_cpus, sizeof(*counters));

	if (!counters)
		return -ENOMEM;
	if (!map_lookup(&maps->reader, maps->routes, key, counters))
		set_route(maps, counters, route);
	free(counters);
	return 0;
}

int counters_read_failure(const struct counter_maps *maps, const struct failure_key *key,
			  struct failure *failure)
{
	uint64_t *counts = calloc(maps->reader.nr_cpus, sizeof(*counts));

	if (!counts)
		return -ENOMEM;
	if (!map_lookup(&maps->reader, maps->failures, key, counts))
		set_failure(maps, counts, failure);
	free(counts);
	return 0;
}
