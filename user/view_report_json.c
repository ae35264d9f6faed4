// SPDX-License-Identifier: GPL-2.0-only
/* docs/report.md has what the members mean. */
#include <string.h>

#include "view.h"
#include "view_report_part.h"

static void add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

struct json_object *view_report_time(int64_t ns)
{
	const struct timespec wall = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return ns == NOT_KNOWN ? NULL : json_time(&wall);
}

static struct json_object *seconds(int64_t ns)
{
	return json_decimal(ns / 1e9, 6);
}

static struct json_object *word(const char *text)
{
	return json_object_new_string(text);
}

void view_report_netns(struct json_object *object, const struct report *report, uint32_t inum)
{
	const struct netns *netns = snapshot_find_netns(report->names, inum);

	add(object, "netns", inum ? json_number(inum) : NULL);
	add(object, "netns_name", json_text(netns ? netns->name : NULL));
}

void view_report_route_key(struct json_object *object, const struct report *report,
			   const struct route_key *key)
{
	struct json_object *route = view_json_route_key(key);

	view_report_netns(object, report, key->netns);
	json_object_object_foreach(route, name, value)
		add(object, name, json_object_get(value));
	json_object_put(route);
}

void view_report_kind(struct json_object *object, const struct report *report,
		      const struct failure_key *key)
{
	view_report_netns(object, report, key->route.netns);
	add(object, "proto", key->route.proto ? word(proto_name(key->route.proto)) : NULL);
	add(object, "call", word(call_name(key->call)));
	add(object, "cause", word(cause_name(key->cause)));
	add(object, "errno", json_errno(key->err));
}

/* ---- Rows ---- */

static struct json_object *episode_object(const struct report *report,
					  const struct report_episode *episode)
{
	struct json_object *object = json_object_new_object();

	view_report_route_key(object, report, &episode->key);
	add(object, "from", view_report_time(episode->from_ns));
	add(object, "to", view_report_time(episode->to_ns));
	add(object, "until", view_report_time(episode->until_ns));
	add(object, "duration_s", seconds(episode->to_ns - episode->from_ns));
	add(object, "failures", json_number(report_episode_failures(episode)));
	return object;
}

static struct json_object *kind_object(const struct report *report, const void *row)
{
	const struct report_kind *kind = row;
	struct json_object *object = json_object_new_object();
	bool counted = report->snapshots && !filter_has_process(report->want.filter);

	view_report_kind(object, report, &kind->key);
	add(object, "count", json_number(report_kind_count(kind)));
	add(object, "counted", counted ? json_number(kind->counted) : NULL);
	add(object, "told", json_number(kind->told));
	add(object, "held_back", json_number(kind->held));
	add(object, "first", view_report_time(kind->first_ns));
	add(object, "last", view_report_time(kind->last_ns));
	return object;
}

static struct json_object *port_holder_object(const struct report_caller *caller)
{
	struct json_object *object;

	if (!caller->has_holder)
		return NULL;
	object = json_object_new_object();
	add(object, "pid", caller->holder_pid ? json_number(caller->holder_pid) : NULL);
	add(object, "comm", json_text(caller->holder_comm));
	add(object, "state", word(caller->holder_state));
	return object;
}

static struct json_object *caller_object(const struct report *report, const void *row)
{
	const struct report_caller *caller = row;
	struct json_object *object = json_object_new_object();

	add(object, "pid", caller->key.pid ? json_number(caller->key.pid) : NULL);
	add(object, "comm", json_text(caller->key.comm));
	add(object, "cgroup", json_text(caller->key.cgroup));
	view_report_kind(object, report, &caller->key.kind);
	add(object, "count", json_number(caller->count));
	add(object, "first", view_report_time(caller->first_ns));
	add(object, "last", view_report_time(caller->last_ns));
	add(object, "last_route", view_json_route_key(&caller->route));
	add(object, "last_sport", caller->sport ? json_number(caller->sport) : NULL);
	add(object, "pattern", caller->binds_before_connect ? word("bind_before_connect") : NULL);
	add(object, "holder", port_holder_object(caller));
	return object;
}

/* The outermost first, as they are folded. */
static struct json_object *frames_array(const char *frames)
{
	struct json_object *array = json_object_new_array();
	size_t length;

	for (; *frames; frames += length) {
		frames++; /* the semicolon */
		length = strcspn(frames, ";");
		json_object_array_add(array, json_object_new_string_len(frames, length));
	}
	return array;
}

