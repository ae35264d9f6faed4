/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes of a line, each added to the snapshot once, however many routes it owns. When a
 * process started is not in a line: two of the same pid are told apart by name and cgroup.
 */
#ifndef PORTTRACE_PROCESS_TABLE_H
#define PORTTRACE_PROCESS_TABLE_H

#include "snapshot.h"

struct process_table {
	uint32_t *slots; /* open addressing: index in the snapshot's processes and one; 0: free */
	size_t nr_slots; /* a power of two */
};

void process_table_done(struct process_table *table);

/*
 * The key of that process, which is added if it is new; the texts are copied ("": not known).
 * -ENOMEM, or -E2BIG: there are too many of that pid.
 */
int process_table_key(struct process_table *table, struct snapshot *snapshot, uint32_t pid,
		      const char *comm, const char *cgroup, struct process_key *ret_key);

#endif
