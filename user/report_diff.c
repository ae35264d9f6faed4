// SPDX-License-Identifier: GPL-2.0-only
#include "report_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Namespaces ---- */

static const struct report_netns *only_unnamed(const struct report *report)
{
	const struct report_netns *found = NULL;
	size_t i;

	for (i = 0; i < report->netns.nr; i++) {
		const struct report_netns *netns = report->list.netns[i];

		if (netns->name[0])
			continue;
		if (found)
			return NULL;
		found = netns;
	}
	return found;
}

static const struct report_netns *find_name(const struct report *report, const char *name)
{
	size_t i;

	for (i = 0; i < report->netns.nr; i++) {
		const struct report_netns *netns = report->list.netns[i];

		if (!strcmp(netns->name, name))
			return netns;
	}
	return NULL;
}

static const struct report_netns *find_netns(const struct report *report, uint32_t inum)
{
	const struct report_netns wanted = { .inum = inum };

	return tally_find(&report->netns, &wanted);
}

#define NO_NETNS UINT32_MAX

/* The number of that namespace in the other report. */
static uint32_t number_in(const struct report *other, const struct report *report,
			  const struct report_netns *netns)
{
	const struct report_netns *same = find_netns(other, netns->inum);

	/* Of several that had one name, one after the other, that of the same number, or the first. */
	if (netns->name[0]) {
		if (!same || strcmp(same->name, netns->name))
			same = find_name(other, netns->name);
	} else if (!same || same->name[0]) {
		same = only_unnamed(report) == netns ? only_unnamed(other) : NULL;
	}
	/* Of each report there is one: it is what was asked for. */
	if (report->netns.nr == 1 && other->netns.nr == 1)
		same = other->list.netns[0];
	return same ? same->inum : NO_NETNS;
}

/* ---- What is the same row ---- */

struct mapping {
	const struct report *from, *to;
	uint32_t *numbers; /* of from->list.netns, in `to` */
};

static int mapping_fill(struct mapping *mapping, const struct report *from, const struct report *to)
{
	size_t i;

	*mapping = (struct mapping){ .from = from, .to = to };
	mapping->numbers = calloc(from->netns.nr + 1, sizeof(*mapping->numbers));
	if (!mapping->numbers)
		return -ENOMEM;
	for (i = 0; i < from->netns.nr; i++)
		mapping->numbers[i] = number_in(to, from, from->list.netns[i]);
	return 0;
}

static uint32_t map_netns(const struct mapping *mapping, uint32_t inum)
{
	size_t low = 0, high = mapping->from->netns.nr, middle;

	while (low < high) {
		const struct report_netns *netns;

		middle = low + (high - low) / 2;
		netns = mapping->from->list.netns[middle];
		if (netns->inum == inum)
			return mapping->numbers[middle];
		if (netns->inum < inum)
			low = middle + 1;
		else
			high = middle;
	}
	/* The rest of all namespaces together has none. */
	return inum ? NO_NETNS : 0;
}

static const void *find_kind(const struct mapping *mapping, const void *row)
{
	struct report_kind wanted = { .key = ((const struct report_kind *)row)->key };

	wanted.key.route.netns = map_netns(mapping, wanted.key.route.netns);
	return tally_find(&mapping->to->kinds, &wanted);
}

static const void *find_route(const struct mapping *mapping, const void *row)
{
	struct report_route wanted = { .key = ((const struct report_route *)row)->key };

	wanted.key.netns = map_netns(mapping, wanted.key.netns);
	return tally_find(&mapping->to->routes, &wanted);
}

/* Each report keeps a path once, and rows are found by where that is. */
static const void *find_owner(const struct mapping *mapping, const void *row)
{
	struct report_owner wanted = *(const struct report_owner *)row;
	const char *const *cgroup;

	if (wanted.cgroup) {
		cgroup = tally_find(&mapping->to->texts, &wanted.cgroup);
		if (!cgroup)
			return NULL;
		wanted.cgroup = *cgroup;
	}
	return tally_find(&mapping->to->owners, &wanted);
}

/* ---- How much it changed ---- */

double report_per_s(const struct report *report, uint64_t count)
{
	double seconds = report->snapshots ?
				 report->counted_s :
				 report_seconds(report);

	return seconds > 0 ? count / seconds : NAN;
}

double report_counted_per_s(const struct report *report, const struct report_route *route,
			    uint64_t count)
{
	return route->seen ? report_per_s(report, count) : NAN;
}

static double kind_per_s(const struct report_change *change, int which)
{
	const struct report_kind *kind = change->rows[which];
	uint64_t count = kind ? report_kind_count(kind) : 0;
	double per_s = report_per_s(change->reports[which], count);

	return isnan(per_s) ? count : per_s;
}

static double weigh_kind(const struct report_change *change)
{
	return fabs(kind_per_s(change, REPORT_NEW) - kind_per_s(change, REPORT_OLD));
}

/* Of the route's ports, taken; a route that is not there takes none. */
static double share_taken(const struct report_route *route)
{
	if (!route || route->least_headroom == NOT_KNOWN)
		return 0;
	return route->capacity > 0 ? 1 - (double)route->least_headroom / route->capacity : 1;
}

