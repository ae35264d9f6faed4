// SPDX-License-Identifier: GPL-2.0-only
/* Routes: the most and the least of each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "report_part.h"

int report_compare_routes(const void *a, const void *b)
{
	return route_key_compare(&((const struct report_route *)a)->key,
				 &((const struct report_route *)b)->key);
}

void report_done_route(void *row)
{
	free(((struct report_route *)row)->why);
}

bool report_is_exhausted(const struct report_route *route)
{
	return route->episodes || route->is_open;
}

int64_t report_exhausted_ns(const struct report_route *route)
{
	return route->episodes ? route->exhausted_ns : 0;
}

bool report_is_unknown(const struct report_route *route)
{
	return !report_is_exhausted(route) && route->least_headroom == NOT_KNOWN &&
	       route_has_destination(&route->key);
}

int64_t report_counted(const struct report_route *route, int64_t count)
{
	return route->seen ? count : NOT_KNOWN;
}

size_t report_exhausted_routes(const struct report *report)
{
	size_t i;

	/* They come first. */
	for (i = 0; i < report->routes.nr; i++)
		if (!report_is_exhausted(report->list.routes[i]))
			break;
	return i;
}

size_t report_unknown_routes(const struct report *report)
{
	size_t i, nr = 0;

	for (i = 0; i < report->routes.nr; i++)
		nr += report_is_unknown(report->list.routes[i]);
	return nr;
}

bool report_knows_exhaustion(const struct report *report)
{
	size_t unknown = report_unknown_routes(report);

	if (!report->snapshots || !report_has_netns(report))
		return false;
	return report->routes.nr ? unknown < report->routes.nr : !report->has_other_routes;
}

/* ---- Order ---- */

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* What was left of all that there is; 2: not known. */
static double share_left(const struct report_route *route)
{
	if (route->least_headroom == NOT_KNOWN)
		return 2;
	return route->capacity > 0 ? (double)route->least_headroom / route->capacity : 0;
}

int report_order_routes(const void *a, const void *b)
{
	const struct report_route *x = a, *y = b;
	int order = report_is_exhausted(y) - report_is_exhausted(x);

	if (!order)
		order = by_number(y->exhausted_ns, x->exhausted_ns);
	if (!order && share_left(x) != share_left(y))
		order = share_left(x) < share_left(y) ? -1 : 1;
	if (!order)
		order = by_number(y->failures, x->failures);
	if (!order)
		order = by_number(y->allocations, x->allocations);
	return order ? order : report_compare_routes(a, b);
}

/* Of which there is no row any more if there have to be fewer: the last ones. */
static int by_worth(const void *a, const void *b)
{
	const struct report_route *x = a, *y = b;
	int order = y->is_open - x->is_open;

	if (!order)
		order = report_is_exhausted(y) - report_is_exhausted(x);
	if (!order)
		order = by_number(y->seen, x->seen);
	return order ? order : report_order_routes(a, b);
}

/* ---- Rows ---- */

static void to_rest(void *arg, const void *gone)
{
	struct report *report = arg;
	struct report_route *row = (struct report_route *)gone;
	struct report_route *rest = &report->rest;

	report_close_episode(report, row);
	report_sum(&rest->allocations, row->allocations);
	report_sum(&rest->bound_connects, row->bound_connects);
	report_sum(&rest->time_waits, row->time_waits);
	report_sum(&rest->failures, row->failures);
	rest->episodes += row->episodes;
	report->lost.routes++;
}

struct report_route *report_route_row(struct report *report, const struct route_key *key)
{
	const struct report_route unknown = {
		.key = *key,
		.searches = NOT_KNOWN, .search_ns = NOT_KNOWN,
		.most_allocations_per_s = NAN, .most_allocations_ns = NOT_KNOWN,
		.most_used = NOT_KNOWN, .most_used_ns = NOT_KNOWN,
		.most_time_wait = NOT_KNOWN, .most_time_wait_ns = NOT_KNOWN,
		.least_headroom = NOT_KNOWN, .least_headroom_ns = NOT_KNOWN,
		.capacity = NOT_KNOWN,
		.exhausted_ns = NOT_KNOWN, .longest_ns = NOT_KNOWN,
		.first_exhausted_ns = NOT_KNOWN, .last_exhausted_ns = NOT_KNOWN,
		.empty_ns = NOT_KNOWN,
	};
	void *row;
	int err = tally_get(&report->routes, &unknown, &row);

