// SPDX-License-Identifier: GPL-2.0-only
/* TIME_WAITs by those that left them behind, and network namespaces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_part.h"
#include "route_walk.h"

/* ---- Owners ---- */

int report_compare_owners(const void *a, const void *b)
{
	const struct report_owner *x = a, *y = b;
	int order = strcmp(x->comm, y->comm);

	/* Paths are kept once each. */
	return order ? order : (x->cgroup > y->cgroup) - (x->cgroup < y->cgroup);
}

int report_order_owners(const void *a, const void *b)
{
	const struct report_owner *x = a, *y = b;

	if (x->most != y->most)
		return x->most > y->most ? -1 : 1;
	if (x->entered != y->entered)
		return x->entered > y->entered ? -1 : 1;
	return strcmp(x->comm, y->comm);
}

static void forget_owner(void *arg, const void *row)
{
	(void)row;
	((struct report *)arg)->lost.owners++;
}

static struct report_owner *owner_row(struct report *report, const char *comm, const char *cgroup)
{
	struct report_owner key = { .most_ns = NOT_KNOWN };
	void *row;
	int err;

	snprintf(key.comm, sizeof(key.comm), "%s", comm);
	key.cgroup = report_text(report, cgroup);
	err = tally_get(&report->owners, &key, &row);
	if (err == -E2BIG) {
		err = tally_keep(&report->owners, REPORT_MAX_OWNERS / 2, report_order_owners,
				 forget_owner, report);
		if (!err)
			err = tally_get(&report->owners, &key, &row);
	}
	return report_note(report, err) ? NULL : row;
}

/* met: of each process of the snapshot, whether it was counted. */
static void add_owner(struct report *report, const struct snapshot *snapshot,
		      const struct owner *owner, bool *met)
{
	const struct owner_process *process =
		snapshot_find_process(snapshot, &owner->key.process);
	struct report_owner *row;

	if (owner->time_waits <= 0 ||
	    !filter_keeps_process(report->want.filter, owner->key.process.pid,
				  process ? process->comm : NULL, process ? process->cgroup : NULL))
		return;
	row = owner_row(report, process ? process->comm : "", process ? process->cgroup : NULL);
	if (!row)
		return;
	report_sum(&row->now, owner->time_waits);
	row->pid = owner->key.process.pid;
	if (!process || met[process - snapshot->processes])
		return;
	met[process - snapshot->processes] = true;
	row->now_processes++;
}

static void add_orphans(struct report *report, const struct route *route)
{
	struct report_owner *row;

	if (route->orphans <= 0 || filter_has_process(report->want.filter))
		return;
	row = owner_row(report, "", NULL);
	if (row)
		report_sum(&row->now, route->orphans);
}

static void end_look(struct report *report, int64_t ns)
{
	void **rows = tally_list(&report->owners, report_compare_owners);
	size_t i;

	if (!rows) {
		report_note(report, -ENOMEM);
		return;
	}
	for (i = 0; i < report->owners.nr; i++) {
		struct report_owner *row = rows[i];

		report_sum(&row->sum, row->now);
		if (row->now > row->most) {
			row->most = row->now;
			row->most_ns = ns;
		}
		if (row->now_processes > row->processes)
			row->processes = row->now_processes;
		row->now = row->now_processes = 0;
	}
	free(rows);
}

void report_add_owners(struct report *report, const struct report_step *step)
{
	const struct snapshot *now = step->now;
	struct owner_walk walk = { .snapshot = now };
	bool *met = calloc(now->nr_processes + 1, sizeof(*met));
	size_t i, j, nr;

	if (!met)
		report_note(report, -ENOMEM);
	if (!met || isnan(now->owners_facts.age_s)) {
		free(met);
		return;
	}
	report->looks_at_owners++;
	for (i = 0; i < now->nr_routes; i++) {
		const struct route *route = &now->routes[i];
		const struct owner *owners = owner_walk_to(&walk, &route->key, &nr);
		const struct netns *netns = snapshot_find_netns(now, route->key.netns);

		if (!filter_keeps(report->want.filter, &route->key) ||
		    !report_wants_netns(report, route->key.netns, netns ? netns->name : NULL))
			continue;
		for (j = 0; j < nr; j++)
			add_owner(report, now, &owners[j], met);
		add_orphans(report, route);
	}
	end_look(report, step->ns);
	free(met);
}

void report_add_time_wait(struct report *report, const struct event *event)
{
	struct report_owner *row = owner_row(report, event->comm, event->cgroup);

	report->time_waits_told++;
	if (!row)
		return;
	row->entered++;
	row->pid = event->what->caller.process.pid;
	if (!row->processes && row->pid)
		row->processes = 1;
}

/* ---- Namespaces ---- */

int report_compare_netns(const void *a, const void *b)
{
	const struct report_netns *x = a, *y = b;

	return (x->inum > y->inum) - (x->inum < y->inum);
}

/* NULL: there is no room, or no memory, which is noted. */
static struct report_netns *netns_row(struct report *report, uint32_t inum)
{
	const struct report_netns unknown = {
		.inum = inum,
		.reserved = NOT_KNOWN, .tw_reuse = NOT_KNOWN, .time_wait_max = NOT_KNOWN,
		.most_blocked = NOT_KNOWN, .most_blocked_by_bind = NOT_KNOWN,
		.most_time_wait = NOT_KNOWN, .most_time_wait_ns = NOT_KNOWN,
		.range_low = NOT_KNOWN, .range_high = NOT_KNOWN,
	};
	void *row;
	int err = report_note(report, tally_get(&report->netns, &unknown, &row));

	report->lost.netns += err == -E2BIG;
	return err ? NULL : row;
}

void report_netns_named(struct report *report, uint32_t inum, const char *name)
{
	struct report_netns *row = inum ? netns_row(report, inum) : NULL;

	if (row && name)
		snprintf(row->name, sizeof(row->name), "%s", name);
}

static int64_t more(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void report_add_netns(struct report *report, const struct report_step *step,
		      const struct netns *netns)
{
	struct report_netns *row = netns_row(report, netns->inum);

	if (!row)
		return;
	snprintf(row->name, sizeof(row->name), "%s", netns->name);
	row->range_low = netns->range_low;
	row->range_high = netns->range_high;
	row->reserved = netns->reserved;
	row->tw_reuse = netns->tw_reuse;
	row->time_wait_max = netns->time_wait_max;
	row->most_blocked = more(row->most_blocked, netns->blocked);
	row->most_blocked_by_bind =
		more(row->most_blocked_by_bind, netns->blocked_by_bind_before_connect);
	if (netns->time_wait > row->most_time_wait) {
		row->most_time_wait = netns->time_wait;
		row->most_time_wait_ns = step->ns;
	}
}
