// SPDX-License-Identifier: GPL-2.0-only
/* Times when a route had no free port. */
#include <stdlib.h>

#include "report_part.h"

/* Without snapshots: after so long without a failure, the next one is of another time. */
#define GAP_NS (INT64_C(10) * 1000000000)

/* Those held back are told of up to so much later. */
#define HELD_NS (INT64_C(1) * 1000000000)

uint64_t report_episode_failures(const struct report_episode *episode)
{
	return episode->counted > episode->told ? episode->counted : episode->told;
}

int64_t report_episode_ns(const struct report_episode *episode)
{
	return episode->is_between ? NOT_KNOWN : episode->to_ns - episode->from_ns;
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
		if (report_episode_ns(&report->episodes[i]) <
		    report_episode_ns(&report->episodes[shortest]))
			shortest = i;
	if (report_episode_ns(&report->episodes[shortest]) < report_episode_ns(episode))
		report->episodes[shortest] = *episode;
}

/* ---- Open ones ---- */

static void link_open(struct report *report, struct report_route *row)
{
	row->next_open = report->open;
	row->before_open = NULL;
	if (report->open)
		report->open->before_open = row;
	report->open = row;
}

static void unlink_open(struct report *report, struct report_route *row)
{
	if (row->before_open)
		row->before_open->next_open = row->next_open;
	else
		report->open = row->next_open;
	if (row->next_open)
		row->next_open->before_open = row->before_open;
}

/*
 * If it is only known that it was at some moment between two, the first sign of it came after the last
 * moment that is known.
 */
static void set_ends(struct report_episode *episode)
{
	int64_t ns = episode->from_ns;

	episode->is_between = episode->from_ns > episode->to_ns;
	if (!episode->is_between)
		return;
	episode->from_ns = episode->to_ns;
	episode->to_ns = ns;
}

void report_close_episode(struct report *report, struct report_route *row)
{
	int64_t length;

	if (!row->is_open)
		return;
	unlink_open(report, row);
	set_ends(&row->open);
	length = report_episode_ns(&row->open);
	row->is_open = row->is_fresh = false;
	row->episodes++;
	if (length != NOT_KNOWN)
		row->exhausted_ns = length + (row->exhausted_ns == NOT_KNOWN ? 0 : row->exhausted_ns);
	if (length > row->longest_ns)
		row->longest_ns = length;
	if (row->first_exhausted_ns == NOT_KNOWN)
		row->first_exhausted_ns = row->open.from_ns;
	row->last_exhausted_ns = row->open.to_ns;
	keep_episode(report, &row->open);
}

void report_mark_exhausted(struct report *report, struct report_route *row, int64_t after_ns,
			   int64_t before_ns)
{
	struct report_episode *open = &row->open;

	if (!row->is_open) {
		*open = (struct report_episode){ .key = row->key, .from_ns = before_ns,
						 .to_ns = after_ns };
		row->is_open = true;
		link_open(report, row);
	}
	if (before_ns < open->from_ns)
		open->from_ns = before_ns;
	if (after_ns > open->to_ns)
		open->to_ns = after_ns;
	open->until_ns = NOT_KNOWN;
}

/* ---- Failures ---- */

/* Without snapshots to tell one time from the next. */
static void close_after_gap(struct report *report, struct report_route *row, int64_t ns)
{
	if (row->is_open && !report->snapshots && ns > row->open.to_ns + GAP_NS)
		report_close_episode(report, row);
}

void report_exhausted(struct report *report, const struct route_key *key, int64_t ns)
{
	struct report_route *row = report_route_row(report, key);

	if (!row)
		return;
	close_after_gap(report, row, ns);
	report_mark_exhausted(report, row, ns, ns);
	row->is_fresh = true;
	row->open.told++;
}

void report_exhausted_between(struct report *report, const struct route_key *key,
			      const struct report_step *step, uint64_t counted)
{
	struct report_route *row = report_route_row(report, key);

	if (!row)
		return;
	/* When it was, single events know better. */
	if (!row->is_open || !row->is_fresh)
		report_mark_exhausted(report, row, step->from_ns, step->ns);
	row->is_fresh = true;
	row->open.counted += counted;
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
	struct report_route *row = report_route_row(report, key);
	struct report_episode *episode;

	if (!row)
		return;
	close_after_gap(report, row, ns - HELD_NS);
	episode = last_episode(report, row);
	/* Where there are snapshots, these know in which interval it was: this one, or the one before. */
	if (!episode || !report->snapshots || episode->to_ns < ns - 2 * HELD_NS) {
		report_mark_exhausted(report, row, ns > HELD_NS ? ns - HELD_NS : 0, ns);
		row->is_fresh = true;
		episode = &row->open;
	}
	episode->told += told;
}

/* ---- Snapshots ---- */

void report_end_routes(struct report *report)
{
	struct report_route *row = report->open, *next;

	for (; row; row = next) {
		next = row->next_open;
		if (!row->is_fresh)
			report_close_episode(report, row);
		row->is_fresh = false;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct report_episode *x = a, *y = b;

	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return route_key_compare(&x->key, &y->key);
}

/* In the order in which they began: they were kept as they ended, and where there was room. */
void report_close_episodes(struct report *report)
{
	while (report->open)
		report_close_episode(report, report->open);
	qsort(report->episodes, report->nr_episodes, sizeof(*report->episodes), by_start);
}
