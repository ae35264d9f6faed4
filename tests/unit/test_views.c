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
	return view_json(out, snapshot, &views[0], field_by_name(route_fields, "allocations"));
}

static int as_text(FILE *out, const struct snapshot *snapshot)
{
	return view_text(out, snapshot, &views[0], field_by_name(route_fields, "allocations"), 132);
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
	assert_member(route, "used_in_half", "null");
	assert_member(route, "search_histogram", "[0,0,2,0,0,0,0,0,0,0,0,0,0,0,0,0]");
	failure = json_object_array_get_idx(member(line, "failures"), 0);
	assert_member(failure, "cause", "\"range_exhausted\"");
	assert_member(failure, "errno", "\"EADDRNOTAVAIL\"");
	assert_member(failure, "count", "3");
	failure = json_object_array_get_idx(member(line, "failures_by_route"), 0);
	assert_member(failure, "src", "\"10.0.0.5\"");
	assert_member(failure, "dst", "\"10.0.0.9\"");
	assert_member(failure, "dport", "3306");
	assert_member(failure, "overflow", "false");
	assert_member(failure, "failures_per_s", "null");
	assert_member(failure, "last", "null");
	assert_member(failure, "cause", "\"range_exhausted\"");
	assert_member(failure, "count", "3");
	assert_member(netns, "tw_reuse_delay_ms", "null");
	assert_member(netns, "tcp_timestamps", "null");
	assert_member(line, "kernel", "null");
	assert_member(member(line, "cost"), "census_fresh", "null");
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
	assert_non_null(strstr(text, "range_exhausted EADDRNOTAVAIL     3\n"));
	assert_null(strstr(text, "nan"));
	free(text);
	snapshot_free(snapshot);
}

static void a_table_fits_its_width(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct table_want want = { .fields = route_fields };
	char line[TABLE_LINE_SIZE];
	struct table table;
	struct rows rows;
	size_t i;

	(void)state;
	assert_int_equal(view_rows(&views[0], snapshot, NULL, false, &rows), 0);
	for (want.width = 20; want.width <= 600; want.width++) {
		assert_int_equal(table_fill(&table, &want, snapshot, rows.rows, rows.nr), 0);
		assert_in_range(table_heading(&table, line), 0, want.width);
		for (i = 0; i < rows.nr; i++) {
			assert_in_range(table_row(&table, i, line), 0, want.width);
			assert_int_equal(strlen(line), table_row(&table, i, line));
		}
		table_free(&table);
	}
	rows_free(&rows);
	snapshot_free(snapshot);
}

static bool has_column(const struct table_want *want, const struct snapshot *snapshot,
		       const char *name)
{
	const void *row = &snapshot->routes[0];
	struct table table;
	bool has;

	assert_int_equal(table_fill(&table, want, snapshot, &row, 1), 0);
	has = table_column_of(&table, name);
	table_free(&table);
	return has;
}

static void columns_go_by_rank_and_what_is_sorted_by_stays(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct table_want want = { .fields = route_fields, .width = 70 };

	(void)state;
	assert_true(has_column(&want, snapshot, "headroom"));
	assert_false(has_column(&want, snapshot, "search_us"));
	want.sort = field_by_name(route_fields, "search_us");
	assert_true(has_column(&want, snapshot, "search_us"));
	want.hide = field_by_name(route_fields, "namespace");
	assert_false(has_column(&want, snapshot, "namespace"));
	want.sort = want.hide;
	assert_true(has_column(&want, snapshot, "namespace"));
	want.width = 500;
	want.most_rank = 3;
	assert_true(has_column(&want, snapshot, "eta_s"));
	assert_false(has_column(&want, snapshot, "owner"));
	snapshot_free(snapshot);
}

/* What is left towards where, and what it is sorted by: on 40 columns with and without namespaces. */
static void headroom_is_among_the_last_columns_to_go(void **state)
{
	static const char *const stay[] = { "destination", "headroom", "allocations_per_s" };
	struct snapshot *snapshot = make_snapshot();
	struct table_want want = { .fields = route_fields, .width = 40,
				   .sort = field_by_name(route_fields, "allocations_per_s") };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(stay) / sizeof(stay[0]); i++)
		assert_true(has_column(&want, snapshot, stay[i]));
	assert_false(has_column(&want, snapshot, "source"));
	assert_true(has_column(&want, snapshot, "namespace"));
	want.hide = field_by_name(route_fields, "namespace");
	for (i = 0; i < sizeof(stay) / sizeof(stay[0]); i++)
		assert_true(has_column(&want, snapshot, stay[i]));
	assert_true(has_column(&want, snapshot, "proto"));
	snapshot_free(snapshot);
}

/* The line of the first route among the rows. */
static void make_line(const struct snapshot *snapshot, int width, char line[TABLE_LINE_SIZE])
{
	const struct table_want want = { .fields = route_fields, .width = width, .most_rank = 3 };
	const void *row = &snapshot->routes[0];
	struct table table;

	assert_int_equal(table_fill(&table, &want, snapshot, &row, 1), 0);
	table_row(&table, 0, line);
	table_free(&table);
}

