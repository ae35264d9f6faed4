/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes have certain sockets: has the iterator of bpf/owners.bpf.c look for them in the
 * tables of descriptors of all processes.
 */
#ifndef PORTTRACE_HOLDERS_H
#define PORTTRACE_HOLDERS_H

#include "map_read.h"
#include "snapshot.h"

/* Parts of the BPF object, which has to outlive the holders. All borrowed. */
struct holders_parts {
	const struct bpf_program *of_sockets;
	const struct bpf_map *wanted, *processes;
	bool *asked_for; /* in the memory that the programs share with this process */
	const __u64 *dropped;
	struct map_reader reader;
};

struct holders;

/*
 * Negative errno, with the reason; then nothing is left behind. Free with holders_free(). There has
 * to be a census: its socket is how the program knows a socket's file.
 */
int holders_new(const struct holders_parts *parts, struct holders **ret_holders,
		struct reason *reason);
void holders_free(struct holders *holders);

/*
 * One process that has a descriptor of that socket, which is one of those asked about; 0, or a
 * negative errno, which ends the search. *process does not live on, but for its cgroup.
 */
typedef int (*holders_visit)(void *arg, const struct port_holder *socket,
			     const struct owner_process *process);

/*
 * Calls visit for each pair of a socket and a process that has it, in no order; never for a socket
 * without a file. Goes over all processes, once for all sockets.
 */
int holders_find_processes(struct holders *holders, const struct port_holder *sockets, size_t nr,
			   holders_visit visit, void *arg, struct reason *reason);

/* Pairs that found no room; since the start. */
uint64_t holders_dropped(const struct holders *holders);

#endif
