// SPDX-License-Identifier: GPL-2.0-only
/* Each row of a report as JSON; docs/report.md has what the members mean. */
#include <string.h>

#include "view.h"
#include "view_report_part.h"

struct json_object *view_report_time(int64_t ns)
{
	const struct timespec wall = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return ns == NOT_KNOWN ? NULL : json_time(&wall);
}

static struct json_object *seconds(int64_t ns)
{
	return ns == NOT_KNOWN ? NULL : json_decimal(ns / 1e9, 6);
}

static struct json_object *word(const char *text)
{
	return json_object_new_string(text);
}

void view_report_netns(struct json_object *object, const struct report *report, uint32_t inum)
{
	const struct netns *netns = snapshot_find_netns(report->names, inum);

	json_add(object, "netns", inum ? json_number(inum) : NULL);
	json_add(object, "netns_name", json_text(netns ? netns->name : NULL));
}

void view_report_route_key(struct json_object *object, const struct report *report,
			   const struct route_key *key)
{
	struct json_object *route = view_json_route_key(key);

	view_report_netns(object, report, key->netns);
	json_object_object_foreach(route, name, value)
		json_add(object, name, json_object_get(value));
	json_object_put(route);
}

void view_report_kind(struct json_object *object, const struct report *report,
		      const struct failure_key *key)
{
	view_report_netns(object, report, key->route.netns);
	json_add(object, "proto", key->route.proto ? word(proto_name(key->route.proto)) : NULL);
	json_add(object, "call", word(call_name(key->call)));
	json_add(object, "cause", word(cause_name(key->cause)));
	json_add(object, "errno", json_errno(key->err));
}

/* ---- Rows ---- */

struct json_object *view_report_episode_object(const struct report *report,
					  const struct report_episode *episode)
{
	struct json_object *object = json_object_new_object();

	view_report_route_key(object, report, &episode->key);
	json_add(object, "from", view_report_time(episode->from_ns));
	json_add(object, "to", view_report_time(episode->to_ns));
	json_add(object, "until", view_report_time(episode->until_ns));
	json_add(object, "duration_s", seconds(report_episode_ns(episode)));
	json_add(object, "failures", json_number(report_episode_failures(episode)));
	return object;
}

struct json_object *view_report_kind_object(const struct report *report, const void *row)
{
	const struct report_kind *kind = row;
	struct json_object *object = json_object_new_object();
	bool counted = report->snapshots && !filter_has_process(report->want.filter);

	view_report_kind(object, report, &kind->key);
	json_add(object, "count", json_number(report_kind_count(kind)));
	json_add(object, "counted", counted ? json_number(kind->counted) : NULL);
	json_add(object, "told", json_number(kind->told));
	json_add(object, "held_back", json_number(kind->held));
	json_add(object, "first", view_report_time(kind->first_ns));
	json_add(object, "last", view_report_time(kind->last_ns));
	return object;
}

static struct json_object *port_holder_object(const struct report_caller *caller)
{
	struct json_object *object;

	if (!caller->has_holder)
		return NULL;
	object = json_object_new_object();
	json_add(object, "pid", caller->holder_pid ? json_number(caller->holder_pid) : NULL);
	json_add(object, "comm", json_text(caller->holder_comm));
	json_add(object, "state", word(caller->holder_state));
	return object;
}

struct json_object *view_report_caller_object(const struct report *report, const void *row)
{
	const struct report_caller *caller = row;
	struct json_object *object = json_object_new_object();

	json_add(object, "pid", caller->key.pid ? json_number(caller->key.pid) : NULL);
	json_add(object, "comm", json_text(caller->key.comm));
	json_add(object, "cgroup", json_text(caller->key.cgroup));
	view_report_kind(object, report, &caller->key.kind);
	json_add(object, "count", json_number(caller->count));
	json_add(object, "first", view_report_time(caller->first_ns));
	json_add(object, "last", view_report_time(caller->last_ns));
	json_add(object, "last_route", view_json_route_key(&caller->route));
	json_add(object, "last_sport", caller->sport ? json_number(caller->sport) : NULL);
	json_add(object, "pattern", caller->binds_before_connect ? word("bind_before_connect") : NULL);
	json_add(object, "holder", port_holder_object(caller));
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

struct json_object *view_report_stack_object(const struct report *report, const void *row)
{
	const struct report_stack *stack = row;
	struct json_object *object = json_object_new_object();
	size_t length = strcspn(stack->folded, ";");

	(void)report;
	json_add(object, "count", json_number(stack->count));
	json_add(object, "comm", json_object_new_string_len(stack->folded, length));
	json_add(object, "call", word(call_name(stack->call)));
	json_add(object, "cause", word(cause_name(stack->cause)));
	json_add(object, "certain", json_object_new_boolean(stack->is_certain));
	json_add(object, "frames", frames_array(stack->folded + length));
	return object;
}

static struct json_object *holders_array(const struct report_route *route)
{
	struct json_object *array = json_object_new_array(), *object;
	int i;

