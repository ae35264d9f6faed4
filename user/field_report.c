// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "field_get.h"
#include "report.h"
#include "report_fields.h"

const char *report_time(const struct snapshot *names, int64_t ns, char text[REPORT_TIME_SIZE])
{
	time_t seconds = ns / 1000000000;
	char clock[REPORT_TIME_SIZE - 4];
	struct tm tm;

	if (ns == NOT_KNOWN || !localtime_r(&seconds, &tm) ||
	    !strftime(clock, sizeof(clock),
		      names->uptime_s > 86400 ? "%m-%d %H:%M:%S" : "%H:%M:%S", &tm))
		snprintf(text, REPORT_TIME_SIZE, "-");
	else
		snprintf(text, REPORT_TIME_SIZE, "%s.%d", clock, (int)(ns / 100000000 % 10));
	return text;
}

static void set_time(struct value *value, const struct snapshot *names, int64_t ns)
{
	value_set_text(value, report_time(names, ns, value->buffer));
	if (ns == NOT_KNOWN)
		value->kind = VALUE_UNKNOWN;
}

#define TIME_GETTER(type, name)						   \
	GETTER(type, name)						   \
	{								   \
		set_time(value, snapshot, type->name);			   \
	}

static void set_optional(struct value *value, const char *text)
{
	value_set_text(value, text);
	if (!text)
		value->kind = VALUE_UNKNOWN;
}

/* Of a bind() or listen(): the address and port that were asked for. */
static void set_source(struct value *value, const struct route_key *key, uint16_t port)
{
	if (key->overflow)
		value_set_text(value, "(more routes)");
	else if (port)
		value_set_endpoint(value, key->src, port);
	else
		value_set_address(value, key->src);
}

void report_set_errno(struct value *value, uint16_t err)
{
	const char *name = strerrorname_np(err);

	snprintf(value->buffer, sizeof(value->buffer), "%u", err);
	value_set_text(value, name ? name : value->buffer);
	if (!err)
		value->kind = VALUE_UNKNOWN;
}

#define LEFT FIELD_LEFT

/* ---- Routes ---- */

GETTER(report_route, namespace)
{
	value_set_netns(value, snapshot, report_route->key.netns);
}

GETTER(report_route, proto)
{
	value_set_text(value, proto_name(report_route->key.proto));
}

GETTER(report_route, source)
{
	set_source(value, &report_route->key, 0);
}

GETTER(report_route, destination)
{
	value->kind = VALUE_UNKNOWN;
	if (route_has_destination(&report_route->key))
		value_set_destination(value, snapshot, &report_route->key);
}

#define COUNTED_GETTER(name)								  \
	GETTER(report_route, name)							  \
	{										  \
		value_set_count(value, report_counted(report_route, report_route->name)); \
	}

MEMBER_GETTER(report_route, count, least_headroom)
MEMBER_GETTER(report_route, count, capacity)
TIME_GETTER(report_route, least_headroom_ns)
MEMBER_GETTER(report_route, count, most_used)
TIME_GETTER(report_route, most_used_ns)
MEMBER_GETTER(report_route, count, most_time_wait)
MEMBER_GETTER(report_route, rate, most_allocations_per_s)
COUNTED_GETTER(allocations)
COUNTED_GETTER(failures)
COUNTED_GETTER(time_waits)

const struct field report_route_fields[] = {
	{ "proto", "PROTO", 1, LEFT, get_report_route_proto, NULL },
	{ "netns", "NETNS", 7, LEFT, get_report_route_namespace, NULL },
	{ "source", "SOURCE", 4, LEFT | FIELD_CUT, get_report_route_source, NULL },
	{ "destination", "DESTINATION", 1, LEFT | FIELD_CUT, get_report_route_destination, NULL },
	{ "least_headroom", "LEAST LEFT", 1, 0, get_report_route_least_headroom, NULL },
	{ "capacity", "OF", 2, 0, get_report_route_capacity, NULL },
	{ "least_headroom_time", "AT", 3, 0, get_report_route_least_headroom_ns, NULL },
	{ "peak_used", "PEAK USED", 2, 0, get_report_route_most_used, NULL },
	{ "peak_used_time", "AT", 5, 0, get_report_route_most_used_ns, NULL },
	{ "peak_time_wait", "PEAK TW", 6, 0, get_report_route_most_time_wait, NULL },
	{ "allocations", "ALLOC", 3, 0, get_report_route_allocations, NULL },
	{ "failures", "FAIL", 2, 0, get_report_route_failures, NULL },
	{ "time_waits", "TW IN", 8, 0, get_report_route_time_waits, NULL },
	{ "peak_allocations_per_s", "PEAK ALLOC/S", 6, 0, get_report_route_most_allocations_per_s,
	  NULL },
	{},
};

