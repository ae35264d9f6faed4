// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a network namespace. */
#include "field_get.h"
#include "views.h"

GETTER(netns, inum)
{
	value_set_count(value, netns->inum);
}

GETTER(netns, name)
{
	value_set_text(value, netns->name);
	if (!netns->name[0])
		value->kind = VALUE_UNKNOWN;
}

GETTER(netns, namespace)
{
	value_set_netns(value, snapshot, netns->inum);
}

GETTER(netns, range)
{
	value->kind = netns->range_low == NOT_KNOWN ? VALUE_UNKNOWN : VALUE_RANGE;
	value->range.low = netns->range_low;
	value->range.high = netns->range_high;
}

/*
 * Settings and TIME_WAITs are of now, but sets of ports are those of the last census, and with them
 * what routes have left: the rule is that of occupancy_compute().
 */
static enum occupancy_source source_of_ports(const struct snapshot *snapshot,
					     const struct netns *netns)
{
	if (snapshot->census.is_incomplete || netns->is_incomplete)
		return OCCUPANCY_INCOMPLETE;
	return snapshot->census.is_fresh ? OCCUPANCY_CENSUS : OCCUPANCY_CARRIED;
}

#define PORTS_GETTER(name)							\
	GETTER(netns, name)							\
	{									\
		value_set_count(value, netns->name);				\
		value_mark(value, source_of_ports(snapshot, netns));		\
	}

PORTS_GETTER(reserved)
PORTS_GETTER(blocked)
PORTS_GETTER(blocked_by_bind_before_connect)
PORTS_GETTER(least_headroom)

MEMBER_GETTER(netns, count, time_wait)
MEMBER_GETTER(netns, count, time_wait_max)
MEMBER_GETTER(netns, count, tw_reuse)
MEMBER_GETTER(netns, count, tw_reuse_delay_ms)
MEMBER_GETTER(netns, count, tcp_timestamps)
COUNTER_GETTER(netns, allocations)
COUNTER_GETTER(netns, failures)
MEMBER_GETTER(netns, rate, allocations_per_s)
MEMBER_GETTER(netns, rate, failures_per_s)

#define JSON FIELD_JSON
#define GET(name) get_netns_##name

/* The order is that of the columns, and of the JSON members. */
const struct field netns_fields[] = {
	{ "inum", NULL, 0, JSON, GET(inum), NULL },
	{ "name", NULL, 0, JSON, GET(name), NULL },
	{ "namespace", "NETNS", 1, FIELD_LEFT, GET(namespace), "its name, or its number" },
	{ "range", "RANGE", 1, JSON | FIELD_LEFT, GET(range), "ip_local_port_range" },
	{ "reserved", "RESERVED", 2, JSON, GET(reserved), "of it, ip_local_reserved_ports" },
	{ "blocked", "BLOCKED", 2, JSON, GET(blocked), "of it, bound: no automatic connect() gets them" },
	{ "blocked_by_bind_before_connect", "BY-BIND", 5, JSON, GET(blocked_by_bind_before_connect),
	  "of these, by bind() before connect()" },
	{ "time_wait", "TIME-WAIT", 2, JSON, GET(time_wait), "sockets in TIME_WAIT" },
	{ "time_wait_max", "TW-MAX", 5, JSON, GET(time_wait_max), "tcp_max_tw_buckets" },
	{ "tw_reuse", "REUSE", 6, JSON, GET(tw_reuse), "tcp_tw_reuse" },
	{ "tw_reuse_delay_ms", NULL, 0, JSON, GET(tw_reuse_delay_ms), NULL },
	{ "tcp_timestamps", NULL, 0, JSON, GET(tcp_timestamps), NULL },
	{ "allocations", "ALLOCATED", 6, JSON, GET(allocations), "ports given since the start" },
	{ "failures", "FAILED", 4, JSON, GET(failures), "failed calls since the start" },
	{ "allocations_per_s", "ALLOC/S", 3, JSON, GET(allocations_per_s), "ports given, a second" },
	{ "failures_per_s", "FAIL/S", 3, JSON, GET(failures_per_s), "failed calls, a second" },
	{ "least_headroom", "LEAST-LEFT", 3, JSON | FIELD_RISING, GET(least_headroom),
	  "least headroom of its routes" },
	{},
};
