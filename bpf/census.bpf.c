// SPDX-License-Identifier: GPL-2.0-only
/*
 * The census: counts the sockets that are there, by route, in one walk over the tables that the
 * kernel's own search for a port consults. TCP's bind hash serves all network namespaces; there,
 * under each port, hang its owners: connections, TIME_WAIT, and what is bound only.
 *
 * No lock is taken and no socket is touched. A list may change under the walk: all is read with a
 * helper that cannot fault, and each entry has to fit where it was found (port, namespace). One
 * that does not has left the list and is on another one: the rest of that list is not seen in this
 * run, which is counted (disturbed). An entry that was only taken off still leads on.
 *
 * The walk is one step repeated: an owner, a list of owners, a port, or a bucket of the table.
 * Where it stands is in `at`, so that a program run does a bounded number of steps, on every
 * kernel alike, and the next one goes on. Between two of them user space can be preempted.
 * User space runs the iterator until `phase` says that it is done; never two at a time.
 */
#include "census.bpf.h"
#include "count.bpf.h"
#include "owners.bpf.h"
#include <bpf/bpf_tracing.h>

/* Steps of one program run: some 0.2 ms, in which a non-preemptible kernel does nothing else. */
#define STEPS 2048

/* Heads of hash chains that are read at once. */
#define HEADS 256
#define HEAD_SIZE 16

/* Owners of one port, and entries of one chain, after which something must be wrong. */
#define MAX_LIST (1 << 22)

/* Tables of UDP: one for all namespaces, and one for each with net.ipv4.udp_child_hash_entries. */
#define MAX_UDP_TABLES 64

/* Written by user space before each run. */
__u32 census_run = 0;
__u32 census_phase = 0;
int census_socket = 0;
struct census_totals census_totals = {};

/* One entry a route with sockets. Added here, removed by user space. Full: totals.dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ROUTES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct route_key);
	__type(value, struct census_route);
} census_routes SEC(".maps");

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

/* What the iterator goes over: each element is one run of the program, and holds nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} census_rounds SEC(".maps");

static const struct census_route no_sockets;
static const struct port_set no_ports;

/* Where the walk stands. */
static struct {
	struct net *first_net, *next_net;
	const void *netns_ops; /* what makes a struct net known as one */
	struct udp_table *udp_tables[MAX_UDP_TABLES];
	__u32 nr_udp_tables, udp_table;
	__u32 run;

	/* The hash table: its buckets, and those whose heads are in `heads`. */
	void *table;
	__u32 nr_slots, slot, heads_from, heads_to;

	/* The next ones; NULL: none. */
	struct hlist_node *bucket, *owners, *owner;
	__u32 nr_in_list;

	__u64 now_ms, now_s; /* CLOCK_MONOTONIC */
} at;

/* The port whose owners are walked over, and its namespace. */
static struct {
	struct net *net;
	struct census_netns netns;
	__u16 port;
	bool known;	   /* the namespace is there, and looked at */
	bool connect_only; /* its bucket has nothing but automatic connections */
	bool own_usable;   /* and it is not reserved: free to sockets with a range of their own */
	bool usable;	   /* and within the range: free to others */
	enum half half;
} here;

/* Copies of what the kernel has; read by member as if they were there. */
static char heads[HEADS * HEAD_SIZE] __attribute__((aligned(8)));
static char copied_bucket[256] __attribute__((aligned(8)));
static char copied_owner[512] __attribute__((aligned(8)));

/* possible_net_t has one member. */
#define net_at(possible_net) (*(struct net *const *)&(possible_net))

#define container(ptr, type, member) \
	((type *)((void *)(ptr) - bpf_core_field_offset(type, member)))

/* ---- Namespaces ---- */

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

static void add_port(const struct port_set_key *key, __u16 port)
{
	struct port_set *set = port_set_of(key);

	if (set)
		set->bits[port / 64] |= 1ULL << port % 64;
}

