// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON is written member by member and row by row: json-c makes the values, with their escapes
 * and numbers, and one row is in memory at a time, however many routes there are.
 */
#include "view_json_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "view.h"

static void member(FILE *out, const char *name, struct json_object *value)
{
	fprintf(out, ",\"%s\":", name);
	json_put(out, value);
}

static struct json_object *from_value(const struct value *value)
{
	switch (value->kind) {
	case VALUE_TEXT:
		return json_object_new_string(value->text);
	case VALUE_COUNT:
		return json_object_new_int64(value->count);
	case VALUE_RATE:
		return json_decimal(value->rate, 1);
	case VALUE_FLAG:
		return json_object_new_boolean(value->flag);
	case VALUE_RANGE:
		return json_range(value->range.low, value->range.high);
	case VALUE_BAR:
	case VALUE_UNKNOWN:
		break;
	}
	return NULL;
}

/* How many searches took how long: powers of two from 1.024 us up, see SEARCH_BUCKETS. */
static struct json_object *histogram(const struct route *route)
{
	struct json_object *array;
	int i;

	if (route->searches == NOT_KNOWN)
		return NULL;
	array = json_object_new_array_ext(SEARCH_BUCKETS);
	for (i = 0; i < SEARCH_BUCKETS; i++)
		json_object_array_add(array, json_object_new_int64(route->search_buckets[i]));
	return array;
}

/* Known all, or none. */
static struct json_object *numbers(const int64_t *values, int nr)
{
	struct json_object *array;
	int i;

	if (values[0] == NOT_KNOWN)
		return NULL;
	array = json_object_new_array_ext(nr);
	for (i = 0; i < nr; i++)
		json_object_array_add(array, json_object_new_int64(values[i]));
	return array;
}

static struct json_object *own_range_object(const struct own_range *own)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "range", json_range(own->low, own->high));
	json_object_object_add(object, "capacity", json_number(own->capacity));
	json_object_object_add(object, "used", json_number(own->used));
	json_object_object_add(object, "reclaimable", json_number(own->reclaimable));
	json_object_object_add(object, "headroom", json_number(own->headroom));
	return object;
}

/* Null where nothing is known of the sockets; empty if none has a range of its own. */
static struct json_object *own_ranges(const struct occupancy *occupancy)
{
	struct json_object *array;
	int i;

	if (occupancy->source == OCCUPANCY_UNKNOWN)
		return NULL;
	array = json_object_new_array_ext(0);
	for (i = 0; i < MAX_OWN_RANGES && own_range_is_set(&occupancy->own[i]); i++)
		json_object_array_add(array, own_range_object(&occupancy->own[i]));
	return array;
}

static struct json_object *owner_object(const struct snapshot *snapshot, const struct owner *owner)
{
	const struct owner_process *process = snapshot_find_process(snapshot, &owner->key.process);
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "pid", owner->key.process.pid ? json_number(owner->key.process.pid) : NULL);
	json_object_object_add(object, "comm", json_text(process ? process->comm : NULL));
	json_object_object_add(object, "cgroup", json_text(process ? process->cgroup : NULL));
	json_object_object_add(object, "sockets", json_number(owner->sockets));
	json_object_object_add(object, "time_waits", json_number(owner->time_waits));
	return object;
}

/* The last one, without a pid, has the TIME_WAITs of which nobody knows whose they were. */
static struct json_object *owners_array(const struct snapshot *snapshot, const struct route *route)
{
	struct owner unknown = { .time_waits = route->orphans };
	const struct owner *owners;
	struct json_object *array;
	size_t i, nr;

	if (isnan(snapshot->owners_facts.age_s) || route->key.overflow)
		return NULL;
	owners = snapshot_owners(snapshot, &route->key, &nr);
	array = json_object_new_array_ext(nr);
	for (i = 0; i < nr; i++)
		json_object_array_add(array, owner_object(snapshot, &owners[i]));
	if (unknown.time_waits > 0)
		json_object_array_add(array, owner_object(snapshot, &unknown));
	return array;
}

