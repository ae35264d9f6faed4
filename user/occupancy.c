// SPDX-License-Identifier: GPL-2.0-only
#include "occupancy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "route_walk.h"

#define NR_WORDS (65536 / 64)

/* TCP_TIMEWAIT_LEN; the kernel has no setting for it. */
#define TIME_WAIT_S 60

/* A set of ports. */
struct set {
	uint64_t bits[NR_WORDS];
};

/* The sets of one namespace that a route's capacity is made of. */
struct netns_sets {
	const struct netns *netns;
	struct set tcp;	    /* what an automatic connect() can get: range less reserved and blocked */
	struct set own;	    /* the same, for a socket whose own range is the namespace's */
	struct set udp;	    /* range less reserved */
	/*
	 * Ports with a UDP socket on some address of a kind; wildcards: of IPv6, both, IPv4. dual: on
	 * an IPv6 address that connect() chose, which keeps IPv4's wildcard away: only bind() to such
	 * an address makes a socket IPv6 only (__inet6_bind()).
	 */
	struct set udp_ipv4, udp_ipv6, udp_ipv6_dual, udp_any6, udp_any, udp_any4;
	int64_t tcp_capacity, tcp_fast_capacity;
};

/* ---- Sets ---- */

static void add_range(struct set *set, int32_t low, int32_t high)
{
	uint64_t first = ~UINT64_C(0) << low % 64, last = ~UINT64_C(0) >> (63 - high % 64);
	int32_t word;

	if (high < low)
		return;
	for (word = low / 64; word <= high / 64; word++)
		set->bits[word] |= (word == low / 64 ? first : ~UINT64_C(0)) &
				   (word == high / 64 ? last : ~UINT64_C(0));
}

static void take_away_port(struct set *set, int32_t port)
{
	set->bits[port / 64] &= ~(UINT64_C(1) << port % 64);
}

static void take_away(struct set *set, const uint64_t *bits)
{
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		set->bits[i] &= ~bits[i];
}

static void add(struct set *set, const uint64_t *bits)
{
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		set->bits[i] |= bits[i];
}

static int64_t count_both(const struct set *set, const uint64_t *bits)
{
	int64_t count = 0;
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		count += __builtin_popcountll(set->bits[i] & bits[i]);
	return count;
}

static int64_t count_all(const struct set *set)
{
	return count_both(set, set->bits);
}

/* Ports of the same parity as that one: those the search looks at first. */
static int64_t count_parity(const struct set *set, int32_t port)
{
	const uint64_t mask = port & 1 ? UINT64_C(0xaaaaaaaaaaaaaaaa) : UINT64_C(0x5555555555555555);
	int64_t count = 0;
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		count += __builtin_popcountll(set->bits[i] & mask);
	return count;
}

static int64_t count_range(const struct set *set, int32_t low, int32_t high)
{
	int64_t count = 0;
	int32_t port;

	for (port = low; port <= high; port++)
		count += set->bits[port / 64] >> port % 64 & 1;
	return count;
}

/* ---- A namespace ---- */

/*
 * Of a range of odd size, but for that of one port, a search never looks at one: the first, unless
 * it happens to start there, and then the last; of three ports it always starts at the first
 * (__inet_hash_connect(), all versions). 0: it looks at all.
 */
int32_t occupancy_missed_port(int32_t low, int32_t high)
{
	if (high == low || (high - low) % 2)
		return 0;
	return high - low == 2 ? high : low;
}

static const uint64_t *bits_of(const struct snapshot *snapshot, uint32_t netns,
			       enum port_set_kind kind)
{
	static const uint64_t none[NR_WORDS];
	const struct port_set_key key = { .netns = netns, .kind = kind };
	const struct ports *ports = snapshot_find_ports(snapshot, &key);

	return ports ? ports->bits : none;
}

static void add_udp_ports(struct netns_sets *sets, const struct ports *ports)
{
	const uint8_t *addr = ports->key.addr;

	if (!address_is_any(addr) && !address_is_ipv4(addr) && !ports->key.v6only)
		add(&sets->udp_ipv6_dual, ports->bits);
	if (!address_is_any(addr))
		add(address_is_ipv4(addr) ? &sets->udp_ipv4 : &sets->udp_ipv6, ports->bits);
	else if (address_is_ipv4(addr))
		add(&sets->udp_any4, ports->bits);
	else
		add(ports->key.v6only ? &sets->udp_any6 : &sets->udp_any, ports->bits);
}

