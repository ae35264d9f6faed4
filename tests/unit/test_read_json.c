// SPDX-License-Identifier: GPL-2.0-only
/* A line that was written is read, and written again: it has to be the same, byte by byte. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "read_json.h"
#include "sample.h"
#include "since.h"

/* As one that reads it does: what is behind the end of the line is not to be looked at. */
static int read_text(const char *text, struct snapshot **ret_snapshot, struct reason *reason)
{
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int err;

	memcpy(copy, text, length);
	*ret_snapshot = snapshot_new();
	reason->text[0] = '\0';
	err = read_json(copy, length, *ret_snapshot, reason);
	free(copy);
	return err;
}

static struct snapshot *must_read(const char *text)
{
	struct snapshot *snapshot;
	struct reason reason;

	if (read_text(text, &snapshot, &reason))
		fail_msg("%s: %s", reason.text, text);
	return snapshot;
}

static void must_come_back(struct snapshot *snapshot)
{
	char *line = line_of(snapshot), *again;
	struct snapshot *got = must_read(line);

	again = line_of(got);
	assert_string_equal(again, line);
	free(again);
	free(line);
	snapshot_free(got);
	snapshot_free(snapshot);
}

static void a_full_snapshot_comes_back(void **state)
{
	(void)state;
	must_come_back(make_full_snapshot());
}

static void what_is_not_known_comes_back(void **state)
{
	(void)state;
	must_come_back(make_unknown_snapshot());
	must_come_back(make_large_snapshot(0));
}

/* NAN is the same as NAN. */
static void assert_same_rate(double is, double was)
{
	if (!isnan(is) || !isnan(was))
		assert_float_equal(is, was, 0.051);
}

static void assert_same_failure(const struct failure *is, const struct failure *was)
{
	assert_memory_equal(&is->key, &was->key, sizeof(is->key));
	assert_int_equal(is->count, was->count);
	assert_same_rate(is->per_s, was->per_s);
	assert_int_equal(is->last.wall.tv_sec, was->last.wall.tv_sec);
	assert_int_equal(is->last.wall.tv_nsec, was->last.wall.tv_nsec);
	assert_int_equal(is->last.pid, was->last.pid);
	assert_int_equal(is->last.sport, was->last.sport);
	assert_string_equal(is->last.comm, was->last.comm);
	assert_int_equal(!is->last.cgroup, !was->last.cgroup);
	if (was->last.cgroup)
		assert_string_equal(is->last.cgroup, was->last.cgroup);
}

static void assert_same_netns(const struct netns *is, const struct netns *was)
{
	assert_int_equal(is->inum, was->inum);
	assert_string_equal(is->name, was->name);
	assert_true(netns_same_settings(is, was));
	assert_int_equal(is->reserved, was->reserved);
	assert_int_equal(is->blocked, was->blocked);
	assert_int_equal(is->blocked_by_bind_before_connect, was->blocked_by_bind_before_connect);
	assert_int_equal(is->time_wait, was->time_wait);
	assert_int_equal(is->time_wait_max, was->time_wait_max);
	assert_int_equal(is->allocations, was->allocations);
	assert_int_equal(is->failures, was->failures);
	assert_int_equal(is->least_headroom, was->least_headroom);
	assert_same_rate(is->allocations_per_s, was->allocations_per_s);
	assert_same_rate(is->failures_per_s, was->failures_per_s);
}

/* Whatever a view has in its columns has to be in the line. */
static void all_views_show_the_same(void **state)
{
	struct snapshot *snapshot = make_full_snapshot();
	char *line = line_of(snapshot), *was, *is;
	struct snapshot *got = must_read(line);
	const struct view *view;

	(void)state;
	for (view = views; view->name; view++) {
		was = text_of(snapshot, view);
		is = text_of(got, view);
		assert_string_equal(is, was);
		free(was);
		free(is);
	}
	free(line);
	snapshot_free(got);
	snapshot_free(snapshot);
}

/* Its memory is used again, but for its texts; copies are as good as the one they are of. */
static void a_cleared_snapshot_takes_another_line(void **state)
{
	struct snapshot *snapshot = make_full_snapshot(), *got, *copy, *since;
	char *line = line_of(snapshot), *again;
	struct reason reason;

	(void)state;
	got = must_read(line);
	copy = snapshot_copy(got);
	snapshot_clear(got);
	assert_int_equal(read_json(line, strlen(line), got, &reason), 0);
	since = snapshot_since(got, copy);
	snapshot_free(copy);
	assert_int_equal(since->failures[0].count, 0);
	free(text_of(since, view_by_name("processes")));
	snapshot_free(since);
	again = line_of(got);
	assert_string_equal(again, line);
	free(again);
	free(line);
	snapshot_free(got);
	snapshot_free(snapshot);
}

