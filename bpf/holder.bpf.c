// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has a port: walks over the kernel's bind hash tables, without locks.
 *
 * These run when an explicit bind() has failed, which is rare, and never on a path that succeeds.
 * A list may change under the walk (bind buckets are freed without RCU before 6.15): each step
 * reads with a helper that cannot fault, and a bound ends what would not end. A walk that ran
 * into its bound is counted as lost.walks.
 */
#include "count.bpf.h"
#include "holder.bpf.h"
#include "owners.bpf.h"

/*
 * The bounds are what the verifier has to walk, too: they decide how long it takes to start.
 *
 * Entries of one hash chain that are looked at; the kernel sizes its tables for one or two.
 */
#define MAX_CHAIN 32
/* The same for the established hash, where what is looked for has just been put at the head. */
#define MAX_NEW_IN_CHAIN 16
/* Bytes: larger than any table of the kernel. */
#define MAX_TABLE ((1UL << 40) - 1)
/* Owners of one port. Newest first: with more, what a listener accepted last stands for it. */
#define MAX_OWNERS 64

#define container(ptr, type, member) \
	((type *)((void *)(ptr) - bpf_core_field_offset(type, member)))

/* What an owner of a port tells about somebody else's wish to bind that port; several may hold. */
enum {
	BINDER = 1,	      /* in the way: listens, or bound the port itself */
	CONNECTION = 2,	      /* in the way: this host opened it, and nobody asked for this port */
	ANY_CONNECTION = 4,   /* in the way: a connection, accepted or opened */
	BINDER_ELSEWHERE = 8, /* not in the way, but bound */
	IN_TIME_WAIT = 16,    /* in the way, and nobody's any more */
};

/*
 * An address as two scalars, each as it is in memory. The steps of the walks are global functions
 * of scalars: the verifier checks such a function once (5.6), and not anew for each of the loop's
 * iterations with whatever it knows there, which exceeds its million instructions.
 */
struct halves {
	__u64 high;
	__u64 low;
};

static bool is_any(const __u8 addr[16])
{
	const __u32 *words = (const __u32 *)addr;

	return !words[3] && (is_ipv4(addr) || (!words[0] && !words[1] && !words[2]));
}

static bool same_address(const __u8 a[16], const __u8 b[16])
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* inet_rcv_saddr_equal(), but for IPV6_V6ONLY, which the owner loop looks at. */
static bool overlap(const __u8 a[16], const __u8 b[16])
{
	if (same_address(a, b))
		return true;
	if (is_ipv4(a) == is_ipv4(b))
		return is_any(a) || is_any(b);
	/* One is IPv4, the other not: only the IPv6 wildcard covers IPv4. */
	return is_ipv4(a) ? is_any(b) : is_any(a);
}

/* Whoever is bound to no device is on all of them. */
static bool share_a_device(const struct sock_common *a, const struct sock_common *b)
{
	int x = BPF_CORE_READ(a, skc_bound_dev_if), y = BPF_CORE_READ(b, skc_bound_dev_if);

	return !x || !y || x == y;
}

static bool is_ipv6only(const struct sock_common *skc)
{
	return BPF_CORE_READ_BITFIELD_PROBED(skc, skc_ipv6only);
}

static bool stands_in_the_way(const struct sock_common *owner, const struct sock *asking,
			      const struct halves *wanted)
{
	__u8 theirs[16] __attribute__((aligned(8))) = {};
	__u8 addr[16] __attribute__((aligned(8)));

	__builtin_memcpy(addr, wanted, sizeof(addr));
	local_address(owner, theirs);
	if ((is_ipv4(addr) && is_ipv6only(owner)) ||
	    (is_ipv4(theirs) && is_ipv6only(&asking->__sk_common)))
		return false;
	return share_a_device(owner, &asking->__sk_common) && overlap(addr, theirs);
}

/*
 * Two sockets that both said so may have one port (inet_csk_bind_conflict(), udp_lib_lport_inuse();
 * all versions). state: the owner's.
 */
