// SPDX-License-Identifier: GPL-2.0-only
#include "route_walk.h"

static void enter_netns(struct route_walk *walk, uint32_t inum)
{
	const struct netns *now = snapshot_find_netns(walk->snapshot, inum);
	const struct netns *then = snapshot_find_netns(walk->before, inum);

	walk->netns = inum;
	walk->is_listed = now;
	walk->same_netns = !now || !then || now->id == then->id;
	walk->same_settings = now && then && netns_same_settings(now, then) &&
			      now->reserved == then->reserved;
}

const struct route *route_walk_to(struct route_walk *walk, const struct route_key *key)
{
	const struct snapshot *before = walk->before;
	int order = 1;

	if (!before)
		return NULL;
	if (!walk->netns || walk->netns != key->netns)
		enter_netns(walk, key->netns);
	for (; walk->next < before->nr_routes; walk->next++) {
		order = route_key_compare(&before->routes[walk->next].key, key);
		if (order >= 0)
			break;
	}
	return !order && walk->same_netns ? &before->routes[walk->next] : NULL;
}

bool route_walk_is_listed(const struct route_walk *walk)
{
	return walk->is_listed;
}

bool route_walk_same_settings(const struct route_walk *walk)
{
	return walk->same_settings;
}

const struct owner *owner_walk_to(struct owner_walk *walk, const struct route_key *key,
				  size_t *ret_nr)
{
	const struct owner *owners = walk->snapshot->owners;
	size_t nr = walk->snapshot->nr_owners, first;

	while (walk->next < nr && route_key_compare(&owners[walk->next].key.route, key) < 0)
		walk->next++;
	first = walk->next;
	while (walk->next < nr && !route_key_compare(&owners[walk->next].key.route, key))
		walk->next++;
	*ret_nr = walk->next - first;
	return owners ? owners + first : NULL;
}
