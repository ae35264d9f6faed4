/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose the sockets are: has bpf/owners.bpf.c go over the descriptors of all processes and over the
 * TIME_WAITs that it remembers, when that is due and not too dear, and puts the result into a
 * snapshot.
 */
#ifndef PORTTRACE_OWNERS_H
#define PORTTRACE_OWNERS_H

#include "map_read.h"
#include "snapshot.h"

/* Parts of the BPF object, which has to outlive the owners. All borrowed. */
struct owners_parts {
	const struct bpf_program *of_sockets, *of_time_waits;
	const struct bpf_map *owners, *processes, *time_wait_owners;
	bool tell_bound; /* how many sockets were bound before they connected */
	uint32_t *run; /* in the memory that the programs share with this process */
	const __u64 *dropped;
	struct map_reader reader;
};

struct owners;

/* Negative errno, with the reason; then nothing is left behind. Free with owners_free(). */
int owners_new(const struct owners_parts *parts, struct owners **ret_owners,
	       struct reason *reason);
void owners_free(struct owners *owners);

/*
 * Looks again, if the last time is long enough ago that no more than that share of one processor
 * is used (1: always), and adds the rows to the snapshot, unsorted. Else only the facts of the
 * last time are added.
 */
int owners_take(struct owners *owners, double share, struct snapshot *snapshot,
		struct reason *reason);

#endif
