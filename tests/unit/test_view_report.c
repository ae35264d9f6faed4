// SPDX-License-Identifier: GPL-2.0-only
/* A report that is made up, as text, as JSON, and folded. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "report_case.h"
#include "view_report.h"

static char *text_of_report(const struct report *report, const struct report_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view_report_text(out, report, style), 0);
	fclose(out);
	return text;
}

static char *json_of_report(const struct report *report)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	view_report_json(out, report);
	fclose(out);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in\n%s", part, text);
}

/* ---- Text ---- */

static const struct report_style plain = { .width = 80, .rows = 10 };

static void text_in_the_order_in_which_people_ask(void **state)
{
	static const char *const parts[] = {
		"web-7, Linux -, probe fentry\n",
		"2026-01-31 12:00:00.0 to 12:00:02.0, 2.0 s; snapshots: 3, single events: 2\n",
		"\nExhausted: 1 of 2 routes\n",
		"  tcp 10.0.0.5 > 10.0.0.9:3306 in 42\n",
		"    12:00:00.2 to 12:00:01.0, 0.8 s, 5 failed; room again at 12:00:02.0\n",
		"    php-fpm[812] had 100 sockets, 40 TIME_WAIT\n",
		"\nFailed: 5\n",
		"    5 connect range_exhausted EADDRNOTAVAIL tcp   12:00:00.2 12:00:00.7",
		"\nWhose calls, of the 2 told of one by one\n",
		"    2 php-fpm[812] connect range_exhausted",
		"\nWhere in the programs",
		"       2  php-fpm  connect range_exhausted\n          connect < main\n",
		"\nRoutes, the closest to their end first; allocated 22, into TIME_WAIT 0\n",
		"10.0.0.9:3306          0 100 12:00:01.0       100",
		"10.0.0.9:443          98 100 12:00:02.0         2",
		"\nSearches for a port, by duration\n",
		"<  524.3 us            -            2  ####",
		"\nTIME_WAIT, by the processes that left it behind\n",
		"\nNetwork namespaces",
		"\nTimeline, 12:00:00.0 to ",
		"fullest %  ",
		"\nLost or left out\n",
		"  9 calls not followed to their end\n",
		"  3 failures counted, but not told of one by one (held back)\n",
	};
	struct report *report = case_whole("php-fpm", "/php");
	char *text = text_of_report(report, &plain);
	const char *at = text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("no '%s', or not in its place, in\n%s", parts[i], text);
	}
	free(text);
	report_free(report);
}

/* No line is wider than the screen; without UTF-8 there is nothing but ASCII. */
static void text_fits(void **state)
{
	static const int widths[] = { 60, 80, 132, 250 };
	struct report *report = case_whole("php-fpm", "/system.slice/a-cgroup-with-a-long-name");
	size_t i, length;
	char *text, *at;

	(void)state;
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		const struct report_style style = { .width = widths[i], .rows = 10 };

		text = text_of_report(report, &style);
		for (at = text; *at; at += length + 1) {
			length = strcspn(at, "\n");
			/* The head is what it is. */
			if (length > (size_t)widths[i] && widths[i] >= 80)
				fail_msg("%zu columns of %d: %.*s", length, widths[i], (int)length, at);
		}
		for (at = text; *at; at++)
			assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
		free(text);
	}
	report_free(report);
}

static void text_with_utf8(void **state)
{
	const struct report_style style = { .width = 80, .rows = 10, .utf8 = true };
	struct report *report = case_whole("php-fpm", "/php");
	char *text = text_of_report(report, &style);

	(void)state;
	assert_has(text, "█");
	free(text);
	report_free(report);
}

static void text_of_many_rows(void **state)
{
	const struct report_style style = { .width = 80, .rows = 1 };
	struct report *report = case_whole("php-fpm", "/php");
	char *text = text_of_report(report, &style);

	(void)state;
	assert_has(text, "10.0.0.9:3306 ");
	assert_null(strstr(text, "10.0.0.9:443 "));
	assert_has(text, "... and 1 more (-n)\n");
	free(text);
	report_free(report);
}

static void text_where_nothing_happened(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);
	char *text;

	(void)state;
	case_route(snapshot, 80, 1, 40);
	case_add(report, snapshot);
	case_finish(report);
	text = text_of_report(report, &plain);
	assert_has(text, "\nNothing was exhausted.\n"
			 "Closest was tcp 10.0.0.5 > 10.0.0.9:80 in 42: 60 of 100 left at 12:00:00.0\n");
	assert_has(text, "\nFailed: 0\n");
	assert_has(text, "by duration: none that failed; others are not measured\n");
	assert_has(text, "\nLost or left out\n  nothing\n");
	free(text);
	report_free(report);
}

