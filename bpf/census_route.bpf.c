// SPDX-License-Identifier: GPL-2.0-only
/* The census: what an owner of a port counts as, on its route. */
#include "census.bpf.h"

/* One entry a route with sockets. Added here, removed by user space. Full: totals.dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ROUTES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct route_key);
	__type(value, struct census_route);
} census_routes SEC(".maps");

/* The same by census_supposed; of one entry, and never used, where that is not asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ROUTES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct route_key);
	__type(value, struct census_route);
} census_supposed_routes SEC(".maps");

/* Written by user space before the first run. */
__u64 census_supposed_reserved[65536 / 64] = {};

static const struct census_route no_sockets;

/* Read by member as if it was the kernel's. */
static char copied_time_wait[512] __attribute__((aligned(8)));

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
static bool is_reusable(const struct census_port *here, const struct sock_common *skc,
			const struct tcp_timewait_sock *address, const struct route_key *route)
{
	const struct tcp_timewait_sock *tcp_tw = (const void *)copied_time_wait;
	const struct inet_timewait_sock *tw = &tcp_tw->tw_sk;
	int stamp;

	if (!here->netns.tw_reuse || (here->netns.tw_reuse == 2 && skc->skc_bound_dev_if != 1 &&
				      !is_loopback(route->src) && !is_loopback(route->dst)))
		return false;
	bpf_probe_read_kernel(copied_time_wait, bpf_core_type_size(struct tcp_timewait_sock),
			      address);
	stamp = tcp_tw->tw_ts_recent_stamp;
	if (!stamp || tw->tw_substate == TCP_FIN_WAIT2)
		return false;
	/* 6.14: milliseconds since it was entered; before, seconds since the last timestamp. */
	if (bpf_core_field_exists(tw->tw_entry_stamp))
		return (__s32)((__u32)here->now_ms - tw->tw_entry_stamp -
			       here->netns.tw_reuse_delay_ms) > 0;
	return (__s32)((__u32)here->now_s - stamp) > 0;
}

static struct census_route *entry_of(void *map, const struct route_key *key)
{
	struct census_route *route = bpf_map_lookup_elem(map, key);

	if (!route) {
		bpf_map_update_elem(map, key, &no_sockets, BPF_NOEXIST);
		route = bpf_map_lookup_elem(map, key);
	}
	if (!route)
		census_totals.dropped++;
	return route;
}

static struct census_route *route_entry(const struct census_port *here,
					const struct route_key *key)
{
	if (census_supposed.asked_for && here->is_supposed)
		return entry_of(&census_supposed_routes, key);
	return entry_of(&census_routes, key);
}

