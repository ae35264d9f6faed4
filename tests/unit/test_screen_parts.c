// SPDX-License-Identifier: GPL-2.0-only
/* What the screen shows and curses has no part in: history, advice, header, counters since a moment. */
#include "unit.h"

#include <string.h>

#include "advice.h"
#include "header.h"
#include "playback.h"
#include "since.h"

static void sparks_go_from_nothing_to_the_highest(void **state)
{
	const double samples[] = { 9, NAN, 0, 1, 7, -1, 3.5 };
	char text[3 * HISTORY_SAMPLES + 1];

	(void)state;
	history_spark(samples, 7, 20, false, text);
	assert_string_equal(text, "# __+ :");
	history_spark(samples, 7, 4, false, text);
	assert_string_equal(text, ".# -");
	history_spark(samples, 7, 4, true, text);
	assert_string_equal(text, "▂█ ▄");
	history_spark(samples, 0, 4, true, text);
	assert_string_equal(text, "");
}

static struct snapshot *make(double second, uint64_t allocations, int64_t time_wait)
{
	struct snapshot *snapshot = new_census(second);
	struct route *route = add_route(snapshot, make_key(42, "10.0.0.1", "10.0.0.2", 80),
					allocations, allocations / 10);

	snapshot->probe = "fentry";
	route->occupancy.established = 4;
	route->occupancy.time_wait = time_wait;
	route->occupancy.other = 0;
	route->occupancy.used = 4 + time_wait;
	route->occupancy.capacity = 100;
	route->occupancy.headroom = 96 - time_wait;
	route->occupancy.reclaimable = 0;
	snapshot_add_netns(snapshot)->inum = 42;
	snapshot_sort(snapshot);
	return snapshot;
}

static void history_is_that_of_each_route(void **state)
{
	struct history history = {};
	const struct route_history *route;
	struct route_key key;
	int i;

	(void)state;
	for (i = 0; i < HISTORY_SAMPLES + 9; i++) {
		struct snapshot *snapshot = make(1 + i * HISTORY_ROUTE_S, i, i);

		key = snapshot->routes[0].key;
		history_add(&history, snapshot);
		snapshot->monotonic.tv_sec++; /* too soon for another of each route */
		history_add(&history, snapshot);
		snapshot_free(snapshot);
	}
	route = history_of(&history, &key);
	assert_non_null(route);
	assert_int_equal(route->nr, HISTORY_SAMPLES);
	assert_int_equal(route->samples[HISTORY_TIME_WAIT][0], 9);
	assert_int_equal(route->samples[HISTORY_TIME_WAIT][HISTORY_SAMPLES - 1],
			 HISTORY_SAMPLES + 8);
	key.dport = 81;
	assert_null(history_of(&history, &key));
	history_done(&history);
}

static void counters_since_a_moment(void **state)
{
	struct snapshot *then = make(1, 100, 0), *now = make(2, 130, 0), *since;

	(void)state;
	since = snapshot_since(now, then);
	assert_int_equal(since->routes[0].allocations, 30);
	assert_int_equal(since->routes[0].failures, 3);
	assert_int_equal(since->netns[0].allocations, 30);
	assert_int_equal(since->routes[0].occupancy.established, 4);
	assert_int_equal(now->routes[0].allocations, 130);
	snapshot_free(since);
	snapshot_free(then);
	snapshot_free(now);
}

static void assert_advice(const struct snapshot *snapshot, const char *expected)
{
	char text[ADVICE_SIZE];

	route_advice(snapshot, &snapshot->routes[0], text);
	if (!strstr(text, expected))
		fail_msg("\"%s\" does not say %s", text, expected);
}