	for (i = 0; i < REPORT_HOLDERS && route->holders[i].pid; i++) {
		const struct report_holder *holder = &route->holders[i];

		object = json_object_new_object();
		json_add(object, "pid", json_number(holder->pid));
		json_add(object, "comm", json_text(holder->comm));
		json_add(object, "cgroup", json_text(holder->cgroup));
		json_add(object, "sockets", json_number(holder->sockets));
		json_add(object, "time_waits", json_number(holder->time_waits));
		json_object_array_add(array, object);
	}
	return array;
}

void view_report_exhausted(struct json_object *object, const struct report_route *route)
{
	bool is_unknown = report_is_unknown(route);

	json_add(object, "exhausted_times", is_unknown ? NULL : json_number(route->episodes));
	json_add(object, "exhausted_s", is_unknown ? NULL : seconds(report_exhausted_ns(route)));
}

/* Counters of a route, of the time of the report. */
static void add_counters(struct json_object *object, const struct report_route *route)
{
	json_add(object, "allocations", json_number(report_counted(route, route->allocations)));
	json_add(object, "bound_connects", json_number(report_counted(route, route->bound_connects)));
	json_add(object, "time_waits", json_number(report_counted(route, route->time_waits)));
	json_add(object, "failures", json_number(report_counted(route, route->failures)));
}

struct json_object *view_report_route_object(const struct report *report, const void *row)
{
	const struct report_route *route = row;
	struct json_object *object = json_object_new_object();
	bool is_unknown = report_is_unknown(route);

	view_report_route_key(object, report, &route->key);
	json_add(object, "overflow", json_object_new_boolean(route->key.overflow));
	view_report_exhausted(object, route);
	json_add(object, "longest_exhausted_s", is_unknown ? NULL :
		 seconds(route->episodes ? route->longest_ns : 0));
	json_add(object, "first_exhausted", view_report_time(route->first_exhausted_ns));
	json_add(object, "last_exhausted", view_report_time(route->last_exhausted_ns));
	json_add(object, "least_headroom", json_number(route->least_headroom));
	json_add(object, "least_headroom_time", view_report_time(route->least_headroom_ns));
	json_add(object, "capacity", json_number(route->capacity));
	json_add(object, "peak_used", json_number(route->most_used));
	json_add(object, "peak_used_time", view_report_time(route->most_used_ns));
	json_add(object, "peak_time_wait", json_number(route->most_time_wait));
	json_add(object, "peak_time_wait_time", view_report_time(route->most_time_wait_ns));
	add_counters(object, route);
	json_add(object, "peak_allocations_per_s", json_decimal(route->most_allocations_per_s, 1));
	json_add(object, "peak_allocations_per_s_time", view_report_time(route->most_allocations_ns));
	json_add(object, "searches", json_number(route->searches));
	json_add(object, "search_ns", json_number(route->search_ns));
	json_add(object, "holders", holders_array(route));
	json_add(object, "why", json_text(route->why));
	return object;
}

struct json_object *view_report_owner_object(const struct report *report, const void *row)
{
	const struct report_owner *owner = row;
	struct json_object *object = json_object_new_object();
	bool looked = report->looks_at_owners;

	json_add(object, "comm", json_text(owner->comm));
	json_add(object, "cgroup", json_text(owner->cgroup));
	json_add(object, "pid", owner->pid && owner->processes <= 1 ? json_number(owner->pid) : NULL);
	json_add(object, "processes", owner->processes ? json_number(owner->processes) : NULL);
	json_add(object, "peak", looked ? json_number(owner->most) : NULL);
	json_add(object, "peak_time", view_report_time(owner->most_ns));
	json_add(object, "mean",
	    looked ? json_decimal((double)owner->sum / report->looks_at_owners, 1) : NULL);
	json_add(object, "entered",
	    report->time_waits_told ? json_number(owner->entered) : NULL);
	return object;
}

struct json_object *view_report_netns_object(const struct report *report, const void *row)
{
	const struct report_netns *netns = row;
	struct json_object *object = json_object_new_object();

	view_report_netns(object, report, netns->inum);
	json_add(object, "range",
	    netns->range_low < 0 ? NULL : json_range(netns->range_low, netns->range_high));
	json_add(object, "reserved", json_number(netns->reserved));
	json_add(object, "tw_reuse", json_number(netns->tw_reuse));
	json_add(object, "peak_blocked", json_number(netns->most_blocked));
	json_add(object, "peak_blocked_by_bind_before_connect",
	    json_number(netns->most_blocked_by_bind));
	json_add(object, "peak_time_wait", json_number(netns->most_time_wait));
	json_add(object, "peak_time_wait_time", view_report_time(netns->most_time_wait_ns));
	json_add(object, "time_wait_max", json_number(netns->time_wait_max));
	return object;
}
