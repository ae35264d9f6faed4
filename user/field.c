// SPDX-License-Identifier: GPL-2.0-only
#include "field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct value text(const char *text)
{
	struct value value = { .kind = VALUE_TEXT };

	snprintf(value.text, sizeof(value.text), "%s", text);
	return value;
}

static struct value count(int64_t count)
{
	struct value value = { .kind = count == NOT_KNOWN ? VALUE_UNKNOWN : VALUE_COUNT };

	value.count = count;
	return value;
}

static struct value rate(double rate)
{
	struct value value = { .kind = isnan(rate) ? VALUE_UNKNOWN : VALUE_RATE };

	value.rate = rate;
	return value;
}

static struct value unknown(void)
{
	return (struct value){ .kind = VALUE_UNKNOWN };
}

static struct value address(const uint8_t addr[16])
{
	char buffer[ADDRESS_TEXT_SIZE];

	return text(address_format(addr, buffer));
}

#define GETTER(name) \
	static struct value get_##name(const struct snapshot *snapshot, const struct route *route)

GETTER(netns)
{
	(void)snapshot;
	return route->key.netns ? count(route->key.netns) : unknown();
}

GETTER(netns_name)
{
	const struct netns *netns = snapshot_find_netns(snapshot, route->key.netns);
	char buffer[16];

	if (!route->key.netns)
		return unknown();
	if (netns && netns->name[0])
		return text(netns->name);
	snprintf(buffer, sizeof(buffer), "%u", route->key.netns);
	return text(buffer);
}

GETTER(proto)
{
	(void)snapshot;
	return route->key.proto ? text(proto_name(route->key.proto)) : unknown();
}

GETTER(src)
{
	(void)snapshot;
	return route->key.overflow ? unknown() : address(route->key.src);
}

GETTER(dst)
{
	(void)snapshot;
	return route_has_destination(&route->key) ? address(route->key.dst) : unknown();
}

GETTER(dport)
{
	(void)snapshot;
	return route_has_destination(&route->key) ? count(route->key.dport) : unknown();
}

GETTER(source)
{
	return route->key.overflow ? text("(more routes)") : get_src(snapshot, route);
}

GETTER(destination)
{
	char buffer[ADDRESS_TEXT_SIZE];
	struct value value = { .kind = VALUE_TEXT };

	(void)snapshot;
	if (!route_has_destination(&route->key))
		return unknown();
	address_format(route->key.dst, buffer);
	snprintf(value.text, sizeof(value.text),
		 address_is_ipv4(route->key.dst) ? "%s:%u" : "[%s]:%u", buffer, route->key.dport);
	return value;
}

GETTER(overflow)
{
	(void)snapshot;
	return (struct value){ .kind = VALUE_FLAG, .flag = route->key.overflow };
}

GETTER(search_us)
{
	(void)snapshot;
	return route->searches > 0 ? rate(route->search_ns / 1e3 / route->searches) : unknown();
}

/* The one with most sockets. */
GETTER(owner)
{
	size_t nr;
	const struct owner *owners = snapshot_owners(snapshot, &route->key, &nr);
	const struct owner_process *process;
	struct value value = { .kind = VALUE_TEXT };

	if (!nr || !owners->key.process.pid)
		return unknown();
	process = snapshot_find_process(snapshot, &owners->key.process);
	snprintf(value.text, sizeof(value.text), "%s[%u]", process ? process->comm : "",
		 owners->key.process.pid);
	return value;
}

GETTER(occupancy)
{
	static const char *const words[] = {
		[OCCUPANCY_CENSUS] = "census",
		[OCCUPANCY_CARRIED] = "carried",
		[OCCUPANCY_INCOMPLETE] = "incomplete",
	};

	(void)snapshot;
	if (route->occupancy.source == OCCUPANCY_UNKNOWN)
		return unknown();
	return text(words[route->occupancy.source]);
}

#define PLAIN_GETTER(kind, member) \
	GETTER(member)             \
	{                          \
		(void)snapshot;    \
		return kind(route->member); \
	}

/* A figure of the census says what it rests on. */
static struct value marked(struct value value, const struct occupancy *occupancy)
{
	static const char marks[] = { [OCCUPANCY_CARRIED] = '~', [OCCUPANCY_INCOMPLETE] = '?' };

	if (value.kind != VALUE_UNKNOWN)
		value.mark = marks[occupancy->source];
	return value;
}