static void fill_sets(const struct snapshot *snapshot, struct netns *netns,
		      struct netns_sets *sets)
{
	const uint64_t *blocked = bits_of(snapshot, netns->inum, PORTS_TCP_BLOCKED);
	const uint64_t *reserved = bits_of(snapshot, netns->inum, PORTS_RESERVED);
	struct set range = {};
	size_t i;

	memset(sets, 0, sizeof(*sets));
	sets->netns = netns;
	add_range(&range, netns->range_low, netns->range_high);
	netns->reserved = count_both(&range, reserved);
	netns->blocked = count_both(&range, blocked);
	netns->blocked_by_bind_before_connect =
		snapshot->without_bpf ? NOT_KNOWN :
					count_both(&range, bits_of(snapshot, netns->inum,
								   PORTS_BOUND_BEFORE_CONNECT));
	take_away(&range, reserved);
	sets->udp = range;
	take_away(&range, blocked);
	sets->own = range;
	take_away_port(&range, occupancy_missed_port(netns->range_low, netns->range_high));
	sets->tcp = range;
	sets->tcp_capacity = count_all(&range);
	sets->tcp_fast_capacity = count_parity(&range, netns->range_low);
	for (i = 0; i < snapshot->nr_ports; i++) {
		const struct ports *ports = &snapshot->ports[i];

		if (ports->key.netns == netns->inum && ports->key.kind == PORTS_UDP)
			add_udp_ports(sets, ports);
	}
}

/* ---- A route ---- */

static int64_t not_below_zero(int64_t count)
{
	return count > 0 ? count : 0;
}

/* An end counts if it is within the namespace's range (inet_sk_get_local_port_range()). */
static void compute_own_range(const struct netns_sets *sets, struct own_range *own)
{
	const struct netns *netns = sets->netns;
	int32_t low = netns->range_low, high = netns->range_high, missed;

	if (own->low >= low && own->low <= high)
		low = own->low;
	if (own->high >= netns->range_low && own->high <= high)
		high = own->high;
	own->capacity = count_range(&sets->own, low, high);
	missed = netns->own_range_misses_none ? 0 : occupancy_missed_port(low, high);
	if (missed)
		own->capacity -= count_range(&sets->own, missed, missed);
	own->headroom = not_below_zero(own->capacity - own->used + own->reclaimable);
}

/* What is not known of TIME_WAITs is taken for none: headroom is then the least that there is. */
static int64_t known(int64_t count)
{
	return count == NOT_KNOWN ? 0 : count;
}

static void compute_tcp(const struct netns_sets *sets, struct occupancy *occupancy)
{
	int i;

	occupancy->capacity = sets->tcp_capacity;
	occupancy->fast_capacity = sets->tcp_fast_capacity;
	occupancy->used = occupancy->used_in_half[HALF_FAST] + occupancy->used_in_half[HALF_SLOW];
	occupancy->reclaimable = NOT_KNOWN;
	if (occupancy->reclaimable_in_half[HALF_FAST] != NOT_KNOWN)
		occupancy->reclaimable = occupancy->reclaimable_in_half[HALF_FAST] +
					 occupancy->reclaimable_in_half[HALF_SLOW];
	occupancy->headroom = not_below_zero(occupancy->capacity - occupancy->used +
					     known(occupancy->reclaimable));
	occupancy->fast_headroom = not_below_zero(occupancy->fast_capacity -
						  occupancy->used_in_half[HALF_FAST] +
						  known(occupancy->reclaimable_in_half[HALF_FAST]));
	for (i = 0; i < MAX_OWN_RANGES && own_range_is_set(&occupancy->own[i]); i++)
		compute_own_range(sets, &occupancy->own[i]);
}

/* How many more, depends on whether they will be bound to that device, too. */
static void forget_headroom(struct occupancy *occupancy)
{
	int i;

	occupancy->headroom = occupancy->fast_headroom = NOT_KNOWN;
	for (i = 0; i < MAX_OWN_RANGES; i++)
		occupancy->own[i].headroom = NOT_KNOWN;
}

/*
 * A plain socket gets a port on which no other overlaps its address (udp_lib_lport_inuse()). Those
 * on the very same address are the route's own; all others take away from its capacity.
 */