	if (err == -E2BIG) {
		err = tally_keep(&report->routes, REPORT_MAX_ROUTES / 4 * 3, by_worth, to_rest,
				 report);
		if (!err)
			err = tally_get(&report->routes, &unknown, &row);
	}
	return report_note(report, err) ? NULL : row;
}

/* ---- What a snapshot says of a route ---- */

static bool is_another(const struct route *now, const struct route *before)
{
	/* Failures never become fewer; allocations may, by some (see tracepoint.bpf.c). */
	return now->failures < before->failures || now->time_waits < before->time_waits ||
	       now->allocations < before->allocations / 2;
}

/* Of the time between the two. */
static void add_searches(struct report *report, struct report_route *row, const struct route *now,
			 const struct route *before)
{
	bool knows_before = before->searches != NOT_KNOWN;
	int64_t searches, search_ns;
	int i;

	if (now->searches == NOT_KNOWN || now->search_ns == NOT_KNOWN) {
		report->searches_unknown = true;
		return;
	}
	searches = now->searches - (knows_before ? before->searches : 0);
	search_ns = now->search_ns - (knows_before ? before->search_ns : 0);
	report->searches_known = true;
	report_sum_known(&row->searches, searches);
	report_sum_known(&row->search_ns, search_ns);
	report_sum(&report->searches, searches);
	report_sum(&report->search_ns, search_ns);
	for (i = 0; i < SEARCH_BUCKETS; i++)
		report->search_buckets[i] +=
			now->search_buckets[i] - (knows_before ? before->search_buckets[i] : 0);
}

static void add_counters(struct report *report, const struct report_step *step,
			 struct report_route *row, const struct route *now,
			 const struct route *before)
{
	int64_t allocations = now->allocations - before->allocations;
	int64_t bound_connects = now->bound_connects - before->bound_connects;
	int64_t time_waits = now->time_waits - before->time_waits;
	int64_t failures = now->failures - before->failures;
	int64_t early = report_early(report, &(const struct failure_key){ .route = now->key });

	report_sum(&row->allocations, allocations);
	report_sum(&row->bound_connects, bound_connects);
	report_sum(&row->time_waits, time_waits);
	report_sum(&row->failures, failures > early ? failures - early : 0);
	report_sum(&report->allocations, allocations);
	report_sum(&report->bound_connects, bound_connects);
	report_sum(&report->time_waits, time_waits);
	if (allocations > 0)
		timeline_at(&report->timeline, step->ns)->allocations += allocations;
	add_searches(report, row, now, before);
}

static void set_holders(struct report *report, const struct report_step *step,
			struct report_route *row)
{
	const struct owner *owners;
	size_t i, nr;

	memset(row->holders, 0, sizeof(row->holders));
	owners = snapshot_owners(step->now, &row->key, &nr);
	for (i = 0; i < nr && i < REPORT_HOLDERS; i++) {
		const struct owner_process *process =
			snapshot_find_process(step->now, &owners[i].key.process);
		struct report_holder *holder = &row->holders[i];

		holder->pid = owners[i].key.process.pid;
		holder->sockets = owners[i].sockets;
		holder->time_waits = owners[i].time_waits;
		if (!process)
			continue;
		memcpy(holder->comm, process->comm, sizeof(holder->comm));
		holder->cgroup = report_text(report, process->cgroup);
	}
}

static void set_why(struct report *report, const struct report_step *step,
		    struct report_route *row, const struct route *now)
{
	char text[ADVICE_SIZE];

	free(row->why);
	row->why = NULL;
	if (now->occupancy.headroom > now->occupancy.capacity / 10)
		return;
	route_advice(step->now, now, text);
	row->why = strdup(text);
	if (!row->why)
		report_note(report, -ENOMEM);
}

