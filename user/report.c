// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_part.h"
#include "route_walk.h"
#include "since.h"

/* ---- The whole ---- */

static void set_tallies(struct report *report)
{
	report->routes = (struct tally){ .most = REPORT_MAX_ROUTES,
					 .size = sizeof(struct report_route),
					 .compare = report_compare_routes,
					 .done = report_done_route };
	report->kinds = (struct tally){ .most = REPORT_MAX_KINDS, .size = sizeof(struct report_kind),
					.compare = report_compare_kinds };
	report->callers = (struct tally){ .most = REPORT_MAX_CALLERS,
					  .size = sizeof(struct report_caller),
					  .compare = report_compare_callers };
	report->stacks = (struct tally){ .most = REPORT_MAX_STACKS,
					 .size = sizeof(struct report_stack),
					 .compare = report_compare_stacks,
					 .done = report_done_stack };
	report->owners = (struct tally){ .most = REPORT_MAX_OWNERS,
					 .size = sizeof(struct report_owner),
					 .compare = report_compare_owners };
	report->netns = (struct tally){ .most = MAX_NETNS, .size = sizeof(struct report_netns),
					.compare = report_compare_netns };
	report->texts = (struct tally){ .most = REPORT_MAX_TEXTS, .size = sizeof(const char *),
					.compare = report_compare_texts,
					.done = report_done_text };
	report->early = (struct tally){ .most = REPORT_MAX_KINDS, .size = sizeof(struct report_early),
					.compare = report_compare_kinds };
	report->named = (struct tally){ .most = MAX_NETNS, .size = sizeof(struct report_named),
					.compare = report_compare_named };
}

struct report *report_new(const struct report_want *want)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->want = *want;
	report->start_ns = report->end_ns = NOT_KNOWN;
	report->counted_from_ns = report->counted_to_ns = NOT_KNOWN;
	report->since_ns = report->until_ns = report->before_ns = NOT_KNOWN;
	report->interval_s = NAN;
	set_tallies(report);
	report_init_losses(report);
	report->episodes = calloc(REPORT_MAX_EPISODES, sizeof(*report->episodes));
	report->before = snapshot_new();
	report->names = snapshot_new();
	if (report->episodes && report->before && report->names)
		return report;
	report_free(report);
	return NULL;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	tally_done(&report->routes);
	tally_done(&report->kinds);
	tally_done(&report->callers);
	tally_done(&report->stacks);
	tally_done(&report->owners);
	tally_done(&report->netns);
	tally_done(&report->texts);
	tally_done(&report->early);
	tally_done(&report->named);
	free(report->list.routes);
	free(report->list.kinds);
	free(report->list.callers);
	free(report->list.stacks);
	free(report->list.owners);
	free(report->list.netns);
	free(report->episodes);
	report_done_origin(report);
	snapshot_free(report->before);
	snapshot_free(report->names);
	free(report);
}

int report_note(struct report *report, int err)
{
	if (err == -ENOMEM)
		report->err = err;
	return err;
}

bool is_exhaustion(uint8_t cause)
{
	return cause == CAUSE_RANGE_EXHAUSTED || cause == CAUSE_SOCKET_RANGE_EXHAUSTED ||
	       cause == CAUSE_BIND_RANGE_EXHAUSTED;
}

/* ---- Texts ---- */

int report_compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void report_done_text(void *row)
{
	free(*(char **)row);
}

const char *report_text(struct report *report, const char *text)
{
	char **kept;
	void *row;
	int err;

	if (!text || !*text)
		return NULL;
	kept = tally_find(&report->texts, &text);
	if (kept)
		return *kept;
	text = strdup(text);
	err = text ? tally_get(&report->texts, &text, &row) : -ENOMEM;
	if (!err)
		return text;
	free((char *)text);
	if (report_note(report, err) == -E2BIG)
		report->lost.texts++;
	return NULL;
}

/* ---- Snapshots ---- */

static bool wants_netns(const struct report *report, const struct snapshot *snapshot, uint32_t inum)
{
	const struct netns *netns = snapshot_find_netns(snapshot, inum);

	return report_wants_netns(report, inum, netns ? netns->name : NULL);
}

static void add_routes(struct report *report, const struct report_step *step)
{
	struct route_walk walk = { .snapshot = step->now, .before = step->before };
	size_t i;

	for (i = 0; i < step->now->nr_routes; i++) {
		const struct route *route = &step->now->routes[i];
		const struct route *before = route_walk_to(&walk, &route->key);

		if (wants_netns(report, step->now, route->key.netns) &&
		    filter_keeps_route(report->want.filter, step->now, &route->key))
			report_add_route(report, step, route, before);
		else
			report->has_other_routes = true;
	}
}

