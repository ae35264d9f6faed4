// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a route. */
#include "field_get.h"
#include "views.h"

#include <stdio.h>

void value_set_netns(struct value *value, const struct snapshot *snapshot, uint32_t inum)
{
	const struct netns *netns = snapshot_find_netns(snapshot, inum);

	value->kind = inum ? VALUE_TEXT : VALUE_UNKNOWN;
	value->text = netns && netns->name[0] ? netns->name : value->buffer;
	snprintf(value->buffer, sizeof(value->buffer), "%u", inum);
}

void value_set_destination(struct value *value, const struct snapshot *snapshot,
			   const struct route_key *key)
{
	const char *name = NULL;
	char addr[ADDRESS_TEXT_SIZE];

	if (snapshot->service_name)
		name = snapshot->service_name(key->dport, key->proto);
	if (!name) {
		value_set_endpoint(value, key->dst, key->dport);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer),
		 address_is_ipv4(key->dst) ? "%s:%s" : "[%s]:%s", address_format(key->dst, addr),
		 name);
	value_set_text(value, value->buffer);
}

void value_mark(struct value *value, enum occupancy_source source)
{
	if (source == OCCUPANCY_CARRIED)
		value->mark = '~';
	if (source == OCCUPANCY_INCOMPLETE)
		value->mark = '?';
}

void value_set_src(struct value *value, const struct route_key *key)
{
	value_set_address(value, key->src);
	if (key->overflow)
		value->kind = VALUE_UNKNOWN;
}

void value_set_dst(struct value *value, const struct route_key *key)
{
	value_set_address(value, key->dst);
	if (!route_has_destination(key))
		value->kind = VALUE_UNKNOWN;
}

void value_set_dport(struct value *value, const struct route_key *key)
{
	value_set_count(value, route_has_destination(key) ? key->dport : NOT_KNOWN);
}

void value_set_overflow(struct value *value, const struct route_key *key)
{
	value->kind = VALUE_FLAG;
	value->flag = key->overflow;
}

GETTER(route, netns)
{
	value_set_count(value, route->key.netns ? (int64_t)route->key.netns : NOT_KNOWN);
}

GETTER(route, namespace)
{
	value_set_netns(value, snapshot, route->key.netns);
}

GETTER(route, proto)
{
	value_set_text(value, proto_name(route->key.proto));
	if (!route->key.proto)
		value->kind = VALUE_UNKNOWN;
}

GETTER(route, src)
{
	value_set_src(value, &route->key);
}

GETTER(route, dst)
{
	value_set_dst(value, &route->key);
}

GETTER(route, dport)
{
	value_set_dport(value, &route->key);
}

GETTER(route, source)
{
	if (route->key.overflow)
		value_set_text(value, "(more routes)");
	else
		value_set_address(value, route->key.src);
}

GETTER(route, destination)
{
	if (route_has_destination(&route->key))
		value_set_destination(value, snapshot, &route->key);
	else
		value->kind = VALUE_UNKNOWN;
}

GETTER(route, overflow)
{
	value_set_overflow(value, &route->key);
}

GETTER(route, search_us)
{
	value_set_rate(value, route->searches > 0 ? route->search_ns / 1e3 / route->searches : NAN);
}

/* The one with most sockets. */
GETTER(route, owner)
{
	size_t nr;
	const struct owner *owners = snapshot_owners(snapshot, &route->key, &nr);
	const struct owner_process *process = NULL;

	if (nr)
		process = snapshot_find_process(snapshot, &owners->key.process);
	value_set_process(value, process ? process->comm : NULL,
			  nr ? owners->key.process.pid : 0);
}

GETTER(route, occupancy)
{
	static const char *const words[] = {
		[OCCUPANCY_UNKNOWN] = "",
		[OCCUPANCY_CENSUS] = "census",
		[OCCUPANCY_CARRIED] = "carried",
		[OCCUPANCY_INCOMPLETE] = "incomplete",
	};

	value_set_text(value, words[route->occupancy.source]);
	if (route->occupancy.source == OCCUPANCY_UNKNOWN)
		value->kind = VALUE_UNKNOWN;
}

/*
 * Ports of a half: those taken and those left of it. What is reclaimable counts as left, as it does
 * for headroom.
 */
GETTER(route, use)
{
	const struct occupancy *occupancy = &route->occupancy;
	int64_t fast = occupancy->fast_headroom, slow = occupancy->headroom - fast;

	value->kind = VALUE_UNKNOWN;
	if (occupancy->headroom == NOT_KNOWN || fast == NOT_KNOWN ||
	    occupancy->used_in_half[HALF_FAST] == NOT_KNOWN ||
	    occupancy->reclaimable_in_half[HALF_FAST] == NOT_KNOWN)
		return;
	value->kind = VALUE_BAR;
	value->bar.used[HALF_FAST] = occupancy->used_in_half[HALF_FAST] -
				     occupancy->reclaimable_in_half[HALF_FAST];
	value->bar.used[HALF_SLOW] = occupancy->used_in_half[HALF_SLOW] -
				     occupancy->reclaimable_in_half[HALF_SLOW];
	value->bar.room[HALF_FAST] = value->bar.used[HALF_FAST] + fast;
	value->bar.room[HALF_SLOW] = value->bar.used[HALF_SLOW] + (slow > 0 ? slow : 0);
}

