// SPDX-License-Identifier: GPL-2.0-only
/* What a report leaves out: other routes, other processes, other namespaces. */
#include "unit.h"

#include <string.h>

#include "report_case.h"

static void only_what_the_filter_keeps(void **state)
{
	const struct filter filter = { .dport_low = 80, .dport_high = 80 };
	struct report *report = case_report(&filter, NULL);
	struct event_sample sample;
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 3, 1);
	case_route(snapshot, 443, 5, 1);
	case_failure(snapshot, 80, CAUSE_OTHER, 2);
	case_failure(snapshot, 443, CAUSE_OTHER, 4);
	case_add(report, snapshot);
	case_event(&sample, 1, 443);
	assert_int_equal(report_add_event(report, &sample.event), 0);
	case_held(report, 1, 443, 10);
	case_finish(report);
	assert_int_equal(report->routes.nr, 1);
	assert_int_equal(report->allocations, 3);
	assert_int_equal(report_failures(report), 2);
	assert_int_equal(report->events, 0);
	assert_int_equal(report->lost.held, 0);
	report_free(report);
}

/* Counters do not know whose failures they count: single events do. */
static void failures_of_a_process_are_those_told(void **state)
{
	struct filter filter = { .comm = "php-fpm" };
	struct report *report = case_report(&filter, NULL);
	struct event_sample sample;
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 3, 1);
	case_route(snapshot, 443, 5, 1);
	case_owner(snapshot, 80, 812, "php-fpm", NULL, 1, 0);
	case_owner(snapshot, 443, 900, "other", NULL, 1, 0);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 50);
	case_add(report, snapshot);
	case_event(&sample, 0.5, 80);
	assert_int_equal(report_add_event(report, &sample.event), 0);
	strcpy(sample.event.comm, "other");
	assert_int_equal(report_add_event(report, &sample.event), 0);
	case_held(report, 1, 80, 10);
	case_finish(report);
	assert_int_equal(report_failures(report), 1);
	assert_int_equal(report->lost.held, 10);
	assert_int_equal(report->routes.nr, 1);
	report_free(report);
}

static void only_one_namespace(void **state)
{
	const struct filter none = {};
	const struct report_want want = { .filter = &none, .netns = "blue" };
	struct report *report = report_new(&want);
	struct snapshot *snapshot = case_snapshot(0, true);
	struct route_key key = case_key(80);
	struct netns *netns = add_netns(snapshot, 7, 1, 2);

	(void)state;
	strcpy(netns->name, "blue");
	netns->time_wait = NOT_KNOWN;
	case_route(snapshot, 80, 3, 1);
	key.netns = 7;
	case_route(snapshot, 81, 4, 1)->key = key;
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->netns.nr, 1);
	assert_int_equal(report->allocations, 4);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_filter_keeps),
		cmocka_unit_test(failures_of_a_process_are_those_told),
		cmocka_unit_test(only_one_namespace),
	};

	return cmocka_run_group_tests_name("what is asked for", tests, NULL, NULL);
}
