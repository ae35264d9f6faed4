// SPDX-License-Identifier: GPL-2.0-only
/* Two reports of recordings that are made up: which rows belong together, and what changed most. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_case.h"
#include "table.h"
#include "view_report_diff.h"

/* Two seconds of one namespace with that number and name. */
struct run {
	uint32_t netns;
	const char *name;
	struct {
		uint16_t dport;
		int64_t used;
		uint64_t failures;
	} routes[4];
	int64_t time_waits; /* of php-fpm */
	bool is_only;	    /* there is no other namespace */
};

static struct route_key key_of(const struct run *run, uint16_t dport)
{
	struct route_key key = case_key(dport);

	key.netns = run->netns;
	return key;
}

static struct report *report_of(const struct run *run)
{
	struct report *report = case_report(NULL, NULL);
	struct snapshot *snapshot;
	int second, i;

	for (second = 0; second < 3; second++) {
		snapshot = case_snapshot(second, !second);
		snapshot->uptime_s = second;
		snapshot->netns[0].inum = run->netns;
		strcpy(snapshot->netns[0].name, run->name);
		if (!run->is_only)
			strcpy(add_netns(snapshot, 7, 1, 2)->name, "init");
		for (i = 0; i < 4 && run->routes[i].dport; i++) {
			uint16_t dport = run->routes[i].dport;

			case_route(snapshot, dport, 10 * second, run->routes[i].used)->key =
				key_of(run, dport);
			if (!run->routes[i].failures)
				continue;
			case_failure(snapshot, dport, CAUSE_RANGE_EXHAUSTED,
				     run->routes[i].failures);
			snapshot->failures[snapshot->nr_failures - 1].key.route =
				key_of(run, dport);
		}
		case_owner(snapshot, run->routes[0].dport, 812, "php-fpm", "/php", 1,
			   run->time_waits);
		snapshot->owners[0].key.route = key_of(run, run->routes[0].dport);
		case_add(report, snapshot);
	}
	case_finish(report);
	return report;
}

static const struct run before = { 100, "blue", { { 80, 50, 0 }, { 443, 20, 0 }, { 1, 5, 0 } }, 5, false };
/* After a boot the namespace has another number. */
static const struct run after = {
	200, "blue", { { 80, 60, 0 }, { 443, 100, 30 }, { 2, 70, 0 } }, 90, false
};

static struct report_diff diff;
static struct report *old, *new;

static void compare(const struct run *old_run, const struct run *new_run)
{
	old = report_of(old_run);
	new = report_of(new_run);
	assert_int_equal(report_diff_fill(&diff, old, new), 0);
}

static void done(void)
{
	report_diff_done(&diff);
	report_free(old);
	report_free(new);
}

static uint16_t dport_of(const struct report_change *change, int side)
{
	const struct report_route *route = change->rows[side];

	return route ? route->key.dport : 0;
}

static void what_changed_most_is_first(void **state)
{
	const struct report_kind *kind;
	const struct report_owner *owner;

	(void)state;
	compare(&before, &after);
	/* What ran out; what is new and full; a tenth; what is gone was hardly there. */
	assert_int_equal(diff.routes.nr, 4);
	assert_int_equal(diff.routes.nr_changed, 4);
	assert_int_equal(dport_of(&diff.routes.changes[0], REPORT_OLD), 443);
	assert_int_equal(dport_of(&diff.routes.changes[0], REPORT_NEW), 443);
	assert_int_equal(dport_of(&diff.routes.changes[1], REPORT_OLD), 0);
	assert_int_equal(dport_of(&diff.routes.changes[1], REPORT_NEW), 2);
	assert_int_equal(dport_of(&diff.routes.changes[2], REPORT_NEW), 80);
	assert_int_equal(dport_of(&diff.routes.changes[3], REPORT_OLD), 1);
	assert_int_equal(dport_of(&diff.routes.changes[3], REPORT_NEW), 0);
	assert_int_equal(diff.kinds.nr, 1);
	assert_null(diff.kinds.changes[0].rows[REPORT_OLD]);
	kind = diff.kinds.changes[0].rows[REPORT_NEW];
	assert_int_equal(kind->counted, 30);
	assert_near(report_per_s(new, kind->counted), 15, 1e-6);
	assert_int_equal(diff.owners.nr, 1);
	owner = diff.owners.changes[0].rows[REPORT_OLD];
	assert_int_equal(owner->most, 5);
	owner = diff.owners.changes[0].rows[REPORT_NEW];
	assert_int_equal(owner->most, 90);
	done();
}

static void the_same_twice_is_no_change(void **state)
{
	(void)state;
	compare(&after, &after);
	assert_int_equal(diff.routes.nr, 3);
	assert_int_equal(diff.routes.nr_changed, 0);
	assert_int_equal(diff.kinds.nr, 1);
	assert_int_equal(diff.kinds.nr_changed, 0);
	assert_int_equal(diff.owners.nr_changed, 0);
	done();
}