static void compute_udp(const struct snapshot *snapshot, const struct netns_sets *sets,
			const struct route_key *key, struct occupancy *occupancy)
{
	struct port_set_key own_key = { .netns = key->netns, .kind = PORTS_UDP };
	struct set left = sets->udp, own = {};
	bool ipv4 = address_is_ipv4(key->src), any = address_is_any(key->src);
	const struct ports *ports;

	memcpy(own_key.addr, key->src, sizeof(own_key.addr));
	ports = snapshot_find_ports(snapshot, &own_key);
	if (ports)
		add(&own, ports->bits);
	own_key.v6only = 1;
	ports = snapshot_find_ports(snapshot, &own_key);
	if (ports)
		add(&own, ports->bits);
	if (ipv4) {
		take_away(&left, any ? sets->udp_ipv4.bits : sets->udp_any4.bits);
		take_away(&left, sets->udp_any.bits);
		if (any)
			take_away(&left, sets->udp_ipv6_dual.bits);
	} else if (any) {
		take_away(&left, sets->udp_any4.bits);
		take_away(&left, sets->udp_ipv4.bits);
		take_away(&left, sets->udp_ipv6.bits);
	} else {
		take_away(&left, sets->udp_any.bits);
		take_away(&left, sets->udp_any6.bits);
	}
	occupancy->capacity = count_all(&left);
	occupancy->used = count_both(&left, own.bits);
	occupancy->reclaimable = 0;
	occupancy->headroom = occupancy->capacity - occupancy->used;
}

/* Of a route without sockets, too, it is known what is left; not of a row that is no route. */
static bool has_occupancy(const struct route_key *key)
{
	if (key->overflow || !key->netns)
		return false;
	return key->proto == PORTTRACE_IPPROTO_UDP || route_has_destination(key);
}

static void begin_without_sockets(struct route *route)
{
	struct occupancy *occupancy = &route->occupancy;
	bool tcp = route->key.proto == PORTTRACE_IPPROTO_TCP;

	occupancy->established = occupancy->time_wait = occupancy->other = 0;
	occupancy->bound = 0;
	/* First met between two censuses: it has what has been counted since. */
	if (occupancy->carried) {
		occupancy->time_wait = route->time_waits;
		occupancy->established = not_below_zero(occupancy->carried - occupancy->time_wait);
	}
	if (tcp) {
		memset(occupancy->time_wait_left, 0, sizeof(occupancy->time_wait_left));
		occupancy->time_wait_left[NR_LEFT_STEPS - 1] = occupancy->time_wait;
		memset(occupancy->used_in_half, 0, sizeof(occupancy->used_in_half));
		memset(occupancy->reclaimable_in_half, 0, sizeof(occupancy->reclaimable_in_half));
	}
}

/* Allocations since the census: each has taken a port, and those that are found first go first. */
static void add_carried(struct occupancy *occupancy)
{
	int64_t carried = occupancy->carried;

	if (carried <= 0)
		return;
	occupancy->used += carried;
	if (occupancy->used > occupancy->capacity)
		occupancy->used = occupancy->capacity;
	occupancy->headroom = not_below_zero(occupancy->headroom - carried);
	occupancy->reclaimable = occupancy->headroom - occupancy->capacity + occupancy->used;
	if (occupancy->fast_headroom != NOT_KNOWN)
		occupancy->fast_headroom = not_below_zero(occupancy->fast_headroom - carried);
}

static void compute_route(const struct snapshot *snapshot, const struct netns_sets *sets,
			  struct route *route)
{
	struct occupancy *occupancy = &route->occupancy;

	if (occupancy->source == OCCUPANCY_UNKNOWN)
		begin_without_sockets(route);
	occupancy->source = snapshot->census.is_fresh ? OCCUPANCY_CENSUS : OCCUPANCY_CARRIED;
	if (snapshot->census.is_incomplete || sets->netns->is_incomplete)
		occupancy->source = OCCUPANCY_INCOMPLETE;
	if (route->key.proto == PORTTRACE_IPPROTO_TCP) {
		compute_tcp(sets, occupancy);
	} else {
		occupancy->bound = NOT_KNOWN;
		compute_udp(snapshot, sets, &route->key, occupancy);
	}
	add_carried(occupancy);
	if (occupancy->on_device)
		forget_headroom(occupancy);
}

/* ---- When ---- */

static double seconds(const struct timespec *time)
{
	return time->tv_sec + time->tv_nsec / 1e9;
}

static void forget_first(struct trend *trend)
{
	trend->nr--;
	memmove(trend->at_s, trend->at_s + 1, trend->nr * sizeof(trend->at_s[0]));
	memmove(trend->taken, trend->taken + 1, trend->nr * sizeof(trend->taken[0]));
}

/* Leaves one that is older than that, if there is no other. */
static void forget_old(struct trend *trend, double now_s)
{
	while (trend->nr > 1 && trend->at_s[0] < now_s - TREND_SECONDS)
		forget_first(trend);
}