/* ---- Failures ---- */

GETTER(report_kind, sum)
{
	value_set_count(value, report_kind_count(report_kind));
}

GETTER(report_kind, namespace)
{
	value_set_netns(value, snapshot, report_kind->key.route.netns);
}

GETTER(report_kind, proto)
{
	value_set_text(value, proto_name(report_kind->key.route.proto));
	if (!report_kind->key.route.proto)
		value->kind = VALUE_UNKNOWN;
}

GETTER(report_kind, call)
{
	value_set_text(value, call_name(report_kind->key.call));
}

GETTER(report_kind, cause)
{
	value_set_text(value, cause_name(report_kind->key.cause));
}

GETTER(report_kind, errno)
{
	report_set_errno(value, report_kind->key.err);
}

MEMBER_GETTER(report_kind, count, told)
TIME_GETTER(report_kind, first_ns)
TIME_GETTER(report_kind, last_ns)

const struct field report_kind_fields[] = {
	{ "count", "COUNT", 1, 0, get_report_kind_sum, NULL },
	{ "call", "CALL", 1, LEFT, get_report_kind_call, NULL },
	{ "cause", "CAUSE", 1, LEFT, get_report_kind_cause, NULL },
	{ "errno", "ERRNO", 2, LEFT, get_report_kind_errno, NULL },
	{ "proto", "PROTO", 4, LEFT, get_report_kind_proto, NULL },
	{ "first", "FIRST", 3, 0, get_report_kind_first_ns, NULL },
	{ "last", "LAST", 3, 0, get_report_kind_last_ns, NULL },
	{ "told", "ONE BY ONE", 5, 0, get_report_kind_told, NULL },
	{ "netns", "NETNS", 4, LEFT, get_report_kind_namespace, NULL },
	{},
};

/* ---- Callers ---- */

MEMBER_GETTER(report_caller, count, count)
TIME_GETTER(report_caller, first_ns)
TIME_GETTER(report_caller, last_ns)

GETTER(report_caller, process)
{
	value_set_process(value, report_caller->key.comm, report_caller->key.pid);
}

GETTER(report_caller, call)
{
	value_set_text(value, call_name(report_caller->key.kind.call));
}

GETTER(report_caller, cause)
{
	value_set_text(value, cause_name(report_caller->key.kind.cause));
}

/* What it was about: where to, or which address and port. */
GETTER(report_caller, destination)
{
	if (route_has_destination(&report_caller->route))
		value_set_destination(value, snapshot, &report_caller->route);
	else
		set_source(value, &report_caller->route, report_caller->sport);
}

GETTER(report_caller, holder)
{
	snprintf(value->buffer, sizeof(value->buffer), "%s[%u] %s", report_caller->holder_comm,
		 report_caller->holder_pid, report_caller->holder_state);
	value_set_text(value, value->buffer);
	if (report_caller->has_holder && !report_caller->holder_pid)
		value_set_text(value, report_caller->holder_state);
	if (!report_caller->has_holder)
		value->kind = VALUE_UNKNOWN;
}

GETTER(report_caller, namespace)
{
	value_set_netns(value, snapshot, report_caller->key.kind.route.netns);
}

GETTER(report_caller, cgroup)
{
	set_optional(value, report_caller->key.cgroup);
}