static void add_failures(struct report *report, const struct report_step *step)
{
	size_t i;

	/* Whose they were, counters do not know. */
	if (filter_has_process(report->want.filter))
		return;
	for (i = 0; i < step->now->nr_failures; i++) {
		const struct failure *now = &step->now->failures[i];
		const struct failure *old =
			snapshot_failure_before(step->now, step->before, &now->key);
		/* Fewer than before: it is another namespace with that number. */
		uint64_t then = old && old->count <= now->count ? old->count : 0;

		then += report_early(report, &now->key);
		if (!step->is_baseline && now->count > then &&
		    wants_netns(report, step->now, now->key.route.netns) &&
		    filter_keeps(report->want.filter, &now->key.route))
			report_add_failure(report, step, now, now->count - then);
	}
}

static void add_all_netns(struct report *report, const struct report_step *step)
{
	struct timeline_step *moment = timeline_at(&report->timeline, step->ns);
	int64_t time_wait = NOT_KNOWN;
	size_t i;

	for (i = 0; i < step->now->nr_netns; i++) {
		const struct netns *netns = &step->now->netns[i];

		if (!report_wants_netns(report, netns->inum, netns->name))
			continue;
		report_add_netns(report, step, netns);
		if (netns->time_wait != NOT_KNOWN)
			report_sum_known(&time_wait, netns->time_wait);
	}
	moment->is_known = true;
	if (time_wait > moment->most_time_wait)
		moment->most_time_wait = time_wait;
}

/* Against which the next one counts. */
static int keep_before(struct report *report, const struct snapshot *snapshot, int64_t ns)
{
	struct snapshot *copy = snapshot_copy(snapshot);

	if (!copy)
		return report_note(report, -ENOMEM);
	snapshot_free(report->before);
	report->before = copy;
	report->before_ns = ns;
	return 0;
}

bool report_goes_on(const struct report *report, const struct snapshot *snapshot)
{
	/* Since porttrace attached, that is the first one: of another run, perhaps. */
	if (isnan(snapshot->period_s))
		return false;
	return report->before_ns != NOT_KNOWN && snapshot->uptime_s >= report->before->uptime_s;
}

/* For how long this one has counted what is taken from it. */
static double counted_s(const struct report_step *step)
{
	if (step->is_baseline)
		return 0;
	return step->now->uptime_s - (step->goes_on ? step->before->uptime_s : 0);
}

/* Of what this snapshot counts. */
static int64_t start_of(const struct report *report, const struct report_step *step)
{
	int64_t ns = report_seconds_ns(counted_s(step));

	ns = step->ns > ns ? step->ns - ns : 0;
	return report_is_before(report, ns) ? report->since_ns : ns;
}

static void set_facts(struct report *report, const struct report_step *step)
{
	const struct snapshot *now = step->now;
	double gap_s = counted_s(step);

	report_set_host(report, now->host, now->kernel, now->probe);
	if (step->goes_on && gap_s > report->longest_gap_s)
		report->longest_gap_s = gap_s;
	if (report->counted_from_ns == NOT_KNOWN)
		report->counted_from_ns = step->ns > report_seconds_ns(gap_s) ?
						  step->ns - report_seconds_ns(gap_s) :
						  0;
	report->counted_s += gap_s;
	report->counted_to_ns = report->last_snapshot_ns = step->ns;
	if (report->snapshots == 1)
		report->first_snapshot_ns = step->ns;
}

static void add_step(struct report *report, const struct report_step *step)
{
	report_extend(report, step->ns);
	/* Nobody looked on in between. */
	if (!step->goes_on)
		report_end_routes(report);
	report->snapshots++;
	report->round++;
	set_facts(report, step);
	report_add_losses(report, step);
	add_all_netns(report, step);
	add_failures(report, step);
	add_routes(report, step);
	report_end_routes(report);
	report_add_owners(report, step);
}

