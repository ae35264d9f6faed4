// SPDX-License-Identifier: GPL-2.0-only
#include "take.h"

#include <errno.h>
#include <string.h>

#include "netns.h"
#include "occupancy.h"
#include "take_host.h"

/* The census finds all there are. */
static void keep_only_netns(struct snapshot *snapshot, uint32_t only)
{
	size_t i, kept = 0;

	if (!only)
		return;
	for (i = 0; i < snapshot->nr_netns; i++)
		if (snapshot->netns[i].inum == only)
			snapshot->netns[kept++] = snapshot->netns[i];
	snapshot->nr_netns = kept;
}

/* One that has ended has no name any more: it is told apart by the one that it had. */
static void keep_names_of_ended(struct snapshot *snapshot, const struct snapshot *before)
{
	const struct netns *old;
	size_t i;

	for (i = 0; before && i < snapshot->nr_netns; i++) {
		struct netns *netns = &snapshot->netns[i];

		old = netns->id ? NULL : snapshot_find_netns(before, netns->inum);
		if (old)
			memcpy(netns->name, old->name, sizeof(netns->name));
	}
}

int take_snapshot(struct probe *probe, const struct options *options,
		  const struct snapshot *before, struct snapshot *snapshot, struct reason *reason)
{
	int err = probe_read(probe, snapshot, reason);

	if (err)
		return err;
	take_host(snapshot);
	if (!snapshot->owners_facts.is_fresh)
		err = snapshot_keep_owners(snapshot, before);
	if (!err && !snapshot->census.is_fresh)
		err = occupancy_carry(snapshot, before);
	if (!err)
		err = occupancy_compute(snapshot, before);
	if (!err)
		snapshot_set_orphans(snapshot, before);
	if (!err)
		err = filter_snapshot(&options->filter, snapshot);
	if (err)
		return because(reason, err, "out of memory");
	keep_only_netns(snapshot, options->probe.only_netns);
	netns_read_names(snapshot);
	keep_names_of_ended(snapshot, before);
	snapshot_set_rates(snapshot, before);
	return 0;
}