static bool tolerate_each_other(const struct sock *asking, const struct sock_common *owner,
				__u8 state)
{
	const struct sock_common *skc = &asking->__sk_common;

	if (state != TCP_LISTEN && BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuse) &&
	    BPF_CORE_READ_BITFIELD_PROBED(owner, skc_reuse))
		return true;
	if (!BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuseport) ||
	    !BPF_CORE_READ_BITFIELD_PROBED(owner, skc_reuseport))
		return false;
	return state == TCP_TIME_WAIT ||
	       BPF_CORE_READ(asking, sk_uid.val) ==
		       BPF_CORE_READ((const struct sock *)owner, sk_uid.val);
}

/*
 * A connection that this host opened. TIME_WAIT sockets share only sock_common with full ones; in
 * them only their bind (6.17.8) tells, or that porttrace saw them begin.
 */
static bool was_opened(const struct sock_common *owner, __u8 state)
{
	const struct inet_timewait_sock *tw = (const void *)owner;

	if (state != TCP_TIME_WAIT)
		return !was_accepted((const void *)owner);
	return kin_of_time_wait(tw, BPF_CORE_READ(owner, skc_hash), false) != NOT_OF_ROUTE;
}

static bool is_binder(const struct sock_common *owner, __u8 state)
{
	return state == TCP_LISTEN || state == TCP_CLOSE ||
	       (state != TCP_TIME_WAIT &&
		userlocks_of((const void *)owner) & SOCK_BINDPORT_LOCK);
}

/* state: the owner's. */
static bool is_in_the_way(const struct sock_common *owner, const struct sock *asking,
			  const struct halves *wanted, __u8 state)
{
	return stands_in_the_way(owner, asking, wanted) &&
	       !tolerate_each_other(asking, owner, state);
}

__noinline int weigh_owner(__u64 owner_address, __u64 asking, __u64 high, __u64 low)
{
	const struct sock_common *owner = (const void *)owner_address;
	const struct halves wanted = { high, low };
	__u8 state = BPF_CORE_READ(owner, skc_state);
	bool binder = is_binder(owner, state);

	if (!owner || owner_address == asking)
		return 0;
	if (!is_in_the_way(owner, (const void *)asking, &wanted, state))
		return binder ? BINDER_ELSEWHERE : 0;
	if (binder)
		return BINDER;
	return ANY_CONNECTION | (was_opened(owner, state) ? CONNECTION : 0) |
	       (state == TCP_TIME_WAIT ? IN_TIME_WAIT : 0);
}

/*
 * What is known of those in the way: the weights of all, and the one of them that says most, with
 * its rank in the lower bits of its address. Two scalars, and the latter chosen by a global function:
 * all that the verifier knows of them is the same after each step.
 */
struct in_the_way {
	__u64 best;
	__u64 any; /* the last owner that was looked at, in the way or not */
	int weights;
};

#define RANK_MASK 7ULL

/* Who asked for the port comes first, then who has a process still. */
static __u64 rank_of(int weights)
{
	__u64 rank = 0;

	if (weights & BINDER)
		rank = 6;
	else if (weights & CONNECTION)
		rank = 4;
	else if (weights & ANY_CONNECTION)
		rank = 2;
	return weights & IN_TIME_WAIT ? rank - 1 : rank;
}

__noinline __u64 choose_owner(__u64 best, __u64 owner, int weights)
{
	__u64 rank = rank_of(weights);

	return rank > (best & RANK_MASK) ? owner | rank : best;
}

static void add_owner(struct in_the_way *way, __u64 owner, int weights)
{
	way->weights |= weights;
	way->any = owner;
	way->best = choose_owner(way->best, owner, weights);
}

/* ---- The listener ---- */

/* Of the same port and address hash: few, but for SO_REUSEPORT, where any of them will do. */
#define MAX_LISTENERS 16

static __u32 rotate(__u32 word, int by)
{
	return word << by | word >> (32 - by);
}

/*
 * Bob Jenkins' lookup3 of one word, as the kernel has it in jhash_1word(): what the kernel finds
 * listeners by (inet_lhash2_bucket_sk()). Should it be another one some day, no listener is found
 * here, and the walk over all owners has to do.
 */
static __u32 hash_word(__u32 word, __u32 seed)
{
	__u32 a = seed + 0xdeadbeef + 4, b = a, c = a;

	a += word;
	c = (c ^ b) - rotate(b, 14);
	a = (a ^ c) - rotate(c, 11);
	b = (b ^ a) - rotate(a, 25);
	c = (c ^ b) - rotate(b, 16);
	a = (a ^ c) - rotate(c, 4);
	b = (b ^ a) - rotate(a, 14);
	return (c ^ b) - rotate(b, 24);
}

