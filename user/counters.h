/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the maps of bpf/count.bpf.c, and adds up what they have for each CPU. */
#ifndef PORTTRACE_COUNTERS_H
#define PORTTRACE_COUNTERS_H

#include <stdbool.h>

#include "map_read.h"
#include "snapshot.h"

/* All borrowed. */
struct counter_maps {
	const struct bpf_map *routes;
	const struct bpf_map *overflow_routes;
	const struct bpf_map *failures;
	struct map_reader reader;
	bool sees_searches; /* see struct backend */
};

/* Adds routes and failures to a snapshot, unsorted. Negative errno, with the reason. */
int counters_read(const struct counter_maps *maps, struct snapshot *snapshot,
		  struct reason *reason);

/*
 * Sets the counters of one route, or failure, anew, and leaves all else. Not there any more: leaves
 * them as they are. -ENOMEM.
 */
int counters_read_route(const struct counter_maps *maps, const struct route_key *key,
			struct route *route);
int counters_read_failure(const struct counter_maps *maps, const struct failure_key *key,
			  struct failure *failure);

#endif