static void add_headroom(struct report *report, const struct report_step *step,
			 struct report_route *row, const struct route *now)
{
	const struct occupancy *occupancy = &now->occupancy;
	bool is_less = row->least_headroom == NOT_KNOWN ||
		       occupancy->headroom < row->least_headroom;

	if (occupancy->headroom == NOT_KNOWN)
		return;
	if (is_less) {
		row->least_headroom = occupancy->headroom;
		row->least_headroom_ns = step->ns;
		row->capacity = occupancy->capacity;
	}
	/* Owners may be looked for later than ports. */
	if (is_less || (occupancy->headroom == row->least_headroom && !row->holders[0].pid)) {
		set_holders(report, step, row);
		set_why(report, step, row, now);
	}
	if (!occupancy->headroom) {
		report_mark_exhausted(report, row, step->ns, step->ns);
		row->is_fresh = true;
	} else if (row->is_open && row->open.until_ns == NOT_KNOWN) {
		row->open.until_ns = step->ns;
	}
}

static void add_use(const struct report_step *step, struct report_route *row,
		    const struct route *now)
{
	const struct occupancy *occupancy = &now->occupancy;

	if (occupancy->used > row->most_used) {
		row->most_used = occupancy->used;
		row->most_used_ns = step->ns;
	}
	if (occupancy->time_wait > row->most_time_wait) {
		row->most_time_wait = occupancy->time_wait;
		row->most_time_wait_ns = step->ns;
	}
	if (now->allocations_per_s > row->most_allocations_per_s ||
	    (isnan(row->most_allocations_per_s) && !isnan(now->allocations_per_s))) {
		row->most_allocations_per_s = now->allocations_per_s;
		row->most_allocations_ns = step->ns;
	}
}

static void add_to_timeline(struct report *report, const struct report_step *step,
			    const struct route *now)
{
	const struct occupancy *occupancy = &now->occupancy;
	struct timeline_step *moment = timeline_at(&report->timeline, step->ns);
	double use;

	if (occupancy->headroom == NOT_KNOWN)
		return;
	use = occupancy->capacity > 0 ?
		      1 - (double)occupancy->headroom / occupancy->capacity :
		      1;
	moment->knows_use = true;
	if (use > moment->most_use)
		moment->most_use = use;
	if (moment->least_headroom == NOT_KNOWN || occupancy->headroom < moment->least_headroom)
		moment->least_headroom = occupancy->headroom;
}

/* ---- What failures say of a route ---- */

void report_no_port(struct report *report, const struct route_key *key, int64_t ns)
{
	struct report_route *row = report_route_row(report, key);

	if (!row)
		return;
	row->was_empty = true;
	if (row->empty_ns == NOT_KNOWN)
		row->empty_ns = ns;
}

/* How many ports were taken just then, no snapshot has seen. */
void report_finish_routes(struct report *report)
{
	void **rows = tally_list(&report->routes, report_compare_routes);
	size_t i;

	if (!rows) {
		report_note(report, -ENOMEM);
		return;
	}
	for (i = 0; i < report->routes.nr; i++) {
		struct report_route *row = rows[i];

		if (!row->was_empty || !row->least_headroom)
			continue;
		row->least_headroom = 0;
		row->least_headroom_ns = row->empty_ns;
		if (row->most_used < row->capacity)
			row->most_used = row->most_used_ns = NOT_KNOWN;
	}
	free(rows);
}

void report_add_route(struct report *report, const struct report_step *step,
		      const struct route *now, const struct route *before)
{
	static const struct route none = { .searches = NOT_KNOWN, .search_ns = NOT_KNOWN };
	struct report_route *row = report_route_row(report, &now->key);

	if (!row)
		return;
	row->seen = report->round;
	if (!before || is_another(now, before))
		before = &none;
	if (!step->is_baseline)
		add_counters(report, step, row, now, before);
	add_headroom(report, step, row, now);
	add_use(step, row, now);
	add_to_timeline(report, step, now);
}