int report_add_snapshot(struct report *report, const struct snapshot *snapshot)
{
	static const struct snapshot none;
	struct report_step step = { .now = snapshot, .before = &none };

	report_expect(report, snapshot);
	step.ns = report_wall_ns(report, &snapshot->wall);
	report_begin(report, step.ns);
	if (report_is_after(report, step.ns)) {
		report->is_past = true;
		return report->err;
	}
	step.goes_on = report_goes_on(report, snapshot);
	if (step.goes_on)
		step.before = report->before;
	/* Of the first one since porttrace attached, all is of this recording. */
	step.is_baseline = !step.goes_on && !isnan(snapshot->period_s);
	step.from_ns = start_of(report, &step);
	if (!report_is_before(report, step.ns))
		add_step(report, &step);
	tally_done(&report->early);
	keep_before(report, snapshot, step.ns);
	report_passed(report);
	return report->err;
}

/* ---- Events ---- */

static bool wants_event(struct report *report, const struct event *event)
{
	const struct porttrace_event *what = event->what;
	const struct filter *filter = report->want.filter;

	report_meet_netns(report, what->netns_inum, event->netns);
	return report_wants_netns(report, what->netns_inum, event->netns) &&
	       filter_keeps(filter, &what->route) &&
	       (!filter_has_process(filter) ||
		filter_keeps_process(filter, what->caller.process.pid, event->comm,
				     event->cgroup));
}

int report_add_event(struct report *report, const struct event *event)
{
	int64_t ns;

	if (!report_takes(report, &event->wall, &ns)) {
		report_add_early(report, event, ns);
		return report->err;
	}
	if (!wants_event(report, event))
		return report->err;
	report->events++;
	if (event->what->kind == EVENT_FAILURE)
		report_add_told(report, event, ns);
	else if (event->what->kind == EVENT_TIME_WAIT)
		report_add_time_wait(report, event);
	return report->err;
}

/* Whose they were is not known: of one process, none are taken for its own. */
int report_add_held(struct report *report, const struct held_back *held)
{
	int64_t ns;

	if (!report_takes(report, &held->wall, &ns))
		return report->err;
	if (held->key && !(report_wants_netns(report, held->netns, NULL) &&
			   filter_keeps(report->want.filter, &held->key->kind.route)))
		return report->err;
	report_add_held_failures(report, held, ns);
	return report->err;
}

int report_add_lost(struct report *report, const struct timespec *wall, uint64_t count)
{
	int64_t ns;

	if (report_takes(report, wall, &ns))
		report->lost.events += count;
	return report->err;
}

void report_not_placed(struct report *report, uint64_t lines)
{
	report->lost.not_placed += lines;
}

int report_add_summary(struct report *report, const struct event_summary *summary)
{
	report->lost.summary = *summary;
	report->lost.has_summary = true;
	return report->err;
}

/* ---- The end ---- */

/* Names for the views: a snapshot that has nothing else. */
static int set_names(struct report *report)
{
	size_t i;

	for (i = 0; i < report->netns.nr; i++) {
		const struct report_netns *row = report->list.netns[i];
		struct netns *netns = snapshot_add_netns(report->names);

		if (!netns)
			return -ENOMEM;
		netns->inum = row->inum;
		snprintf(netns->name, sizeof(netns->name), "%s", row->name);
	}
	snapshot_sort(report->names);
	report->names->wall.tv_sec = report->start_ns / 1000000000;
	report->names->uptime_s = report_seconds(report);
	return 0;
}

/* In each of them there is a snapshot, though not all intervals are of one length. */
static int64_t least_step_ns(const struct report *report)
{
	int64_t ns = report->last_snapshot_ns - report->first_snapshot_ns;

	return report->snapshots > 1 ? ns / (int64_t)(report->snapshots - 1) / 20 * 21 : 0;
}

void report_damaged(struct report *report, unsigned long line)
{
	report->damaged_line = line;
}

int report_finish(struct report *report, bool is_cut)
{
	report->is_cut = is_cut;
	report_close_episodes(report);
	report_finish_routes(report);
	timeline_shrink(&report->timeline, TIMELINE_STEPS, least_step_ns(report));
	report->list.routes = tally_list(&report->routes, report_order_routes);
	report->list.kinds = tally_list(&report->kinds, report_order_kinds);
	report->list.callers = tally_list(&report->callers, report_order_callers);
	report->list.stacks = tally_list(&report->stacks, report_order_stacks);
	report->list.owners = tally_list(&report->owners, report_order_owners);
	report->list.netns = tally_list(&report->netns, report_compare_netns);
	if (!report->list.routes || !report->list.kinds || !report->list.callers ||
	    !report->list.stacks || !report->list.owners || !report->list.netns)
		return -ENOMEM;
	return report->err ? report->err : set_names(report);
}