/* For the first socket of the route in this run. Ranges that none had in the last one go. */
static void begin_route(struct census_route *route)
{
	__u32 last = route->run;
	int i;

	route->run = census_run;
	route->on_device = 0;
	route->last_port = route->established = route->time_wait = route->other = route->bound = 0;
	__builtin_memset(route->time_wait_left, 0, sizeof(route->time_wait_left));
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
static bool own_range_has(const struct census_port *here, port_range_t own)
{
	__u16 low = here->netns.range, high = here->netns.range >> 16;
	__u16 own_low = own, own_high = own >> 16;

	if (own_low >= low && own_low <= high)
		low = own_low;
	if (own_high >= low && own_high <= high)
		high = own_high;
	if (here->netns.own_range_misses_none)
		return here->port >= low && here->port <= high;
	return is_visited(here->port, low, high);
}

static bool has_own_range(struct census_route *route, port_range_t range)
{
	int i;

	for (i = 0; i < MAX_OWN_RANGES; i++) {
		if (route->own[i].range != range)
			continue;
		route->own[i].seen = census_run;
		return true;
	}
	return false;
}

/* What it counts is whole from the next run on, which user space begins at once. */
static void note_own_range(struct census_route *route, port_range_t range)
{
	int i;

	if (has_own_range(route, range))
		return;
	for (i = 0; i < MAX_OWN_RANGES; i++) {
		if (route->own[i].range)
			continue;
		route->own[i] = (struct census_own_range){
			.range = range,
			.since = census_run,
			.seen = census_run,
		};
		census_totals.new_own_ranges++;
		return;
	}
}

static void count_port(const struct census_port *here, struct census_route *route, bool reusable)
{
	enum half half = here->half & 1;
	int i;

	if (here->usable) {
		route->used[half]++;
		route->reclaimable[half] += reusable;
	}
	if (!here->own_usable)
		return;
	for (i = 0; i < MAX_OWN_RANGES; i++) {
		struct census_own_range *own = &route->own[i];

		if (own->range && own_range_has(here, own->range)) {
			own->used++;
			own->reclaimable += reusable;
		}
	}
}

static void note_bound_before_connect(const struct census_port *here)
{
	struct port_set_key key = {
		.netns = here->netns.id,
		.kind = PORTS_BOUND_BEFORE_CONNECT,
	};

	add_port(&key, here->port);
}

/* What is due is in the first step, as what is late: its timer runs in a softirq. */
static void count_time_wait(const struct census_port *here, struct census_route *route,
			    const struct inet_timewait_sock *tw)
{
	__s64 left = BPF_CORE_READ(tw, tw_timer.expires) - here->now_jiffies;
	__u64 step = left > 0 ? (__u64)left / (census_hz * LEFT_STEP_S) : 0;

	route->time_wait++;
	route->time_wait_left[step < NR_LEFT_STEPS ? step : NR_LEFT_STEPS - 1]++;
}

__hidden void count_owner(const struct census_port *here, const struct sock_common *skc,
			  const struct sock *address, enum kin kin)
{
	struct route_key key = {
		.netns = here->netns.id,
		.proto = PORTTRACE_IPPROTO_TCP,
		.dport = bpf_ntohs(skc->skc_dport),
	};
	bool is_time_wait = skc->skc_state == TCP_TIME_WAIT, reusable = false;
	struct census_route *route;
	port_range_t own;

	address_of(skc, true, key.src);
	address_of(skc, false, key.dst);
	route = route_entry(here, &key);
	if (!route)
		return;
	if (route->run != census_run)
		begin_route(route);
	if (kin == BOUND_TO_ANY && !here->in_vrf)
		note_bound_before_connect(here);
	if (!is_time_wait) {
		own = own_port_range_of(address);
		if (own)
			note_own_range(route, own);
	}
	if (route->last_port == (1U << 16 | here->port))
		return;
	route->last_port = 1U << 16 | here->port;
	if (is_time_wait)
		count_time_wait(here, route, (const void *)address);
	else if (skc->skc_state == TCP_ESTABLISHED)
		route->established++;
	else
		route->other++;
	if (kin == BOUND || kin == BOUND_TO_ANY)
		route->bound++;
	if (is_time_wait)
		reusable = is_reusable(here, skc, (const void *)address, &key);
	/* A connect() that is bound to no device does not run into one that is (INET_MATCH). */
	if (skc->skc_bound_dev_if || here->in_vrf)
		route->on_device++;
	else
		count_port(here, route, reusable);
}

/* ---- A port ---- */

static bool is_reserved(const struct census_port *here)
{
	const unsigned long *bitmap = (const void *)here->netns.reserved_ports;
	unsigned long word = 0;

	if (here->is_supposed && census_supposed.has_reserved)
		return census_supposed_reserved[here->port / 64] >> here->port % 64 & 1;
	if (!bitmap)
		return false;
	bpf_probe_read_kernel(&word, sizeof(word), bitmap + here->port / 64);
	return word >> here->port % 64 & 1;
}

/* What its settings make of a port. */
static void judge_by_settings(struct census_port *here)
{
	__u16 low = here->netns.range, high = here->netns.range >> 16;

	here->own_usable = here->connect_only && !here->in_vrf && !is_reserved(here);
	here->usable = here->own_usable && is_visited(here->port, low, high);
	here->half = (here->port ^ low) & 1 ? HALF_SLOW : HALF_FAST;
}

__hidden void suppose_port(const struct census_port *here, struct census_port *supposed)
{
	*supposed = *here;
	supposed->is_supposed = true;
	if (census_supposed.range)
		supposed->netns.range = census_supposed.range;
	if (census_supposed.has_tw_reuse)
		supposed->netns.tw_reuse = census_supposed.tw_reuse;
	judge_by_settings(supposed);
}

__hidden void judge_port(struct census_port *here, const struct inet_bind_bucket *tb)
{
	here->connect_only = tb->fastreuse < 0 && tb->fastreuseport < 0;
	here->in_vrf = tb->l3mdev;
	judge_by_settings(here);
	if (!here->connect_only && !tb->l3mdev) {
		struct port_set_key key = { .netns = here->netns.id, .kind = PORTS_TCP_BLOCKED };

		add_port(&key, here->port);
	}
}

/* ---- UDP ---- */

/* UDP has no destination: a port is taken for an address. */
__hidden void count_udp(const struct census_port *here, const struct sock_common *skc)
{
	struct port_set_key set = { .netns = here->netns.id, .kind = PORTS_UDP };
	struct route_key key = { .netns = here->netns.id, .proto = PORTTRACE_IPPROTO_UDP };
	struct census_route *route;

	address_of(skc, true, key.src);
	__builtin_memcpy(set.addr, key.src, sizeof(set.addr));
	set.v6only = BPF_CORE_READ_BITFIELD(skc, skc_ipv6only);
	add_port(&set, here->port);
	route = route_entry(here, &key);
	if (!route)
		return;
	if (route->run != census_run)
		begin_route(route);
	if (skc->skc_state == TCP_ESTABLISHED)
		route->established++;
	else
		route->other++;
}
