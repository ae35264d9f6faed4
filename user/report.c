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
}

struct report *report_new(const struct report_want *want)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->want = *want;
	report->start_ns = report->end_ns = NOT_KNOWN;
	report->counted_from_ns = report->counted_to_ns = NOT_KNOWN;
	report->since_ns = report->until_ns = NOT_KNOWN;
	report->interval_s = NAN;
	set_tallies(report);
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
	free(report->list.routes);
	free(report->list.kinds);
	free(report->list.callers);
	free(report->list.stacks);
	free(report->list.owners);
	free(report->list.netns);
	free(report->episodes);
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

double report_seconds(const struct report *report)
{
	return report->start_ns == NOT_KNOWN ? NAN : (report->end_ns - report->start_ns) / 1e9;
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

/* ---- The window ---- */

/* The first item tells when the recording starts, and so what is meant by the window. */
static void begin(struct report *report, int64_t ns)
{
	if (report->timeline.step_ns)
		return;
	report->since_ns = report_when_resolve(&report->want.window.since, ns);
	report->until_ns = report_when_resolve(&report->want.window.until, ns);
	timeline_init(&report->timeline, report->since_ns > ns ? report->since_ns : ns);
}

static bool is_before(const struct report *report, int64_t ns)
{
	return report->since_ns != NOT_KNOWN && ns < report->since_ns;
}

static bool is_after(const struct report *report, int64_t ns)
{
	return report->until_ns != NOT_KNOWN && ns > report->until_ns;
}

/* What the report is about reaches from the first moment that it has to the last. */
static void extend(struct report *report, int64_t ns)
{
	if (report->start_ns == NOT_KNOWN || ns < report->start_ns)
		report->start_ns = ns;
	if (ns > report->end_ns)
		report->end_ns = ns;
}

/* False: not in the window. */
static bool takes(struct report *report, const struct timespec *wall, int64_t *ret_ns)
{
	*ret_ns = wall_ns(wall);
	begin(report, *ret_ns);
	if (is_before(report, *ret_ns) || is_after(report, *ret_ns))
		return false;
	extend(report, *ret_ns);
	return true;
}

/* ---- The header ---- */

static void set_command(struct report *report, const struct recording_header *header)
{
	size_t i, length = 0;

	for (i = 0; i < header->nr_words && length < sizeof(report->command); i++)
		length += snprintf(report->command + length, sizeof(report->command) - length,
				   "%s%s", i ? " " : "", header->command[i]);
}

/* As it was asked for there: the rest is not in the recording. */
static void set_recorded_only(struct report *report, const struct recording_filter *filter)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{ "netns", filter->netns }, { "src", filter->src },	  { "dst", filter->dst },
		{ "dport", filter->dport }, { "pid", filter->pid },	  { "comm", filter->comm },
		{ "cgroup", filter->cgroup }, { "family", filter->family }, { "proto", filter->proto },
	};
	size_t i, length = 0, size = sizeof(report->recorded_only);

	for (i = 0; i < sizeof(all) / sizeof(all[0]) && length < size; i++)
		if (all[i].value)
			length += snprintf(report->recorded_only + length, size - length,
					   "%s%s %s", length ? ", " : "", all[i].name,
					   all[i].value);
}

static void set_host(struct report *report, const char *host, const char *kernel, const char *probe)
{
	snprintf(report->host, sizeof(report->host), "%s", host);
	snprintf(report->kernel, sizeof(report->kernel), "%s", kernel);
	snprintf(report->probe, sizeof(report->probe), "%s", probe);
}

int report_add_header(struct report *report, const struct recording_header *header)
{
	int64_t ns = wall_ns(&header->wall);

	report->has_header = true;
	report->interval_s = header->interval_s;
	set_host(report, header->host, header->kernel, header->probe);
	snprintf(report->porttrace, sizeof(report->porttrace), "%s", header->porttrace);
	set_command(report, header);
	set_recorded_only(report, &header->filter);
	begin(report, ns);
	if (!is_before(report, ns) && !is_after(report, ns))
		extend(report, ns);
	return report->err;
}

/* ---- Snapshots ---- */

bool report_wants_netns(const struct report *report, uint32_t inum, const char *name)
{
	const char *wanted = report->want.netns;
	char number[16];

	snprintf(number, sizeof(number), "%u", inum);
	/* Of which namespace the rest is (0) nobody knows. */
	return !wanted || !inum || !strcmp(wanted, number) || (name && !strcmp(wanted, name));
}

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
			time_wait = netns->time_wait + (time_wait == NOT_KNOWN ? 0 : time_wait);
	}
	moment->is_known = true;
	if (time_wait > moment->most_time_wait)
		moment->most_time_wait = time_wait;
}

