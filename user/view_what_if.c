// SPDX-License-Identifier: GPL-2.0-only
#include "view_what_if.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "field_get.h"
#include "json.h"
#include "occupancy.h"
#include "table.h"

/* A route in both. */
struct what_if_row {
	const struct route *now, *then;
	double now_per_s, then_per_s; /* that it can keep up */
};

/* ---- Rows ---- */

static bool is_shown(const struct route *route)
{
	return route->occupancy.source != OCCUPANCY_UNKNOWN;
}

/* *ret_rows is the caller's to free. */
static int list(const struct snapshot *now, const struct snapshot *then,
		struct what_if_row **ret_rows, size_t *ret_nr)
{
	struct what_if_row *rows = calloc(now->nr_routes + 1, sizeof(*rows));
	size_t i, nr = 0;

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < now->nr_routes; i++) {
		const struct route *route = &now->routes[i];
		struct what_if_row row = { .now = route };

		row.then = snapshot_find_route(then, &route->key);
		if (!row.then || !is_shown(route))
			continue;
		row.now_per_s = occupancy_sustainable_per_s(
			snapshot_find_netns(now, route->key.netns), row.now);
		row.then_per_s = occupancy_sustainable_per_s(
			snapshot_find_netns(then, route->key.netns), row.then);
		rows[nr++] = row;
	}
	*ret_rows = rows;
	*ret_nr = nr;
	return 0;
}

/* ---- What is supposed ---- */

static int put_change(FILE *out, const struct what_if *change)
{
	char *reserved = port_list_format(&change->reserved);
	const char *comma = "";

	if (!reserved)
		return -ENOMEM;

	fputs("What if: ", out);
	if (change->range_low) {
		fprintf(out, "range=%" PRId32 "-%" PRId32, change->range_low, change->range_high);
		comma = ",";
	}
	if (change->tw_reuse != NOT_KNOWN) {
		fprintf(out, "%stw_reuse=%" PRId64, comma, change->tw_reuse);
		comma = ",";
	}
	if (change->has_reserved) {
		fprintf(out, "%sreserved=%s", comma, reserved);
		comma = ",";
	}
	if (change->sources > 1)
		fprintf(out, "%ssources=%" PRId64, comma, change->sources);
	fputc('\n', out);
	free(reserved);
	return 0;
}

/* ---- Text ---- */

GETTER(what_if_row, netns)
{
	value_set_netns(value, snapshot, what_if_row->now->key.netns);
}

GETTER(what_if_row, proto)
{
	value_set_text(value, proto_name(what_if_row->now->key.proto));
}

GETTER(what_if_row, src)
{
	value_set_src(value, &what_if_row->now->key);
}

GETTER(what_if_row, destination)
{
	if (route_has_destination(&what_if_row->now->key))
		value_set_destination(value, snapshot, &what_if_row->now->key);
	else
		value->kind = VALUE_UNKNOWN;
}

