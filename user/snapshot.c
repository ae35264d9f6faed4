// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "route_walk.h"

const char *call_name(uint8_t call)
{
	static const char *const names[NR_CALLS] = {
		[CALL_CONNECT] = "connect",
		[CALL_BIND] = "bind",
		[CALL_LISTEN] = "listen",
		[CALL_SENDTO] = "sendto",
	};

	return call < NR_CALLS ? names[call] : "?";
}

const char *cause_name(uint8_t cause)
{
	static const char *const names[NR_CAUSES] = {
		[CAUSE_OTHER] = "other",
		[CAUSE_RANGE_EXHAUSTED] = "range_exhausted",
		[CAUSE_SOCKET_RANGE_EXHAUSTED] = "socket_range_exhausted",
		[CAUSE_TUPLE_IN_USE] = "tuple_in_use",
		[CAUSE_BIND_RANGE_EXHAUSTED] = "bind_range_exhausted",
		[CAUSE_PORT_IN_USE] = "port_in_use",
		[CAUSE_PORT_TAKEN_BY_CONNECTION] = "port_taken_by_connection",
		[CAUSE_ADDRESS_NOT_LOCAL] = "address_not_local",
	};

	return cause < NR_CAUSES ? names[cause] : "?";
}

const char *proto_name(uint8_t proto)
{
	if (proto == PORTTRACE_IPPROTO_TCP)
		return "tcp";
	return proto == PORTTRACE_IPPROTO_UDP ? "udp" : "?";
}

bool route_has_destination(const struct route_key *key)
{
	static const uint8_t none[sizeof(key->dst)];

	return key->dport || memcmp(key->dst, none, sizeof(none));
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot)
		snapshot_clear(snapshot);
	return snapshot;
}

/* One of a list, with its text behind it. */
struct kept_text {
	struct kept_text *next;
	char text[];
};

const char *snapshot_keep_text(struct snapshot *snapshot, const char *text)
{
	size_t size = strlen(text) + 1;
	struct kept_text *kept = malloc(sizeof(*kept) + size);

	if (!kept)
		return NULL;
	kept->next = snapshot->texts;
	snapshot->texts = kept;
	return memcpy(kept->text, text, size);
}

static void free_texts(struct kept_text *texts)
{
	struct kept_text *next;

	for (; texts; texts = next) {
		next = texts->next;
		free(texts);
	}
}

void snapshot_clear(struct snapshot *snapshot)
{
	free_texts(snapshot->texts);
	*snapshot = (struct snapshot){
		.routes = snapshot->routes,
		.failures = snapshot->failures,
		.netns = snapshot->netns,
		.ports = snapshot->ports,
		.supposed = snapshot->supposed,
		.owners = snapshot->owners,
		.processes = snapshot->processes,
		.room = snapshot->room,
		.probe = "",
		.period_s = NAN,
		.census.age_s = NAN,
		.census.cost_ms = NAN,
		.owners_facts.age_s = NAN,
		.owners_facts.cost_ms = NAN,
	};
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	free_texts(snapshot->texts);
	free(snapshot->routes);
	free(snapshot->failures);
	free(snapshot->netns);
	free(snapshot->ports);
	free(snapshot->supposed);
	free(snapshot->owners);
	free(snapshot->processes);
	free(snapshot);
}

/* Appends one zeroed element of `size` to *array, which has room for so many. */
static void *append(void **array, size_t *nr, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;
	void *bigger;

	if (*nr == *room) {
		bigger = reallocarray(*array, more, size);
		if (!bigger)
			return NULL;
		*array = bigger;
		*room = more;
	}
	return memset((char *)*array + (*nr)++ * size, 0, size);
}

#define APPEND(snapshot, rows) \
	append((void **)&(snapshot)->rows, &(snapshot)->nr_##rows, &(snapshot)->room.rows, \
	       sizeof(*(snapshot)->rows))

static struct occupancy occupancy_unknown(void)
{
	return (struct occupancy){
		.established = NOT_KNOWN,
		.time_wait = NOT_KNOWN,
		.other = NOT_KNOWN,
		.bound = NOT_KNOWN,
		.time_wait_left = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
				    NOT_KNOWN },
		.used_in_half = { NOT_KNOWN, NOT_KNOWN },
		.reclaimable_in_half = { NOT_KNOWN, NOT_KNOWN },
		.capacity = NOT_KNOWN,
		.fast_capacity = NOT_KNOWN,
		.used = NOT_KNOWN,
		.reclaimable = NOT_KNOWN,
		.headroom = NOT_KNOWN,
		.fast_headroom = NOT_KNOWN,
		.eta_s = NAN,
	};
}

