/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other sorted rows have about a route, asked for in the order of the routes: one walk along
 * both, where a search for each of many thousand routes costs more than all else.
 */
#ifndef PORTTRACE_ROUTE_WALK_H
#define PORTTRACE_ROUTE_WALK_H

#include "snapshot.h"

/* Along an earlier snapshot, which may be NULL. */
struct route_walk {
	const struct snapshot *snapshot, *before;
	size_t next;
	uint32_t netns; /* asked about last; 0: none yet */
	bool is_listed, same_netns, same_settings;
};

/* The same route in the earlier snapshot; NULL for none, and if its namespace was another one. */
const struct route *route_walk_to(struct route_walk *walk, const struct route_key *key);

/* Whether the namespace of the last route is among those that there are now. */
bool route_walk_is_listed(const struct route_walk *walk);

/* Whether the namespace of the last route had the settings of now. */
bool route_walk_same_settings(const struct route_walk *walk);

/* Along the owners. */
struct owner_walk {
	const struct snapshot *snapshot;
	size_t next;
};

/* The owners of that route's sockets, *ret_nr of them. */
const struct owner *owner_walk_to(struct owner_walk *walk, const struct route_key *key,
				  size_t *ret_nr);

#endif
