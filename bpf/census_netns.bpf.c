// SPDX-License-Identifier: GPL-2.0-only
/* The census: network namespaces with their settings, and sets of ports. */
#include "census.bpf.h"

/* One entry a namespace. Added here, removed by user space. Full: totals.dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_NETNS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct census_netns);
} census_netns SEC(".maps");

/* One entry a set that is not empty. Added here, removed by user space. Full: totals.dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORT_SETS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct port_set_key);
	__type(value, struct port_set);
} port_sets SEC(".maps");

static const struct port_set no_ports;

/* What makes a struct net known as one. */
static const void *netns_ops;

static struct port_set *port_set_of(const struct port_set_key *key)
{
	struct port_set *set = bpf_map_lookup_elem(&port_sets, key);

	if (!set || set->run != census_run) {
		bpf_map_update_elem(&port_sets, key, &no_ports, BPF_ANY);
		set = bpf_map_lookup_elem(&port_sets, key);
	}
	if (set)
		set->run = census_run;
	else
		census_totals.dropped++;
	return set;
}

__hidden void add_port(const struct port_set_key *key, __u16 port)
{
	struct port_set *set = port_set_of(key);

	if (set)
		set->bits[port / 64] |= 1ULL << port % 64;
}

static void copy_reserved_ports(const struct census_netns *netns)
{
	struct port_set_key key = { .netns = netns->id, .kind = PORTS_RESERVED };
	struct port_set *set;

	if (!netns->reserved_ports)
		return;
	set = port_set_of(&key);
	if (set)
		bpf_probe_read_kernel(set->bits, sizeof(set->bits), (void *)netns->reserved_ports);
}

static void read_time_waits(struct net *net, struct census_netns *netns)
{
	struct netns_ipv4___death_row_pointer *ipv4 = (void *)&net->ipv4;
	struct inet_timewait_death_row *row = (void *)&net->ipv4.tcp_death_row;
	const struct inet_timewait_death_row___count *old;

	if (!bpf_core_field_exists(net->ipv4.tcp_death_row.hashinfo))
		row = BPF_CORE_READ(ipv4, tcp_death_row);
	old = (const void *)row;
	if (bpf_core_field_exists(old->tw_count))
		netns->time_wait = BPF_CORE_READ(old, tw_count.counter);
	else
		netns->time_wait = BPF_CORE_READ(row, tw_refcount.refs.counter) - 1;
	netns->time_wait_max = BPF_CORE_READ(row, sysctl_max_tw_buckets);
}

/* With a range of its own, the search of 6.8 on goes from port to port, and misses none. */
static bool own_range_misses_none(void)
{
	const struct inet_sock *inet = NULL;

	return bpf_core_field_exists(inet->local_port_range);
}

__hidden void read_netns(struct net *net, struct census_netns *netns)
{
	netns->run = census_run;
	netns->id = netns_id_of(net, false);
	netns->inum = BPF_CORE_READ(net, ns.inum);
	netns->hash_mix = BPF_CORE_READ(net, hash_mix);
	netns->range = port_range_of(net);
	netns->reserved_ports = (unsigned long)BPF_CORE_READ(net, ipv4.sysctl_local_reserved_ports);
	netns->tw_reuse = BPF_CORE_READ(net, ipv4.sysctl_tcp_tw_reuse);
	if (bpf_core_field_exists(net->ipv4.sysctl_tcp_tw_reuse_delay))
		netns->tw_reuse_delay_ms = BPF_CORE_READ(net, ipv4.sysctl_tcp_tw_reuse_delay);
	netns->timestamps = BPF_CORE_READ(net, ipv4.sysctl_tcp_timestamps);
	netns->own_range_misses_none = own_range_misses_none();
	read_time_waits(net, netns);
}

__hidden void begin_netns(struct net *net)
{
	netns_ops = BPF_CORE_READ(net, ns.ops);
}

__hidden bool is_netns(struct net *net)
{
	return BPF_CORE_READ(net, ns.ops) == netns_ops;
}

__hidden struct census_netns *find_netns(struct net *net)
{
	__u64 key = (unsigned long)net;
	struct census_netns *netns = bpf_map_lookup_elem(&census_netns, &key);

	return netns && netns->run == census_run ? netns : NULL;
}

__hidden struct census_netns *note_netns(struct net *net)
{
	__u64 key = (unsigned long)net;
	struct census_netns *known = find_netns(net), fresh = {};

	if (known)
		return known;
	if (!is_netns(net))
		return NULL;
	read_netns(net, &fresh);
	if (bpf_map_update_elem(&census_netns, &key, &fresh, BPF_ANY)) {
		census_totals.dropped++;
		return NULL;
	}
	copy_reserved_ports(&fresh);
	return bpf_map_lookup_elem(&census_netns, &key);
}