#define OCCUPANCY_GETTER(kind, member) \
	GETTER(member)                 \
	{                              \
		(void)snapshot;        \
		return marked(kind(route->occupancy.member), &route->occupancy); \
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

PLAIN_GETTER(count, allocations)
PLAIN_GETTER(count, bound_connects)
PLAIN_GETTER(count, time_waits)
PLAIN_GETTER(count, failures)
PLAIN_GETTER(count, searches)
PLAIN_GETTER(count, search_ns)
PLAIN_GETTER(rate, allocations_per_s)
PLAIN_GETTER(rate, failures_per_s)

/* The order is that of the JSON members, and, of those with a title, that of the columns. */
const struct field route_fields[] = {
	{ "netns", true, NULL, true, get_netns },
	{ "namespace", false, "NETNS", true, get_netns_name },
	{ "proto", true, "PROTO", true, get_proto },
	{ "src", true, NULL, true, get_src },
	{ "dst", true, NULL, true, get_dst },
	{ "source", false, "SOURCE", true, get_source },
	{ "destination", false, "DESTINATION", true, get_destination },
	{ "dport", true, NULL, false, get_dport },
	{ "headroom", true, "HEADROOM", false, get_headroom },
	{ "eta_s", true, "ETA-S", false, get_eta_s },
	{ "allocations_per_s", true, "ALLOC/S", false, get_allocations_per_s },
	{ "failures_per_s", true, "FAIL/S", false, get_failures_per_s },
	{ "failures", true, "FAILED", false, get_failures },
	{ "capacity", true, "CAPACITY", false, get_capacity },
	{ "used", true, "USED", false, get_used },
	{ "established", true, "ESTAB", false, get_established },
	{ "time_wait", true, "TIME-WAIT", false, get_time_wait },
	{ "other", true, "OTHER", false, get_other },
	{ "bound", true, "BOUND", false, get_bound },
	{ "fast_headroom", true, "FAST", false, get_fast_headroom },
	{ "reclaimable", true, "RECLAIM", false, get_reclaimable },
	{ "occupancy", true, NULL, false, get_occupancy },
	{ "allocations", true, "ALLOCATED", false, get_allocations },
	{ "bound_connects", true, NULL, false, get_bound_connects },
	{ "time_waits", true, NULL, false, get_time_waits },
	{ "searches", true, NULL, false, get_searches },
	{ "search_ns", true, NULL, false, get_search_ns },
	{ "owner", false, "OWNER", true, get_owner },
	{ "search_us", false, "SEARCH-US", false, get_search_us },
	{ "overflow", true, NULL, false, get_overflow },
	{},
};

const struct field *field_by_name(const char *name)
{
	const struct field *field;

	for (field = route_fields; field->name; field++)
		if (!strcmp(field->name, name))
			return field;
	return NULL;
}

struct value field_value(const struct field *field, const struct snapshot *snapshot,
			 const struct route *route)
{
	return field->get(snapshot, route);
}

static double as_number(const struct value *value)
{
	if (value->kind == VALUE_COUNT)
		return value->count;
	return value->kind == VALUE_RATE ? value->rate : value->flag;
}

/* Below zero if a belongs before b; what is not known comes last. */
static int compare_values(const struct field *field, const struct value *a, const struct value *b)
{
	double x, y;

	if (a->kind == VALUE_UNKNOWN || b->kind == VALUE_UNKNOWN)
		return (a->kind == VALUE_UNKNOWN) - (b->kind == VALUE_UNKNOWN);
	if (a->kind == VALUE_TEXT)
		return strcmp(a->text, b->text);
	x = as_number(a);
	y = as_number(b);
	return field->left ? (x > y) - (x < y) : (y > x) - (y < x);
}

/* A route with the value it is sorted by, so that each is computed once. */
struct sortable {
	const struct field *field;
	const struct route *route;
	struct value value;
};

static int compare_sortables(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int order = compare_values(x->field, &x->value, &y->value);

	return order ? order : (x->route > y->route) - (x->route < y->route);
}

const struct route **routes_by_field(const struct snapshot *snapshot, const struct field *field)
{
	const struct route **routes = calloc(snapshot->nr_routes + 1, sizeof(struct route *));
	struct sortable *sortables = calloc(snapshot->nr_routes + 1, sizeof(*sortables));
	size_t i;

	if (!routes || !sortables) {
		free(sortables);
		free(routes);
		return NULL;
	}
	for (i = 0; i < snapshot->nr_routes; i++)
		sortables[i] = (struct sortable){
			.field = field,
			.route = &snapshot->routes[i],
			.value = field_value(field, snapshot, &snapshot->routes[i]),
		};
	qsort(sortables, snapshot->nr_routes, sizeof(*sortables), compare_sortables);
	for (i = 0; i < snapshot->nr_routes; i++)
		routes[i] = sortables[i].route;
	free(sortables);
	return routes;
}