static void figures_are_where_they_were(void **state)
{
	struct snapshot *snapshot = make_full_snapshot();
	char *line = line_of(snapshot);
	struct snapshot *got = must_read(line);
	const struct route *was, *is;
	const struct owner *owners;
	struct route_key key;
	size_t i, nr;

	(void)state;
	assert_int_equal(got->nr_routes, snapshot->nr_routes);
	for (i = 0; i < got->nr_routes; i++) {
		was = &snapshot->routes[i];
		is = &got->routes[i];
		assert_memory_equal(&is->key, &was->key, sizeof(is->key));
		assert_int_equal(is->occupancy.headroom, was->occupancy.headroom);
		assert_int_equal(is->occupancy.source, was->occupancy.source);
		assert_int_equal(is->search_ns, was->search_ns);
		assert_memory_equal(is->occupancy.used_in_half, was->occupancy.used_in_half,
				    sizeof(is->occupancy.used_in_half));
		assert_memory_equal(is->occupancy.reclaimable_in_half,
				    was->occupancy.reclaimable_in_half,
				    sizeof(is->occupancy.reclaimable_in_half));
	}
	assert_int_equal(got->nr_failures, snapshot->nr_failures);
	for (i = 0; i < got->nr_failures; i++)
		assert_same_failure(&got->failures[i], &snapshot->failures[i]);
	assert_int_equal(got->nr_netns, snapshot->nr_netns);
	for (i = 0; i < got->nr_netns; i++)
		assert_same_netns(&got->netns[i], &snapshot->netns[i]);
	is = snapshot_find_route(got, &(struct route_key){ .overflow = 1 });
	assert_int_equal(is->allocations, 13);
	assert_int_equal(is->orphans, NOT_KNOWN);
	key = make_key(4026531840, "10.0.0.5", "10.0.0.9", 3306);
	is = snapshot_find_route(got, &key);
	assert_int_equal(is->orphans, 9);
	owners = snapshot_owners(got, &key, &nr);
	assert_int_equal(nr, 3);
	assert_string_equal(snapshot_find_process(got, &owners->key.process)->cgroup,
			    "/system.slice/php-fpm.service");
	assert_int_equal(got->monotonic.tv_sec, 12);
	assert_string_equal(got->probe, "fentry");
	assert_true(got->census.is_incomplete && !got->census.is_fresh);
	free(line);
	snapshot_free(got);
	snapshot_free(snapshot);
}

/* The line of before this version: as the contract has it, no more. */
#define NETNS "{\"inum\":42,\"name\":null,\"range\":[1,2],\"allocations\":1,\"failures\":0}"
#define ROUTE_KEY "\"netns\":42,\"proto\":\"tcp\",\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":3306"
#define COUNTERS "\"allocations\":1200,\"bound_connects\":0,\"failures\":3,\"time_waits\":800"
#define ROUTE "{" ROUTE_KEY "," COUNTERS "}"
#define FAILURE "{\"netns\":42,\"proto\":\"tcp\",\"call\":\"connect\",\"cause\":\"range_exhausted\"," \
		"\"errno\":\"EADDRNOTAVAIL\",\"count\":3}"
#define TIME "\"time\":\"2026-01-31T12:00:00.123456Z\",\"uptime_s\":12.0"
#define HEAD "{\"version\":1," TIME

static void what_is_missing_is_not_known(void **state)
{
	struct snapshot *got =
		must_read(HEAD ",\"routes\":[" ROUTE "],\"failures\":[" FAILURE "]}");
	const struct route *route = &got->routes[0];

	(void)state;
	assert_int_equal(got->nr_routes, 1);
	assert_int_equal(route->occupancy.headroom, NOT_KNOWN);
	assert_int_equal(route->occupancy.source, OCCUPANCY_UNKNOWN);
	assert_int_equal(route->searches, NOT_KNOWN);
	assert_true(isnan(route->occupancy.eta_s) && isnan(route->failures_per_s));
	assert_int_equal(got->lost.routes, NOT_KNOWN);
	assert_true(isnan(got->census.age_s) && isnan(got->period_s));
	assert_int_equal(got->nr_netns, 1);
	assert_int_equal(got->netns[0].reserved, NOT_KNOWN);
	assert_int_equal(got->nr_failures, 1);
	assert_int_equal(got->failures[0].key.err, EADDRNOTAVAIL);
	assert_string_equal(got->host, "");
	snapshot_free(got);
}