/* The same of an IPv6 address: jhash2() of four words. */
static __u32 hash_address(const __u32 words[4], __u32 seed)
{
	__u32 a = seed + 0xdeadbeef + 16, b = a, c = a;

	a += words[0];
	b += words[1];
	c += words[2];
	a = (a - c) ^ rotate(c, 4);
	c += b;
	b = (b - a) ^ rotate(a, 6);
	a += c;
	c = (c - b) ^ rotate(b, 8);
	b += a;
	a = (a - c) ^ rotate(c, 16);
	c += b;
	b = (b - a) ^ rotate(a, 19);
	a += c;
	c = (c - b) ^ rotate(b, 4);
	b += a;
	a += words[3];
	c = (c ^ b) - rotate(b, 14);
	a = (a ^ c) - rotate(c, 11);
	b = (b ^ a) - rotate(a, 25);
	c = (c ^ b) - rotate(b, 16);
	a = (a ^ c) - rotate(c, 4);
	b = (b ^ a) - rotate(a, 14);
	return (c ^ b) - rotate(b, 24);
}

/* Before 5.19 listeners hang in that table by a node of their own. */
static const struct sock_common *listener_at(const void *node)
{
	const struct inet_connection_sock___listen_node *old = NULL;

	if (bpf_core_field_exists(old->icsk_listen_portaddr_node))
		return node - bpf_core_field_offset(struct inet_connection_sock___listen_node,
						    icsk_listen_portaddr_node);
	return (const void *)container(node, struct sock_common, skc_nulls_node);
}

/* Global, for the reason given at struct halves. */
__noinline int is_listener_in_the_way(__u64 listener, __u64 asking, __u64 high, __u64 low)
{
	const struct halves wanted = { high, low };

	return is_in_the_way((const void *)listener, (const void *)asking, &wanted, TCP_LISTEN);
}

