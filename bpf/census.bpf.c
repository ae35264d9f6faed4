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
#include <bpf/bpf_tracing.h>

/*
 * Steps of one program run, the product of two loops: some 0.2 ms, in which a kernel that does not
 * preempt itself does nothing else.
 */
#define STEPS 64
#define STRIDES 32

/* Slots of a table that are looked at in one step. */
#define SLOTS_A_STEP 64

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
bool census_only_netns = false; /* the namespaces, and no sockets */
int census_socket = 0;
struct census_totals census_totals = {};

/* Set before loading, so that the verifier drops what is not asked for. */
const volatile __u16 census_only_port = 0;

/* Set before loading, too. */
const volatile __u32 census_hz = 250;
const volatile struct census_supposed census_supposed = {};

/* What the iterator goes over: each element is one run of the program, and holds nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} census_rounds SEC(".maps");

/* Where the walk stands. */
static struct {
	struct net *first_net, *next_net;
	struct udp_table *udp_tables[MAX_UDP_TABLES];
	__u32 nr_udp_tables, udp_table;
	__u32 run;

	/* The hash table: its buckets, and those whose heads are in `heads`. */
	void *table;
	__u32 nr_slots, slot, heads_from, heads_to;

	/* The next ones; NULL: none. */
	struct hlist_node *bucket, *owners, *owner;
	__u32 nr_in_chain, nr_in_list;
} at;

/* The port whose owners are walked over; and the same by supposed settings, if that is asked for. */
static struct census_port here, supposed;

/* Copies of what the kernel has; read by member as if they were there. */
static char heads[HEADS * HEAD_SIZE] __attribute__((aligned(8)));
static char copied_bucket[256] __attribute__((aligned(8)));
static char copied_owner[256] __attribute__((aligned(8)));

#define container(ptr, type, member) \
	((type *)((void *)(ptr) - bpf_core_field_offset(type, member)))

/* ---- Namespaces ---- */

/* The owners of one port are all of one namespace; a chain of the table has ports of many. */
static void lose_owners(void)
{
	struct census_netns *netns = find_netns(here.net);

	census_totals.disturbed++;
	if (netns)
		netns->disturbed++;
	else
		census_totals.unplaced++;
}

static void lose_chain(void)
{
	census_totals.disturbed++;
	census_totals.unplaced++;
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
		lose_chain();
	}
}

/*
 * All namespaces are in a ring, which also goes through its head: that one is none, and the one
 * after it is the host's own, which was the first to be added (net_ns_init()).
 */
static bool netns_step(void)
{
	struct net *net = at.next_net;
	struct census_netns *netns = note_netns(net);

	if (netns && bpf_core_field_exists(net->ipv4.udp_table))
		note_udp_table(BPF_CORE_READ(net, ipv4.udp_table));
	net = container(BPF_CORE_READ(net, list.next), struct net, list);
	at.next_net = net;
	if (!netns) {
		netns = note_netns(net);
		if (netns)
			netns->is_init = true;
	}
	if (++at.nr_in_list >= MAX_LIST) {
		census_totals.dropped++;
		return false;
	}
	return net != at.first_net;
}

/* ---- Lists ---- */

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
	for (i = 0; i < SLOTS_A_STEP && !*ret_first; i++) {
		if (at.slot >= at.nr_slots)
			return false;
		*ret_first = head_of(at.slot++, size, offset);
	}
	at.nr_in_list = at.nr_in_chain = 0;
	return true;
}

/* ---- One owner ---- */

static enum kin kin_of(const struct sock_common *skc, const void *address)
{
	/* Not in the table of connections: it has none, or none any more. */
	if (!skc->skc_nulls_node.pprev || skc->skc_state == TCP_LISTEN ||
	    skc->skc_state == TCP_CLOSE)
		return NOT_OF_ROUTE;
	if (skc->skc_state == TCP_TIME_WAIT)
		return kin_of_time_wait(address, skc->skc_hash, here.connect_only);
	return kin_of_socket(address, here.connect_only);
}