const struct field report_caller_fields[] = {
	{ "count", "COUNT", 1, 0, get_report_caller_count, NULL },
	{ "process", "PROCESS", 1, LEFT, get_report_caller_process, NULL },
	{ "call", "CALL", 3, LEFT, get_report_caller_call, NULL },
	{ "cause", "CAUSE", 2, LEFT, get_report_caller_cause, NULL },
	{ "destination", "LAST OF", 3, LEFT | FIELD_CUT, get_report_caller_destination, NULL },
	{ "holder", "HELD BY", 5, LEFT, get_report_caller_holder, NULL },
	{ "first", "FIRST", 7, 0, get_report_caller_first_ns, NULL },
	{ "last", "LAST", 6, 0, get_report_caller_last_ns, NULL },
	{ "netns", "NETNS", 8, LEFT, get_report_caller_namespace, NULL },
	{ "cgroup", "CGROUP", 9, LEFT | FIELD_LONG, get_report_caller_cgroup, NULL },
	{},
};

/* ---- Owners of TIME_WAITs ---- */

MEMBER_GETTER(report_owner, count, most)
TIME_GETTER(report_owner, most_ns)
MEMBER_GETTER(report_owner, count, processes)

/* Where none was told of at all, they were not recorded one by one. */
GETTER(report_owner, entered)
{
	value_set_count(value, report_owner->entered ? (int64_t)report_owner->entered : NOT_KNOWN);
}

GETTER(report_owner, name)
{
	value_set_text(value, report_owner->comm[0] ? report_owner->comm : "(not known)");
}

GETTER(report_owner, pid)
{
	bool is_one = report_owner->pid && report_owner->processes <= 1;

	value_set_count(value, is_one ? (int64_t)report_owner->pid : NOT_KNOWN);
}

GETTER(report_owner, cgroup)
{
	set_optional(value, report_owner->cgroup);
}

const struct field report_owner_fields[] = {
	{ "peak", "PEAK", 1, 0, get_report_owner_most, NULL },
	{ "peak_time", "AT", 3, 0, get_report_owner_most_ns, NULL },
	{ "entered", "ENTERED", 5, 0, get_report_owner_entered, NULL },
	{ "comm", "PROCESS", 1, LEFT, get_report_owner_name, NULL },
	{ "pid", "PID", 2, 0, get_report_owner_pid, NULL },
	{ "processes", "PROCS", 2, 0, get_report_owner_processes, NULL },
	{ "cgroup", "CGROUP", 4, LEFT | FIELD_LONG, get_report_owner_cgroup, NULL },
	{},
};

/* ---- Namespaces ---- */

GETTER(report_netns, namespace)
{
	value_set_netns(value, snapshot, report_netns->inum);
}

GETTER(report_netns, range)
{
	value->kind = report_netns->range_low < 0 ? VALUE_UNKNOWN : VALUE_RANGE;
	value->range.low = report_netns->range_low;
	value->range.high = report_netns->range_high;
}

MEMBER_GETTER(report_netns, count, reserved)
MEMBER_GETTER(report_netns, count, most_blocked)
MEMBER_GETTER(report_netns, count, most_blocked_by_bind)
MEMBER_GETTER(report_netns, count, most_time_wait)
MEMBER_GETTER(report_netns, count, time_wait_max)
TIME_GETTER(report_netns, most_time_wait_ns)
MEMBER_GETTER(report_netns, count, tw_reuse)

const struct field report_netns_fields[] = {
	{ "netns", "NETNS", 1, LEFT, get_report_netns_namespace, NULL },
	{ "range", "RANGE", 1, LEFT, get_report_netns_range, NULL },
	{ "reserved", "RESERVED", 3, 0, get_report_netns_reserved, NULL },
	{ "peak_blocked", "BLOCKED", 3, 0, get_report_netns_most_blocked, NULL },
	{ "peak_blocked_by_bind_before_connect", "BY BIND", 3, 0,
	  get_report_netns_most_blocked_by_bind, NULL },
	{ "peak_time_wait", "TIME_WAIT", 2, 0, get_report_netns_most_time_wait, NULL },
	{ "time_wait_max", "OF", 2, 0, get_report_netns_time_wait_max, NULL },
	{ "peak_time_wait_time", "AT", 3, 0, get_report_netns_most_time_wait_ns, NULL },
	{ "tw_reuse", "TW_REUSE", 4, 0, get_report_netns_tw_reuse, NULL },
	{},
};
