/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census: has bpf/census.bpf.c walk the kernel's tables of ports, when that is due and not
 * too dear, and puts what it counted into a snapshot.
 */
#ifndef PORTTRACE_CENSUS_H
#define PORTTRACE_CENSUS_H

#include "map_read.h"
#include "snapshot.h"

/* Parts of the BPF object, which has to outlive the census. All borrowed. */
struct census_parts {
	const struct bpf_program *walk;
	const struct bpf_map *rounds, *routes, *netns, *port_sets, *port_holders;
	const struct bpf_map *supposed_routes; /* NULL: not asked for */
	bool *only_netns;
	uint32_t *run, *phase; /* in the memory that the programs share with this process */
	int *socket;
	struct census_totals *totals;
	struct map_reader reader;
	bool sees_searches; /* see struct backend */
};

struct census;

/* Negative errno, with the reason; then nothing is left behind. Free with census_free(). */
int census_new(const struct census_parts *parts, struct census **ret_census,
	       struct reason *reason);
void census_free(struct census *census);

/*
 * Counts again, if the last time is long enough ago that no more than that share of one processor
 * is used (0.02: 2 %; 1: always), and adds the rows to the snapshot, unsorted. Else only the
 * namespaces and the facts of the last one are added, and census.is_fresh is not set. The rows'
 * keys are those of the maps.
 */
int census_take(struct census *census, double share, struct snapshot *snapshot,
		struct reason *reason);

/* One socket; 0, or a negative errno, which ends the list. */
typedef int (*census_visit)(void *arg, const struct port_holder *holder);

/*
 * With programs that were loaded for one port (struct object_options): calls visit for each socket
 * on it, in no order, and adds the namespaces to the snapshot, unsorted. *ret_totals: what could
 * not be listed.
 */
int census_list(struct census *census, census_visit visit, void *arg, struct snapshot *snapshot,
		struct census_totals *ret_totals, struct reason *reason);

#endif
