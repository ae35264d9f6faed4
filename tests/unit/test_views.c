// SPDX-License-Identifier: GPL-2.0-only
/* Text and JSON of one snapshot that is made up here: every figure must come out again. */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "view.h"

static struct snapshot *make_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();
	struct failure *failure = snapshot_add_failure(snapshot);
	struct netns *netns = snapshot_add_netns(snapshot);
	struct route *route;

	snapshot->probe = "fentry";
	snapshot->wall.tv_sec = 1769860800; /* 2026-01-31 12:00:00 UTC */
	snapshot->wall.tv_nsec = 123456789;
	snapshot->lost.missed = NOT_KNOWN;
	strcpy(snapshot->host, "web-7");
	netns->inum = 42;
	strcpy(netns->name, "blue");
	netns->range_low = 32768;
	netns->range_high = 60999;
	netns->reserved = 17;
	route = add_route(snapshot, make_key(42, "10.0.0.5", "10.0.0.9", 3306), 1200, 3);
	route->bound_connects = 5;
	route->time_waits = 800;
	route->searches = 2;
	route->search_ns = 7000;
	route->search_buckets[2] = 2;
	route->allocations_per_s = 37;
	route->failures_per_s = 0.44;
	add_route(snapshot, make_key(42, "2001:db8::1", "2001:db8::2", 443), 7, 0);
	add_route(snapshot, make_key(43, "0.0.0.0", NULL, 0), 9, 0);
	add_route(snapshot, (struct route_key){ .overflow = 1 }, 11, 0);
	failure->key.route = make_key(42, "10.0.0.5", "10.0.0.9", 3306);
	failure->key.cause = CAUSE_RANGE_EXHAUSTED;
	failure->key.err = 99;
	failure->count = 3;
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
	return snapshot;
}

static char *show(int (*view)(FILE *, const struct snapshot *), const struct snapshot *snapshot)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view(out, snapshot), 0);
	fclose(out);
	return text;
}

static int as_json(FILE *out, const struct snapshot *snapshot)
{
	return view_json(out, snapshot, field_by_name("allocations"));
}

static int as_text(FILE *out, const struct snapshot *snapshot)
{
	return view_text(out, snapshot, field_by_name("allocations"), 132);
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	return value;
}

static void assert_member(struct json_object *object, const char *name, const char *expected)
{
	assert_string_equal(json_object_to_json_string_ext(member(object, name),
							   JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE),
			    expected);
}

static void json_has_every_figure(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	char *text = show(as_json, snapshot);
	struct json_object *line = json_tokener_parse(text), *netns, *route, *failure;

	(void)state;
	assert_non_null(line);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_member(line, "time", "\"2026-01-31T12:00:00.123456Z\"");
	assert_member(line, "host", "\"web-7\"");
	assert_member(line, "interval_s", "null");
	assert_member(member(line, "lost"), "routes", "0");
	assert_member(member(line, "lost"), "missed", "null");
	netns = json_object_array_get_idx(member(line, "netns"), 0);
	assert_member(netns, "name", "\"blue\"");
	assert_member(netns, "range", "[32768,60999]");
	assert_member(netns, "reserved", "17");
	assert_member(netns, "tw_reuse", "null");
	assert_member(netns, "allocations", "1207");
	route = json_object_array_get_idx(member(line, "routes"), 0);
	assert_member(route, "netns", "42");
	assert_member(route, "src", "\"10.0.0.5\"");
	assert_member(route, "dst", "\"10.0.0.9\"");
	assert_member(route, "dport", "3306");
	assert_member(route, "headroom", "null");
	assert_member(route, "allocations", "1200");
	assert_member(route, "allocations_per_s", "37.0");
	assert_member(route, "failures_per_s", "0.4");
	assert_member(route, "bound_connects", "5");
	assert_member(route, "search_ns", "7000");
	assert_member(route, "search_histogram", "[0,0,2,0,0,0,0,0,0,0,0,0,0,0,0,0]");
	failure = json_object_array_get_idx(member(line, "failures"), 0);
	assert_member(failure, "cause", "\"range_exhausted\"");
	assert_member(failure, "errno", "\"EADDRNOTAVAIL\"");
	assert_member(failure, "count", "3");
	json_object_put(line);
	free(text);
	snapshot_free(snapshot);
}

static void json_marks_what_has_no_row_of_its_own(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	char *text = show(as_json, snapshot);
	struct json_object *line = json_tokener_parse(text);
	struct json_object *route = json_object_array_get_idx(member(line, "routes"), 1);

	(void)state;
	assert_member(route, "allocations", "11");
	assert_member(route, "overflow", "true");
	assert_member(route, "netns", "null");
	assert_member(route, "src", "null");
	assert_member(route, "search_ns", "null");
	assert_member(route, "search_histogram", "null");
	json_object_put(line);
	free(text);
	snapshot_free(snapshot);
}

static void text_shows_names_and_dashes(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	char *text = show(as_text, snapshot);

	(void)state;
	assert_non_null(strstr(text, "blue  tcp   10.0.0.5"));
	assert_non_null(strstr(text, "[2001:db8::2]:443"));
	assert_non_null(strstr(text, "(more routes)"));
	assert_non_null(strstr(text, "range_exhausted           EADDRNOTAVAIL  3\n"));
	assert_null(strstr(text, "nan"));
	free(text);
	snapshot_free(snapshot);
}

static void a_table_fits_its_width(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	const struct route **routes = routes_by_field(snapshot, field_by_name("allocations"));
	char line[TABLE_LINE_SIZE];
	struct table table;
	int width;
	size_t i;

	(void)state;
	for (width = 20; width <= 200; width++) {
		table_lay_out(&table, snapshot, routes, snapshot->nr_routes, width);
		table_heading(&table, line);
		assert_in_range(strlen(line), 0, width);
		for (i = 0; i < snapshot->nr_routes; i++) {
			table_row(&table, routes[i], line);
			assert_in_range(strlen(line), 0, width);
		}
	}
	free(routes);
	snapshot_free(snapshot);
}

static void rows_are_sorted_with_the_unknown_last(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	const struct route **routes = routes_by_field(snapshot, field_by_name("allocations_per_s"));

	(void)state;
	assert_int_equal(routes[0]->allocations, 1200);
	free(routes);
	routes = routes_by_field(snapshot, field_by_name("dport"));
	assert_int_equal(routes[0]->key.dport, 3306);
	assert_int_equal(routes[1]->key.dport, 443);
	free(routes);
	routes = routes_by_field(snapshot, field_by_name("src"));
	assert_int_equal(routes[0]->allocations, 9);
	free(routes);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_every_figure),
		cmocka_unit_test(json_marks_what_has_no_row_of_its_own),
		cmocka_unit_test(text_shows_names_and_dashes),
		cmocka_unit_test(a_table_fits_its_width),
		cmocka_unit_test(rows_are_sorted_with_the_unknown_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