struct route *snapshot_add_route(struct snapshot *snapshot)
{
	struct route *route = APPEND(snapshot, routes);

	if (!route)
		return NULL;
	route->allocations_per_s = route->failures_per_s = NAN;
	route->occupancy = occupancy_unknown();
	route->orphans = NOT_KNOWN;
	return route;
}

struct failure *snapshot_add_failure(struct snapshot *snapshot)
{
	struct failure *failure = APPEND(snapshot, failures);

	if (failure)
		failure->per_s = NAN;
	return failure;
}

struct netns *snapshot_add_netns(struct snapshot *snapshot)
{
	struct netns *netns = APPEND(snapshot, netns);

	if (!netns)
		return NULL;
	netns->range_low = netns->range_high = NOT_KNOWN;
	netns->reserved = netns->blocked = netns->blocked_by_bind_before_connect = NOT_KNOWN;
	netns->tw_reuse = netns->tw_reuse_delay_ms = netns->tcp_timestamps = NOT_KNOWN;
	netns->time_wait = netns->time_wait_max = NOT_KNOWN;
	netns->allocations_per_s = netns->failures_per_s = NAN;
	netns->least_headroom = NOT_KNOWN;
	return netns;
}

struct ports *snapshot_add_ports(struct snapshot *snapshot)
{
	return APPEND(snapshot, ports);
}

struct supposed_route *snapshot_add_supposed(struct snapshot *snapshot)
{
	return APPEND(snapshot, supposed);
}

struct owner *snapshot_add_owner(struct snapshot *snapshot)
{
	struct owner *owner = APPEND(snapshot, owners);

	if (owner)
		owner->bound = NOT_KNOWN;
	return owner;
}

struct owner_process *snapshot_add_process(struct snapshot *snapshot)
{
	return APPEND(snapshot, processes);
}

static int compare_numbers(uint32_t x, uint32_t y)
{
	return (x > y) - (x < y);
}

static int compare_routes(const void *a, const void *b)
{
	return route_key_compare(&((const struct route *)a)->key, &((const struct route *)b)->key);
}

static int compare_supposed(const void *a, const void *b)
{
	return route_key_compare(&((const struct supposed_route *)a)->key,
				 &((const struct supposed_route *)b)->key);
}

static int compare_process_keys(const struct process_key *x, const struct process_key *y)
{
	int order = compare_numbers(x->pid, y->pid);

	return order ? order : compare_numbers(x->started, y->started);
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int order = route_key_compare(&x->key.route, &y->key.route);
	int64_t more = y->sockets + y->time_waits - x->sockets - x->time_waits;

	if (order || more)
		return order ? order : (more > 0) - (more < 0);
	return compare_process_keys(&x->key.process, &y->key.process);
}

static int compare_processes(const void *a, const void *b)
{
	return compare_process_keys(&((const struct owner_process *)a)->key,
				    &((const struct owner_process *)b)->key);
}

static int compare_failures(const void *a, const void *b)
{
	return failure_key_compare(&((const struct failure *)a)->key,
				   &((const struct failure *)b)->key);
}

static int compare_netns(const void *a, const void *b)
{
	return compare_numbers(((const struct netns *)a)->inum, ((const struct netns *)b)->inum);
}

static int compare_ports(const void *a, const void *b)
{
	const struct port_set_key *x = &((const struct ports *)a)->key;
	const struct port_set_key *y = &((const struct ports *)b)->key;
	int order = compare_numbers(x->netns, y->netns);

	return order ? order : memcmp(x, y, sizeof(*x));
}

/* Most often, all are in order already: qsort() would find that out at some cost. */
static void sort(void *array, size_t nr, size_t size, int (*compare)(const void *, const void *))
{
	const char *at = array;
	size_t i;

	for (i = 1; i < nr; i++, at += size)
		if (compare(at, at + size) > 0)
			break;
	if (i < nr)
		qsort(array, nr, size, compare);
}

