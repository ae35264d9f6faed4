/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which network namespace the rows of the maps are of. There it has a number that no other one gets
 * (see netns_id_of() in bpf/kernel.bpf.h); in snapshots, that of its inode.
 */
#ifndef PORTTRACE_NETNS_ROWS_H
#define PORTTRACE_NETNS_ROWS_H

#include "counters.h"

struct netns_number {
	uint32_t id, inum;
};

struct netns_rows {
	/*
	 * The counters of a namespace that has ended since the snapshot before are in one more,
	 * with nothing else known of it. Set by the caller; else its rows are gone with it.
	 */
	bool keeps_ended;
	struct netns_number *before; /* of the snapshot before, sorted by id */
	size_t nr_before;
	/* Where they are kept: allocations, connects of bound sockets, failures without a row. */
	int64_t unseen;
};

/*
 * Gives the rows that counters_read() has added, and all others, the numbers of inodes. Those of
 * namespaces that are gone are deleted from the maps, if the census has listed all there are.
 * -ENOMEM.
 */
int netns_rows_name(struct netns_rows *rows, const struct counter_maps *maps,
		    struct snapshot *snapshot);

void netns_rows_done(struct netns_rows *rows);

#endif