static struct json_object *stack_object(const struct report *report, const void *row)
{
	const struct report_stack *stack = row;
	struct json_object *object = json_object_new_object();
	size_t length = strcspn(stack->folded, ";");

	(void)report;
	add(object, "count", json_number(stack->count));
	add(object, "comm", json_object_new_string_len(stack->folded, length));
	add(object, "call", word(call_name(stack->kind.call)));
	add(object, "cause", word(cause_name(stack->kind.cause)));
	add(object, "certain", json_object_new_boolean(stack->is_certain));
	add(object, "frames", frames_array(stack->folded + length));
	return object;
}

static struct json_object *holders_array(const struct report_route *route)
{
	struct json_object *array = json_object_new_array(), *object;
	int i;

	for (i = 0; i < REPORT_HOLDERS && route->holders[i].pid; i++) {
		const struct report_holder *holder = &route->holders[i];

		object = json_object_new_object();
		add(object, "pid", json_number(holder->pid));
		add(object, "comm", json_text(holder->comm));
		add(object, "cgroup", json_text(holder->cgroup));
		add(object, "sockets", json_number(holder->sockets));
		add(object, "time_waits", json_number(holder->time_waits));
		json_object_array_add(array, object);
	}
	return array;
}

/* Counters of a route, of the time of the report. */
static void add_counters(struct json_object *object, const struct report_route *route)
{
	add(object, "allocations", json_number(route->allocations));
	add(object, "bound_connects", json_number(route->bound_connects));
	add(object, "time_waits", json_number(route->time_waits));
	add(object, "failures", json_number(route->failures));
}

static struct json_object *route_object(const struct report *report, const void *row)
{
	const struct report_route *route = row;
	struct json_object *object = json_object_new_object();

	view_report_route_key(object, report, &route->key);
	add(object, "overflow", json_object_new_boolean(route->key.overflow));
	add(object, "exhausted_times", json_number(route->episodes));
	add(object, "exhausted_s", seconds(route->exhausted_ns));
	add(object, "longest_exhausted_s", seconds(route->longest_ns));
	add(object, "first_exhausted", view_report_time(route->first_exhausted_ns));
	add(object, "last_exhausted", view_report_time(route->last_exhausted_ns));
	add(object, "least_headroom", json_number(route->least_headroom));
	add(object, "least_headroom_time", view_report_time(route->least_headroom_ns));
	add(object, "capacity", json_number(route->capacity));
	add(object, "peak_used", json_number(route->most_used));
	add(object, "peak_used_time", view_report_time(route->most_used_ns));
	add(object, "peak_time_wait", json_number(route->most_time_wait));
	add(object, "peak_time_wait_time", view_report_time(route->most_time_wait_ns));
	add_counters(object, route);
	add(object, "peak_allocations_per_s", json_decimal(route->most_allocations_per_s, 1));
	add(object, "peak_allocations_per_s_time", view_report_time(route->most_allocations_ns));
	add(object, "searches", json_number(route->searches));
	add(object, "search_ns", json_number(route->search_ns));
	add(object, "holders", holders_array(route));
	add(object, "why", json_text(route->why));
	return object;
}

static struct json_object *owner_object(const struct report *report, const void *row)
{
	const struct report_owner *owner = row;
	struct json_object *object = json_object_new_object();
	bool looked = report->looks_at_owners;

	add(object, "comm", json_text(owner->comm));
	add(object, "cgroup", json_text(owner->cgroup));
	add(object, "pid", owner->pid && owner->processes <= 1 ? json_number(owner->pid) : NULL);
	add(object, "processes", owner->processes ? json_number(owner->processes) : NULL);
	add(object, "peak", looked ? json_number(owner->most) : NULL);
	add(object, "peak_time", view_report_time(owner->most_ns));
	add(object, "mean",
	    looked ? json_decimal((double)owner->sum / report->looks_at_owners, 1) : NULL);
	add(object, "entered",
	    report->time_waits_told ? json_number(owner->entered) : NULL);
	return object;
}

static struct json_object *netns_object(const struct report *report, const void *row)
{
	const struct report_netns *netns = row;
	struct json_object *object = json_object_new_object();