/* The members that the fields of a row are, those with one of the flags. */
static struct json_object *row_object(const struct snapshot *snapshot, const struct field *fields,
				      unsigned int flags, const void *row)
{
	struct json_object *object = json_object_new_object();
	struct value value;

	for (; fields->name; fields++) {
		if (!(fields->flags & flags))
			continue;
		fields->get(snapshot, row, &value);
		json_object_object_add_ex(object, fields->name, from_value(&value),
					  JSON_C_OBJECT_ADD_KEY_IS_NEW |
						  JSON_C_OBJECT_ADD_CONSTANT_KEY);
	}
	return object;
}

struct json_object *view_json_netns(const struct snapshot *snapshot, const struct netns *netns)
{
	return row_object(snapshot, netns_fields, FIELD_JSON, netns);
}

struct json_object *view_json_route(const struct snapshot *snapshot, const struct route *route)
{
	struct json_object *object = row_object(snapshot, route_fields, FIELD_JSON, route);
	const struct occupancy *occupancy = &route->occupancy;

	json_object_object_add(object, "owners", owners_array(snapshot, route));
	json_object_object_add(object, "time_wait_left",
			       numbers(occupancy->time_wait_left, NR_LEFT_STEPS));
	json_object_object_add(object, "used_in_half", numbers(occupancy->used_in_half, NR_HALVES));
	json_object_object_add(object, "reclaimable_in_half",
			       numbers(occupancy->reclaimable_in_half, NR_HALVES));
	json_object_object_add(object, "own_ranges", own_ranges(occupancy));
	json_object_object_add(object, "search_histogram", histogram(route));
	return object;
}

/* Null where no single event told of one. */
static struct json_object *last_failure_object(const struct last_failure *last)
{
	struct json_object *object;

	if (!last->wall.tv_sec)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "time", json_time(&last->wall));
	json_object_object_add(object, "pid", json_number(last->pid ? last->pid : NOT_KNOWN));
	json_object_object_add(object, "comm", json_text(last->comm));
	json_object_object_add(object, "cgroup", json_text(last->cgroup));
	json_object_object_add(object, "sport", json_number(last->sport ? last->sport : NOT_KNOWN));
	return object;
}

struct json_object *view_json_failure(const struct snapshot *snapshot,
				      const struct failure *failure)
{
	struct json_object *object = row_object(snapshot, failure_fields,
						FIELD_JSON | FIELD_JSON_OF_ROUTE, failure);

	json_object_object_add(object, "last", last_failure_object(&failure->last));
	return object;
}

static struct json_object *lost_object(const struct losses *lost)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "events", json_number(lost->events));
	json_object_object_add(object, "routes", json_number(lost->routes));
	json_object_object_add(object, "owners", json_number(lost->owners));
	json_object_object_add(object, "failures", json_number(lost->failures));
	json_object_object_add(object, "calls", json_number(lost->calls));
	json_object_object_add(object, "returns", json_number(lost->returns));
	json_object_object_add(object, "walks", json_number(lost->walks));
	json_object_object_add(object, "census", json_number(lost->census));
	json_object_object_add(object, "ended", json_number(lost->ended));
	json_object_object_add(object, "missed", json_number(lost->missed));
	json_object_object_add(object, "missed_at_most", json_number(lost->missed_at_most));
	return object;
}

static struct json_object *cost_object(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	const struct census_facts *census = &snapshot->census;
	bool counted = !isnan(census->age_s);

	json_object_object_add(object, "census_ms", json_decimal(census->cost_ms, 3));
	json_object_object_add(object, "census_age_s", json_decimal(census->age_s, 3));
	json_object_object_add(object, "census_fresh",
			       counted ? json_object_new_boolean(census->is_fresh) : NULL);
	json_object_object_add(object, "census_incomplete",
			       counted ? json_object_new_boolean(census->is_incomplete) : NULL);
	json_object_object_add(object, "sockets", counted ? json_number(census->sockets) : NULL);
	json_object_object_add(object, "owners_ms", json_decimal(snapshot->owners_facts.cost_ms, 3));
	json_object_object_add(object, "owners_age_s", json_decimal(snapshot->owners_facts.age_s, 3));
	json_object_object_add(object, "read_ms", json_decimal(snapshot->read_ms, 3));
	return object;
}