static void what_is_unknown_is_passed_over(void **state)
{
	struct snapshot *got = must_read(
		" { \"new\" : [ { \"a\" : [ -1.5e-3, \"\\u0041\", null, true, false, {}, [] ] } ] , "
		"\"version\" :\t1," TIME ",\"routes\":[{\"new\":{\"src\":1}," ROUTE_KEY "," COUNTERS
		"}],\"failures\":[{\"netns\":null,\"proto\":null,\"call\":\"dance\","
		"\"cause\":\"moon\",\"errno\":null,\"count\":1}]}\r");

	(void)state;
	assert_int_equal(got->nr_routes, 1);
	assert_string_equal(call_name(got->failures[0].key.call), "?");
	assert_string_equal(cause_name(got->failures[0].key.cause), "?");
	snapshot_free(got);
}

static void texts_are_made_printable(void **state)
{
	struct snapshot *got = must_read(
		HEAD ",\"host\":\"a\\u001b[31m\\n\",\"probe\":\"\xc3\xa9\",\"routes\":[{" ROUTE_KEY
		"," COUNTERS ",\"owners\":[{\"pid\":1,\"comm\":\"\\u001b]0;x\\u0007\","
		"\"cgroup\":\"/\\u202e\\ud83d\\ude00\",\"sockets\":1}]}]}");

	(void)state;
	assert_string_equal(got->host, "a?[31m?");
	assert_null(strpbrk(got->probe, "\xc3\xa9"));
	assert_string_equal(got->processes[0].comm, "?]0;x?");
	assert_null(strpbrk(got->processes[0].cgroup, "\xe2\xf0"));
	snapshot_free(got);
}