/* False: it is not, or no more, an owner of this port, and leads elsewhere. */
static bool owner_step(void)
{
	const struct sock_common *skc = (const void *)copied_owner;
	const void *owner = container(at.owner, struct sock_common, skc_bind_node);
	enum kin kin;

	if (bpf_probe_read_kernel(copied_owner, bpf_core_type_size(struct sock_common), owner))
		return false;
	if (net_at(skc->skc_net) != here.net || (skc->skc_num && skc->skc_num != here.port))
		return false;
	at.owner = skc->skc_bind_node.next;
	census_totals.sockets++;
	if (!skc->skc_num)
		return true;
	if (census_only_port) {
		list_holder(&here, owner);
		return true;
	}
	kin = kin_of(skc, owner);
	if (kin == NOT_OF_ROUTE)
		return true;
	count_owner(&here, skc, owner, kin);
	if (census_supposed.asked_for)
		count_owner(&supposed, skc, owner, kin);
	return true;
}

/* ---- One port ---- */

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
	const struct census_netns *netns = find_netns(net);

	here.net = net;
	here.port = port;
	here.known = netns && is_watched_netns(net);
	if (netns)
		here.netns = *netns;
	else if (is_netns(net))
		read_netns(net, &here.netns);
	else
		return false;
	return ((port + here.netns.hash_mix) & mask) == at.slot - 1;
}

static bool is_asked_for(void)
{
	return here.known && (!census_only_port || here.port == census_only_port);
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
	if (!is_asked_for())
		return true;
	if (!census_only_port)
		judge_port(&here, tb);
	if (census_supposed.asked_for)
		suppose_port(&here, &supposed);
	enter_owners(tb);
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
static void leave_owners(void)
{
	lose_owners();
	at.owner = NULL;
	at.owners = NULL;
}

static bool tcp_step(void)
{
	if (at.owner) {
		if (++at.nr_in_list > MAX_LIST || !owner_step())
			leave_owners();
		return true;
	}
	if (at.owners) {
		if (++at.nr_in_list > MAX_LIST || !owners_step())
			leave_owners();
		return true;
	}
	if (at.bucket) {
		if (++at.nr_in_chain > MAX_LIST || !bucket_step()) {
			lose_chain();
			at.bucket = NULL;
		}
		return true;
	}
	return next_chain(bpf_core_type_size(struct inet_bind_hashbucket),
			  bpf_core_field_offset(struct inet_bind_hashbucket, chain), &at.bucket);
}

/* ---- UDP ---- */

static bool udp_socket_step(void)
{
	const struct sock_common *skc = (const void *)copied_owner;
	const struct sock_common *owner = container(at.owner, struct sock_common, skc_node);

	if (++at.nr_in_list > MAX_LIST ||
	    bpf_probe_read_kernel(copied_owner, bpf_core_type_size(struct sock_common), owner))
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
	if (!is_asked_for())
		return true;
	if (census_only_port)
		list_holder(&here, owner);
	else
		count_udp(&here, skc);
	return true;
}

static bool udp_step(void)
{
	if (at.owner) {
		if (!udp_socket_step()) {
			lose_chain();
			at.owner = NULL;
		}
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
	begin_netns(net);
	at.nr_udp_tables = at.udp_table = 0;
	at.nr_in_list = 0;
	note_udp_table(udp_table_of(sk));
	return true;
}

/* Global, as the next one: the verifier checks it once, and not for each of the iterations. */
__noinline int census_step(void)
{
	struct inet_hashinfo *hashinfo;

	switch (census_phase) {
	case CENSUS_NETNS:
		if (at.run != census_run && !begin())
			break;
		if (netns_step())
			return 0;
		if (census_only_netns)
			break;
		hashinfo = tcp_hashinfo_of(at.first_net, false);
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

__noinline int census_stride(void)
{
	int i;

	for (i = 0; i < STEPS; i++)
		if (census_step())
			return 1;
	return 0;
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
	here.now_ms = now_ns / 1000000;
	here.now_s = now_ns / 1000000000;
	here.now_jiffies = bpf_jiffies64();
	for (i = 0; i < STRIDES; i++)
		if (census_stride())
			break;
	phase = census_phase;
	bpf_seq_write(ctx->meta->seq, &phase, sizeof(phase));
	return 0;
}
