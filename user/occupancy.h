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

/*
 * Of a range of odd size, the port that the search never looks at; 0: it looks at all. (Unless it
 * happens to start there: then it misses the last one instead.)
 */
int32_t occupancy_missed_port(int32_t low, int32_t high);

/* The two halves of it, for who changes something in between: what there is, and how long. */
int occupancy_compute_ports(struct snapshot *snapshot);
void occupancy_compute_etas(struct snapshot *snapshot, const struct snapshot *before);

/* How many seconds a TIME_WAIT of that route keeps its port: 60, or until tcp_tw_reuse hands it on. */
double occupancy_seconds_held(const struct netns *netns, const struct route_key *key);

/*
 * Connections that the route can open a second for ever, each of which leaves a TIME_WAIT behind: with
 * all ports that no open connection has, each so often as it comes back. The other end is taken to have
 * timestamps, too. NAN: not known, or it has no TIME_WAITs, as UDP.
 */
double occupancy_sustainable_per_s(const struct netns *netns, const struct route *route);

#endif