static void two_processes_of_one_pid_are_two(void **state)
{
	struct snapshot *got = must_read(
		HEAD ",\"routes\":[{" ROUTE_KEY "," COUNTERS ",\"owners\":["
		     "{\"pid\":5,\"comm\":\"a\",\"cgroup\":null,\"sockets\":9},"
		     "{\"pid\":5,\"comm\":\"b\",\"cgroup\":null,\"sockets\":8},"
		     "{\"pid\":5,\"comm\":\"a\",\"cgroup\":\"/c\",\"sockets\":7}]}]}");
	const struct owner *owners;
	size_t nr;

	(void)state;
	owners = snapshot_owners(got, &got->routes[0].key, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(got->nr_processes, 3);
	assert_string_equal(snapshot_find_process(got, &owners[1].key.process)->comm, "b");
	assert_string_equal(snapshot_find_process(got, &owners[2].key.process)->cgroup, "/c");
	snapshot_free(got);
}

#define WITH_ROUTE(members) HEAD ",\"routes\":[{" members "}]}"
#define WITH_OWNER(members) \
	WITH_ROUTE(ROUTE_KEY "," COUNTERS ",\"owners\":[{\"pid\":1,\"sockets\":1," members "}]")
#define OTHER_KEY(src, dst, dport) \
	WITH_ROUTE("\"netns\":42,\"proto\":\"tcp\",\"src\":" src ",\"dst\":" dst ",\"dport\":" dport \
		   "," COUNTERS)
#define COUNT16 "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
#define DEEP8 "[[[[[[[["

/* Lines, and what is said of them. */
static const struct {
	const char *text, *told;
} wrong[] = {
	{ "", "ends in the middle" },
	{ " ", "ends in the middle" },
	{ "nonsense", "'n' instead of an object" },
	{ "null", "instead of an object" },
	{ "[]", "'[' instead of an object" },
	{ "{}", "no member 'version'" },
	{ "{\"version\":1}", "no member 'time'" },
	{ "{\"version\":2," TIME "}", "version: this porttrace reads version 1, and not 2" },
	{ "{\"version\":0," TIME "}", "and not 0" },
	{ "{\"version\":null," TIME "}", "version: 'n' instead of a number" },
	{ "{\"version\":\"1\"," TIME "}", "version: '\"' instead of a number" },
	{ HEAD, "ends in the middle" },
	{ HEAD ",", "ends in the middle" },
	{ HEAD ",}", "'}' instead of the name" },
	{ HEAD ",x:1}", "'x' instead of the name" },
	{ HEAD ",'x':1}", "''' instead of the name" },
	{ HEAD ",\"x\" 1}", "(unknown member): '1' instead of ':'" },
	{ HEAD ",\"x\":}", "(unknown member): '}' instead of a number" },
	{ HEAD ",\"x\":1 2}", "'2' instead of ',' or '}'" },
	{ HEAD ",\"x\":[1,]}", "']' instead of a number" },
	{ HEAD ",\"x\":[1}", "'}' instead of ',' or ']'" },
	{ HEAD ",\"x\":NaN}", "'N' instead of a number" },
	{ HEAD ",\"x\":Infinity}", "'I' instead of a number" },
	{ HEAD ",\"x\":True}", "'T' instead of a number" },
	{ HEAD ",\"x\":-}", "not a number" },
	{ HEAD ",\"x\":01}", "not a number" },
	{ HEAD ",\"x\":1.}", "not a number" },
	{ HEAD ",\"x\":1e}", "not a number" },
	{ HEAD ",\"x\":.5}", "'.' instead of a number" },
	{ HEAD ",\"x\":\"\\x\"}", "no string" },
	{ HEAD ",\"x\":\"\\u12\"}", "no string" },
	{ HEAD ",\"x\":\"a\nb\"}", "control character" },
	{ HEAD ",\"x\":\"\xff\"}", "no string: invalid utf-8" },
	{ HEAD ",\"x\":\"\xc3\"}", "no string" },
	{ HEAD ",\"x\":\"abc", "ends in the middle" },
	{ HEAD ",\"x\":\"abc\\", "ends in the middle" },
	{ HEAD ",\"x\":/**/1}", "'/' instead of a number" },
	{ HEAD ",\"x\":" DEEP8 DEEP8, "within each other" },
	{ HEAD "} {}", "'{' instead of the end" },
	{ HEAD "}\x01", "byte 0x01 instead of the end" },
	{ HEAD ",\"version\":1}", "version: there are two members of that name" },
	{ HEAD ",\"host\":1}", "host: '1' instead of a string" },
	{ HEAD ",\"host\":\"a\\u0000b\"}", "host: a string with a zero" },
	{ HEAD ",\"host\":\"0123456789012345678901234567890123456789"
	       "0123456789012345678901234567890123456789\"}",
	  "host: a string of more than 64 bytes" },
	{ HEAD ",\"interval_s\":-1}", "-1 is not a number from 0" },
	{ HEAD ",\"interval_s\":1e999}", "is not a number from 0" },
	{ HEAD ",\"interval_s\":\"1\"}", "instead of a number" },
	{ HEAD ",\"lost\":[]}", "lost: '[' instead of an object" },
	{ HEAD ",\"cost\":null}", "cost: 'n' instead of an object" },
	{ HEAD ",\"cost\":{\"census_fresh\":1}}", "cost.census_fresh: '1' instead of true" },
	{ HEAD ",\"lost\":{\"routes\":-1}}", "lost.routes: -1 is not a whole number from 0" },
	{ HEAD ",\"lost\":{\"routes\":1.0}}", "1.0 is not a whole number" },
	{ HEAD ",\"lost\":{\"routes\":99999999999999999999}}", "is not a whole number from" },
	{ HEAD ",\"lost\":{\"routes\":000000}}", "not a number" },
	{ HEAD ",\"lost\":{\"routes\":1111111111111111111111111111111111111111111111111111"
	       "111111111111111111111111111111111111}}", "more than 63 characters" },
	{ "{\"version\":1,\"time\":\"yesterday\",\"uptime_s\":1}", "time: 'yesterday' is not" },
	{ "{\"version\":1,\"time\":\"2026-01-31T12:00:00\",\"uptime_s\":1}", "is not a time" },
	{ "{\"version\":1,\"time\":\"1969-12-31T23:59:59Z\",\"uptime_s\":1}",
	  "time: '1969-12-31T23:59:59Z' is not a time from 1970 to 2242" },
	{ "{\"version\":1,\"time\":\"9999-12-31T23:59:59.000000Z\",\"uptime_s\":1}",
	  "is not a time from 1970 to 2242" },
	{ "{\"version\":1,\"time\":null,\"uptime_s\":1}", "time: 'n' instead of a string" },
	{ HEAD ",\"routes\":{}}", "routes: '{' instead of an array" },
	{ HEAD ",\"routes\":[1]}", "routes[0]: '1' instead of an object" },
	{ HEAD ",\"routes\":[" ROUTE ",{}]}", "routes[1]: no member 'netns'" },
	{ HEAD ",\"routes\":[" ROUTE "," ROUTE "]}", "two rows of one route" },
	{ HEAD ",\"netns\":[" NETNS "," NETNS "]}", "two rows of one namespace" },
	{ HEAD ",\"netns\":[{\"inum\":null}]}", "netns[0]: no member 'allocations'" },
	{ HEAD ",\"netns\":[{\"inum\":0,\"allocations\":1,\"failures\":1}]}", "no such" },
	{ HEAD ",\"netns\":[{\"range\":[1]}]}", "netns[0].range: a range has two ends" },
	{ HEAD ",\"netns\":[{\"range\":[1,2,3]}]}", "a range has two ends" },
	{ HEAD ",\"netns\":[{\"range\":[1,65536]}]}", "netns[0].range[1]: 65536 is not" },
	{ HEAD ",\"netns\":[{\"blocked\":65537}]}", "netns[0].blocked: 65537 is not" },
	{ HEAD ",\"failures\":[" FAILURE ",{\"errno\":\"EWHAT\"}]}", "failures[1]: no member" },
	{ HEAD ",\"failures\":[{\"netns\":1,\"proto\":\"tcp\",\"call\":\"\",\"cause\":\"\","
	       "\"errno\":\"EWHAT\",\"count\":1}]}", "errno: 'EWHAT' is not" },
	{ HEAD ",\"netns\":[{\"least_headroom\":-1}]}", "netns[0].least_headroom: -1 is not" },
	{ HEAD ",\"failures_by_route\":[{\"last\":{}}]}", "last: no member 'time'" },
	{ HEAD ",\"failures_by_route\":[{\"last\":{\"time\":\"now\"}}]}",
	  "failures_by_route[0].last.time: 'now' is not a time" },
	{ HEAD ",\"failures_by_route\":[{\"last\":{\"sport\":65536}}]}", "sport: 65536 is" },
	{ OTHER_KEY("\"10.0.0\"", "null", "null"), "routes[0]: src: '10.0.0' is not an" },
	{ OTHER_KEY("\"10.0.0.0/8\"", "null", "null"), "is not an address" },
	{ OTHER_KEY("\"::\"", "\"x\"", "1"), "dst: 'x' is not an address" },
	{ OTHER_KEY("\"::\"", "\"::1\"", "null"), "one is known without the other" },
	{ OTHER_KEY("\"::\"", "null", "1"), "one is known without the other" },
	{ OTHER_KEY("\"::\"", "\"::1\"", "65536"), "routes[0].dport: 65536 is not" },
	{ OTHER_KEY("null", "null", "null,\"overflow\":false"), "src is null in rows" },
	{ OTHER_KEY("\"::\"", "null", "null,\"overflow\":true"), "src is null in rows" },
	{ WITH_ROUTE("\"netns\":4294967296"), "netns: 4294967296 is not" },
	{ WITH_ROUTE("\"netns\":1,\"proto\":\"sctp\"," COUNTERS), "neither tcp nor udp" },
	{ WITH_ROUTE("\"allocations\":null"), "allocations: 'n' instead of a number" },
	{ WITH_ROUTE("\"occupancy\":\"guess\""), "'guess' is none of census" },
	{ WITH_ROUTE("\"search_histogram\":[1]"), "fewer than 16" },
	{ WITH_ROUTE("\"search_histogram\":[" COUNT16 ",1]"), "more than 16" },
	{ WITH_ROUTE(ROUTE_KEY "," COUNTERS ",\"searches\":1"), "searches and search_hist" },
	{ WITH_ROUTE(ROUTE_KEY "," COUNTERS ",\"search_histogram\":[" COUNT16 "]"),
	  "searches and search_hist" },
	{ WITH_ROUTE("\"used_in_half\":[1]"), "used_in_half: fewer than 2" },
	{ WITH_ROUTE("\"used_in_half\":[1,2,3]"), "more than 2" },
	{ WITH_ROUTE(ROUTE_KEY "," COUNTERS ",\"used_in_half\":[1,2]"),
	  "used_in_half and reclaimable_in_half: one is known" },
	{ WITH_ROUTE("\"own_ranges\":[{\"range\":[0,0]}]"), "a range of nothing" },
	{ WITH_ROUTE("\"own_ranges\":[{\"range\":[1,2]}]"), "own_ranges[0]: no member" },
	{ WITH_ROUTE("\"owners\":[{}]"), "routes[0].owners[0]: no member 'pid'" },
	{ WITH_OWNER("\"comm\":\"0123456789abcdef\""), "comm: a string of more than 15" },
	{ WITH_OWNER("\"time_waits\":-3"), "-3 is not a whole" },
};

static void what_is_wrong_is_told(void **state)
{
	struct snapshot *snapshot;
	struct reason reason;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err = read_text(wrong[i].text, &snapshot, &reason);
		snapshot_free(snapshot);
		if (err != -EBADMSG || !strstr(reason.text, wrong[i].told))
			fail_msg("%d \"%s\" and not \"%s\" of %s", err, reason.text, wrong[i].told,
				 wrong[i].text);
	}
}

