// SPDX-License-Identifier: GPL-2.0-only
#include "changes.h"

/*
 * Rows are compared byte by byte, which finds every change and now and then one that is none: of
 * memory that no member uses, or of figures that are not written.
 */

bool changes_netns(const struct changes *changes, const struct netns *netns)
{
	const struct netns *old = snapshot_find_netns(changes->before, netns->inum);

	return !old || memcmp(old, netns, sizeof(*old));
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool changes_failure(const struct changes *changes, const struct failure *failure)
{
	const struct failure *old = snapshot_find_failure(changes->before, &failure->key);
	struct failure a, b;

	if (!old || !is_same_text(old->last.cgroup, failure->last.cgroup))
		return true;
	memcpy(&a, old, sizeof(a));
	memcpy(&b, failure, sizeof(b));
	a.last.cgroup = b.last.cgroup = NULL;
	return memcmp(&a, &b, sizeof(a));
}

static bool is_same_process(const struct changes *changes, const struct process_key *key)
{
	const struct owner_process *now = snapshot_find_process(changes->now, key);
	const struct owner_process *before = snapshot_find_process(changes->before, key);

	if (!now || !before)
		return now == before;
	return !strcmp(now->comm, before->comm) && is_same_text(now->cgroup, before->cgroup);
}

static bool has_same_owners(const struct changes *changes, const struct route_key *key)
{
	const struct owner *now, *before;
	size_t i, nr, nr_before;

	if (isnan(changes->now->owners_facts.age_s) != isnan(changes->before->owners_facts.age_s))
		return false;
	now = snapshot_owners(changes->now, key, &nr);
	before = snapshot_owners(changes->before, key, &nr_before);
	if (nr != nr_before)
		return false;
	for (i = 0; i < nr; i++)
		if (now[i].sockets != before[i].sockets ||
		    now[i].time_waits != before[i].time_waits ||
		    memcmp(&now[i].key, &before[i].key, sizeof(now[i].key)) ||
		    !is_same_process(changes, &now[i].key.process))
			return false;
	return true;
}

bool changes_route(const struct changes *changes, const struct route *route)
{
	const struct route *old = snapshot_find_route(changes->before, &route->key);
	struct route a, b;

	if (!old)
		return true;
	memcpy(&a, old, sizeof(a));
	memcpy(&b, route, sizeof(b));
	/* What the ETA is made of is not written. */
	memset(&a.occupancy.trend, 0, sizeof(a.occupancy.trend));
	memset(&b.occupancy.trend, 0, sizeof(b.occupancy.trend));
	return memcmp(&a, &b, sizeof(a)) || !has_same_owners(changes, &route->key);
}