static double share_used(const struct report_route *route)
{
	if (!route || route->most_used == NOT_KNOWN || route->capacity <= 0)
		return 0;
	return (double)route->most_used / route->capacity;
}

static double route_failures(const struct report_change *change, int which)
{
	const struct report_route *route = change->rows[which];
	double per_s = route ? report_counted_per_s(change->reports[which], route, route->failures) : 0;

	return isnan(per_s) ? 0 : per_s;
}

/* What ran out, or does no more, comes first; then how full it became, and how often it failed. */
static double weigh_route(const struct report_change *change)
{
	const struct report_route *old = change->rows[REPORT_OLD], *new = change->rows[REPORT_NEW];
	bool was = old && report_is_exhausted(old), is = new && report_is_exhausted(new);
	double failures = fabs(route_failures(change, REPORT_NEW) -
			       route_failures(change, REPORT_OLD));

	return (was != is) * 4 + fabs(share_taken(new) - share_taken(old)) +
	       fabs(share_used(new) - share_used(old)) + failures / (1 + failures);
}

static double weigh_owner(const struct report_change *change)
{
	const struct report_owner *old = change->rows[REPORT_OLD], *new = change->rows[REPORT_NEW];

	return llabs((new ? new->most : 0) - (old ? old->most : 0)) +
	       fabs((double)(new ? new->entered : 0) - (double)(old ? old->entered : 0));
}

/* ---- The pairs ---- */

struct matching {
	const void *(*find)(const struct mapping *mapping, const void *row);
	double (*weigh)(const struct report_change *change);
};

static int by_weight(const void *a, const void *b)
{
	const struct report_change *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void add(struct report_changes *changes, const struct report_diff *diff, const void *old,
		const void *new, const struct matching *matching)
{
	struct report_change *change = &changes->changes[changes->nr++];

	*change = (struct report_change){ .rows = { old, new }, .reports = diff->reports,
					  .number = changes->nr };
	change->weight = matching->weigh(change);
	changes->nr_changed += change->weight > 0;
}

/* The rows of one kind. */
struct side {
	void *const *rows;
	size_t nr;
};

/* What is the same in the other report, unless that is the same as another row here. */
static const void *find_pair(const struct mapping mappings[2], int side, const void *row,
			     const struct matching *matching)
{
	const void *same = matching->find(&mappings[side], row);

	return same && matching->find(&mappings[!side], same) == row ? same : NULL;
}

static int match(const struct report_diff *diff, const struct mapping mappings[2],
		 struct side old, struct side new, const struct matching *matching,
		 struct report_changes *changes)
{
	size_t i;

	changes->changes = calloc(old.nr + new.nr + 1, sizeof(*changes->changes));
	if (!changes->changes)
		return -ENOMEM;
	for (i = 0; i < new.nr; i++)
		add(changes, diff, find_pair(mappings, REPORT_NEW, new.rows[i], matching),
		    new.rows[i], matching);
	for (i = 0; i < old.nr; i++)
		if (!find_pair(mappings, REPORT_OLD, old.rows[i], matching))
			add(changes, diff, old.rows[i], NULL, matching);
	qsort(changes->changes, changes->nr, sizeof(*changes->changes), by_weight);
	return 0;
}

static int match_all(struct report_diff *diff, const struct mapping mappings[2])
{
	static const struct matching kinds = { find_kind, weigh_kind };
	static const struct matching routes = { find_route, weigh_route };
	static const struct matching owners = { find_owner, weigh_owner };
	const struct report *old = diff->reports[REPORT_OLD], *new = diff->reports[REPORT_NEW];
	int err;

	err = match(diff, mappings, (struct side){ old->list.kinds, old->kinds.nr },
		    (struct side){ new->list.kinds, new->kinds.nr }, &kinds, &diff->kinds);
	if (!err)
		err = match(diff, mappings, (struct side){ old->list.routes, old->routes.nr },
			    (struct side){ new->list.routes, new->routes.nr }, &routes,
			    &diff->routes);
	if (!err)
		err = match(diff, mappings, (struct side){ old->list.owners, old->owners.nr },
			    (struct side){ new->list.owners, new->owners.nr }, &owners,
			    &diff->owners);
	return err;
}

int report_diff_fill(struct report_diff *diff, const struct report *old, const struct report *new)
{
	/* From the rows of each to those of the other. */
	struct mapping mappings[2] = {};
	int err;

	*diff = (struct report_diff){ .reports = { old, new } };
	err = mapping_fill(&mappings[REPORT_OLD], old, new);
	if (!err)
		err = mapping_fill(&mappings[REPORT_NEW], new, old);
	if (!err)
		err = match_all(diff, mappings);
	free(mappings[REPORT_OLD].numbers);
	free(mappings[REPORT_NEW].numbers);
	return err;
}

void report_diff_done(struct report_diff *diff)
{
	free(diff->kinds.changes);
	free(diff->routes.changes);
	free(diff->owners.changes);
}
