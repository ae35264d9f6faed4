// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Elements read by one system call: keeps the buffer small on a host with many CPUs. */
#define BATCH 128

/* Adds one element of a map, with its values of all CPUs, to a snapshot. -ENOMEM. */
typedef int (*add_element)(const struct counter_maps *maps, struct snapshot *snapshot,
			   const void *key, const void *values);

static int add_route(const struct counter_maps *maps, struct snapshot *snapshot, const void *key,
		     const void *values)
{
	const struct route_counters *counters = values;
	struct route *route = snapshot_add_route(snapshot);
	int64_t allocations = 0, bound_connects = 0;
	int cpu, bucket;

	if (!route)
		return -ENOMEM;
	memcpy(&route->key, key, sizeof(route->key));
	for (cpu = 0; cpu < maps->nr_cpus; cpu++, counters++) {
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
	return 0;
}

static int add_overflow_route(const struct counter_maps *maps, struct snapshot *snapshot,
			      const void *key, const void *values)
{
	const struct route *route;
	int err = add_route(maps, snapshot, key, values);

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

static int add_failure(const struct counter_maps *maps, struct snapshot *snapshot, const void *key,
		       const void *values)
{
	struct failure *failure = snapshot_add_failure(snapshot);
	const uint64_t *counts = values;
	int cpu;

	if (!failure)
		return -ENOMEM;
	memcpy(&failure->key, key, sizeof(failure->key));
	for (cpu = 0; cpu < maps->nr_cpus; cpu++)
		failure->count += counts[cpu];
	return 0;
}

/*
 * While the kernel reads a hash map for us, it runs no kprobe or tracepoint program on this CPU
 * (bpf_disable_instrumentation()). A reader that is preempted there would keep it so for as
 * long as the other tasks run; a real-time task is not, by them. One batch is microseconds.
 */
static int read_batch(const struct counter_maps *maps, int map, __u32 *from, __u32 *to, char *keys,
		      char *values, __u32 *count)
{
	static const struct sched_param least = { .sched_priority = 1 };
	struct sched_param usual;
	int policy = maps->preempts ? sched_getscheduler(0) : -1;
	bool raised = policy >= 0 && !sched_getparam(0, &usual) &&
		      !sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least);
	int err = bpf_map_lookup_batch(map, from, to, keys, values, count, NULL);

	if (raised)
		sched_setscheduler(0, policy, &usual);
	return err;
}

static int read_batches(const struct counter_maps *maps, const struct bpf_map *map, add_element add,
			struct snapshot *snapshot, char *keys, char *values)
{
	size_t key_size = bpf_map__key_size(map);
	size_t value_size = (bpf_map__value_size(map) + 7) / 8 * 8 * maps->nr_cpus;
	__u32 batch = 0, count, i;
	bool first = true;
	int err, end = 0;

	while (!end) {
		count = BATCH;
		end = read_batch(maps, bpf_map__fd(map), first ? NULL : &batch, &batch, keys,
				 values, &count);
		/* -ENOENT comes with the last elements. */
		if (end && end != -ENOENT)
			return end;
		first = false;
		for (i = 0; i < count; i++) {
			err = add(maps, snapshot, keys + i * key_size, values + i * value_size);
			if (err)
				return err;
		}
	}
	return 0;
}

static int read_map(const struct counter_maps *maps, const struct bpf_map *map, add_element add,
		    struct snapshot *snapshot, struct reason *reason)
{
	size_t value_size = (bpf_map__value_size(map) + 7) / 8 * 8 * maps->nr_cpus;
	char *keys = malloc(BATCH * bpf_map__key_size(map));
	char *values = malloc(BATCH * value_size);
	int err = -ENOMEM;

	if (keys && values)
		err = read_batches(maps, map, add, snapshot, keys, values);
	free(values);
	free(keys);
	if (err)
		because(reason, err, "cannot read the BPF map '%s': %s", bpf_map__name(map),
			strerror(-err));
	return err;
}

int counters_read(const struct counter_maps *maps, struct snapshot *snapshot,
		  struct reason *reason)
{
	int err = read_map(maps, maps->routes, add_route, snapshot, reason);

	if (!err)
		err = read_map(maps, maps->overflow_routes, add_overflow_route, snapshot, reason);
	if (!err)
		err = read_map(maps, maps->failures, add_failure, snapshot, reason);
	return err;
}
