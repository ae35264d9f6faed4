// SPDX-License-Identifier: GPL-2.0-only
/* Which processes have certain sockets: the iterator of owners.bpf.c asks here for each one. */
#include "owners.bpf.h"

/* Written by user space. */
bool holders_asked_for = false;

__u64 holders_dropped = 0; /* processes that found no room; since the start */

/*
 * The sockets that are looked for, by the address of their struct socket, with the number of their
 * file: the memory of sockets is used again. All by user space.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORT_HOLDERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u64);
} wanted_sockets SEC(".maps");

/* One entry a socket and process. Added here, removed by user space. Full: holders_dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORT_HOLDERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct holder_key);
	__type(value, struct process);
} holder_processes SEC(".maps");

__hidden void note_holder(const struct file *file, struct task_struct *task,
			  const struct process_key *whose)
{
	struct holder_key key = {
		.socket = (unsigned long)BPF_CORE_READ(file, private_data),
		.process = *whose,
	};
	const __u64 *inode = bpf_map_lookup_elem(&wanted_sockets, &key.socket);
	struct process process = {};

	if (!inode || *inode != BPF_CORE_READ(file, f_inode, i_ino))
		return;
	describe_process(task, &process);
	if (bpf_map_update_elem(&holder_processes, &key, &process, BPF_ANY))
		holders_dropped++;
}
