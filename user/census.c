// SPDX-License-Identifier: GPL-2.0-only
#include "census.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "due.h"
#include "who.h"

/* Walks for one census: again when a list changed under it, or to count in a range that is new. */
#define MAX_WALKS 4

struct census {
	struct census_parts parts;
	struct bpf_link *link;
	struct due due;
	struct census_facts facts;
	int64_t lost; /* by the last one */
	struct netns *counted; /* as they were set then */
	size_t nr_counted;
};

/* What the rows of a map are added to. */
struct target {
	const struct census *census;
	struct snapshot *snapshot;
};

int census_new(const struct census_parts *parts, struct census **ret_census,
	       struct reason *reason)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(parts->rounds) };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct census *census = calloc(1, sizeof(*census));
	int err;

	if (!census)
		return because(reason, -ENOMEM, "out of memory");
	census->parts = *parts;
	*parts->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*parts->socket < 0) {
		err = because(reason, -errno, "cannot make a UDP socket: %s", strerror(errno));
		free(census);
		return err;
	}
	census->link = bpf_program__attach_iter(parts->walk, &opts);
	if (!census->link) {
		err = because(reason, -errno, "cannot attach the census, a BPF iterator: %s",
			      strerror(errno));
		census_free(census);
		return err;
	}
	*ret_census = census;
	return 0;
}

void census_free(struct census *census)
{
	if (!census)
		return;
	bpf_link__destroy(census->link);
	close(*census->parts.socket);
	free(census->counted);
	free(census);
}

/* ---- The walk ---- */

/* Reads round after round until the iterator ends or the walk does. */
static int read_rounds(const struct census *census, int iterator)
{
	const volatile uint32_t *phase = census->parts.phase;
	ssize_t got = 1;
	uint8_t byte;

	/* One byte is what a round writes, and all that is asked for: one round, one read(). */
	while (*phase != CENSUS_DONE && got == 1)
		got = read(iterator, &byte, sizeof(byte));
	return got < 0 ? -errno : 0;
}

static int walk(const struct census *census, bool only_netns)
{
	int iterator, err = 0;

	*census->parts.only_netns = only_netns;
	memset(census->parts.totals, 0, sizeof(*census->parts.totals));
	++*census->parts.run;
	*census->parts.phase = CENSUS_NETNS;
	while (*(volatile uint32_t *)census->parts.phase != CENSUS_DONE && !err) {
		iterator = bpf_iter_create(bpf_link__fd(census->link));
		if (iterator < 0)
			return iterator;
		err = read_rounds(census, iterator);
		close(iterator);
	}
	return err;
}

static int walk_until_whole(struct census *census, struct reason *reason)
{
	const struct census_totals *totals = census->parts.totals;
	int i, err;

	for (i = 0; i < MAX_WALKS; i++) {
		err = walk(census, false);
		if (err)
			return because(reason, err, "cannot walk the kernel's sockets: %s",
				       strerror(-err));
		if (!totals->disturbed && !totals->new_own_ranges)
			break;
	}
	census->facts.sockets = totals->sockets;
	census->facts.is_incomplete = totals->dropped || totals->unplaced;
	census->facts.lists_all = !totals->dropped;
	census->lost = totals->dropped + totals->disturbed;
	return 0;
}

/* ---- What it counted ---- */

static int add_netns(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct census_netns *found = values;
	struct netns *netns;

	(void)key;
	if (found->run != *target->census->parts.run)
		return MAP_DELETE;
	netns = snapshot_add_netns(target->snapshot);
	if (!netns)
		return -ENOMEM;
	netns->inum = found->inum;
	netns->id = found->id;
	netns->is_counted = !*target->census->parts.only_netns;
	if (found->is_init)
		strcpy(netns->name, "init");
	netns->range_low = found->range & 0xffff;
	netns->range_high = found->range >> 16;
	netns->tw_reuse = found->tw_reuse;
	netns->tw_reuse_delay_ms = found->tw_reuse_delay_ms;
	netns->tcp_timestamps = found->timestamps;
	netns->time_wait = found->time_wait;
	netns->time_wait_max = found->time_wait_max;
	netns->own_range_misses_none = found->own_range_misses_none;
	netns->is_incomplete = found->disturbed;
	return 0;
}