/* Adds to a route what another row of the same key has: one is from the counters. */
static void join_routes(struct route *route, const struct route *other)
{
	int i;

	route->allocations += other->allocations;
	route->bound_connects += other->bound_connects;
	route->time_waits += other->time_waits;
	route->failures += other->failures;
	if (route->searches != NOT_KNOWN && other->searches != NOT_KNOWN) {
		route->searches += other->searches;
		route->search_ns += other->search_ns;
	}
	for (i = 0; i < SEARCH_BUCKETS; i++)
		route->search_buckets[i] += other->search_buckets[i];
	if (other->occupancy.source != OCCUPANCY_UNKNOWN)
		route->occupancy = other->occupancy;
}

static void join_same_routes(struct snapshot *snapshot)
{
	size_t i, kept = 0;

	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];

		if (kept && !compare_routes(&snapshot->routes[kept - 1], route))
			join_routes(&snapshot->routes[kept - 1], route);
		else if (kept++ != i)
			snapshot->routes[kept - 1] = *route;
	}
	snapshot->nr_routes = kept;
}

void snapshot_sort(struct snapshot *snapshot)
{
	sort(snapshot->routes, snapshot->nr_routes, sizeof(struct route), compare_routes);
	join_same_routes(snapshot);
	sort(snapshot->failures, snapshot->nr_failures, sizeof(struct failure), compare_failures);
	sort(snapshot->netns, snapshot->nr_netns, sizeof(struct netns), compare_netns);
	sort(snapshot->ports, snapshot->nr_ports, sizeof(struct ports), compare_ports);
	sort(snapshot->supposed, snapshot->nr_supposed, sizeof(struct supposed_route),
	     compare_supposed);
	sort(snapshot->owners, snapshot->nr_owners, sizeof(struct owner), compare_owners);
	sort(snapshot->processes, snapshot->nr_processes, sizeof(struct owner_process),
	     compare_processes);
}

static struct netns *find_netns(const struct snapshot *snapshot, uint32_t inum)
{
	const struct netns wanted = { .inum = inum };

	if (!snapshot->nr_netns)
		return NULL;
	return bsearch(&wanted, snapshot->netns, snapshot->nr_netns, sizeof(wanted),
		       compare_netns);
}

const struct netns *snapshot_find_netns(const struct snapshot *snapshot, uint32_t inum)
{
	return find_netns(snapshot, inum);
}

static const void *find(const void *wanted, const void *array, size_t nr, size_t size,
			int (*compare)(const void *, const void *))
{
	return nr ? bsearch(wanted, array, nr, size, compare) : NULL;
}

const struct route *snapshot_find_route(const struct snapshot *snapshot,
					const struct route_key *key)
{
	const struct route wanted = { .key = *key };

	return find(&wanted, snapshot->routes, snapshot->nr_routes, sizeof(wanted),
		    compare_routes);
}

bool snapshot_is_same_netns(const struct snapshot *snapshot, const struct snapshot *before,
			    uint32_t inum)
{
	const struct netns *now = snapshot_find_netns(snapshot, inum);
	const struct netns *then = snapshot_find_netns(before, inum);

	return !now || !then || now->id == then->id;
}

const struct failure *snapshot_find_failure(const struct snapshot *snapshot,
					    const struct failure_key *key)
{
	const struct failure wanted = { .key = *key };

	return find(&wanted, snapshot->failures, snapshot->nr_failures, sizeof(wanted),
		    compare_failures);
}

const struct failure *snapshot_failure_before(const struct snapshot *snapshot,
					      const struct snapshot *before,
					      const struct failure_key *key)
{
	if (!before || !snapshot_is_same_netns(snapshot, before, key->route.netns))
		return NULL;
	return snapshot_find_failure(before, key);
}

/* The key comes first: what is compared need not have the bits. */
const struct ports *snapshot_find_ports(const struct snapshot *snapshot,
					const struct port_set_key *key)
{
	return find(key, snapshot->ports, snapshot->nr_ports, sizeof(struct ports), compare_ports);
}

const struct supposed_route *snapshot_find_supposed(const struct snapshot *snapshot,
						    const struct route_key *key)
{
	const struct supposed_route wanted = { .key = *key };

	return find(&wanted, snapshot->supposed, snapshot->nr_supposed, sizeof(wanted),
		    compare_supposed);
}