/* Against which the next one counts. */
static int keep_before(struct report *report, const struct snapshot *snapshot)
{
	struct snapshot *copy = snapshot_copy(snapshot);

	if (!copy)
		return report_note(report, -ENOMEM);
	snapshot_free(report->before);
	report->before = copy;
	return 0;
}

/* There is one, and this one goes on where it ends. */
static bool goes_on(const struct report *report, const struct snapshot *snapshot)
{
	return report->before->wall.tv_sec && snapshot->uptime_s >= report->before->uptime_s;
}

static void set_facts(struct report *report, const struct report_step *step)
{
	const struct snapshot *now = step->now;
	bool goes_on = step->before->wall.tv_sec;
	double gap_s = (step->ns - step->before_ns) / 1e9;

	set_host(report, now->host, now->kernel, now->probe);
	report->lost.snapshot = now->lost;
	report->lost.has_snapshot = true;
	if (goes_on && gap_s > report->longest_gap_s)
		report->longest_gap_s = gap_s;
	if (report->counted_from_ns == NOT_KNOWN)
		report->counted_from_ns = step->is_baseline ? step->ns :
					  goes_on	    ? step->before_ns :
							      step->ns - (int64_t)(now->uptime_s * 1e9);
	report->counted_to_ns = report->last_snapshot_ns = step->ns;
	if (report->snapshots == 1)
		report->first_snapshot_ns = step->ns;
}

int report_add_snapshot(struct report *report, const struct snapshot *snapshot)
{
	static const struct snapshot none;
	struct report_step step = { .now = snapshot, .before = &none,
				    .ns = wall_ns(&snapshot->wall) };

	begin(report, step.ns);
	if (is_after(report, step.ns))
		return report->err;
	if (goes_on(report, snapshot)) {
		step.before = report->before;
		step.before_ns = wall_ns(&report->before->wall);
	}
	/* Of the first one since porttrace attached, all is of this recording. */
	step.is_baseline = !step.before->wall.tv_sec && !isnan(snapshot->period_s);
	if (!is_before(report, step.ns)) {
		extend(report, step.ns);
		report->snapshots++;
		report->round++;
		set_facts(report, &step);
		add_all_netns(report, &step);
		add_failures(report, &step);
		add_routes(report, &step);
		report_end_routes(report);
		report_add_owners(report, &step);
	}
	keep_before(report, snapshot);
	return report->err;
}

/* ---- Events ---- */

static bool wants_event(const struct report *report, const struct event *event)
{
	const struct porttrace_event *what = event->what;
	const struct filter *filter = report->want.filter;

	return report_wants_netns(report, what->netns_inum, event->netns) &&
	       filter_keeps(filter, &what->route) &&
	       (!filter_has_process(filter) ||
		filter_keeps_process(filter, what->caller.process.pid, event->comm,
				     event->cgroup));
}

int report_add_event(struct report *report, const struct event *event)
{
	int64_t ns;

	if (!takes(report, &event->wall, &ns) || !wants_event(report, event))
		return report->err;
	report->events++;
	if (event->what->kind == EVENT_FAILURE)
		report_add_told(report, event);
	else if (event->what->kind == EVENT_TIME_WAIT)
		report_add_time_wait(report, event);
	return report->err;
}

/* Whose they were is not known: of one process, none are taken for its own. */
int report_add_held(struct report *report, const struct held_back *held)
{
	int64_t ns;

	if (!takes(report, &held->wall, &ns))
		return report->err;
	if (held->key && !(report_wants_netns(report, held->netns, NULL) &&
			   filter_keeps(report->want.filter, &held->key->kind.route)))
		return report->err;
	report_add_held_failures(report, held);
	return report->err;
}

int report_add_lost(struct report *report, const struct timespec *wall, uint64_t count)
{
	int64_t ns;

	if (takes(report, wall, &ns))
		report->lost.events += count;
	return report->err;
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

	return report->snapshots > 1 ? ns / (int64_t)(report->snapshots - 1) * 21 / 20 : 0;
}

int report_finish(struct report *report, bool is_cut)
{
	report->is_cut = is_cut;
	report_close_episodes(report);
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