#define FIGURE_GETTER(kind, figure, when)							\
	GETTER(what_if_row, figure##_##when)							\
	{											\
		value_set_##kind(value, what_if_row->when->occupancy.figure);			\
		value_mark(value, what_if_row->when->occupancy.source);			\
	}

FIGURE_GETTER(count, headroom, now)
FIGURE_GETTER(count, headroom, then)
FIGURE_GETTER(count, fast_headroom, now)
FIGURE_GETTER(count, fast_headroom, then)
FIGURE_GETTER(rate, eta_s, now)
FIGURE_GETTER(rate, eta_s, then)
MEMBER_GETTER(what_if_row, rate, now_per_s)
MEMBER_GETTER(what_if_row, rate, then_per_s)

#define GET(name) get_what_if_row_##name

static const struct field fields[] = {
	{ "netns", "NETNS", 3, FIELD_LEFT, GET(netns), NULL },
	{ "proto", "PROTO", 1, FIELD_LEFT, GET(proto), NULL },
	{ "source", "SOURCE", 1, FIELD_LEFT, GET(src), NULL },
	{ "destination", "DESTINATION", 1, FIELD_LEFT, GET(destination), NULL },
	{ "headroom", "HEADROOM", 1, FIELD_RISING, GET(headroom_now), NULL },
	{ "headroom_then", "THEN", 1, FIELD_RISING, GET(headroom_then), NULL },
	{ "fast", "FAST", 2, FIELD_RISING, GET(fast_headroom_now), NULL },
	{ "fast_then", "THEN", 2, FIELD_RISING, GET(fast_headroom_then), NULL },
	{ "sustainable", "KEEPS-UP/S", 2, FIELD_RISING, GET(now_per_s), NULL },
	{ "sustainable_then", "THEN", 2, FIELD_RISING, GET(then_per_s), NULL },
	{ "eta_s", "ETA-S", 4, FIELD_RISING, GET(eta_s_now), NULL },
	{ "eta_s_then", "THEN", 4, FIELD_RISING, GET(eta_s_then), NULL },
	{},
};

static int put_table(FILE *out, const struct snapshot *now, const void **rows, size_t nr,
		     int width)
{
	const struct table_want want = { .fields = fields, .width = width };
	char line[TABLE_LINE_SIZE];
	struct table table;
	size_t i;

	if (field_sort(field_by_name(fields, "headroom"), false, now, rows, nr) ||
	    table_fill(&table, &want, now, rows, nr))
		return -ENOMEM;
	table_heading(&table, line);
	fprintf(out, "%s\n", line);
	for (i = 0; i < nr; i++) {
		table_row(&table, i, line);
		fprintf(out, "%s\n", line);
	}
	table_free(&table);
	return 0;
}

int view_what_if_text(FILE *out, const struct what_if *change, const struct snapshot *now,
		      const struct snapshot *then, int width)
{
	struct what_if_row *rows = NULL;
	const void **order;
	size_t i, nr = 0;
	int err = list(now, then, &rows, &nr);

	order = calloc(nr + 1, sizeof(*order));
	for (i = 0; order && i < nr; i++)
		order[i] = &rows[i];
	err = err || !order || put_change(out, change) ? -ENOMEM :
							 put_table(out, now, order, nr, width);
	free(order);
	free(rows);
	return err;
}

/* ---- JSON ---- */

static struct json_object *reserved_array(const struct what_if *change)
{
	struct json_object *array;
	int32_t low, high = -1;

	if (!change->has_reserved)
		return NULL;
	array = json_object_new_array();
	while (port_list_next_run(&change->reserved, high + 1, &low, &high))
		json_object_array_add(array, json_range(low, high));
	return array;
}

static struct json_object *figures_object(const struct route *route, double per_s)
{
	const struct occupancy *occupancy = &route->occupancy;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "capacity", json_number(occupancy->capacity));
	json_object_object_add(object, "used", json_number(occupancy->used));
	json_object_object_add(object, "reclaimable", json_number(occupancy->reclaimable));
	json_object_object_add(object, "headroom", json_number(occupancy->headroom));
	json_object_object_add(object, "fast_headroom", json_number(occupancy->fast_headroom));
	json_object_object_add(object, "sustainable_per_s", json_decimal(per_s, 1));
	json_object_object_add(object, "eta_s", json_decimal(occupancy->eta_s, 1));
	return object;
}

static struct json_object *address(const uint8_t addr[16])
{
	char text[ADDRESS_TEXT_SIZE];

	return json_text(address_format(addr, text));
}

static struct json_object *row_object(const struct what_if_row *row)
{
	const struct route_key *key = &row->now->key;
	bool has_dst = route_has_destination(key);
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "netns", json_number(key->netns));
	json_object_object_add(object, "proto", json_text(proto_name(key->proto)));
	json_object_object_add(object, "src", address(key->src));
	json_object_object_add(object, "dst", has_dst ? address(key->dst) : NULL);
	json_object_object_add(object, "dport", has_dst ? json_number(key->dport) : NULL);
	json_object_object_add(object, "now", figures_object(row->now, row->now_per_s));
	json_object_object_add(object, "then", figures_object(row->then, row->then_per_s));
	return object;
}

struct json_object *view_what_if_json(const struct what_if *change, const struct snapshot *now,
				      const struct snapshot *then)
{
	struct json_object *object, *routes;
	struct what_if_row *rows;
	size_t i, nr;

	if (list(now, then, &rows, &nr))
		return NULL;
	object = json_object_new_object();
	routes = json_object_new_array_ext(nr);
	json_object_object_add(object, "range",
			       change->range_low ?
				       json_range(change->range_low, change->range_high) :
				       NULL);
	json_object_object_add(object, "reserved", reserved_array(change));
	json_object_object_add(object, "tw_reuse", json_number(change->tw_reuse));
	json_object_object_add(object, "sources",
			       json_number(change->sources > 1 ? change->sources : NOT_KNOWN));
	for (i = 0; i < nr; i++)
		json_object_array_add(routes, row_object(&rows[i]));
	json_object_object_add(object, "routes", routes);
	free(rows);
	return object;
}
