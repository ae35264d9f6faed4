// SPDX-License-Identifier: GPL-2.0-only
/* Failures in a report: how many, whose, where in the program, and how long the search took. */
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "report_case.h"

static void add_event(struct report *report, const struct event_sample *sample)
{
	assert_int_equal(report_add_event(report, &sample->event), 0);
}

/* ---- How many ---- */

/* Counted by counters: 40; told of: 3, held back: 36; one was lost. */
static void counters_count_all(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct timespec wall = { .tv_sec = CASE_START };
	const struct report_kind *kind;
	struct event_sample sample;
	struct snapshot *snapshot;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		case_event(&sample, 0.1 * (i + 1), 80);
		add_event(report, &sample);
	}
	case_held(report, 1, 80, 36);
	assert_int_equal(report_add_lost(report, &wall, 1), 0);
	snapshot = case_snapshot(1, true);
	case_route(snapshot, 80, 0, 1);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 40);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->kinds.nr, 1);
	kind = report->list.kinds[0];
	assert_int_equal(kind->counted, 40);
	assert_int_equal(kind->told, 3);
	assert_int_equal(kind->held, 36);
	assert_int_equal(report_kind_count(kind), 40);
	assert_int_equal(report_failures(report), 40);
	assert_int_equal(kind->first_ns, case_ns(0.1));
	assert_int_equal(kind->last_ns, case_ns(0.3));
	assert_int_equal(report->lost.held, 36);
	assert_int_equal(report->lost.events, 1);
	report_free(report);
}

/* A recording that was cut has events after its last snapshot. */
static void events_after_the_last_snapshot_count(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;
	struct snapshot *snapshot = case_snapshot(0, true);
	int i;

	(void)state;
	case_route(snapshot, 80, 0, 1);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 1);
	case_add(report, snapshot);
	for (i = 0; i < 4; i++) {
		case_event(&sample, i, 80);
		add_event(report, &sample);
	}
	assert_int_equal(report_finish(report, true), 0);
	assert_int_equal(report_failures(report), 4);
	assert_true(report->is_cut);
	report_free(report);
}

static void kinds_are_told_apart(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot = case_snapshot(0, true);

	(void)state;
	case_route(snapshot, 80, 0, 1);
	case_route(snapshot, 443, 0, 1);
	case_failure(snapshot, 80, CAUSE_RANGE_EXHAUSTED, 2);
	case_failure(snapshot, 443, CAUSE_RANGE_EXHAUSTED, 3);
	case_failure(snapshot, 80, CAUSE_TUPLE_IN_USE, 9);
	case_add(report, snapshot);
	case_finish(report);
	assert_int_equal(report->kinds.nr, 2);
	assert_int_equal(((struct report_kind *)report->list.kinds[0])->key.cause,
			 CAUSE_TUPLE_IN_USE);
	assert_int_equal(((struct report_kind *)report->list.kinds[1])->counted, 5);
	assert_int_equal(report_failures(report), 14);
	report_free(report);
}

/* ---- Whose ---- */

static void callers_with_what_was_last(void **state)
{
	struct report *report = case_report(NULL, NULL);
	const struct report_caller *caller;
	struct event_sample sample;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		case_event(&sample, i, 80 + i);
		add_event(report, &sample);
	}
	event_sample_bind(&sample);
	add_event(report, &sample);
	case_finish(report);
	assert_int_equal(report->callers.nr, 2);
	caller = report->list.callers[0];
	assert_int_equal(caller->count, 3);
	assert_int_equal(caller->key.pid, 812);
	assert_string_equal(caller->key.comm, "php-fpm");
	assert_string_equal(caller->key.cgroup, "/system.slice/php-fpm.service");
	assert_int_equal(caller->first_ns, case_ns(0));
	assert_int_equal(caller->last_ns, case_ns(2));
	assert_int_equal(caller->route.dport, 82);
	assert_true(caller->binds_before_connect);
	assert_false(caller->has_holder);
	caller = report->list.callers[1];
	assert_int_equal(caller->key.pid, 900);
	assert_int_equal(caller->sport, 8080);
	assert_true(caller->has_holder);
	assert_int_equal(caller->holder_pid, 812);
	assert_string_equal(caller->holder_comm, "nginx");
	assert_string_equal(caller->holder_state, "listen");
	report_free(report);
}

/* ---- Where ---- */

static const char *folded(struct report *report, size_t row, uint64_t count)
{
	const struct report_stack *stack = report->list.stacks[row];

	assert_int_equal(stack->count, count);
	return stack->folded;
}

static void stacks_are_folded_with_the_outermost_first(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct stack_names names = {}, cut = { .user.cut = true }, none = {};
	struct event_sample sample;

	(void)state;
	stack_frames_add(&names.user, "connect");
	stack_frames_add(&names.user, "a;b [inlined]");
	stack_frames_add(&names.user, "main");
	stack_frames_add(&names.kernel, "sys_connect");
	stack_frames_add(&cut.user, "connect");
	cut.user.cut = true;
	case_event(&sample, 0, 80);
	sample.event.stack = &names;
	add_event(report, &sample);
	add_event(report, &sample);
	add_event(report, &sample);
	sample.event.stack = &cut;
	add_event(report, &sample);
	add_event(report, &sample);
	strcpy(sample.event.comm, "a;c");
	sample.event.stack = &none;
	add_event(report, &sample);
	/* Stacks were not asked for: nothing to tell. */
	sample.event.stack = NULL;
	add_event(report, &sample);
	case_finish(report);
	assert_int_equal(report->stacks.nr, 3);
	assert_string_equal(folded(report, 0, 3), "php-fpm;main;a:b [inlined];connect");
	assert_string_equal(folded(report, 1, 2), "php-fpm;...;connect");
	assert_string_equal(folded(report, 2, 1), "a:c;[no stack]");
	report_free(report);
	stack_frames_done(&names.user);
	stack_frames_done(&names.kernel);
	stack_frames_done(&cut.user);
}