const struct owner_process *snapshot_find_process(const struct snapshot *snapshot,
						   const struct process_key *key)
{
	const struct owner_process wanted = { .key = *key };

	return find(&wanted, snapshot->processes, snapshot->nr_processes, sizeof(wanted),
		    compare_processes);
}

const struct owner *snapshot_owners(const struct snapshot *snapshot, const struct route_key *key,
				    size_t *ret_nr)
{
	const struct owner *owners = snapshot->owners;
	size_t from = 0, to = snapshot->nr_owners, middle;

	while (from < to) {
		middle = from + (to - from) / 2;
		if (route_key_compare(&owners[middle].key.route, key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	while (to < snapshot->nr_owners && !route_key_compare(&owners[to].key.route, key))
		to++;
	*ret_nr = to - from;
	return owners ? owners + from : NULL;
}

static int64_t count_orphans(struct owner_walk *walk, const struct route *route)
{
	int64_t orphans = route->occupancy.time_wait;
	const struct owner *owners;
	size_t i, nr;

	if (orphans == NOT_KNOWN)
		return NOT_KNOWN;
	owners = owner_walk_to(walk, &route->key, &nr);
	for (i = 0; i < nr; i++)
		orphans -= owners[i].time_waits;
	return orphans > 0 ? orphans : 0;
}

void snapshot_set_orphans(struct snapshot *snapshot, const struct snapshot *before)
{
	bool counted = snapshot->census.is_fresh && snapshot->owners_facts.is_fresh;
	struct route_walk walk = { .snapshot = snapshot, .before = before };
	struct owner_walk owners = { .snapshot = snapshot };
	size_t i;

	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];
		const struct route *old = route_walk_to(&walk, &route->key);

		if (counted)
			route->orphans = count_orphans(&owners, route);
		else
			route->orphans = old ? old->orphans : NOT_KNOWN;
	}
}

int snapshot_keep_owners(struct snapshot *snapshot, const struct snapshot *before)
{
	struct owner_process *process;
	struct owner *owner;
	size_t i;

	for (i = 0; i < before->nr_owners; i++) {
		if (!snapshot_is_same_netns(snapshot, before,
					    before->owners[i].key.route.netns))
			continue;
		owner = snapshot_add_owner(snapshot);
		if (!owner)
			return -ENOMEM;
		*owner = before->owners[i];
	}
	for (i = 0; i < before->nr_processes; i++) {
		process = snapshot_add_process(snapshot);
		if (!process)
			return -ENOMEM;
		*process = before->processes[i];
	}
	return 0;
}

static void forget_sums(struct netns *netns)
{
	netns->allocations = netns->failures = 0;
	netns->least_headroom = NOT_KNOWN;
}

static void add_to_sums(struct netns *netns, const struct route *route)
{
	int64_t headroom = route->occupancy.headroom;

	netns->allocations += route->allocations;
	netns->failures += route->failures;
	if (headroom != NOT_KNOWN &&
	    (netns->least_headroom == NOT_KNOWN || headroom < netns->least_headroom))
		netns->least_headroom = headroom;
}

int snapshot_sum_netns(struct snapshot *snapshot)
{
	struct netns *netns = NULL;
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++)
		forget_sums(&snapshot->netns[i]);
	for (i = 0; i < snapshot->nr_routes; i++) {
		const struct route *route = &snapshot->routes[i];

		if (!netns || netns->inum != route->key.netns)
			netns = find_netns(snapshot, route->key.netns);
		/* The row of routes without room for a row has no namespace. */
		if (!netns && !route->key.netns)
			continue;
		if (!netns) {
			netns = snapshot_add_netns(snapshot);
			if (!netns)
				return -ENOMEM;
			netns->inum = route->key.netns;
			sort(snapshot->netns, snapshot->nr_netns, sizeof(*netns), compare_netns);
			netns = find_netns(snapshot, route->key.netns);
		}
		add_to_sums(netns, route);
	}
	return 0;
}

/* Per second; NAN without a period. Figures can step back for a moment (see tracepoint.bpf.c). */
static double rate(uint64_t now, uint64_t before, double period_s)
{
	return now > before ? (now - before) / period_s : 0 / period_s;
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) + (to->tv_nsec - from->tv_nsec) / 1e9;
}