static int add_ports(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct port_set *found = values;
	struct ports *ports;

	if (found->run != *target->census->parts.run)
		return MAP_DELETE;
	ports = snapshot_add_ports(target->snapshot);
	if (!ports)
		return -ENOMEM;
	memcpy(&ports->key, key, sizeof(ports->key));
	memcpy(ports->bits, found->bits, sizeof(ports->bits));
	return 0;
}

/* Ranges that no socket of the route has any more, or which this run was the first to meet. */
static void copy_own_ranges(const struct census_route *found,
			    struct own_range ret_own[MAX_OWN_RANGES])
{
	int i, nr = 0;

	for (i = 0; i < MAX_OWN_RANGES; i++) {
		const struct census_own_range *own = &found->own[i];

		if (!own->range || own->seen != found->run || own->since == found->run)
			continue;
		ret_own[nr++] = (struct own_range){
			.low = own->range & 0xffff,
			.high = own->range >> 16,
			.used = own->used,
			.reclaimable = own->reclaimable,
		};
	}
}

static int add_route(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct census_route *found = values;
	struct occupancy *occupancy;
	struct route *route;
	int half, step;

	if (found->run != *target->census->parts.run)
		return MAP_DELETE;
	route = snapshot_add_route(target->snapshot);
	if (!route)
		return -ENOMEM;
	memcpy(&route->key, key, sizeof(route->key));
	if (!target->census->parts.sees_searches)
		route->searches = route->search_ns = NOT_KNOWN;
	occupancy = &route->occupancy;
	occupancy->source = OCCUPANCY_CENSUS;
	occupancy->established = found->established;
	occupancy->time_wait = found->time_wait;
	occupancy->other = found->other;
	occupancy->bound = found->bound;
	occupancy->on_device = found->on_device;
	for (half = 0; half < NR_HALVES; half++) {
		occupancy->used_in_half[half] = found->used[half];
		occupancy->reclaimable_in_half[half] = found->reclaimable[half];
	}
	/* There is no such thing in UDP. */
	for (step = 0; step < NR_LEFT_STEPS && route->key.proto == PORTTRACE_IPPROTO_TCP; step++)
		occupancy->time_wait_left[step] = found->time_wait_left[step];
	copy_own_ranges(found, occupancy->own);
	return 0;
}

static int add_supposed(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct census_route *found = values;
	struct supposed_route *route;
	int half;

	if (found->run != *target->census->parts.run)
		return MAP_DELETE;
	route = snapshot_add_supposed(target->snapshot);
	if (!route)
		return -ENOMEM;
	memcpy(&route->key, key, sizeof(route->key));
	for (half = 0; half < NR_HALVES; half++) {
		route->used_in_half[half] = found->used[half];
		route->reclaimable_in_half[half] = found->reclaimable[half];
	}
	copy_own_ranges(found, route->own);
	return 0;
}

/* What there is, and how it is set: little work, and always of now. */
static int list_netns(struct census *census, struct snapshot *snapshot, struct reason *reason)
{
	struct target target = { census, snapshot };
	int err = walk(census, true);

	if (err)
		return because(reason, err, "cannot walk the kernel's network namespaces: %s",
			       strerror(-err));
	census->facts.lists_all = !census->parts.totals->dropped;
	err = map_read(&census->parts.reader, census->parts.netns, add_netns, &target, reason);
	if (!err && !snapshot->nr_netns)
		err = because(reason, -ENOENT, "the census found no network namespace");
	return err;
}

