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

/* A key of a TCP route from and to an address, made from text; dst NULL: no destination. */
struct route_key make_key(uint32_t netns, const char *src, const char *dst, uint16_t dport);

/* Adds a route with these counters. */
struct route *add_route(struct snapshot *snapshot, struct route_key key, uint64_t allocations,
			uint64_t failures);

#endif
