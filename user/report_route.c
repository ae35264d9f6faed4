// SPDX-License-Identifier: GPL-2.0-only
/* Routes: the most and the least of each, and the times when there was no free port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "report_part.h"

/* Without snapshots: after so long without a failure, the next one is of another time. */
#define GAP_NS (INT64_C(10) * 1000000000)

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

static void close_episode(struct report *report, struct report_route *row);

static void unlink_open(struct report *report, const struct report_route *row)
{
	struct report_route **at = &report->open;

	while (*at && *at != row)
		at = &(*at)->next_open;
	if (*at)
		*at = row->next_open;
}

static void to_rest(void *arg, const void *gone)
{
	struct report *report = arg;
	struct report_route *row = (struct report_route *)gone;
	struct report_route *rest = &report->rest;

	if (row->is_open) {
		unlink_open(report, row);
		close_episode(report, row);
	}
	rest->allocations += row->allocations;
	rest->bound_connects += row->bound_connects;
	rest->time_waits += row->time_waits;
	rest->failures += row->failures;
	rest->episodes += row->episodes;
	report->lost.routes++;
}

/* NULL: no memory, which is noted. */
static struct report_route *row_of(struct report *report, const struct route_key *key)
{
	const struct report_route unknown = {
		.key = *key,
		.searches = NOT_KNOWN, .search_ns = NOT_KNOWN,
		.most_allocations_per_s = NAN, .most_allocations_ns = NOT_KNOWN,
		.most_used = NOT_KNOWN, .most_used_ns = NOT_KNOWN,
		.most_time_wait = NOT_KNOWN, .most_time_wait_ns = NOT_KNOWN,
		.least_headroom = NOT_KNOWN, .least_headroom_ns = NOT_KNOWN,
		.capacity = NOT_KNOWN,
		.first_exhausted_ns = NOT_KNOWN, .last_exhausted_ns = NOT_KNOWN,
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

/* ---- Times without a free port ---- */

static int64_t length_of(const struct report_episode *episode)
{
	return episode->to_ns - episode->from_ns;
}

/* Of too many, the longest are kept. */
static void keep_episode(struct report *report, const struct report_episode *episode)
{
	size_t i, shortest = 0;

	if (report->nr_episodes < REPORT_MAX_EPISODES) {
		report->episodes[report->nr_episodes++] = *episode;
		return;
	}
	report->lost.episodes++;
	for (i = 1; i < report->nr_episodes; i++)
		if (length_of(&report->episodes[i]) < length_of(&report->episodes[shortest]))
			shortest = i;
	if (length_of(&report->episodes[shortest]) < length_of(episode))
		report->episodes[shortest] = *episode;
}

static void close_episode(struct report *report, struct report_route *row)
{
	int64_t length = length_of(&row->open);

	row->is_open = row->is_fresh = false;
	row->episodes++;
	row->exhausted_ns += length;
	if (length > row->longest_ns)
		row->longest_ns = length;
	if (row->first_exhausted_ns == NOT_KNOWN)
		row->first_exhausted_ns = row->open.from_ns;
	row->last_exhausted_ns = row->open.to_ns;
	keep_episode(report, &row->open);
}

static void open_episode(struct report *report, struct report_route *row, int64_t ns)
{
	row->is_open = true;
	row->open = (struct report_episode){ .key = row->key, .from_ns = ns, .to_ns = ns };
	row->next_open = report->open;
	report->open = row;
}

static void extend_episode(struct report *report, struct report_route *row, int64_t ns)
{
	if (!row->is_open)
		open_episode(report, row, ns);
	if (ns < row->open.from_ns)
		row->open.from_ns = ns;
	if (ns > row->open.to_ns)
		row->open.to_ns = ns;
	row->open.until_ns = NOT_KNOWN;
	row->is_fresh = true;
}

void report_exhausted(struct report *report, const struct route_key *key, int64_t ns,
		      uint64_t counted, uint64_t told)
{
	struct report_route *row = row_of(report, key);

	if (!row)
		return;
	if (row->is_open && !report->snapshots && ns - row->open.to_ns > GAP_NS) {
		unlink_open(report, row);
		close_episode(report, row);
	}
	/* When those happened that are only counted, single events know better. */
	if (counted && row->is_open && row->is_fresh)
		ns = row->open.to_ns;
	extend_episode(report, row, ns);
	row->open.counted += counted;
	row->open.told += told;
}

/* The last one of that route, or NULL. */
static struct report_episode *last_episode(struct report *report, struct report_route *row)
{
	size_t i;

	if (row->is_open)
		return &row->open;
	for (i = report->nr_episodes; row->episodes && i-- > 0;)
		if (!route_key_compare(&report->episodes[i].key, &row->key))
			return &report->episodes[i];
	return NULL;
}

void report_exhausted_before(struct report *report, const struct route_key *key, int64_t ns,
			     uint64_t told)
{
	struct report_route *row = row_of(report, key);
	struct report_episode *episode = row ? last_episode(report, row) : NULL;

	if (episode)
		episode->told += told;
	else if (row)
		report_exhausted(report, key, ns, 0, told);
}

uint64_t report_episode_failures(const struct report_episode *episode)
{
	return episode->counted > episode->told ? episode->counted : episode->told;
}

void report_end_routes(struct report *report)
{
	struct report_route **at = &report->open, *row;

	while ((row = *at)) {
		if (row->is_fresh) {
			row->is_fresh = false;
			at = &row->next_open;
			continue;
		}
		*at = row->next_open;
		close_episode(report, row);
	}
}

void report_close_episodes(struct report *report)
{
	struct report_route *row;

	while ((row = report->open)) {
		report->open = row->next_open;
		close_episode(report, row);
	}
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

	if (now->searches == NOT_KNOWN || now->search_ns == NOT_KNOWN)
		return;
	searches = now->searches - (knows_before ? before->searches : 0);
	search_ns = now->search_ns - (knows_before ? before->search_ns : 0);
	report->searches_known = true;
	row->searches = searches + (row->searches == NOT_KNOWN ? 0 : row->searches);
	row->search_ns = search_ns + (row->search_ns == NOT_KNOWN ? 0 : row->search_ns);
	report->searches += searches;
	report->search_ns += search_ns;
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

	row->allocations += allocations;
	row->bound_connects += bound_connects;
	row->time_waits += time_waits;
	row->failures += now->failures - before->failures;
	report->allocations += allocations;
	report->bound_connects += bound_connects;
	report->time_waits += time_waits;
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
	if (!occupancy->headroom)
		extend_episode(report, row, step->ns);
	else if (row->is_open && row->open.until_ns == NOT_KNOWN)
		row->open.until_ns = step->ns;
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

void report_add_route(struct report *report, const struct report_step *step,
		      const struct route *now, const struct route *before)
{
	static const struct route none = { .searches = NOT_KNOWN, .search_ns = NOT_KNOWN };
	struct report_route *row = row_of(report, &now->key);

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
