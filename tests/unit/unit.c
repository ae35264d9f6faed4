// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>

#include "address.h"
#include "occupancy.h"

void assert_near_at(double got, double expected, double tolerance, const char *file, int line)
{
	if (fabs(got - expected) <= tolerance)
		return;
	print_error("# %g is not near %g\n", got, expected);
	_fail(file, line);
}

struct route_key make_key(uint32_t netns, const char *src, const char *dst, uint16_t dport)
{
	struct route_key key = {
		.netns = netns,
		.proto = PORTTRACE_IPPROTO_TCP,
		.dport = dport,
	};
	uint8_t prefix;

	assert_int_equal(address_parse(src, key.src, &prefix), 0);
	if (dst)
		assert_int_equal(address_parse(dst, key.dst, &prefix), 0);
	return key;
}

struct route *add_route(struct snapshot *snapshot, struct route_key key, uint64_t allocations,
			uint64_t failures)
{
	struct route *route = snapshot_add_route(snapshot);

	assert_non_null(route);
	route->key = key;
	route->allocations = allocations;
	route->failures = failures;
	route->searches = route->search_ns = NOT_KNOWN;
	return route;
}

struct snapshot *new_census(double second)
{
	struct snapshot *snapshot = snapshot_new();

	assert_non_null(snapshot);
	snapshot->monotonic.tv_sec = second;
	snapshot->monotonic.tv_nsec = (second - snapshot->monotonic.tv_sec) * 1e9;
	snapshot->census.is_fresh = true;
	return snapshot;
}

struct route_key make_udp_key(uint32_t netns, const char *src)
{
	struct route_key key = make_key(netns, src, NULL, 0);

	key.proto = PORTTRACE_IPPROTO_UDP;
	return key;
}

struct netns *add_netns(struct snapshot *snapshot, uint32_t inum, int32_t low, int32_t high)
{
	struct netns *netns = snapshot_add_netns(snapshot);

	assert_non_null(netns);
	netns->inum = inum;
	netns->is_counted = true;
	netns->range_low = low;
	netns->range_high = high;
	return netns;
}

struct port_set_key make_set_key(uint32_t netns, enum port_set_kind kind)
{
	return (struct port_set_key){ .netns = netns, .kind = kind };
}

struct port_set_key make_udp_set_key(uint32_t netns, const char *addr, bool v6only)
{
	struct port_set_key key = { .netns = netns, .kind = PORTS_UDP, .v6only = v6only };
	uint8_t prefix;

	assert_int_equal(address_parse(addr, key.addr, &prefix), 0);
	return key;
}

/* Not snapshot_find_ports(): nothing is sorted yet. */
static struct ports *ports_of(struct snapshot *snapshot, const struct port_set_key *key)
{
	struct ports *ports;
	size_t i;

	for (i = 0; i < snapshot->nr_ports; i++)
		if (!memcmp(&snapshot->ports[i].key, key, sizeof(*key)))
			return &snapshot->ports[i];
	ports = snapshot_add_ports(snapshot);
	assert_non_null(ports);
	ports->key = *key;
	return ports;
}

void add_ports(struct snapshot *snapshot, struct port_set_key key, int32_t low, int32_t high)
{
	struct ports *ports = ports_of(snapshot, &key);
	int32_t port;

	for (port = low; port <= high; port++)
		ports->bits[port / 64] |= UINT64_C(1) << port % 64;
}

struct route *add_counted_route(struct snapshot *snapshot, struct route_key key, int64_t used_fast,
				int64_t used_slow)
{
	struct route *route = add_route(snapshot, key, 0, 0);
	struct occupancy *occupancy = &route->occupancy;

	occupancy->source = OCCUPANCY_CENSUS;
	occupancy->established = used_fast + used_slow;
	occupancy->time_wait = occupancy->other = occupancy->bound = 0;
	occupancy->used_in_half[HALF_FAST] = used_fast;
	occupancy->used_in_half[HALF_SLOW] = used_slow;
	occupancy->reclaimable_in_half[HALF_FAST] = occupancy->reclaimable_in_half[HALF_SLOW] = 0;
	return route;
}

void compute(struct snapshot *snapshot, const struct snapshot *before)
{
	snapshot_sort(snapshot);
	assert_int_equal(occupancy_compute(snapshot, before), 0);
}

struct snapshot *new_without_census(double second)
{
	struct snapshot *snapshot = new_census(second);

	snapshot->census.is_fresh = false;
	return snapshot;
}

struct route *add_counters(struct snapshot *snapshot, struct route_key key, uint64_t allocations,
			   uint64_t time_waits)
{
	struct route *route = add_route(snapshot, key, allocations, 0);

	route->time_waits = time_waits;
	return route;
}

/* The namespaces are listed for each snapshot: those that were there still are. */
static void list_netns_again(struct snapshot *snapshot, const struct snapshot *before)
{
	struct netns *netns;
	size_t i;

	snapshot_sort(snapshot);
	for (i = 0; i < before->nr_netns; i++) {
		if (snapshot_find_netns(snapshot, before->netns[i].inum))
			continue;
		netns = snapshot_add_netns(snapshot);
		assert_non_null(netns);
		*netns = before->netns[i];
		netns->is_counted = netns->is_incomplete = false;
		snapshot_sort(snapshot);
	}
}

void carry(struct snapshot *snapshot, const struct snapshot *before)
{
	list_netns_again(snapshot, before);
	assert_int_equal(occupancy_carry(snapshot, before), 0);
	assert_int_equal(occupancy_compute(snapshot, before), 0);
}

const struct occupancy *occupancy_of(const struct snapshot *snapshot, struct route_key key)
{
	const struct route *route = snapshot_find_route(snapshot, &key);

	assert_non_null(route);
	return &route->occupancy;
}