	view_report_netns(object, report, netns->inum);
	add(object, "range",
	    netns->range_low < 0 ? NULL : json_range(netns->range_low, netns->range_high));
	add(object, "reserved", json_number(netns->reserved));
	add(object, "tw_reuse", json_number(netns->tw_reuse));
	add(object, "peak_blocked", json_number(netns->most_blocked));
	add(object, "peak_blocked_by_bind_before_connect",
	    json_number(netns->most_blocked_by_bind));
	add(object, "peak_time_wait", json_number(netns->most_time_wait));
	add(object, "peak_time_wait_time", view_report_time(netns->most_time_wait_ns));
	add(object, "time_wait_max", json_number(netns->time_wait_max));
	return object;
}

/* ---- Parts that are no rows ---- */

static struct json_object *buckets(const uint64_t *counts)
{
	struct json_object *array = json_object_new_array_ext(SEARCH_BUCKETS);
	int i;

	for (i = 0; i < SEARCH_BUCKETS; i++)
		json_object_array_add(array, json_object_new_int64(counts[i]));
	return array;
}

/* Each bucket is below that; the last one has no end. */
static struct json_object *limits_array(void)
{
	struct json_object *array = json_object_new_array_ext(SEARCH_BUCKETS);
	int i;

	for (i = 0; i + 1 < SEARCH_BUCKETS; i++)
		json_object_array_add(array,
				      json_object_new_int64(INT64_C(1) << (SEARCH_BUCKET0_LOG2 + i)));
	json_object_array_add(array, NULL);
	return array;
}

static struct json_object *searches_object(const struct report *report)
{
	struct json_object *object = json_object_new_object();
	bool known = report->searches_known;

	add(object, "below_ns", limits_array());
	add(object, "all", known ? buckets(report->search_buckets) : NULL);
	add(object, "count", known ? json_number(report->searches) : NULL);
	add(object, "sum_ns", known ? json_number(report->search_ns) : NULL);
	add(object, "failed", report->failed_searches ? buckets(report->failed_buckets) : NULL);
	add(object, "failed_not_measured", json_number(report->failed_unmeasured));
	return object;
}

/* null: there is no snapshot of that time. */
static struct json_object *step_value(const struct timeline_step *step, const char *name)
{
	if (!strcmp(name, "told"))
		return json_number(step->told);
	if (!strcmp(name, "allocations"))
		return step->is_known ? json_number(step->allocations) : NULL;
	if (!strcmp(name, "failures"))
		return step->is_known ? json_number(step->failures) : NULL;
	if (!strcmp(name, "peak_use"))
		return step->knows_use ? json_decimal(step->most_use, 4) : NULL;
	return json_number(!strcmp(name, "least_headroom") ? step->least_headroom :
							      step->most_time_wait);
}

static struct json_object *timeline_object(const struct timeline *timeline)
{
	static const char *const names[] = { "allocations",    "failures",	 "told",
					     "peak_use", "least_headroom", "peak_time_wait" };
	struct json_object *object = json_object_new_object(), *array;
	size_t i;
	int j;

	add(object, "start", view_report_time(timeline->start_ns));
	add(object, "step_s", json_decimal(timeline->step_ns / 1e9, 3));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		array = json_object_new_array_ext(timeline->nr);
		for (j = 0; j < timeline->nr; j++)
			json_object_array_add(array, step_value(&timeline->steps[j], names[i]));
		add(object, names[i], array);
	}
	return object;
}

static struct json_object *lost_by_counters(const struct report *report)
{
	const struct losses *lost = &report->lost.snapshot;
	struct json_object *object = json_object_new_object();

	if (!report->lost.has_snapshot) {
		json_object_put(object);
		return NULL;
	}
	add(object, "routes", json_number(lost->routes));
	add(object, "owners", json_number(lost->owners));
	add(object, "failures", json_number(lost->failures));
	add(object, "events", json_number(lost->events));
	add(object, "calls", json_number(lost->calls));
	add(object, "returns", json_number(lost->returns));
	add(object, "walks", json_number(lost->walks));
	add(object, "census", json_number(lost->census));
	add(object, "ended", json_number(lost->ended));
	add(object, "missed", json_number(lost->missed));
	add(object, "missed_at_most", json_number(lost->missed_at_most));
	return object;
}

static struct json_object *left_out(const struct report_losses *lost)
{
	struct json_object *object = json_object_new_object();

	add(object, "routes", json_number(lost->routes));
	add(object, "failures_of_kinds", json_number(lost->kinds));
	add(object, "failures_of_callers", json_number(lost->callers));
	add(object, "failures_of_stacks", json_number(lost->stacks));
	add(object, "time_wait_owners", json_number(lost->owners));
	add(object, "episodes", json_number(lost->episodes));
	add(object, "cgroups", json_number(lost->texts));
	return object;
}