static void advice_has_figures(void **state)
{
	struct snapshot *snapshot = make(1, 0, 0);
	struct occupancy *occupancy = &snapshot->routes[0].occupancy;

	(void)state;
	assert_advice(snapshot, "Nothing to do: 96 of 100");
	occupancy->eta_s = 12;
	assert_advice(snapshot, "the 96 ports that are left are gone in 12 s");
	occupancy->eta_s = NAN;
	occupancy->fast_headroom = 0;
	assert_advice(snapshot, "looks at 50 ports in vain");
	occupancy->used = 95;
	occupancy->established = 90;
	occupancy->time_wait = 5;
	occupancy->headroom = 5;
	assert_advice(snapshot, "95 of 100 ports are taken, 90 by established connections; 5 can");
	snapshot->netns[0].blocked = 70;
	snapshot->netns[0].blocked_by_bind_before_connect = 60;
	assert_advice(snapshot, "70 ports of the range are blocked, 60 by programs");
	occupancy->established = 4;
	occupancy->time_wait = 91;
	assert_advice(snapshot, "91 of them by TIME_WAIT: its program opens");
	snapshot->routes[0].occupancy.time_wait_left[0] = 17;
	assert_advice(snapshot, "91 of them by TIME_WAIT (17 of these end within 10 s): its");
	occupancy->headroom = NOT_KNOWN;
	assert_advice(snapshot, "not known");
	snapshot->routes[0].failures = 12;
	assert_advice(snapshot, "12 calls failed; their causes are below");
	occupancy->headroom = occupancy->capacity = 0;
	occupancy->time_wait = 0;
	snapshot->netns[0].blocked_by_bind_before_connect = 0;
	assert_advice(snapshot, "No port of the range can be used");
	snapshot->routes[0].key.overflow = 1;
	assert_advice(snapshot, "too many to count each");
	snapshot_free(snapshot);
}

static void advice_of_one(void **state)
{
	struct snapshot *snapshot = make(1, 0, 0);
	struct occupancy *occupancy = &snapshot->routes[0].occupancy;

	(void)state;
	occupancy->capacity = 2;
	occupancy->used = occupancy->headroom = 1;
	occupancy->eta_s = 12;
	assert_advice(snapshot, "At this rate the 1 port that is left is gone in 12 s");
	occupancy->fast_headroom = 0;
	assert_advice(snapshot, "looks at 1 port in vain before it finds the one that is left.");
	occupancy->time_wait = occupancy->time_wait_left[0] = 1;
	assert_advice(snapshot, "1 of 2 ports is taken, 1 of them by TIME_WAIT (1 of these ends within 10 s)");
	occupancy->time_wait = 0;
	snapshot->netns[0].blocked = snapshot->netns[0].blocked_by_bind_before_connect = 1;
	assert_advice(snapshot, "1 port of the range is blocked, 1 by programs");
	snapshot->netns[0].blocked_by_bind_before_connect = 0;
	occupancy->capacity = 1;
	occupancy->headroom = 0;
	assert_advice(snapshot, "1 of 1 port is taken, 4 by established connections; 0 can");
	snapshot->routes[0].key.proto = PORTTRACE_IPPROTO_UDP;
	occupancy->capacity = 10;
	occupancy->used = 9;
	occupancy->headroom = 1;
	assert_advice(snapshot, "9 of 10 ports are taken; 1 is left. its program needs");
	occupancy->headroom = NOT_KNOWN;
	snapshot->routes[0].failures = 1;
	assert_advice(snapshot, "1 call failed; its cause is below. What is left");
	snapshot_free(snapshot);
}

static void assert_header(const struct header *header, size_t number, const char *expected)
{
	char line[SUMMARY_LINE_SIZE];

	assert_true(header_line(header, number, line));
	if (!strstr(line, expected))
		fail_msg("\"%s\" does not say %s", line, expected);
}

static void the_header_is_short_where_there_is_no_room(void **state)
{
	struct snapshot *snapshot = make(1, 120, 0);
	struct history history = {};
	struct header header = { .snapshot = snapshot, .history = &history, .pace = "every 0.5 s" };
	char line[SUMMARY_LINE_SIZE];

	(void)state;
	assert_header(&header, 0, "probe fentry  every 0.5 s");
	assert_header(&header, 1, "allocated 120 (-/s)  failed 12");
	assert_header(&header, 3, "lost 0");
	assert_header(&header, 4, "no route is running out");
	assert_false(header_line(&header, 5, line));
	snapshot->routes[0].occupancy.eta_s = 3;
	assert_header(&header, 4, "closest tcp 10.0.0.2:80: 96 of 100 left, gone in 3.0 s");
	snapshot->routes[0].occupancy.headroom = 0;
	assert_header(&header, 4, "EXHAUSTED");
	header.is_short = true;
	assert_header(&header, 2, "lost 0");
	assert_false(header_line(&header, 3, line));
	snapshot_free(snapshot);
}

