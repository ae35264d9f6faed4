/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sockets that the census counted leave of each route's ports: capacity, use, headroom
 * and when that will be zero. Pure functions of one snapshot, or of two; docs/headroom.md has the
 * rules of the kernel that they follow.
 */
#ifndef PORTTRACE_OCCUPANCY_H
#define PORTTRACE_OCCUPANCY_H

#include "snapshot.h"

/*
 * Takes the occupancy of the snapshot before, forward by what the counters of events have seen
 * since: each allocation of the route uses a port of it, until there is a census again. Of ports
 * that were given back, or blocked, nothing is known. Both sorted. -ENOMEM.
 */
int occupancy_carry(struct snapshot *snapshot, const struct snapshot *before);

/*
 * Fills all that is derived in each route's occupancy, and the sums of ports of each namespace.
 * Sorted. before: the snapshot before, for the rate, or NULL. -ENOMEM.
 */
int occupancy_compute(struct snapshot *snapshot, const struct snapshot *before);

#endif
