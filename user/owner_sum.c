// SPDX-License-Identifier: GPL-2.0-only
/* Sockets by process and by cgroup: the owners of all routes, brought together and summed. */
#include "route_walk.h"
#include "views.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one process has on one route. */
struct holding {
	const struct owner_process *process; /* NULL: not known */
	const struct route *route;
	uint32_t pid;
	int64_t sockets, time_waits;
};

typedef int (*compare)(const void *, const void *);

static int compare_pointers(const void *a, const void *b)
{
	return (a > b) - (a < b);
}

/* A process is one element of the snapshot's array; one that is not there is known by its pid. */
static int by_process(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int order = compare_pointers(x->process, y->process);

	return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

static const char *cgroup_of(const struct holding *holding)
{
	return holding->process && holding->process->cgroup ? holding->process->cgroup : "";
}

static int by_cgroup(const void *a, const void *b)
{
	return strcmp(cgroup_of(a), cgroup_of(b));
}

static int by_cgroup_and_route(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int order = by_cgroup(a, b);

	return order ? order : compare_pointers(x->route, y->route);
}

static int by_cgroup_and_process(const void *a, const void *b)
{
	int order = by_cgroup(a, b);

	return order ? order : by_process(a, b);
}

/* Where nobody knows whose a TIME_WAIT is, that is said in a row of its own. */
static size_t fill_holdings(const struct snapshot *snapshot, struct holding *holdings)
{
	struct owner_walk walk = { .snapshot = snapshot };
	const struct owner *owners;
	size_t i, j, nr, nr_holdings = 0;

	for (i = 0; i < snapshot->nr_routes; i++) {
		const struct route *route = &snapshot->routes[i];

		owners = owner_walk_to(&walk, &route->key, &nr);
		for (j = 0; j < nr; j++)
			holdings[nr_holdings++] = (struct holding){
				.process = snapshot_find_process(snapshot, &owners[j].key.process),
				.route = route,
				.pid = owners[j].key.process.pid,
				.sockets = owners[j].sockets,
				.time_waits = owners[j].time_waits,
			};
		if (route->orphans > 0)
			holdings[nr_holdings++] = (struct holding){
				.route = route,
				.time_waits = route->orphans,
			};
	}
	return nr_holdings;
}

/* holdings: sorted so that those of one row are together, and in these those of one route. */
static size_t sum_up(const struct holding *holdings, size_t nr, compare same,
		     struct owner_sum *sums)
{
	struct owner_sum *sum = NULL;
	size_t i, nr_sums = 0;

	for (i = 0; i < nr; i++) {
		const struct holding *this = &holdings[i];
		bool first = !i || same(this - 1, this);

		if (first) {
			sum = &sums[nr_sums++];
			*sum = (struct owner_sum){ .process = this->process, .pid = this->pid };
		}
		sum->sockets += this->sockets;
		sum->time_waits += this->time_waits;
		if (first || this[-1].route != this->route)
			sum->routes++;
		sum->closest = closer_route(sum->closest, this->route);
	}
	return nr_sums;
}

static void count_processes(const struct holding *holdings, size_t nr, struct owner_sum *sum)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		bool first = !i || by_cgroup(&holdings[i - 1], &holdings[i]);

		sum += first && i;
		if (holdings[i].pid && (first || by_process(&holdings[i - 1], &holdings[i])))
			sum->processes++;
	}
}

static int list(const struct snapshot *snapshot, compare order, compare same, bool processes,
		struct rows *rows)
{
	size_t most = snapshot->nr_owners + snapshot->nr_routes + 1, nr, nr_sums;
	struct holding *holdings = calloc(most, sizeof(*holdings));
	struct owner_sum *sums = calloc(most, sizeof(*sums));
	int err = -ENOMEM;

	rows->made = sums;
	if (!holdings || !sums)
		goto out;
	nr = fill_holdings(snapshot, holdings);
	qsort(holdings, nr, sizeof(*holdings), order);
	nr_sums = sum_up(holdings, nr, same, sums);
	if (processes) {
		qsort(holdings, nr, sizeof(*holdings), by_cgroup_and_process);
		count_processes(holdings, nr, sums);
	}
	err = rows_of_array(rows, sums, nr_sums, sizeof(*sums));
out:
	free(holdings);
	return err;
}

static int by_process_and_route(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int order = by_process(a, b);

	return order ? order : compare_pointers(x->route, y->route);
}

int list_processes(const struct snapshot *snapshot, struct rows *rows)
{
	return list(snapshot, by_process_and_route, by_process, false, rows);
}

int list_cgroups(const struct snapshot *snapshot, struct rows *rows)
{
	return list(snapshot, by_cgroup_and_route, by_cgroup, true, rows);
}