static void copy_reserved_ports(const struct census_netns *netns)
{
	struct port_set_key key = { .netns = netns->inum, .kind = PORTS_RESERVED };
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

static void read_netns(struct net *net, struct census_netns *netns)
{
	netns->run = census_run;
	netns->inum = BPF_CORE_READ(net, ns.inum);
	netns->hash_mix = BPF_CORE_READ(net, hash_mix);
	netns->range = port_range_of(net);
	netns->reserved_ports = (unsigned long)BPF_CORE_READ(net, ipv4.sysctl_local_reserved_ports);
	netns->tw_reuse = BPF_CORE_READ(net, ipv4.sysctl_tcp_tw_reuse);
	if (bpf_core_field_exists(net->ipv4.sysctl_tcp_tw_reuse_delay))
		netns->tw_reuse_delay_ms = BPF_CORE_READ(net, ipv4.sysctl_tcp_tw_reuse_delay);
	netns->own_range_misses_none = own_range_misses_none();
	read_time_waits(net, netns);
}

static bool is_netns(struct net *net)
{
	return BPF_CORE_READ(net, ns.ops) == at.netns_ops;
}

static struct census_netns *known_netns(struct net *net)
{
	__u64 key = (unsigned long)net;
	struct census_netns *netns = bpf_map_lookup_elem(&census_netns, &key);

	return netns && netns->run == census_run ? netns : NULL;
}

/* Makes the entry of a namespace; NULL: it is none, or there is no room. */
static struct census_netns *note_netns(struct net *net)
{
	__u64 key = (unsigned long)net;
	struct census_netns fresh = {};

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

static void note_udp_table(struct udp_table *table)
{
	__u32 i;

	for (i = 0; i < MAX_UDP_TABLES && i < at.nr_udp_tables; i++)
		if (at.udp_tables[i] == table)
			return;
	if (i < MAX_UDP_TABLES) {
		at.udp_tables[i] = table;
		at.nr_udp_tables = i + 1;
	} else {
		census_totals.disturbed++;
	}
}

/*
 * All namespaces are in a ring, which also goes through its head: that one is none, and the one
 * after it is the host's own, which was the first to be added (net_ns_init()).
 */
static bool netns_step(void)
{
	struct net *net = at.next_net;
	struct census_netns *netns = known_netns(net);

	if (!netns)
		netns = note_netns(net);

	if (netns && bpf_core_field_exists(net->ipv4.udp_table))
		note_udp_table(BPF_CORE_READ(net, ipv4.udp_table));
	net = container(BPF_CORE_READ(net, list.next), struct net, list);
	at.next_net = net;
	if (!netns) {
		netns = known_netns(net);
		if (!netns)
			netns = note_netns(net);
		if (netns)
			netns->is_init = true;
	}
	return net != at.first_net && ++at.nr_in_list < MAX_LIST;
}

/* ---- Lists ---- */

static void disturbed(void)
{
	struct census_netns *netns = known_netns(here.net);

	census_totals.disturbed++;
	if (netns)
		netns->disturbed++;
}

static void enter_table(void *table, __u32 nr_slots)
{
	at.table = table;
	at.nr_slots = nr_slots;
	at.slot = at.heads_from = at.heads_to = 0;
	at.bucket = at.owners = at.owner = NULL;
	at.nr_in_list = 0;
}

/*
 * The head of a slot's chain; size: of a slot, and where the pointer is in it. Many are read at
 * once, but for the last ones, and where slots are larger since the kernel debugs its locks.
 */
static struct hlist_node *head_of(__u32 slot, __u32 size, __u32 offset)
{
	struct hlist_node *first = NULL;

	if (size == HEAD_SIZE && slot >= at.heads_to && slot + HEADS <= at.nr_slots) {
		bpf_probe_read_kernel(heads, sizeof(heads), at.table + slot * size);
		at.heads_from = slot;
		at.heads_to = slot + HEADS;
	}
	if (slot < at.heads_to)
		return *(struct hlist_node **)(heads + (slot - at.heads_from) % HEADS * HEAD_SIZE +
					       offset % HEAD_SIZE);
	bpf_probe_read_kernel(&first, sizeof(first), at.table + slot * size + offset);
	return first;
}

/* The next chain that is not empty, or none of so many. False at the end of the table. */
static bool next_chain(__u32 size, __u32 offset, struct hlist_node **ret_first)
{
	__u32 i;

	*ret_first = NULL;
	for (i = 0; i < HEADS && !*ret_first; i++) {
		if (at.slot >= at.nr_slots)
			return false;
		*ret_first = head_of(at.slot++, size, offset);
	}
	at.nr_in_list = 0;
	return true;
}

/* ---- One owner ---- */

static void copied_address(const struct sock_common *skc, bool local, __u8 addr[16])
{
	if (skc->skc_family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_rcv_saddr))
		__builtin_memcpy(addr, local ? &skc->skc_v6_rcv_saddr : &skc->skc_v6_daddr, 16);
	else
		map_ipv4(addr, local ? skc->skc_rcv_saddr : skc->skc_daddr);
}

static bool is_loopback(const __u8 addr[16])
{
	const __u32 *words = (const __u32 *)addr;

	if (words[0] || words[1])
		return false;
	if (words[2] == bpf_htonl(0xffff))
		return addr[12] == 127;
	return !words[2] && words[3] == bpf_htonl(1);
}

/* tcp_twsk_unique(), for a connect() at this moment. */
static bool is_reusable(const struct tcp_timewait_sock *tcp_tw, const struct route_key *route)
{
	const struct inet_timewait_sock *tw = &tcp_tw->tw_sk;
	int stamp = tcp_tw->tw_ts_recent_stamp;

	if (!stamp || !here.netns.tw_reuse || tw->tw_substate == TCP_FIN_WAIT2)
		return false;
	if (here.netns.tw_reuse == 2 && tw->__tw_common.skc_bound_dev_if != 1 &&
	    !is_loopback(route->src) && !is_loopback(route->dst))
		return false;
	/* 6.14: milliseconds since it was entered; before, seconds since the last timestamp. */
	if (bpf_core_field_exists(tw->tw_entry_stamp))
		return (__s32)((__u32)at.now_ms - tw->tw_entry_stamp -
			       here.netns.tw_reuse_delay_ms) > 0;
	return (__s32)((__u32)at.now_s - stamp) > 0;
}

/* In a bucket which somebody has bound, nothing in a TIME_WAIT tells bound from accepted. */
static enum kin kin_of_time_wait(const struct inet_timewait_sock *tw, const void *address)
{
	if (here.connect_only)
		return CONNECTED;
	if (bpf_core_field_exists(tw->tw_connect_bind) && BPF_CORE_READ_BITFIELD(tw, tw_connect_bind))
		return CONNECTED;
	return is_remembered(address, tw->__tw_common.skc_hash) ? BOUND : NOT_OF_ROUTE;
}

static enum kin kin_of(const struct sock_common *skc, const void *address)
{
	/* Not in the table of connections: it has none, or none any more. */
	if (!skc->skc_nulls_node.pprev || skc->skc_state == TCP_LISTEN ||
	    skc->skc_state == TCP_CLOSE)
		return NOT_OF_ROUTE;
	if (skc->skc_state == TCP_TIME_WAIT)
		return kin_of_time_wait((const void *)skc, address);
	return kin_of_socket(address, here.connect_only);
}

static struct census_route *route_entry(const struct route_key *key)
{
	struct census_route *route = bpf_map_lookup_elem(&census_routes, key);

	if (!route) {
		bpf_map_update_elem(&census_routes, key, &no_sockets, BPF_NOEXIST);
		route = bpf_map_lookup_elem(&census_routes, key);
	}
	if (!route)
		census_totals.dropped++;
	return route;
}

/* For the first socket of the route in this run. Ranges that none had in the last one go. */
static void begin_route(struct census_route *route)
{
	__u32 last = route->run;
	int i;

	route->run = census_run;
	route->last_port = route->established = route->time_wait = route->other = route->bound = 0;
	route->used[HALF_FAST] = route->used[HALF_SLOW] = 0;
	route->reclaimable[HALF_FAST] = route->reclaimable[HALF_SLOW] = 0;
	for (i = 0; i < MAX_OWN_RANGES; i++) {
		if (route->own[i].seen != last)
			route->own[i].range = 0;
		route->own[i].used = route->own[i].reclaimable = 0;
	}
}

/*
 * Whether the search ever looks at that port. Of a range of odd size it passes over the first one,
 * or over the last if it starts at the first: always if there are three, else rarely.
 */
static bool is_visited(__u16 port, __u16 low, __u16 high)
{
	if (port < low || port > high)
		return false;
	if (low == high || (high - low) & 1)
		return true;
	return port != (high - low == 2 ? high : low);
}

/* Each end counts if it is within the namespace's range (inet_sk_get_local_port_range()). */
static bool own_range_has(port_range_t own, __u16 port)
{
	__u16 low = here.netns.range, high = here.netns.range >> 16;
	__u16 own_low = own, own_high = own >> 16;

	if (own_low >= low && own_low <= high)
		low = own_low;
	if (own_high >= low && own_high <= high)
		high = own_high;
	if (own_range_misses_none())
		return port >= low && port <= high;
	return is_visited(port, low, high);
}

static void note_own_range(struct census_route *route, port_range_t range)
{
	int i;

	for (i = 0; i < MAX_OWN_RANGES; i++) {
		struct census_own_range *own = &route->own[i];

		if (own->range == range) {
			own->seen = census_run;
			return;
		}
		if (!own->range || own->seen + 1 < census_run) {
			own->range = range;
			own->since = own->seen = census_run;
			own->used = own->reclaimable = 0;
			census_totals.new_own_ranges++;
			return;
		}
	}
	census_totals.dropped++;
}

static void count_port(struct census_route *route, bool reusable)
{
	enum half half = here.half & 1;
	int i;

	if (here.usable) {
		route->used[half]++;
		route->reclaimable[half] += reusable;
	}
	if (!here.own_usable)
		return;
	for (i = 0; i < MAX_OWN_RANGES; i++) {
		struct census_own_range *own = &route->own[i];

		if (own->range && own_range_has(own->range, here.port)) {
			own->used++;
			own->reclaimable += reusable;
		}
	}
}

static void count_owner(const struct sock_common *skc, const struct sock *address, enum kin kin)
{
	struct route_key key = {
		.netns = here.netns.inum,
		.proto = PORTTRACE_IPPROTO_TCP,
		.dport = bpf_ntohs(skc->skc_dport),
	};
	bool is_time_wait = skc->skc_state == TCP_TIME_WAIT, reusable = false;
	struct census_route *route;
	port_range_t own;

	copied_address(skc, true, key.src);
	copied_address(skc, false, key.dst);
	route = route_entry(&key);
	if (!route)
		return;
	if (route->run != census_run)
		begin_route(route);
	if (!is_time_wait) {
		own = own_port_range_of(address);
		if (own)
			note_own_range(route, own);
	}
	if (route->last_port == (1U << 16 | here.port))
		return;
	route->last_port = 1U << 16 | here.port;
	if (is_time_wait)
		route->time_wait++;
	else if (skc->skc_state == TCP_ESTABLISHED)
		route->established++;
	else
		route->other++;
	if (kin == BOUND)
		route->bound++;
	if (is_time_wait)
		reusable = is_reusable((const void *)skc, &key);
	/* A connect() that is bound to no device does not run into one that is (INET_MATCH). */
	if (!skc->skc_bound_dev_if)
		count_port(route, reusable);
}

/* False: it is not, or no more, an owner of this port, and leads elsewhere. */
static bool owner_step(void)
{
	const struct sock_common *skc = (const void *)copied_owner;
	const void *owner = container(at.owner, struct sock_common, skc_bind_node);
	enum kin kin;

	if (bpf_probe_read_kernel(copied_owner, bpf_core_type_size(struct tcp_timewait_sock), owner))
		return false;
	if (net_at(skc->skc_net) != here.net || (skc->skc_num && skc->skc_num != here.port))
		return false;
	at.owner = skc->skc_bind_node.next;
	census_totals.sockets++;
	if (!skc->skc_num)
		return true;
	kin = kin_of(skc, owner);
	if (kin != NOT_OF_ROUTE)
		count_owner(skc, owner, kin);
	return true;
}

/* ---- One port ---- */

static bool is_reserved(__u16 port)
{
	const unsigned long *bitmap = (const void *)here.netns.reserved_ports;
	unsigned long word = 0;

	if (!bitmap)
		return false;
	bpf_probe_read_kernel(&word, sizeof(word), bitmap + port / 64);
	return word >> port % 64 & 1;
}

static void judge_port(const struct inet_bind_bucket *tb)
{
	__u16 low = here.netns.range, high = here.netns.range >> 16;

	here.connect_only = tb->fastreuse < 0 && tb->fastreuseport < 0;
	here.own_usable = here.connect_only && !tb->l3mdev && !is_reserved(here.port);
	here.usable = here.own_usable && is_visited(here.port, low, high);
	here.half = (here.port ^ low) & 1 ? HALF_SLOW : HALF_FAST;
	if (!here.connect_only && !tb->l3mdev) {
		struct port_set_key key = { .netns = here.netns.inum, .kind = PORTS_TCP_BLOCKED };

		add_port(&key, here.port);
	}
}

static void enter_owners(const struct inet_bind_bucket *tb)
{
	const struct inet_bind_bucket___owners *old = (const void *)tb;

	at.owner = at.owners = NULL;
	at.nr_in_list = 0;
	if (bpf_core_field_exists(old->owners))
		at.owner = old->owners.first;
	else if (bpf_core_field_exists(tb->bhash2))
		at.owners = tb->bhash2.first;
}

/*
 * Whose port it is. False: whatever this is, it is not of this chain. A namespace that this run has
 * not met is on its way in or out: its sockets are passed over.
 */
static bool enter_port(struct net *net, __u16 port, __u32 mask)
{
	const struct census_netns *netns = known_netns(net);

	here.net = net;
	here.port = port;
	here.known = netns && is_watched_netns(netns->inum);
	if (netns)
		here.netns = *netns;
	else if (is_netns(net))
		read_netns(net, &here.netns);
	else
		return false;
	return ((port + here.netns.hash_mix) & mask) == at.slot - 1;
}

static bool bucket_step(void)
{
	const struct inet_bind_bucket *tb = (const void *)copied_bucket;

	if (bpf_probe_read_kernel(copied_bucket, bpf_core_type_size(struct inet_bind_bucket),
				  container(at.bucket, struct inet_bind_bucket, node)))
		return false;
	if (!enter_port(net_at(tb->ib_net), tb->port, at.nr_slots - 1))
		return false;
	at.bucket = tb->node.next;
	if (here.known) {
		judge_port(tb);
		enter_owners(tb);
	}
	return true;
}

/* 6.8 on: the owners of a port on one address. */
static bool owners_step(void)
{
	struct inet_bind2_bucket *tb2 = NULL;

	if (!bpf_core_field_exists(tb2->bhash_node))
		return false;
	tb2 = container(at.owners, struct inet_bind2_bucket, bhash_node);
	if (BPF_CORE_READ(tb2, port) != here.port || BPF_CORE_READ(tb2, ib_net.net) != here.net)
		return false;
	at.owner = BPF_CORE_READ(tb2, owners.first);
	at.owners = BPF_CORE_READ(tb2, bhash_node.next);
	return true;
}

/* Leaves the list which has turned out not to be one. */
static void leave_list(void)
{
	disturbed();
	at.owner = NULL;
	at.owners = NULL;
}

static bool tcp_step(void)
{
	if (at.owner) {
		if (++at.nr_in_list > MAX_LIST || !owner_step())
			leave_list();
		return true;
	}
	if (at.owners) {
		if (++at.nr_in_list > MAX_LIST || !owners_step())
			leave_list();
		return true;
	}
	if (at.bucket) {
		if (!bucket_step()) {
			disturbed();
			at.bucket = NULL;
		}
		return true;
	}
	return next_chain(bpf_core_type_size(struct inet_bind_hashbucket),
			  bpf_core_field_offset(struct inet_bind_hashbucket, chain), &at.bucket);
}

/* ---- UDP ---- */

/* UDP has no destination: a port is taken for an address. */
static void count_udp(const struct sock_common *skc)
{
	struct port_set_key set = { .netns = here.netns.inum, .kind = PORTS_UDP };
	struct route_key key = { .netns = here.netns.inum, .proto = PORTTRACE_IPPROTO_UDP };
	struct census_route *route;

	copied_address(skc, true, key.src);
	__builtin_memcpy(set.addr, key.src, sizeof(set.addr));
	set.v6only = BPF_CORE_READ_BITFIELD(skc, skc_ipv6only);
	add_port(&set, here.port);
	route = route_entry(&key);
	if (!route)
		return;
	if (route->run != census_run)
		begin_route(route);
	if (skc->skc_state == TCP_ESTABLISHED)
		route->established++;
	else
		route->other++;
}

static bool udp_socket_step(void)
{
	const struct sock_common *skc = (const void *)copied_owner;

	if (++at.nr_in_list > MAX_LIST ||
	    bpf_probe_read_kernel(copied_owner, bpf_core_type_size(struct sock_common),
				  container(at.owner, struct sock_common, skc_node)))
		return false;
	/* On its way out. */
	if (!skc->skc_num && net_at(skc->skc_net) == here.net) {
		at.owner = skc->skc_node.next;
		return true;
	}
	if (!enter_port(net_at(skc->skc_net), skc->skc_num, at.nr_slots - 1))
		return false;
	at.owner = skc->skc_node.next;
	census_totals.sockets++;
	if (here.known)
		count_udp(skc);
	return true;
}

static bool udp_step(void)
{
	if (at.owner) {
		if (!udp_socket_step())
			leave_list();
		return true;
	}
	return next_chain(bpf_core_type_size(struct udp_hslot),
			  bpf_core_field_offset(struct udp_hslot, head), &at.owner);
}

static void enter_udp_table(void)
{
	struct udp_table *table = at.udp_tables[at.udp_table++ & (MAX_UDP_TABLES - 1)];

	enter_table(BPF_CORE_READ(table, hash), BPF_CORE_READ(table, mask) + 1);
}

/* ---- The walk ---- */

static bool begin(void)
{
	const struct sock *sk = socket_of(census_socket);
	struct net *net;

	if (!sk)
		return false;
	at.run = census_run;
	net = net_of(sk);
	at.first_net = at.next_net = net;
	at.netns_ops = BPF_CORE_READ(net, ns.ops);
	at.nr_udp_tables = at.udp_table = 0;
	at.nr_in_list = 0;
	note_udp_table(udp_table_of(sk));
	return true;
}

/* Global, so that the verifier checks it once, and not again for each of the loop's iterations. */
__noinline int census_step(void)
{
	struct inet_hashinfo *hashinfo;

	switch (census_phase) {
	case CENSUS_NETNS:
		if (at.run != census_run && !begin())
			break;
		if (netns_step())
			return 0;
		hashinfo = tcp_hashinfo_of(at.first_net);
		enter_table(BPF_CORE_READ(hashinfo, bhash), BPF_CORE_READ(hashinfo, bhash_size));
		census_phase = CENSUS_TCP;
		return 0;
	case CENSUS_TCP:
		if (tcp_step())
			return 0;
		enter_udp_table();
		census_phase = CENSUS_UDP;
		return 0;
	case CENSUS_UDP:
		if (udp_step())
			return 0;
		if (at.udp_table < at.nr_udp_tables) {
			enter_udp_table();
			return 0;
		}
		break;
	}
	census_phase = CENSUS_DONE;
	return 1;
}

/* One round: some steps; then a byte, at which the read() of user space returns. */
SEC("?iter/bpf_map_elem")
int census(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 now_ns = bpf_ktime_get_ns();
	__u8 phase;
	int i;

	if (!ctx->value)
		return 0;
	at.now_ms = now_ns / 1000000;
	at.now_s = now_ns / 1000000000;
	for (i = 0; i < STEPS; i++)
		if (census_step())
			break;
	phase = census_phase;
	bpf_seq_write(ctx->meta->seq, &phase, sizeof(phase));
	return 0;
}
