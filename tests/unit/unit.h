/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test includes, in the order that cmocka wants. */
#ifndef PORTTRACE_UNIT_H
#define PORTTRACE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snapshot.h"

/* As assert_float_equal(), but in double, and NAN is near nothing: to that, it is equal to all. */
#define assert_near(got, expected, tolerance) \
	assert_near_at(got, expected, tolerance, __FILE__, __LINE__)
void assert_near_at(double got, double expected, double tolerance, const char *file, int line);

/* A key of a TCP route from and to an address, made from text; dst NULL: no destination. */
struct route_key make_key(uint32_t netns, const char *src, const char *dst, uint16_t dport);

/* Adds a route with these counters. */
struct route *add_route(struct snapshot *snapshot, struct route_key key, uint64_t allocations,
			uint64_t failures);

/*
 * What occupancy is computed of. Pointers are good until the next row of that kind is added.
 */

/* An empty snapshot with a census of its own, at that second. */
struct snapshot *new_census(double second);

/* A key of the UDP route of that address. */
struct route_key make_udp_key(uint32_t netns, const char *src);

/* Adds a namespace with that range. */
struct netns *add_netns(struct snapshot *snapshot, uint32_t inum, int32_t low, int32_t high);

/* Keys of sets of ports: PORTS_TCP_BLOCKED or PORTS_RESERVED; of UDP sockets on an address. */
struct port_set_key make_set_key(uint32_t netns, enum port_set_kind kind);
struct port_set_key make_udp_set_key(uint32_t netns, const char *addr, bool v6only);

/* Adds the ports from low to high to the set of that key, and the set if there is none yet. */
void add_ports(struct snapshot *snapshot, struct port_set_key key, int32_t low, int32_t high);

/* Adds a route as the census counts it: these ports used, and nothing else. */
struct route *add_counted_route(struct snapshot *snapshot, struct route_key key, int64_t used_fast,
				int64_t used_slow);

/* Sorts and computes; before may be NULL. */
void compute(struct snapshot *snapshot, const struct snapshot *before);

/* The same for a snapshot that has no census of its own, but for counters only. */
struct snapshot *new_without_census(double second);
struct route *add_counters(struct snapshot *snapshot, struct route_key key, uint64_t allocations,
			   uint64_t time_waits);
void carry(struct snapshot *snapshot, const struct snapshot *before);

/* Of the route with that key, which must be there. */
const struct occupancy *occupancy_of(const struct snapshot *snapshot, struct route_key key);

#endif