void view_json_begin(FILE *out, const struct snapshot *snapshot)
{
	fputs("{\"version\":1", out);
	member(out, "time", json_time(&snapshot->wall));
	member(out, "host", json_text(snapshot->host));
	member(out, "kernel", json_text(snapshot->kernel));
	member(out, "probe", json_text(snapshot->probe));
	member(out, "interval_s", json_decimal(snapshot->period_s, 3));
	member(out, "uptime_s", json_decimal(snapshot->uptime_s, 3));
}

/* The sums of all routes, which have no route and no last one. */
int view_json_sums(FILE *out, const struct snapshot *snapshot)
{
	struct failure *sums;
	size_t i, nr;

	if (snapshot_sum_failures(snapshot, &sums, &nr))
		return -ENOMEM;
	fputs(",\"failures\":[", out);
	for (i = 0; i < nr; i++) {
		fputs(i ? "," : "", out);
		json_put(out, row_object(snapshot, failure_fields, FIELD_JSON, &sums[i]));
	}
	fputc(']', out);
	free(sums);
	return 0;
}

void view_json_end(FILE *out, const struct snapshot *snapshot)
{
	member(out, "lost", lost_object(&snapshot->lost));
	member(out, "cost", cost_object(snapshot));
	fputs("}\n", out);
}

static void put_failures(FILE *out, const struct snapshot *snapshot)
{
	size_t i;

	fputs(",\"failures_by_route\":[", out);
	for (i = 0; i < snapshot->nr_failures; i++) {
		fputs(i ? "," : "", out);
		json_put(out, view_json_failure(snapshot, &snapshot->failures[i]));
	}
	fputc(']', out);
}

/* The members of these names; ends with NULL. */
static struct json_object *named_object(const struct field *fields, const char *const *names,
					const void *row)
{
	struct json_object *object = json_object_new_object();
	struct value value;

	for (; *names; names++) {
		field_by_name(fields, *names)->get(NULL, row, &value);
		json_object_object_add(object, *names, from_value(&value));
	}
	return object;
}

struct json_object *view_json_route_key(const struct route_key *key)
{
	static const char *const names[] = { "proto", "src", "dst", "dport", NULL };
	const struct route route = { .key = *key };

	return named_object(route_fields, names, &route);
}

struct json_object *view_json_gone_route(const struct route *route)
{
	static const char *const names[] = { "netns", "proto", "src", "dst", "dport", NULL };

	return named_object(route_fields, names, route);
}

struct json_object *view_json_gone_failure(const struct failure *failure)
{
	static const char *const names[] = { "netns", "proto", "src",	"dst", "dport",
					     "call",  "cause", "errno", NULL };

	return named_object(failure_fields, names, failure);
}

static void put_routes(FILE *out, const struct snapshot *snapshot, const struct rows *routes)
{
	size_t i;

	for (i = 0; i < routes->nr; i++) {
		fputs(i ? "," : "", out);
		json_put(out, view_json_route(snapshot, routes->rows[i]));
	}
}

int view_json_routes(FILE *out, const struct snapshot *snapshot)
{
	struct rows routes;

	if (view_rows(&views[0], snapshot, NULL, false, &routes))
		return -ENOMEM;
	put_routes(out, snapshot, &routes);
	rows_free(&routes);
	return 0;
}

int view_json(FILE *out, const struct snapshot *snapshot, const struct view *view,
	      const struct field *sort)
{
	struct rows routes;
	size_t i;
	int err;

	if (view_rows(&views[0], snapshot, view == &views[0] ? sort : NULL, false, &routes))
		return -ENOMEM;
	view_json_begin(out, snapshot);
	fputs(",\"netns\":[", out);
	for (i = 0; i < snapshot->nr_netns; i++) {
		fputs(i ? "," : "", out);
		json_put(out, view_json_netns(snapshot, &snapshot->netns[i]));
	}
	fputs("],\"routes\":[", out);
	put_routes(out, snapshot, &routes);
	fputc(']', out);
	err = view_json_sums(out, snapshot);
	put_failures(out, snapshot);
	view_json_end(out, snapshot);
	rows_free(&routes);
	return err;
}