/* By name; without one by number, or if there is no other; in any case if each has but one. */
static void which_namespace_is_which(void **state)
{
	static const struct {
		uint32_t old_number, new_number;
		const char *old_name, *new_name;
		bool same;
	} cases[] = {
		{ 100, 200, "blue", "blue", true },   { 100, 100, "blue", "green", false },
		{ 100, 100, "", "", true },	      { 100, 200, "", "", true },
		{ 100, 100, "", "blue", false },      { 100, 100, "blue", "", false },
	};
	struct run old_run = before, new_run = before;
	size_t i;
	int only;

	(void)state;
	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		only = i % 2;
		old_run.netns = cases[i / 2].old_number;
		new_run.netns = cases[i / 2].new_number;
		old_run.name = cases[i / 2].old_name;
		new_run.name = cases[i / 2].new_name;
		old_run.is_only = new_run.is_only = only;
		compare(&old_run, &new_run);
		assert_int_equal(diff.routes.nr, only || cases[i / 2].same ? 3 : 6);
		assert_int_equal(diff.routes.nr_changed, only || cases[i / 2].same ? 0 : 6);
		done();
	}
}

/* ---- As text, and as JSON ---- */

static void text_has_only_what_changed(void **state)
{
	const char *const names[2] = { "old.gz", "new.gz" };
	const struct report_style style = { .width = 100, .rows = 2 };
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	compare(&before, &after);
	out = open_memstream(&text, &size);
	assert_int_equal(view_report_diff_text(out, &diff, names, &style), 0);
	fclose(out);
	assert_non_null(strstr(text, "OLD  old.gz: web-7, "));
	assert_non_null(strstr(text, "exhausted routes                  0            1\n"));
	assert_non_null(strstr(text, "failed a second                 0.0         15.0\n"));
	assert_non_null(strstr(text, "Routes: 4 changed, 0 did not\n"));
	assert_non_null(strstr(text, "10.0.0.9:443"));
	assert_non_null(strstr(text, "... and 2 more (-n)\n"));
	assert_null(strstr(text, "10.0.0.9:80 "));
	free(text);
	done();
}

/* Each line of the text; a heading has both columns of a figure, or none. */
static void assert_pairs(const char *text)
{
	static const char *const titles[] = { "COUNT", "FAIL/S", "LEFT", "PEAK", "ALLOC/S", "OUT-S",
					      "OF", "ENTERED" };
	char line[TABLE_LINE_SIZE], was[16], is[16];
	size_t i, length;

	for (; *text; text += length + 1) {
		length = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
			snprintf(was, sizeof(was), "OLD %s", titles[i]);
			snprintf(is, sizeof(is), "NEW %s", titles[i]);
			if (!strstr(line, was) != !strstr(line, is))
				fail_msg("one of a pair: %s", line);
		}
	}
}

/* What tells routes apart is there before further figures are. */
static void columns_of_a_figure_go_together(void **state)
{
	const char *const names[2] = { "old.gz", "new.gz" };
	char *text = NULL;
	size_t size;
	int width;
	FILE *out;

	(void)state;
	compare(&before, &after);
	for (width = 20; width < 250; width++) {
		const struct report_style style = { .width = width, .rows = 5 };

		out = open_memstream(&text, &size);
		assert_int_equal(view_report_diff_text(out, &diff, names, &style), 0);
		fclose(out);
		assert_pairs(text);
		if (width >= 80)
			assert_non_null(strstr(text, "PROTO SOURCE   DESTINATION  OLD LEFT NEW LEFT "));
		if (width >= 200)
			assert_non_null(strstr(text, "OLD OF NEW OF"));
		free(text);
	}
	done();
}

static void json_has_all(void **state)
{
	const char *const names[2] = { "old\n.gz", "new.gz" };
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	compare(&before, &after);
	out = open_memstream(&text, &size);
	view_report_diff_json(out, &diff, names);
	fclose(out);
	assert_non_null(strstr(text, "\"old\":{\"file\":\"old\\n.gz\",\"host\":\"web-7\""));
	assert_non_null(strstr(
		text, "\"dport\":443,\"changed\":true,\"old\":{\"netns\":100,\"least_headroom\":80,"
		      "\"capacity\":100,\"peak_used\":20,"));
	assert_non_null(strstr(text, "\"new\":{\"netns\":200,\"least_headroom\":0,\"capacity\":100,"
				     "\"peak_used\":100,"));
	assert_non_null(strstr(text, "\"dport\":1,\"changed\":true,\"old\":{"));
	assert_non_null(strstr(text, "\"failures_per_s\":0.000},\"new\":null}"));
	assert_non_null(strstr(text, "\"cause\":\"range_exhausted\",\"errno\":\"EADDRNOTAVAIL\","
				     "\"changed\":true,\"old\":null,\"new\":{\"netns\":200,"
				     "\"count\":30,\"count_per_s\":15.000}"));
	free(text);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changed_most_is_first),
		cmocka_unit_test(the_same_twice_is_no_change),
		cmocka_unit_test(which_namespace_is_which),
		cmocka_unit_test(text_has_only_what_changed),
		cmocka_unit_test(columns_of_a_figure_go_together),
		cmocka_unit_test(json_has_all),
	};

	return cmocka_run_group_tests_name("comparison of reports", tests, NULL, NULL);
}