/* What is not known is not 0, and not false. */
static void what_is_said_of_what_is_not_known(void **state)
{
	static const struct {
		int known, unknown;
		bool filtered;
		const char *text, *json;
	} cases[] = {
		{ 1, 0, false, "\nNothing was exhausted.\nClosest was ",
		  "\"exhausted\":false,\"exhausted_not_known\":0," },
		{ 1, 2, false, "\nNothing was exhausted, as far as is known: of 2 of 3 routes it is not.\n",
		  "\"exhausted\":false,\"exhausted_not_known\":2," },
		{ 0, 2, false, "not known: of no route it is known what was left.\n",
		  "\"exhausted\":null,\"exhausted_not_known\":2," },
		{ 0, 0, false, "\nNothing was exhausted.\n", "\"exhausted\":false," },
		{ 2, 0, true, "not known: there is no route that was asked for.\n",
		  "\"exhausted\":null," },
	};
	const struct filter filter = { .dport_low = 1, .dport_high = 1 };
	size_t i;
	int j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report *report = case_report(cases[i].filtered ? &filter : NULL, NULL);
		struct snapshot *snapshot = case_snapshot(0, true);
		char *text, *json;

		for (j = 0; j < cases[i].known + cases[i].unknown; j++)
			case_route(snapshot, 80 + j, 1, 40)->occupancy.headroom =
				j < cases[i].known ? 60 : NOT_KNOWN;
		case_add(report, snapshot);
		case_finish(report);
		text = text_of_report(report, &plain);
		json = json_of_report(report);
		assert_has(text, cases[i].text);
		assert_has(json, cases[i].json);
		free(text);
		free(json);
		report_free(report);
	}
}

static struct json_object *first_route(const struct report *report)
{
	char *text = json_of_report(report);
	struct json_object *object = json_tokener_parse(text), *routes, *route;

	assert_true(json_object_object_get_ex(object, "routes", &routes));
	route = json_object_get(json_object_array_get_idx(routes, 0));
	json_object_put(object);
	free(text);
	return route;
}

/* Of each member, whether it is null. */
static void assert_null_members(struct json_object *route, const char *const names[], bool is_null)
{
	struct json_object *value;

	for (; *names; names++) {
		assert_true(json_object_object_get_ex(route, *names, &value));
		if (!value != is_null)
			fail_msg("%s is %s", *names, json_object_to_json_string(value));
	}
}

/* Whether it was exhausted, without its headroom; what it counted, without a snapshot. */
static void what_no_snapshot_has_is_null_in_rows(void **state)
{
	static const char *const counters[] = { "allocations", "bound_connects", "time_waits",
						"failures", NULL };
	static const char *const times[] = { "exhausted_times", "exhausted_s",
					     "longest_exhausted_s", NULL };
	struct event_sample sample;
	struct snapshot *snapshot;
	struct json_object *route;
	struct report *report;
	int has_event;

	(void)state;
	for (has_event = 0; has_event < 2; has_event++) {
		report = case_report(NULL, NULL);
		case_event(&sample, 0, 80);
		snapshot = case_snapshot(0, true);
		case_route(snapshot, 80, 1, 40)->occupancy.headroom = NOT_KNOWN;
		if (has_event)
			assert_int_equal(report_add_event(report, &sample.event), 0);
		else
			case_add(report, snapshot);
		case_finish(report);
		route = first_route(report);
		assert_null_members(route, counters, has_event);
		assert_null_members(route, times, !has_event);
		json_object_put(route);
		if (has_event)
			snapshot_free(snapshot);
		report_free(report);
	}
}

/* Counters do not know whose, and there is nothing else. */
static void failures_that_nobody_knows_of(void **state)
{
	const struct filter filter = { .pid = 7 };
	struct report *report = case_report(&filter, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);
	char *text, *json;

	(void)state;
	case_failure(snapshot, 80, CAUSE_OTHER, 2);
	case_add(report, snapshot);
	case_finish(report);
	text = text_of_report(report, &plain);
	json = json_of_report(report);
	assert_has(text, "\nFailed: not known, ");
	assert_has(text, "by duration: none is known of\n");
	assert_has(json, "\"failures\":null,");
	free(text);
	free(json);
	report_free(report);
}

static void text_of_nothing_at_all(void **state)
{
	struct report *report = case_report(NULL, NULL);
	char *text;

	(void)state;
	case_finish(report);
	text = text_of_report(report, &plain);
	assert_has(text, "Nothing was recorded in that time.\n");
	free(text);
	report_free(report);
}

static void text_of_a_cut_recording(void **state)
{
	struct report *report = case_report(NULL, NULL);
	char *text;

	(void)state;
	case_add(report, case_snapshot(0, true));
	assert_int_equal(report_finish(report, true), 0);
	text = text_of_report(report, &plain);
	assert_has(text, "This recording has no end: ");
	assert_has(text, "the recording was cut\n");
	free(text);
	report_free(report);
}

/* ---- JSON ---- */

