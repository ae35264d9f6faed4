// SPDX-License-Identifier: GPL-2.0-only
/* The census of one port: its sockets are listed, and not counted. */
#include "census.bpf.h"
#include "holder.bpf.h"

/*
 * One entry a socket, by its address: one that is met twice, as its list changes, is in it once.
 * Added here, removed by user space. Full: totals.dropped.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORT_HOLDERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct listed_holder);
} port_holders SEC(".maps");

/* Larger than what a program has of a stack; one walk at a time. */
static struct listed_holder listed;

__hidden void list_holder(const struct census_port *here, const struct sock_common *address)
{
	__u64 key = (unsigned long)address;

	/* It may have left meanwhile, or be another one by now: then it has not the port. */
	if (!describe_holder(address, &listed.holder) || listed.holder.port != here->port ||
	    listed.holder.netns != here->netns.id)
		return;
	listed.run = census_run;
	if (bpf_map_update_elem(&port_holders, &key, &listed, BPF_ANY))
		census_totals.dropped++;
}