static void the_header_shows_nothing_that_is_not_known(void **state)
{
	struct snapshot *snapshot = make(1, 120, 0);
	struct history history = {};
	struct header header = { .snapshot = snapshot, .history = &history, .pace = "" };
	struct losses *lost = &snapshot->lost;

	(void)state;
	snapshot->census.age_s = NAN;
	assert_header(&header, 2, "census -");
	snapshot->census.age_s = 0.25;
	snapshot->census.cost_ms = snapshot->owners_facts.age_s = NAN;
	snapshot->census.sockets = NOT_KNOWN;
	assert_header(&header, 2, "census 0.2 s ago, -  sockets -  owners -");
	*lost = (struct losses){ NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
				 NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
				 NOT_KNOWN };
	assert_header(&header, 3, "lost -");
	snapshot_free(snapshot);
}

/* Forward, back and forward again is the same as forward. */
static void history_goes_back(void **state)
{
	struct history history = {};
	const struct route_history *route;
	struct route_key key;
	int i;

	(void)state;
	for (i = 1; i <= 10; i++) {
		struct snapshot *snapshot = make(i * HISTORY_ROUTE_S, i, i);

		key = snapshot->routes[0].key;
		snapshot_set_rates(snapshot, NULL);
		history_add(&history, snapshot);
		snapshot_free(snapshot);
	}
	for (i = 9; i >= 1; i--) {
		struct snapshot *snapshot = make(i * HISTORY_ROUTE_S, i, i);

		history_go_back(&history, snapshot);
		assert_int_equal(history.nr, i);
		route = history_of(&history, &key);
		assert_int_equal(route->nr, i);
		assert_int_equal(route->samples[HISTORY_TIME_WAIT][i - 1], i);
		snapshot_free(snapshot);
	}
	history_done(&history);
}

static void assert_pace(const struct playback *playback, const char *expected, double delay_s)
{
	char text[PLAYBACK_TEXT_SIZE];

	playback_text(playback, text);
	assert_string_equal(text, expected);
	assert_near(playback_delay_s(playback), delay_s, 1e-9);
}

static void a_recording_is_played_at_any_speed(void **state)
{
	struct playback playback;
	int i;

	(void)state;
	playback_init(&playback, 2, 0);
	assert_pace(&playback, "speed x1", 2);
	playback_change(&playback, true);
	assert_pace(&playback, "speed x2", 1);
	for (i = 0; i < 20; i++)
		playback_change(&playback, true);
	assert_pace(&playback, "as fast as possible", 0);
	playback_change(&playback, false);
	assert_pace(&playback, "speed x100", 0.02);
	for (i = 0; i < 20; i++)
		playback_change(&playback, false);
	assert_pace(&playback, "speed x0.1", 20);
	playback_init(&playback, 1, 0.3);
	assert_pace(&playback, "speed x3.33", 0.3);
	playback_change(&playback, true);
	assert_pace(&playback, "speed x5", 0.2);
	playback_init(&playback, 1, 0.3);
	playback_change(&playback, false);
	assert_pace(&playback, "speed x2", 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sparks_go_from_nothing_to_the_highest),
		cmocka_unit_test(history_is_that_of_each_route),
		cmocka_unit_test(history_goes_back),
		cmocka_unit_test(a_recording_is_played_at_any_speed),
		cmocka_unit_test(counters_since_a_moment),
		cmocka_unit_test(advice_has_figures),
		cmocka_unit_test(advice_of_one),
		cmocka_unit_test(the_header_is_short_where_there_is_no_room),
		cmocka_unit_test(the_header_shows_nothing_that_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