static int keep_settings(struct census *census, const struct snapshot *snapshot)
{
	struct netns *kept = reallocarray(census->counted, snapshot->nr_netns, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	memcpy(kept, snapshot->netns, snapshot->nr_netns * sizeof(*kept));
	census->counted = kept;
	census->nr_counted = snapshot->nr_netns;
	return 0;
}

/* Sockets were counted by other rules than those of now. */
static bool settings_changed(const struct census *census, const struct snapshot *snapshot)
{
	size_t i, j = 0, nr = census->nr_counted, passed;

	/* In nearly the same order: what is looked for next is next to what was found last. */
	for (i = 0; i < snapshot->nr_netns; i++) {
		for (passed = 0; passed < nr; passed++, j++)
			if (census->counted[j % nr].id == snapshot->netns[i].id)
				break;
		if (passed < nr && !netns_same_settings(&census->counted[j % nr],
							&snapshot->netns[i]))
			return true;
	}
	return false;
}

static int count(struct census *census, struct snapshot *snapshot, struct reason *reason)
{
	const struct census_parts *parts = &census->parts;
	struct target target = { census, snapshot };
	int err = walk_until_whole(census, reason);

	if (!err)
		err = map_read(&parts->reader, parts->netns, add_netns, &target, reason);
	if (!err && !snapshot->nr_netns)
		err = because(reason, -ENOENT, "the census found no network namespace");
	if (!err)
		err = map_read(&parts->reader, parts->port_sets, add_ports, &target, reason);
	if (!err)
		err = map_read(&parts->reader, parts->routes, add_route, &target, reason);
	snapshot->supposes = parts->supposed_routes;
	if (!err && parts->supposed_routes)
		err = map_read(&parts->reader, parts->supposed_routes, add_supposed, &target,
			       reason);
	if (!err && keep_settings(census, snapshot))
		err = because(reason, -ENOMEM, "out of memory");
	return err;
}

static int count_now(struct census *census, struct snapshot *snapshot, struct reason *reason)
{
	int err;

	due_begin(&census->due);
	err = count(census, snapshot, reason);
	due_end(&census->due);
	return err;
}

int census_take(struct census *census, double share, struct snapshot *snapshot,
		struct reason *reason)
{
	int err = 0;

	census->facts.is_fresh = due_now(&census->due, share);
	if (!census->facts.is_fresh) {
		err = list_netns(census, snapshot, reason);
		/* A change is shown with the next snapshot, whatever the budget. */
		if (!err && settings_changed(census, snapshot)) {
			census->facts.is_fresh = true;
			snapshot->nr_netns = 0;
		}
	}
	if (!err && census->facts.is_fresh)
		err = count_now(census, snapshot, reason);
	census->facts.cost_ms = census->due.cost_ms;
	census->facts.age_s = due_age_s(&census->due);
	snapshot->census = census->facts;
	snapshot->lost.census = census->lost;
	return err;
}

/* ---- The list of one port ---- */

struct listing {
	const struct census *census;
	census_visit visit;
	void *arg;
};

static int visit_listed(void *arg, const void *key, const void *values)
{
	const struct listing *listing = arg;
	const struct listed_holder *found = values;

	(void)key;
	/* A walk before this one met it, that had to be repeated. */
	if (found->run != *listing->census->parts.run)
		return MAP_DELETE;
	return listing->visit(listing->arg, &found->holder);
}

int census_list(struct census *census, census_visit visit, void *arg, struct snapshot *snapshot,
		struct census_totals *ret_totals, struct reason *reason)
{
	struct listing listing = { census, visit, arg };
	struct target target = { census, snapshot };
	const struct census_parts *parts = &census->parts;
	int err = walk_until_whole(census, reason);

	if (!err)
		err = map_read(&parts->reader, parts->netns, add_netns, &target, reason);
	if (!err)
		err = map_read(&parts->reader, parts->port_holders, visit_listed, &listing, reason);
	*ret_totals = *parts->totals;
	return err;
}
