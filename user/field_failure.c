// SPDX-License-Identifier: GPL-2.0-only
/* The fields of failures of one kind. */
#include "field_get.h"
#include "views.h"

#include <stdio.h>

GETTER(failure, netns)
{
	value_set_count(value, failure->key.route.netns ? (int64_t)failure->key.route.netns :
							  NOT_KNOWN);
}

GETTER(failure, namespace)
{
	value_set_netns(value, snapshot, failure->key.route.netns);
}

GETTER(failure, proto)
{
	value_set_text(value, proto_name(failure->key.route.proto));
	if (!failure->key.route.proto)
		value->kind = VALUE_UNKNOWN;
}

#define KEY_GETTER(part)						  \
	GETTER(failure, part)						  \
	{								  \
		value_set_##part(value, &failure->key.route);		  \
	}

KEY_GETTER(src)
KEY_GETTER(dst)
KEY_GETTER(dport)
KEY_GETTER(overflow)

GETTER(failure, call)
{
	value_set_text(value, call_name(failure->key.call));
}

GETTER(failure, cause)
{
	value_set_text(value, cause_name(failure->key.cause));
}

GETTER(failure, errno)
{
	const char *name = strerrorname_np(failure->key.err);

	snprintf(value->buffer, sizeof(value->buffer), "%u", failure->key.err);
	value_set_text(value, name ? name : value->buffer);
	if (!failure->key.err)
		value->kind = VALUE_UNKNOWN;
}

GETTER(failure, source)
{
	if (failure->key.route.overflow)
		value_set_text(value, "(more routes)");
	else
		value_set_address(value, failure->key.route.src);
}

GETTER(failure, destination)
{
	const struct route_key *route = &failure->key.route;

	if (route_has_destination(route))
		value_set_destination(value, snapshot, route);
	else
		value->kind = VALUE_UNKNOWN;
}

GETTER(failure, process)
{
	value_set_process(value, failure->last.comm, failure->last.pid);
}

GETTER(failure, ago_s)
{
	const struct timespec *last = &failure->last.wall, *now = &snapshot->wall;
	double ago_s = (now->tv_sec - last->tv_sec) + (now->tv_nsec - last->tv_nsec) / 1e9;

	/* An event may be younger than the snapshot it was read for. */
	value_set_rate(value, last->tv_sec ? (ago_s > 0 ? ago_s : 0) : NAN);
}

GETTER(failure, cgroup)
{
	value_set_text(value, failure->last.cgroup);
	if (!failure->last.cgroup)
		value->kind = VALUE_UNKNOWN;
}

GETTER(failure, failures_per_s)
{
	value_set_rate(value, failure->per_s);
}

MEMBER_GETTER(failure, count, count)

#define JSON FIELD_JSON
#define OF_ROUTE FIELD_JSON_OF_ROUTE
#define LEFT FIELD_LEFT
#define GET(name) get_failure_##name

/*
 * The order is that of the columns, and of the JSON members. Those of ranks 1 and 2 have a meaning for the
 * sum over all routes as well.
 */
const struct field failure_fields[] = {
	{ "netns", NULL, 0, JSON, GET(netns), NULL },
	{ "namespace", "NETNS", 2, LEFT, GET(namespace), "network namespace" },
	{ "proto", "PROTO", 2, JSON | LEFT, GET(proto), "tcp or udp" },
	{ "src", NULL, 0, OF_ROUTE | LEFT, GET(src), NULL },
	{ "dst", NULL, 0, OF_ROUTE | LEFT, GET(dst), NULL },
	{ "dport", NULL, 0, OF_ROUTE, GET(dport), NULL },
	{ "overflow", NULL, 0, OF_ROUTE, GET(overflow), NULL },
	{ "call", "CALL", 1, JSON | LEFT, GET(call), "the program's own call" },
	{ "cause", "CAUSE", 1, JSON | LEFT, GET(cause), "why there was no port" },
	{ "errno", "ERRNO", 2, JSON | LEFT, GET(errno), "what the program saw" },
	{ "count", "COUNT", 1, JSON, GET(count), "since the start" },
	{ "failures_per_s", "FAIL/S", 3, OF_ROUTE, GET(failures_per_s), "a second" },
	{ "destination", "DESTINATION", 5, LEFT, GET(destination), "where to" },
	{ "source", "SOURCE", 7, LEFT, GET(source), "where from, or what bind() asked for" },
	{ "ago_s", "LAST-S", 4, FIELD_RISING, GET(ago_s), "seconds since the last one that was told of" },
	{ "process", "BY", 5, LEFT, GET(process), "whose call that was" },
	{ "cgroup", "CGROUP", 8, LEFT | FIELD_LONG, GET(cgroup), "and in which cgroup" },
	{},
};