/* In the slot of that hash: one that is in the way, with the rank of a binder, or 0. */
__noinline __u64 find_listener_by(__u64 asking, __u64 high, __u64 low, __u64 port_and_hash)
{
	struct net *net = net_of((const void *)asking);
	struct inet_hashinfo *hashinfo = tcp_hashinfo_of(net, false);
	__u32 slot = (__u32)(port_and_hash >> 32) & BPF_CORE_READ(hashinfo, lhash2_mask);
	struct inet_listen_hashbucket *table = BPF_CORE_READ(hashinfo, lhash2);
	const struct hlist_nulls_node *node;
	int i;

	table = (void *)table + slot * bpf_core_type_size(struct inet_listen_hashbucket);
	node = BPF_CORE_READ(table, nulls_head.first);
	/* Such a list ends with an odd number, or, before 5.19, with NULL. */
	for (i = 0; i < MAX_LISTENERS && node && !((unsigned long)node & 1); i++) {
		const struct sock_common *listener = listener_at(node);

		if (BPF_CORE_READ(listener, skc_num) == (__u16)port_and_hash &&
		    BPF_CORE_READ(listener, skc_net.net) == net &&
		    BPF_CORE_READ(listener, skc_state) == TCP_LISTEN &&
		    (__u64)listener != asking &&
		    is_listener_in_the_way((unsigned long)listener, asking, high, low))
			return (unsigned long)listener | rank_of(BINDER);
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

static __u32 hash_of_address(const __u8 addr[16], __u32 seed)
{
	if (is_any(addr))
		return hash_word(0, seed);
	if (is_ipv4(addr))
		return hash_word(*(const __u32 *)(addr + 12), seed);
	return hash_address((const __u32 *)addr, seed);
}

/*
 * A listener on that address that is in the way, with the rank of a binder, or 0. Inlined, as others
 * below, since eight calls within each other are all that there may be.
 */
static __always_inline __u64 find_listener(const struct sock *asking, const struct halves *wanted,
			   const __u8 addr[16], __u16 port)
{
	struct net *net = net_of(asking);
	__u32 hash = hash_of_address(addr, BPF_CORE_READ(net, hash_mix)) ^ port;

	return find_listener_by((unsigned long)asking, wanted->high, wanted->low,
				port | (__u64)hash << 32);
}

/* Where the one who asks wants to be, and on a wildcard. */
__noinline __u64 find_listener_there(__u64 asking, __u64 high, __u64 low, __u64 port)
{
	const struct halves wanted = { high, low };
	__u8 addr[16] __attribute__((aligned(8)));
	__u64 found;

	__builtin_memcpy(addr, &wanted, sizeof(addr));
	found = find_listener((const void *)asking, &wanted, addr, port);
	if (found)
		return found;
	__builtin_memset(addr, 0, sizeof(addr));
	return find_listener((const void *)asking, &wanted, addr, port);
}

/* Where a connection is: who asks for a wildcard does not know on which address others listen. */
__noinline __u64 find_listener_of(__u64 asking, __u64 high, __u64 low, __u64 port,
				  __u64 connection)
{
	const struct halves wanted = { high, low };
	__u8 addr[16] __attribute__((aligned(8))) = {};

	local_address((const void *)connection, addr);
	return find_listener((const void *)asking, &wanted, addr, port);
}

/* ---- All that have the port ---- */

/* Lists are followed by scalars, for the reason given at struct halves. NULL: 0. */
__noinline __u64 node_after(__u64 node)
{
	return (unsigned long)BPF_CORE_READ((const struct hlist_node *)node, next);
}

/*
 * l3mdev: of a VRF, whose ports are other ports. Which one a socket is in that is bound to a device
 * is not looked for: then the first bucket counts.
 */
__noinline int is_bucket_of(__u64 node, __u64 net, __u64 port, int any_l3mdev)
{
	const struct inet_bind_bucket *tb = container(node, struct inet_bind_bucket, node);

	return BPF_CORE_READ(tb, port) == port &&
	       (unsigned long)BPF_CORE_READ(tb, ib_net.net) == net &&
	       (any_l3mdev || !BPF_CORE_READ(tb, l3mdev));
}

static struct inet_bind_bucket *find_bucket(struct net *net, __u16 port, bool any_l3mdev)
{
	struct inet_hashinfo *hashinfo = tcp_hashinfo_of(net, false);
	__u32 slot = (port + BPF_CORE_READ(net, hash_mix)) &
		     (BPF_CORE_READ(hashinfo, bhash_size) - 1);
	struct inet_bind_hashbucket *table = BPF_CORE_READ(hashinfo, bhash);
	__u64 node;
	int i;

	table = (void *)table + slot * bpf_core_type_size(struct inet_bind_hashbucket);
	node = (unsigned long)BPF_CORE_READ(table, chain.first);
	for (i = 0; i < MAX_CHAIN && node; i++) {
		if (is_bucket_of(node, (unsigned long)net, port, any_l3mdev))
			return container(node, struct inet_bind_bucket, node);
		node = node_after(node);
	}
	if (node)
		lose_walk();
	return NULL;
}

/* Where the walk over a bucket's owners stands. */
struct cursor {
	__u64 owner;
	__u64 tb2; /* 6.8 on: the next list of owners; before, always 0 */
};

static void start_owners(const struct inet_bind_bucket *tb, struct cursor *at)
{
	const struct inet_bind_bucket___owners *old = (const void *)tb;

	at->owner = at->tb2 = 0;
	if (bpf_core_field_exists(old->owners))
		at->owner = (unsigned long)BPF_CORE_READ(old, owners.first);
	else if (bpf_core_field_exists(tb->bhash2))
		at->tb2 = (unsigned long)BPF_CORE_READ(tb, bhash2.first);
}

/* 0: of none. */
__noinline __u64 socket_of_owner(__u64 node)
{
	return node ? (unsigned long)container(node, struct sock_common, skc_bind_node) : 0;
}

/* The owner where the walk stands, or the first of the next list; 0: that list is empty by now. */
__noinline __u64 owner_at(__u64 owner, __u64 tb2)
{
	const struct inet_bind2_bucket *bucket = NULL;

	if (owner || !bpf_core_field_exists(bucket->bhash_node))
		return owner;
	bucket = container(tb2, struct inet_bind2_bucket, bhash_node);
	return (unsigned long)BPF_CORE_READ(bucket, owners.first);
}

/* All owners, up to the first binder in the way. */
static void weigh_owners(const struct inet_bind_bucket *tb, const struct sock *asking,
			 const struct halves *wanted, struct in_the_way *way)
{
	struct cursor at;
	int i;

	start_owners(tb, &at);
	for (i = 0; i < MAX_OWNERS && (at.owner || at.tb2) && !(way->weights & BINDER); i++) {
		__u64 owner = owner_at(at.owner, at.tb2);

		if (!at.owner)
			at.tb2 = node_after(at.tb2);
		at.owner = node_after(owner);
		owner = socket_of_owner(owner);
		add_owner(way, owner,
			  weigh_owner(owner, (unsigned long)asking, wanted->high, wanted->low));
	}
	if (i == MAX_OWNERS)
		lose_walk();
}

static bool is_connect_only(const struct inet_bind_bucket *tb)
{
	return BPF_CORE_READ(tb, fastreuse) < 0 && BPF_CORE_READ(tb, fastreuseport) < 0;
}

static __always_inline enum porttrace_cause why_tcp(const struct sock *sk,
						    const struct halves *wanted, __u16 port,
						    struct in_the_way *way)
{
	struct inet_bind_bucket *tb;
	__u64 listener;

	/* A server has thousands of connections on its port, and the listener is behind them all. */
	way->best = find_listener_there((unsigned long)sk, wanted->high, wanted->low, port);
	if (way->best)
		return CAUSE_PORT_IN_USE;
	tb = find_bucket(net_of(sk), port, BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if));
	/* The holder has gone since: it held the port in whatever way is the commoner. */
	if (!tb)
		return CAUSE_PORT_IN_USE;
	weigh_owners(tb, sk, wanted, way);
	if (is_connect_only(tb))
		return CAUSE_PORT_TAKEN_BY_CONNECTION;
	/* Somebody bound the port, on some address: is that in the way, or a connection? */
	if (way->weights & BINDER)
		return CAUSE_PORT_IN_USE;
	listener = find_listener_of((unsigned long)sk, wanted->high, wanted->low, port,
				    way->best ? way->best & ~RANK_MASK : way->any);
	if (listener) {
		way->best = listener;
		return CAUSE_PORT_IN_USE;
	}
	/*
	 * Connections only. Nothing tells a TIME_WAIT that a listener left behind from one of an
	 * automatic connection, whose bucket a bind() on another address joined, if it is older
	 * than porttrace and the kernel than 6.17.8; unless that other socket is still there.
	 */
	if (way->weights & CONNECTION ||
	    (way->weights & ANY_CONNECTION && way->weights & BINDER_ELSEWHERE))
		return CAUSE_PORT_TAKEN_BY_CONNECTION;
	return CAUSE_PORT_IN_USE;
}

/* Without SOCK_BINDPORT_LOCK nobody asked for this very port: connect(), sendto(), bind(0). */
__noinline int weigh_udp_owner(__u64 owner_address, __u64 asking, __u64 high, __u64 low,
			       __u64 port)
{
	const struct sock *owner = (const void *)owner_address, *sk = (const void *)asking;
	const struct halves wanted = { high, low };

	if (owner == sk || local_port(owner) != port || net_of(owner) != net_of(sk) ||
	    !is_in_the_way(&owner->__sk_common, sk, &wanted, TCP_CLOSE))
		return 0;
	return userlocks_of(owner) & SOCK_BINDPORT_LOCK ? BINDER : CONNECTION;
}

static enum porttrace_cause why_udp(const struct sock *sk, const struct halves *wanted, __u16 port,
				    struct in_the_way *way)
{
	struct net *net = net_of(sk);
	struct udp_table *table = udp_table_of(sk);
	__u32 slot = (port + BPF_CORE_READ(net, hash_mix)) & BPF_CORE_READ(table, mask);
	struct udp_hslot *head = BPF_CORE_READ(table, hash);
	__u64 node;
	int i;

	head = (void *)head + slot * bpf_core_type_size(struct udp_hslot);
	node = (unsigned long)BPF_CORE_READ(head, head.first);
	for (i = 0; i < MAX_OWNERS && node && !(way->weights & BINDER); i++) {
		__u64 owner = (unsigned long)container(node, struct sock_common, skc_node);

		add_owner(way, owner,
			  weigh_udp_owner(owner, (unsigned long)sk, wanted->high, wanted->low, port));
		node = node_after(node);
	}
	if (i == MAX_OWNERS)
		lose_walk();
	return (way->weights & (BINDER | CONNECTION)) == CONNECTION ?
		       CAUSE_PORT_TAKEN_BY_CONNECTION :
		       CAUSE_PORT_IN_USE;
}

/* Global, and of scalars, for the reason given at struct halves: holder and cause in one. */
__noinline __u64 why_port_refused_to(__u64 sk_address, __u64 high, __u64 low, __u64 port)
{
	const struct sock *sk = (const void *)sk_address;
	const struct halves wanted = { high, low };
	struct in_the_way way = {};
	enum porttrace_cause cause;

	if (protocol_of(sk) == PORTTRACE_IPPROTO_UDP)
		cause = why_udp(sk, &wanted, port, &way);
	else
		cause = why_tcp(sk, &wanted, port, &way);
	return (way.best & ~RANK_MASK) | cause;
}

static __always_inline bool is_accepted(const struct inet_sock *inet, bool is_typed)
{
	const struct ipv6_pinfo *pinet6;

	if (READ(is_typed, inet, mc_index))
		return true;
	if (!bpf_core_field_exists(inet->pinet6) ||
	    READ(is_typed, inet, sk.__sk_common.skc_family) != AF_INET6)
		return false;
	pinet6 = READ(is_typed, inet, pinet6);
	return READ(is_typed, pinet6, mcast_oif);
}

__hidden bool was_accepted(const struct sock *sk)
{
	return is_accepted((const void *)sk, false);
}

__hidden bool was_accepted_typed(const struct inet_sock *inet)
{
	return is_accepted(inet, true);
}

#define DIFFERENCE(a, b, word) ((a)->in6_u.u6_addr32[word] ^ (b)->in6_u.u6_addr32[word])

/* Without a branch for each: that is what the verifier would walk through in all combinations. */
static __u32 differences(const struct in6_addr *a, const struct in6_addr *b)
{
	return DIFFERENCE(a, b, 0) | DIFFERENCE(a, b, 1) | DIFFERENCE(a, b, 2) |
	       DIFFERENCE(a, b, 3);
}

/*
 * entry: a copy; skc: typed, of a socket whose TIME_WAIT has all of these from it (inet_twsk_alloc(),
 * tcp_time_wait(); all versions).
 */
static bool is_time_wait_of(const struct sock_common *entry, const struct sock_common *skc,
			    __be16 sport)
{
	if (entry->skc_state != TCP_TIME_WAIT || net_at(entry->skc_net) != net_at(skc->skc_net) ||
	    ((entry->skc_family ^ skc->skc_family) | (entry->skc_dport ^ skc->skc_dport) |
	     (bpf_htons(entry->skc_num) ^ sport)))
		return false;
	if (skc->skc_family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_daddr))
		return !(differences(&entry->skc_v6_daddr, &skc->skc_v6_daddr) |
			 differences(&entry->skc_v6_rcv_saddr, &skc->skc_v6_rcv_saddr));
	return !((entry->skc_daddr ^ skc->skc_daddr) |
		 (entry->skc_rcv_saddr ^ skc->skc_rcv_saddr));
}