static void json_is_one_object_with_all(void **state)
{
	static const char *const parts[] = {
		"{\"version\":1,\"host\":\"web-7\",\"kernel\":null,\"probe\":\"fentry\",",
		"\"start\":\"2026-01-31T12:00:00.000000Z\",\"end\":\"2026-01-31T12:00:02.000000Z\","
		"\"duration_s\":2.000000,",
		"\"snapshots\":3,\"events\":2,\"cut\":false,\"damaged_line\":null,\"failures\":5,"
		"\"allocations\":22,",
		"\"exhausted\":true,\"exhausted_not_known\":0,\"episodes\":[{\"netns\":42,"
		"\"netns_name\":null,\"proto\":\"tcp\","
		"\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":3306,"
		"\"from\":\"2026-01-31T12:00:00.250000Z\",\"to\":\"2026-01-31T12:00:01.000000Z\","
		"\"until\":\"2026-01-31T12:00:02.000000Z\",\"duration_s\":0.750000,\"failures\":5}],",
		"\"errno\":\"EADDRNOTAVAIL\",\"count\":5,\"counted\":5,\"told\":2,\"held_back\":3,",
		"\"callers\":[{\"pid\":812,\"comm\":\"php-fpm\",\"cgroup\":\"/php\",",
		"\"stacks\":[{\"count\":2,\"comm\":\"php-fpm\",\"call\":\"connect\","
		"\"cause\":\"range_exhausted\",\"certain\":false,\"frames\":[\"main\",\"connect\"]}],",
		"\"exhausted_times\":1,\"exhausted_s\":0.750000,",
		"\"least_headroom\":0,\"least_headroom_time\":\"2026-01-31T12:00:01.000000Z\","
		"\"capacity\":100,\"peak_used\":100,",
		"\"searches\":null,\"search_ns\":null,\"holders\":[{\"pid\":812,",
		"\"all\":null,\"count\":null,\"sum_ns\":null,"
		"\"failed\":[0,0,0,0,0,0,0,0,0,2,0,0,0,0,0,0],",
		"\"time_wait_owners\":[{\"comm\":\"php-fpm\",\"cgroup\":\"/php\",\"pid\":812,"
		"\"processes\":1,\"peak\":40,",
		"\"lost\":{\"counters\":{\"routes\":0,",
		"\"held_back\":3,\"held_back_or_others\":0,\"events\":0,\"missed\":null,",
	};
	struct report *report = case_whole("php-fpm", "/php");
	char *text = json_of_report(report);
	struct json_object *object = json_tokener_parse(text);
	const char *at = text;
	size_t i;

	(void)state;
	assert_non_null(object);
	json_object_put(object);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("no '%s', or not in its place, in\n%s", parts[i], text);
	}
	free(text);
	report_free(report);
}

static void json_of_what_is_not_known_is_null(void **state)
{
	struct report *report = case_report(NULL, NULL);
	char *text;

	(void)state;
	case_finish(report);
	text = json_of_report(report);
	assert_has(text, "\"start\":null,\"end\":null,\"duration_s\":null,\"counted_from\":null,");
	assert_has(text, "\"failures\":null,\"allocations\":null,");
	assert_has(text, "\"exhausted\":null,\"exhausted_not_known\":0,\"episodes\":[],");
	assert_has(text, "\"lost\":{\"counters\":null,");
	free(text);
	report_free(report);
}

/* ---- Folded ---- */

static void folded_lines(void **state)
{
	struct report *report = case_whole("php;fpm", "/php");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(view_report_folded(out, report), 0);
	fclose(out);
	assert_string_equal(text, "php:fpm;main;connect 2\n");
	free(text);
	report_free(report);
}

/* A flame graph knows of places alone. */
static void folded_lines_of_one_place_are_one(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct stack_names names = {};
	struct event_sample sample;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	(void)state;
	stack_frames_add(&names.user, "connect");
	case_event(&sample, 0, 80);
	sample.event.stack = &names;
	for (i = 0; i < 5; i++) {
		snprintf(sample.event.comm, sizeof(sample.event.comm), "%s", i == 2 ? "b" : "a");
		sample.what.cause = i % 2 ? CAUSE_RANGE_EXHAUSTED : CAUSE_TUPLE_IN_USE;
		assert_int_equal(report_add_event(report, &sample.event), 0);
	}
	case_finish(report);
	assert_int_equal(report->stacks.nr, 3);
	assert_int_equal(view_report_folded(out, report), 0);
	fclose(out);
	assert_string_equal(text, "a;connect 4\nb;connect 1\n");
	free(text);
	report_free(report);
	stack_frames_done(&names.user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_in_the_order_in_which_people_ask),
		cmocka_unit_test(text_fits),
		cmocka_unit_test(text_with_utf8),
		cmocka_unit_test(text_of_many_rows),
		cmocka_unit_test(text_where_nothing_happened),
		cmocka_unit_test(what_is_said_of_what_is_not_known),
		cmocka_unit_test(what_no_snapshot_has_is_null_in_rows),
		cmocka_unit_test(failures_that_nobody_knows_of),
		cmocka_unit_test(text_of_nothing_at_all),
		cmocka_unit_test(text_of_a_cut_recording),
		cmocka_unit_test(json_is_one_object_with_all),
		cmocka_unit_test(json_of_what_is_not_known_is_null),
		cmocka_unit_test(folded_lines),
		cmocka_unit_test(folded_lines_of_one_place_are_one),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("views of a report", tests, NULL, NULL);
}
