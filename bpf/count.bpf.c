// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters: which map an event goes to, and what happens when that map is full.
 *
 * Nothing here may lose an event silently: it is counted on its route, else on the overflow row
 * of its namespace and protocol, else on the one overflow row that user space puts into the map
 * before anything is attached, which therefore is always there.
 */
#include "count.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* 0: all. Set before loading, so that the verifier drops the test. */
const volatile __u32 only_netns = 0;

/* Set once everything is attached, so that all counters start at the same moment. */
volatile bool enabled = false;

struct lost_counters lost = {};

/* One entry a route. Added at its first event, never removed here. Full: overflow_routes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_ROUTES);
	__type(key, struct route_key);
	__type(value, struct route_counters);
} routes SEC(".maps");

/* One entry a (namespace, protocol) that had no room above, and one (all zero) for the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_OVERFLOW_ROUTES);
	__type(key, struct route_key);
	__type(value, struct route_counters);
} overflow_routes SEC(".maps");

/* Failures of one kind on one route. Full: the breakdown goes to the overflow route's entry. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_FAILURES);
	__type(key, struct failure_key);
	__type(value, __u64);
} failures SEC(".maps");

static const struct route_counters no_counters;
static const __u64 no_failures;

__hidden bool is_watched_netns(const struct net *net)
{
	return !only_netns || only_netns == BPF_CORE_READ(net, ns.inum);
}

__hidden bool is_watched(const struct sock *sk)
{
	if (!enabled)
		return false;
	return !only_netns || is_watched_netns(net_of(sk));
}

/* skc: a copy, or what is typed. False: then nothing else is in it. */
static __always_inline bool make_route(const struct sock_common *skc, __u16 protocol, bool is_typed,
				       struct route_key *key)
{
	key->proto = counted_protocol(skc->skc_family, protocol);
	if (!key->proto)
		return false;
	key->overflow = 0;
	key->netns = netns_id_of(net_at(skc->skc_net), is_typed);
	ends_of(skc, key);
	return true;
}

__hidden bool route_of(const struct sock *sk, struct route_key *key)
{
	struct sock_copy copy;

	return make_route(copy_socket(sk, &copy), BPF_CORE_READ(sk, sk_protocol), false, key);
}

__hidden bool route_of_typed(const struct sock *sk, struct route_key *key)
{
	return make_route(&sk->__sk_common, sk->sk_protocol, true, key);
}

__hidden void forget_destination(struct route_key *key)
{
	key->dport = 0;
	__builtin_memset(key->dst, 0, sizeof(key->dst));
}

static void make_overflow(struct route_key *key)
{
	forget_destination(key);
	__builtin_memset(key->src, 0, sizeof(key->src));
	key->overflow = 1;
}

/*
 * The maps are per CPU to keep CPUs out of each other's cache lines, and the additions are
 * atomic all the same: a program can be preempted, or interrupted by a softirq that counts on
 * the same route, between the load and the store of a plain addition.
 */
static void add(__u64 *counter, __u64 by)
{
	__sync_fetch_and_add(counter, by);
}

static void *find_or_add(void *map, const void *key, const void *zero)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	/* Fails if another CPU was first, which is as good. */
	bpf_map_update_elem(map, key, zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static struct route_counters *overflow_counters_of(const struct route_key *key)
{
	struct route_key overflow = *key;
	struct route_counters *counters;

	make_overflow(&overflow);
	counters = find_or_add(&overflow_routes, &overflow, &no_counters);
	if (counters)
		return counters;
	__builtin_memset(&overflow, 0, sizeof(overflow));
	return bpf_map_lookup_elem(&overflow_routes, &overflow);
}

static struct route_counters *counters_of(const struct route_key *key)
{
	struct route_counters *counters = find_or_add(&routes, key, &no_counters);

	if (counters)
		return counters;
	add(&lost.routes, 1);
	return overflow_counters_of(key);
}

/* The bucket of porttrace.h: floor(log2(ns)) - 9, within the array. */
static __u32 search_bucket(__u64 ns)
{
	__u32 bucket = 0;

	ns >>= SEARCH_BUCKET0_LOG2;
	if (ns >> 8) {
		ns >>= 8;
		bucket += 8;
	}
	if (ns >> 4) {
		ns >>= 4;
		bucket += 4;
	}
	if (ns >> 2) {
		ns >>= 2;
		bucket += 2;
	}
	if (ns >> 1) {
		ns >>= 1;
		bucket += 1;
	}
	bucket += ns ? 1 : 0;
	return bucket < SEARCH_BUCKETS ? bucket : SEARCH_BUCKETS - 1;
}

static void add_search(struct route_counters *counters, __u64 search_ns)
{
	if (search_ns == NOT_MEASURED)
		return;
	add(&counters->search_ns, search_ns);
	add(&counters->searches[search_bucket(search_ns) & (SEARCH_BUCKETS - 1)], 1);
}

static void add_tally(struct route_counters *counters, enum tally tally, __u64 by)
{
	if (tally == TALLY_ALLOCATION)
		add(&counters->allocations, by);
	else if (tally == TALLY_BOUND_CONNECT)
		add(&counters->bound_connects, by);
	else
		add(&counters->time_waits, by);
}

__hidden void count(const struct route_key *key, enum tally tally, __u64 search_ns)
{
	struct route_counters *counters = counters_of(key);

	if (!counters)
		return;
	add_tally(counters, tally, 1);
	add_search(counters, search_ns);
}

__hidden void count_back(const struct route_key *key, enum tally tally)
{
	struct route_counters *counters = bpf_map_lookup_elem(&routes, key);

	if (!counters)
		counters = overflow_counters_of(key);
	if (counters)
		add_tally(counters, tally, -1);
}

__hidden void count_failure(const struct route_key *key, enum porttrace_call call,
			    enum porttrace_cause cause, __u16 err, __u64 search_ns)
{
	struct route_counters *counters = counters_of(key);
	struct failure_key failure = {
		.route = *key,
		.call = call,
		.cause = cause,
		.err = err,
	};
	__u64 *nr;

	if (counters) {
		add(&counters->failures, 1);
		add_search(counters, search_ns);
	}
	nr = find_or_add(&failures, &failure, &no_failures);
	if (!nr) {
		make_overflow(&failure.route);
		nr = find_or_add(&failures, &failure, &no_failures);
	}
	add(nr ? nr : &lost.failures, 1);
}

__hidden void lose_call(void)
{
	add(&lost.calls, 1);
}

__hidden void lose_return(void)
{
	add(&lost.returns, 1);
}

__hidden void lose_walk(void)
{
	add(&lost.walks, 1);
}
