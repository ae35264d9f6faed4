/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the maps of bpf/count.bpf.c, and adds up what they have for each CPU. */
#ifndef PORTTRACE_COUNTERS_H
#define PORTTRACE_COUNTERS_H

#include <stdbool.h>

#include "err.h"
#include "snapshot.h"

struct bpf_map;

/* All borrowed. */
struct counter_maps {
	const struct bpf_map *routes;
	const struct bpf_map *overflow_routes;
	const struct bpf_map *failures;
	int nr_cpus;	    /* possible ones: so many values has an element */
	bool sees_searches; /* see struct backend */
	bool preempts;	    /* see struct kernel_facts */
};

/* Adds routes and failures to a snapshot, unsorted. Negative errno, with the reason. */
int counters_read(const struct counter_maps *maps, struct snapshot *snapshot,
		  struct reason *reason);

#endif