static void assert_cell(const char *line, const char *cell, bool is_there)
{
	if (!strstr(line, cell) == is_there)
		fail_msg("\"%s\" has %s'%s'", line, is_there ? "no " : "", cell);
}

/* Of an address its end: a quarter of the width, and 21 at least. What comes after is still there. */
static void long_addresses_are_cut_at_their_beginning(void **state)
{
	struct snapshot *snapshot = snapshot_new();
	struct route *route;
	char line[TABLE_LINE_SIZE];

	(void)state;
	route = add_route(snapshot, make_key(7, "2001:db8:1111:2222:3333:4444:5555:6666",
					     "2001:db8:1111:2222:3333:4444:5555:7777", 54321), 1, 0);
	route->occupancy.headroom = 28001;
	make_line(snapshot, 80, line);
	assert_cell(line, " <:3333:4444:5555:6666 ", true);
	assert_cell(line, " <444:5555:7777]:54321 ", true);
	assert_cell(line, " 28001", true);
	make_line(snapshot, 120, line);
	assert_cell(line, " <1111:2222:3333:4444:5555:6666 ", true);
	make_line(snapshot, 200, line);
	assert_cell(line, " 2001:db8:1111:2222:3333:4444:5555:6666 ", true);
	assert_cell(line, " [2001:db8:1111:2222:3333:4444:5555:7777]:54321 ", true);
	assert_cell(line, "<", false);
	make_line(snapshot, 16, line);
	assert_string_equal(line, "<555:7777]:54321");
	snapshot_free(snapshot);
}

/* The allocations of the first three routes in that order. */
static void assert_order(const struct snapshot *snapshot, const char *field, bool reversed,
			 uint64_t first, uint64_t second, uint64_t third)
{
	const uint64_t expected[] = { first, second, third };
	struct rows rows;
	size_t i;

	assert_int_equal(view_rows(&views[0], snapshot, field_by_name(route_fields, field),
				   reversed, &rows), 0);
	for (i = 0; i < 3; i++) {
		const struct route *route = rows.rows[i];

		assert_int_equal(route->allocations, expected[i]);
	}
	rows_free(&rows);
}

static void rows_are_sorted_with_the_unknown_last(void **state)
{
	struct snapshot *snapshot = make_snapshot();

	(void)state;
	assert_order(snapshot, "allocations_per_s", false, 1200, 11, 7);
	assert_order(snapshot, "dport", false, 1200, 7, 11);
	assert_order(snapshot, "dport", true, 7, 1200, 11);
	assert_order(snapshot, "src", false, 9, 1200, 7);
	assert_order(snapshot, "src", true, 7, 1200, 9);
	assert_order(snapshot, "allocations", true, 7, 9, 11);
	snapshot_free(snapshot);
}

static void assert_text(const struct value *value, const char *expected)
{
	char text[VALUE_TEXT_SIZE];

	assert_int_equal(value_format(value, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

static void values_as_text(void **state)
{
	struct value value = { .mark = '~' };

	(void)state;
	value_set_count(&value, INT64_MAX);
	assert_text(&value, "~9223372036854775807");
	value_set_count(&value, NOT_KNOWN);
	assert_text(&value, "-");
	value.mark = 0;
	value_set_count(&value, 0);
	assert_text(&value, "0");
	value_set_rate(&value, 0.96);
	assert_text(&value, "1.0");
	value_set_rate(&value, 12345.64);
	assert_text(&value, "12345.6");
	value_set_rate(&value, NAN);
	assert_text(&value, "-");
	value_set_process(&value, "crowd", 17);
	assert_text(&value, "crowd[17]");
	value_set_process(&value, "crowd", 0);
	assert_text(&value, "-");
	value = (struct value){ .kind = VALUE_RANGE, .range = { 32768, 60999 } };
	assert_text(&value, "32768-60999");
}

static void bars(void **state)
{
	struct value value = { .kind = VALUE_BAR, .bar.room = { 100, 100 } };

	(void)state;
	assert_text(&value, "[     |     ]");
	value.bar.used[HALF_FAST] = 1;
	assert_text(&value, "[#    |     ]");
	value.bar.used[HALF_FAST] = 99;
	assert_text(&value, "[#### |     ]");
	value.bar.used[HALF_FAST] = 100;
	value.bar.used[HALF_SLOW] = 41;
	assert_text(&value, "[#####|===  ]");
	value.bar.used[HALF_SLOW] = 200;
	assert_text(&value, "[#####|=====]");
	value.bar.room[HALF_FAST] = 0;
	assert_text(&value, "[     |=====]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_every_figure),
		cmocka_unit_test(json_marks_what_has_no_row_of_its_own),
		cmocka_unit_test(text_shows_names_and_dashes),
		cmocka_unit_test(a_table_fits_its_width),
		cmocka_unit_test(columns_go_by_rank_and_what_is_sorted_by_stays),
		cmocka_unit_test(headroom_is_among_the_last_columns_to_go),
		cmocka_unit_test(long_addresses_are_cut_at_their_beginning),
		cmocka_unit_test(rows_are_sorted_with_the_unknown_last),
		cmocka_unit_test(values_as_text),
		cmocka_unit_test(bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