/* A place where calls fail in several ways is a row for each, with its own cause. */
static void stacks_are_of_one_cause(void **state)
{
	static const uint8_t causes[] = { CAUSE_PORT_IN_USE, CAUSE_PORT_TAKEN_BY_CONNECTION,
					  CAUSE_ADDRESS_NOT_LOCAL };
	struct report *report = case_report(NULL, NULL);
	const struct report_stack *stack;
	struct stack_names names = {};
	struct event_sample sample;
	int i, j;

	(void)state;
	stack_frames_add(&names.user, "bind");
	case_event(&sample, 0, 80);
	sample.event.stack = &names;
	for (i = 0; i < 3; i++)
		for (j = 0; j < 7 - 2 * i; j++) {
			sample.what.cause = causes[i];
			add_event(report, &sample);
		}
	case_finish(report);
	assert_int_equal(report->stacks.nr, 3);
	for (i = 0; i < 3; i++) {
		stack = report->list.stacks[i];
		assert_int_equal(stack->count, 7 - 2 * i);
		assert_int_equal(stack->cause, causes[i]);
		assert_string_equal(stack->folded, "php-fpm;bind");
	}
	report_free(report);
	stack_frames_done(&names.user);
}

/* Its innermost frames are kept. */
/* Two namespaces, two protocols, two errnos: nothing of that is in its row. */
static void stacks_of_one_cause_are_one(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct stack_names names = {};
	struct event_sample sample;
	int i;

	(void)state;
	stack_frames_add(&names.user, "bind");
	for (i = 0; i < 4; i++) {
		case_event(&sample, i, 80);
		sample.event.stack = &names;
		sample.what.netns_inum = sample.what.route.netns = CASE_NETNS + (i == 1);
		sample.what.route.proto = i == 2 ? IPPROTO_UDP : IPPROTO_TCP;
		sample.what.err = i == 3 ? EADDRINUSE : EADDRNOTAVAIL;
		add_event(report, &sample);
	}
	case_finish(report);
	assert_int_equal(report->kinds.nr, 4);
	assert_int_equal(report->stacks.nr, 1);
	assert_string_equal(folded(report, 0, 4), "php-fpm;bind");
	report_free(report);
	stack_frames_done(&names.user);
}

static void a_stack_that_is_too_long_is_cut(void **state)
{
	struct report *report = case_report(NULL, NULL);
	struct stack_names names = {};
	struct event_sample sample;
	char name[200];
	const char *text;
	int i;

	(void)state;
	for (i = 0; i < MAX_STACK_NAMES; i++) {
		snprintf(name, sizeof(name), "%0180d", i);
		stack_frames_add(&names.user, name);
	}
	case_event(&sample, 0, 80);
	sample.event.stack = &names;
	add_event(report, &sample);
	case_finish(report);
	text = folded(report, 0, 1);
	assert_true(strlen(text) < REPORT_STACK_BYTES);
	assert_int_equal(strncmp(text, "php-fpm;...;0", 13), 0);
	snprintf(name, sizeof(name), ";%0180d", 0);
	assert_string_equal(text + strlen(text) - strlen(name), name);
	report_free(report);
	stack_frames_done(&names.user);
}

/* ---- How long ---- */

static void durations_of_failed_calls(void **state)
{
	static const struct {
		uint64_t ns;
		int bucket;
	} searches[] = { { 0, 0 },	  { 1023, 0 },	       { 1024, 1 },	  { 2047, 1 },
			 { 2048, 2 },	  { 16777215, 14 },    { 16777216, 15 }, { 1u << 31, 15 } };
	uint64_t expected[SEARCH_BUCKETS] = {};
	struct report *report = case_report(NULL, NULL);
	struct event_sample sample;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		case_event(&sample, i, 80);
		sample.what.duration_ns = searches[i].ns;
		add_event(report, &sample);
		expected[searches[i].bucket]++;
	}
	sample.what.duration_ns = NOT_MEASURED;
	add_event(report, &sample);
	case_finish(report);
	assert_memory_equal(report->failed_buckets, expected, sizeof(expected));
	assert_int_equal(report->failed_searches, 8);
	assert_int_equal(report->failed_unmeasured, 1);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_count_all),
		cmocka_unit_test(events_after_the_last_snapshot_count),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(callers_with_what_was_last),
		cmocka_unit_test(stacks_are_folded_with_the_outermost_first),
		cmocka_unit_test(stacks_are_of_one_cause),
		cmocka_unit_test(stacks_of_one_cause_are_one),
		cmocka_unit_test(a_stack_that_is_too_long_is_cut),
		cmocka_unit_test(durations_of_failed_calls),
	};

	return cmocka_run_group_tests_name("failures in a report", tests, NULL, NULL);
}