static void remember(struct trend *trend, double now_s, int64_t taken)
{
	/* So many fit in at short intervals, too. */
	if (trend->nr && now_s - trend->at_s[trend->nr - 1] < TREND_SECONDS / TREND_SAMPLES)
		return;
	if (trend->nr == TREND_SAMPLES)
		forget_first(trend);
	trend->at_s[trend->nr] = now_s;
	trend->taken[trend->nr++] = taken;
}

/* All movement, up or down, since the first. */
static int64_t swing(const struct trend *trend, int64_t taken)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < trend->nr; i++)
		sum += llabs((i + 1 < trend->nr ? trend->taken[i + 1] : taken) - trend->taken[i]);
	return sum;
}

/*
 * Ports are used up if they were lately, too, and if at least half of the movement was upwards in
 * the end: up and down again, as TIME_WAITs come and go, is no way to the end.
 */
static double eta_s(const struct trend *trend, double now_s, int64_t taken, int64_t headroom)
{
	int64_t rise;

	if (!headroom)
		return 0;
	if (!trend->nr || now_s <= trend->at_s[0])
		return NAN;
	rise = taken - trend->taken[0];
	if (rise <= 0 || taken <= trend->taken[trend->nr / 2] || rise * 2 < swing(trend, taken))
		return NAN;
	return headroom / (rise / (now_s - trend->at_s[0]));
}

/*
 * Of what is carried forward, ports that were given back are not known: no end is told from it.
 */
static void compute_eta(struct occupancy *occupancy, const struct occupancy *before, double now_s)
{
	int64_t taken = occupancy->used - known(occupancy->reclaimable);

	if (before)
		occupancy->trend = before->trend;
	occupancy->eta_s = NAN;
	if (occupancy->headroom == NOT_KNOWN || occupancy->source == OCCUPANCY_CARRIED)
		return;
	forget_old(&occupancy->trend, now_s);
	occupancy->eta_s = eta_s(&occupancy->trend, now_s, taken, occupancy->headroom);
	remember(&occupancy->trend, now_s, taken);
}

void occupancy_compute_etas(struct snapshot *snapshot, const struct snapshot *before)
{
	struct route_walk walk = { .snapshot = snapshot, .before = before };
	size_t i;

	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];
		const struct route *old = route_walk_to(&walk, &route->key);

		/* Other settings, other ports: what was taken then cannot be compared. */
		if (old && !route_walk_same_settings(&walk))
			old = NULL;
		compute_eta(&route->occupancy, old ? &old->occupancy : NULL,
			    seconds(&snapshot->monotonic));
	}
}

/* Routes are sorted by namespace first. Those of a namespace that is not known keep nothing. */
static void compute_netns(struct snapshot *snapshot, struct netns *netns, struct netns_sets *sets,
			  size_t *next)
{
	fill_sets(snapshot, netns, sets);
	for (; *next < snapshot->nr_routes; ++*next) {
		struct route *route = &snapshot->routes[*next];

		if (route->key.netns > netns->inum)
			break;
		if (route->key.netns == netns->inum && has_occupancy(&route->key))
			compute_route(snapshot, sets, route);
	}
}

int occupancy_compute_ports(struct snapshot *snapshot)
{
	struct netns_sets *sets = malloc(sizeof(*sets));
	size_t i, next = 0;

	if (!sets)
		return -ENOMEM;
	for (i = 0; i < snapshot->nr_netns; i++)
		if (snapshot->netns[i].range_low != NOT_KNOWN && snapshot->netns[i].is_counted)
			compute_netns(snapshot, &snapshot->netns[i], sets, &next);
	free(sets);
	return 0;
}

int occupancy_compute(struct snapshot *snapshot, const struct snapshot *before)
{
	int err = occupancy_compute_ports(snapshot);

	if (!err)
		occupancy_compute_etas(snapshot, before);
	return err;
}

/* ---- For ever ---- */

double occupancy_seconds_held(const struct netns *netns, const struct route_key *key)
{
	bool loopback = address_is_loopback(key->src) || address_is_loopback(key->dst);
	double seconds;

	if (!netns->tcp_timestamps ||
	    (netns->tw_reuse != 1 && !(netns->tw_reuse == 2 && loopback)))
		return TIME_WAIT_S;
	/* Before 6.14, where there is no such delay, the second of the clock has to be another one. */
	seconds = netns->tw_reuse_delay_ms > 0 ? netns->tw_reuse_delay_ms / 1e3 : 1;
	return seconds < TIME_WAIT_S ? seconds : TIME_WAIT_S;
}

/*
 * Those on ports of the capacity: not what is bound, nor what is left of another range. Of the bound
 * it is not known which are TIME_WAITs: they are taken for connections.
 */