#define OCCUPANCY_GETTER(kind, member)				      \
	GETTER(route, member)					      \
	{							      \
		value_set_##kind(value, route->occupancy.member);     \
		value_mark(value, route->occupancy.source);	      \
	}

OCCUPANCY_GETTER(count, capacity)
OCCUPANCY_GETTER(count, used)
OCCUPANCY_GETTER(count, established)
OCCUPANCY_GETTER(count, time_wait)
OCCUPANCY_GETTER(count, other)
OCCUPANCY_GETTER(count, bound)
OCCUPANCY_GETTER(count, reclaimable)
OCCUPANCY_GETTER(count, headroom)
OCCUPANCY_GETTER(count, fast_headroom)
OCCUPANCY_GETTER(rate, eta_s)

COUNTER_GETTER(route, allocations)
COUNTER_GETTER(route, bound_connects)
COUNTER_GETTER(route, time_waits)
COUNTER_GETTER(route, failures)
MEMBER_GETTER(route, count, searches)
MEMBER_GETTER(route, count, search_ns)
MEMBER_GETTER(route, rate, allocations_per_s)
MEMBER_GETTER(route, rate, failures_per_s)

#define JSON FIELD_JSON
#define LEFT FIELD_LEFT
#define RISING FIELD_RISING
#define GET(name) get_route_##name

/* The order is that of the columns, and of the JSON members. */
const struct field route_fields[] = {
	{ "netns", NULL, 0, JSON, GET(netns), NULL },
	{ "namespace", "NETNS", 2, LEFT, GET(namespace), "network namespace" },
	{ "proto", "PROTO", 2, JSON | LEFT, GET(proto), "tcp or udp" },
	{ "src", NULL, 0, JSON | LEFT, GET(src), NULL },
	{ "dst", NULL, 0, JSON | LEFT, GET(dst), NULL },
	{ "source", "SOURCE", 2, LEFT | FIELD_CUT, GET(source), "address the connections come from" },
	{ "destination", "DESTINATION", 1, LEFT | FIELD_CUT, GET(destination), "address and port they go to" },
	{ "dport", NULL, 0, JSON, GET(dport), NULL },
	{ "use", "FAST   SLOW", 4, LEFT, GET(use),
	  "capacity taken: # of the half searched first, = of the other" },
	{ "headroom", "HEADROOM", 1, JSON | RISING, GET(headroom), "connections it can still open" },
	{ "eta_s", "ETA-S", 3, JSON | RISING, GET(eta_s), "seconds until there is none left" },
	{ "allocations_per_s", "ALLOC/S", 3, JSON, GET(allocations_per_s), "ports given, a second" },
	{ "failures_per_s", "FAIL/S", 3, JSON, GET(failures_per_s), "failed calls, a second" },
	{ "failures", "FAILED", 8, JSON, GET(failures), "failed calls since the start" },
	{ "capacity", "CAPACITY", 8, JSON, GET(capacity), "ports that it can use" },
	{ "used", "USED", 5, JSON, GET(used), "of them, taken by its sockets" },
	{ "established", "ESTAB", 6, JSON, GET(established), "established connections" },
	{ "time_wait", "TIME-WAIT", 6, JSON, GET(time_wait), "sockets in TIME_WAIT" },
	{ "owner", "OWNER", 7, LEFT, GET(owner), "process with most of its sockets" },
	{ "search_us", "SEARCH-US", 9, 0, GET(search_us), "mean microseconds to find a port" },
	{ "other", "OTHER", 11, JSON, GET(other), "sockets in other states" },
	{ "bound", "BOUND", 11, JSON, GET(bound), "sockets that were bound before they connected" },
	{ "fast_headroom", "FAST", 10, JSON | RISING, GET(fast_headroom),
	  "headroom that is found quickly" },
	{ "reclaimable", "RECLAIM", 10, JSON, GET(reclaimable),
	  "TIME_WAITs whose port can be taken over" },
	{ "occupancy", NULL, 0, JSON | LEFT, GET(occupancy), NULL },
	{ "allocations", "ALLOCATED", 12, JSON, GET(allocations), "ports given since the start" },
	{ "bound_connects", NULL, 0, JSON, GET(bound_connects), NULL },
	{ "time_waits", NULL, 0, JSON, GET(time_waits), NULL },
	{ "searches", NULL, 0, JSON, GET(searches), NULL },
	{ "search_ns", NULL, 0, JSON, GET(search_ns), NULL },
	{ "overflow", NULL, 0, JSON, GET(overflow), NULL },
	{},
};