__hidden const struct inet_timewait_sock *find_time_wait(const struct inet_sock *inet)
{
	const struct sock_common *skc = &inet->sk.__sk_common;
	const struct inet_hashinfo *hashinfo = tcp_hashinfo_of(net_at(skc->skc_net), true);
	__u32 slot = skc->skc_hash & hashinfo->ehash_mask;
	struct inet_ehash_bucket *head = hashinfo->ehash;
	const struct sock_common *entry;
	struct sock_copy copy;
	struct hlist_nulls_node *node;
	int i;

	/* Bounded, since the verifier of 5.10 adds nothing else to a typed pointer. */
	head = (void *)head + (slot * bpf_core_type_size(struct inet_ehash_bucket) & MAX_TABLE);
	node = BPF_CORE_READ(head, chain.first);
	/* The end of a nulls list is an odd number. A new TIME_WAIT is at or near its head. */
	for (i = 0; i < MAX_NEW_IN_CHAIN && !((unsigned long)node & 1); i++) {
		void *address = container(node, struct sock_common, skc_nulls_node);

		entry = copy_socket(address, &copy);
		if (is_time_wait_of(entry, skc, inet->inet_sport))
			return address;
		node = entry->skc_nulls_node.next;
	}
	if (!((unsigned long)node & 1))
		lose_walk();
	return NULL;
}