/* That many pieces, each with its number in the middle, between two others. */
static char *repeat(const char *head, const char *piece_head, const char *piece_tail, size_t times,
		    const char *tail)
{
	char *text = malloc(strlen(head) + strlen(tail) + 1 +
			    times * (strlen(piece_head) + strlen(piece_tail) + 10));
	char *end = stpcpy(text, head);
	size_t i;

	for (i = 1; i <= times; i++)
		end += sprintf(end, "%s%zu%s", piece_head, i, piece_tail);
	strcpy(end, tail);
	return text;
}

static void refuse(char *text, const char *told)
{
	struct snapshot *snapshot;
	struct reason reason;

	assert_int_equal(read_text(text, &snapshot, &reason), -EBADMSG);
	assert_non_null(strstr(reason.text, told));
	snapshot_free(snapshot);
	free(text);
}

static void more_than_any_line_has_is_refused(void **state)
{
	static const char route_head[] = "{\"netns\":",
			  route_tail[] = ",\"proto\":null,\"allocations\":1,"
					 "\"bound_connects\":0,\"failures\":0,\"time_waits\":0},";
	struct snapshot *snapshot;
	char *text;

	(void)state;
	refuse(repeat(HEAD ",\"routes\":[", route_head, route_tail, READ_JSON_MAX_ROWS + 1, "1]}"),
	       "routes[132096]: more than 132096 rows");
	refuse(repeat(HEAD ",\"routes\":[{\"owners\":[", "{\"pid\":5,\"comm\":\"",
		      "\",\"sockets\":9},", 100, "1]}]}"),
	       "too many different processes of one pid");
	refuse(repeat(HEAD ",\"x\":[", "[", "],", 1000000, "x]}"), "'x' instead");
	/* As many namespaces as routes: each is added once. */
	text = repeat(HEAD ",\"routes\":[", route_head, route_tail, 100000,
		      "{\"netns\":null,\"proto\":null,\"allocations\":1,\"bound_connects\":0,"
		      "\"failures\":0,\"time_waits\":0}]}");
	snapshot = must_read(text);
	assert_int_equal(snapshot->nr_netns, 100000);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
	free(text);
	snapshot_free(snapshot);
}

/* Says how long that takes; judges nothing, since others use this machine. */
static void a_large_line_comes_back(void **state)
{
	struct snapshot *snapshot = make_large_snapshot(10000), *got;
	char *line = line_of(snapshot);
	struct timespec from, to;

	(void)state;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	got = must_read(line);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	print_message("# 10,000 routes, %zu bytes: %.1f ms\n", strlen(line),
		      (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6);
	snapshot_free(got);
	free(line);
	must_come_back(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_snapshot_comes_back),
		cmocka_unit_test(what_is_not_known_comes_back),
		cmocka_unit_test(all_views_show_the_same),
		cmocka_unit_test(a_cleared_snapshot_takes_another_line),
		cmocka_unit_test(figures_are_where_they_were),
		cmocka_unit_test(what_is_missing_is_not_known),
		cmocka_unit_test(what_is_unknown_is_passed_over),
		cmocka_unit_test(texts_are_made_printable),
		cmocka_unit_test(two_processes_of_one_pid_are_two),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(more_than_any_line_has_is_refused),
		cmocka_unit_test(a_large_line_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