static int64_t count_open(const struct occupancy *occupancy)
{
	int64_t open = not_below_zero(occupancy->established + occupancy->other -
				      known(occupancy->bound));

	return open < occupancy->used ? open : occupancy->used;
}

double occupancy_sustainable_per_s(const struct netns *netns, const struct route *route)
{
	const struct occupancy *occupancy = &route->occupancy;

	if (!netns || netns->tw_reuse == NOT_KNOWN || occupancy->capacity == NOT_KNOWN ||
	    route->key.proto != PORTTRACE_IPPROTO_TCP)
		return NAN;
	return not_below_zero(occupancy->capacity - count_open(occupancy)) /
	       occupancy_seconds_held(netns, &route->key);
}

/* ---- Between two censuses ---- */

/* Settings are of now; that sockets were counted is of then. */
static void carry_netns(struct snapshot *snapshot, const struct snapshot *before)
{
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++) {
		struct netns *netns = &snapshot->netns[i];
		const struct netns *old = snapshot_find_netns(before, netns->inum);

		netns->is_counted = old && old->id == netns->id && old->is_counted;
		netns->is_incomplete = old && old->is_incomplete;
	}
}

static int copy_ports(struct snapshot *snapshot, const struct snapshot *before)
{
	struct ports *ports;
	size_t i;

	for (i = 0; i < before->nr_ports; i++) {
		ports = snapshot_add_ports(snapshot);
		if (!ports)
			return -ENOMEM;
		*ports = before->ports[i];
	}
	return 0;
}

static int copy_supposed(struct snapshot *snapshot, const struct snapshot *before)
{
	struct supposed_route *route;
	size_t i;

	snapshot->supposes = before->supposes;
	for (i = 0; i < before->nr_supposed; i++) {
		route = snapshot_add_supposed(snapshot);
		if (!route)
			return -ENOMEM;
		*route = before->supposed[i];
	}
	return 0;
}

/* Routes that nothing is counted on but by the census. */
static int add_silent_routes(struct snapshot *snapshot, const struct snapshot *before)
{
	size_t i, next = 0, nr = snapshot->nr_routes;
	const struct netns *netns = NULL;
	struct route *route;

	for (i = 0; i < before->nr_routes; i++) {
		const struct route *old = &before->routes[i];

		while (next < nr && route_key_compare(&snapshot->routes[next].key, &old->key) < 0)
			next++;
		if (!netns || netns->inum != old->key.netns)
			netns = snapshot_find_netns(snapshot, old->key.netns);
		if (!has_occupancy(&old->key) || !netns ||
		    (next < nr && !route_key_compare(&snapshot->routes[next].key, &old->key)) ||
		    !snapshot_is_same_netns(snapshot, before, old->key.netns))
			continue;
		route = snapshot_add_route(snapshot);
		if (!route)
			return -ENOMEM;
		route->key = old->key;
		if (old->searches == NOT_KNOWN)
			route->searches = route->search_ns = NOT_KNOWN;
	}
	return 0;
}

static void carry_route(struct route *route, const struct route *old)
{
	struct occupancy *occupancy = &route->occupancy;
	/* Below zero where the figure steps back for a moment (see tracepoint.bpf.c). */
	int64_t allocations = route->allocations - old->allocations;
	int64_t time_waits = not_below_zero(route->time_waits - old->time_waits);

	*occupancy = old->occupancy;
	occupancy->carried += allocations;
	if (occupancy->established == NOT_KNOWN)
		return;
	occupancy->time_wait += time_waits;
	/* They have all of their time still, or nearly so. */
	if (occupancy->time_wait_left[0] != NOT_KNOWN)
		occupancy->time_wait_left[NR_LEFT_STEPS - 1] += time_waits;
	occupancy->established = not_below_zero(occupancy->established +
						not_below_zero(allocations) - time_waits);
}

int occupancy_carry(struct snapshot *snapshot, const struct snapshot *before)
{
	struct route_walk walk = { .snapshot = snapshot, .before = before };
	size_t i;

	carry_netns(snapshot, before);
	if (copy_ports(snapshot, before) || copy_supposed(snapshot, before) ||
	    add_silent_routes(snapshot, before))
		return -ENOMEM;
	snapshot_sort(snapshot);
	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];
		const struct route *old = route_walk_to(&walk, &route->key);

		/* Of a namespace that has ended, nothing is left but counters. */
		if (old && route_walk_is_listed(&walk))
			carry_route(route, old);
		else
			route->occupancy.carried = route->allocations;
	}
	return 0;
}
