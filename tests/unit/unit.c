// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>

#include "address.h"

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