static struct json_object *lost_object(const struct report *report)
{
	const struct report_losses *lost = &report->lost;
	struct json_object *object = json_object_new_object();

	add(object, "counters", lost_by_counters(report));
	add(object, "held_back", json_number(lost->held));
	add(object, "events", json_number(lost->has_summary ? event_summary_lost(&lost->summary) :
							      lost->events));
	add(object, "missed", lost->has_summary ? json_number(lost->summary.missed) : NULL);
	add(object, "left_out", left_out(lost));
	return object;
}

/* ---- The whole ---- */

static void member(FILE *out, const char *name, struct json_object *value)
{
	fprintf(out, ",\"%s\":", name);
	json_put(out, value);
}

/* One row is in memory at a time, however many there are. */
static void put_rows(FILE *out, const char *name, const struct report *report,
		     struct json_object *(*object)(const struct report *, const void *),
		     void *const *rows, size_t nr)
{
	size_t i;

	fprintf(out, ",\"%s\":[", name);
	for (i = 0; i < nr; i++) {
		fputs(i ? "," : "", out);
		json_put(out, object(report, rows[i]));
	}
	fputc(']', out);
}

void view_report_head(FILE *out, const struct report *report)
{
	member(out, "host", json_text(report->host));
	member(out, "kernel", json_text(report->kernel));
	member(out, "probe", json_text(report->probe));
	member(out, "porttrace", json_text(report->porttrace));
	member(out, "command", json_text(report->command));
	member(out, "recorded_only", json_text(report->recorded_only));
	member(out, "interval_s", json_decimal(report->interval_s, 3));
	member(out, "start", view_report_time(report->start_ns));
	member(out, "end", view_report_time(report->end_ns));
	member(out, "duration_s", json_decimal(report_seconds(report), 6));
	member(out, "counted_from", view_report_time(report->counted_from_ns));
	member(out, "counted_to", view_report_time(report->counted_to_ns));
	member(out, "longest_interval_s",
	       report->longest_gap_s > 0 ? json_decimal(report->longest_gap_s, 3) : NULL);
	member(out, "snapshots", json_number(report->snapshots));
	member(out, "events", json_number(report->events));
	member(out, "cut", json_object_new_boolean(report->is_cut));
}

static void put_sums(FILE *out, const struct report *report)
{
	bool counted = report->snapshots;

	member(out, "failures", json_number(report_failures(report)));
	member(out, "allocations", counted ? json_number(report->allocations) : NULL);
	member(out, "bound_connects", counted ? json_number(report->bound_connects) : NULL);
	member(out, "time_waits", counted ? json_number(report->time_waits) : NULL);
	member(out, "exhausted", json_object_new_boolean(report->routes.nr &&
							 report_is_exhausted(report->list.routes[0])));
}

static void put_episodes(FILE *out, const struct report *report)
{
	size_t i;

	fputs(",\"episodes\":[", out);
	for (i = 0; i < report->nr_episodes; i++) {
		fputs(i ? "," : "", out);
		json_put(out, episode_object(report, &report->episodes[i]));
	}
	fputc(']', out);
}

void view_report_json(FILE *out, const struct report *report)
{
	fputs("{\"version\":1", out);
	view_report_head(out, report);
	put_sums(out, report);
	put_episodes(out, report);
	put_rows(out, "failures_by_cause", report, kind_object, report->list.kinds,
		 report->kinds.nr);
	put_rows(out, "callers", report, caller_object, report->list.callers, report->callers.nr);
	put_rows(out, "stacks", report, stack_object, report->list.stacks, report->stacks.nr);
	put_rows(out, "routes", report, route_object, report->list.routes, report->routes.nr);
	member(out, "searches", searches_object(report));
	put_rows(out, "time_wait_owners", report, owner_object, report->list.owners,
		 report->owners.nr);
	put_rows(out, "netns", report, netns_object, report->list.netns, report->netns.nr);
	member(out, "timeline", timeline_object(&report->timeline));
	member(out, "lost", lost_object(report));
	fputs("}\n", out);
}

void view_report_folded(FILE *out, const struct report *report)
{
	size_t i;

	for (i = 0; i < report->stacks.nr; i++) {
		const struct report_stack *stack = report->list.stacks[i];

		fprintf(out, "%s %llu\n", stack->folded, (unsigned long long)stack->count);
	}
}