static void set_failure_rates(struct snapshot *snapshot, const struct snapshot *before)
{
	const struct failure *old;
	size_t i;

	for (i = 0; i < snapshot->nr_failures; i++) {
		struct failure *failure = &snapshot->failures[i];

		old = snapshot_failure_before(snapshot, before, &failure->key);
		failure->per_s = rate(failure->count, old ? old->count : 0, snapshot->period_s);
	}
}

/* Routes are sorted by namespace. */
void snapshot_sum_netns_rates(struct snapshot *snapshot)
{
	struct netns *netns = NULL;
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++)
		snapshot->netns[i].allocations_per_s = snapshot->netns[i].failures_per_s = 0;
	for (i = 0; i < snapshot->nr_routes; i++) {
		const struct route *route = &snapshot->routes[i];

		if (!netns || netns->inum != route->key.netns)
			netns = find_netns(snapshot, route->key.netns);
		if (!netns)
			continue;
		netns->allocations_per_s += route->allocations_per_s;
		netns->failures_per_s += route->failures_per_s;
	}
}

void snapshot_set_rates(struct snapshot *snapshot, const struct snapshot *before)
{
	static const struct route nothing;
	struct route_walk walk = { .snapshot = snapshot, .before = before };
	const struct route *old;
	size_t i;

	if (!before)
		return;
	snapshot->period_s = seconds_between(&before->monotonic, &snapshot->monotonic);
	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i];

		old = route_walk_to(&walk, &route->key);
		if (!old)
			old = &nothing;
		route->allocations_per_s =
			rate(route->allocations, old->allocations, snapshot->period_s);
		route->failures_per_s = rate(route->failures, old->failures, snapshot->period_s);
	}
	set_failure_rates(snapshot, before);
	snapshot_sum_netns_rates(snapshot);
}

struct totals snapshot_totals(const struct snapshot *snapshot)
{
	struct totals totals = {
		.allocations_per_s = isnan(snapshot->period_s) ? NAN : 0,
		.failures_per_s = isnan(snapshot->period_s) ? NAN : 0,
	};
	size_t i;

	for (i = 0; i < snapshot->nr_routes; i++) {
		const struct route *route = &snapshot->routes[i];

		totals.allocations += route->allocations;
		totals.failures += route->failures;
		totals.time_waits += route->time_waits;
		totals.allocations_per_s += route->allocations_per_s;
		totals.failures_per_s += route->failures_per_s;
	}
	return totals;
}

static void add_failure(struct failure *sum, const struct failure *failure)
{
	sum->count += failure->count;
	sum->per_s += failure->per_s;
	if (seconds_between(&sum->last.wall, &failure->last.wall) > 0)
		sum->last = failure->last;
}

int snapshot_sum_failures(const struct snapshot *snapshot, struct failure **ret_failures,
			  size_t *ret_nr)
{
	struct failure *sums = calloc(snapshot->nr_failures + 1, sizeof(*sums));
	size_t i, nr = 0;

	if (!sums)
		return -ENOMEM;
	for (i = 0; i < snapshot->nr_failures; i++) {
		const struct failure *failure = &snapshot->failures[i];

		sums[i] = *failure;
		memset(&sums[i].key.route, 0, sizeof(sums[i].key.route));
		sums[i].key.route.netns = failure->key.route.netns;
		sums[i].key.route.proto = failure->key.route.proto;
	}
	sort(sums, snapshot->nr_failures, sizeof(*sums), compare_failures);
	for (i = 0; i < snapshot->nr_failures; i++) {
		if (nr && !compare_failures(&sums[nr - 1], &sums[i]))
			add_failure(&sums[nr - 1], &sums[i]);
		else
			sums[nr++] = sums[i];
	}
	*ret_failures = sums;
	*ret_nr = nr;
	return 0;
}

int64_t losses_sum(const struct losses *lost)
{
	const int64_t all[] = { lost->routes,  lost->failures, lost->calls,
				lost->returns, lost->walks,    lost->census,
				lost->owners,  lost->events,   lost->ended,
				lost->missed };
	int64_t sum = NOT_KNOWN;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NOT_KNOWN)
			sum = (sum == NOT_KNOWN ? 0 : sum) + all[i];
	return sum;
}
