// SPDX-License-Identifier: GPL-2.0-only
/* Times as people write them, and the moments that they mean. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_window.h"

#define S INT64_C(1000000000)
/* 2026-01-31 23:30:00 an hour ahead of UTC, which POSIX writes as -1. */
#define START ((INT64_C(1769860800) + 10 * 3600 + 1800) * S)

static int64_t moment(const char *text)
{
	struct report_when when;
	struct reason reason;

	if (report_when_parse(text, &when, &reason))
		fail_msg("%s: %s", text, reason.text);
	return report_when_resolve(&when, START);
}

static void moments(void **state)
{
	(void)state;
	assert_int_equal(moment("0"), START);
	assert_int_equal(moment("90"), START + 90 * S);
	assert_int_equal(moment("1.25s"), START + 5 * S / 4);
	assert_int_equal(moment("@1769860800.5"), INT64_C(1769860800) * S + S / 2);
	assert_int_equal(moment("2026-01-31T12:00:00Z"), INT64_C(1769860800) * S);
	assert_int_equal(moment("2026-01-31 12:00Z"), INT64_C(1769860800) * S);
	assert_int_equal(moment("2026-01-31T12:00:00.123456Z"),
			 INT64_C(1769860800) * S + 123456000);
	assert_int_equal(moment("2026-01-31 13:00:00"), INT64_C(1769860800) * S);
	/* Later than can be said is the last moment that can. */
	assert_int_equal(moment("8589934592"), INT64_MAX);
	assert_int_equal(moment("2026-01-31"), INT64_C(1769860800) * S - 13 * 3600 * S);
}

/* It begins at 23:30 there: a quarter past midnight is of the next day, 23:00 is just before. */
static void times_of_day(void **state)
{
	(void)state;
	assert_int_equal(moment("23:45"), START + 15 * 60 * S);
	assert_int_equal(moment("23:30:10.5"), START + 21 * S / 2);
	assert_int_equal(moment("00:15"), START + 45 * 60 * S);
	assert_int_equal(moment("23:00"), START - 30 * 60 * S);
	assert_int_equal(moment("21:00"), START + (24 * 60 - 150) * 60 * S);
}

static void spans(void **state)
{
	struct report_window window = {};
	struct reason reason;

	(void)state;
	assert_int_equal(report_window_parse("5,10.5", &window, &reason), 0);
	assert_int_equal(report_when_resolve(&window.since, START), START + 5 * S);
	assert_int_equal(report_when_resolve(&window.until, START), START + 21 * S / 2);
	window = (struct report_window){};
	assert_int_equal(report_window_parse(",23:45", &window, &reason), 0);
	assert_int_equal(report_when_resolve(&window.since, START), -1);
	assert_int_equal(report_when_resolve(&window.until, START), START + 900 * S);
	window = (struct report_window){};
	assert_int_equal(report_window_parse("2026-01-31 12:00:00Z,", &window, &reason), 0);
	assert_int_equal(report_when_resolve(&window.until, START), -1);
}

static void what_is_no_time(void **state)
{
	static const char *const texts[] = { "",     "-5",    "soon",  "5x",	"12:", "25:00",
					     "12:60", "12:00:61", "12:00:00x", "2026-13-01", "2026-01-31x",
					     "2026-01-31 12", "@", "@x", "99999999999999999999" };
	struct report_window window;
	struct report_when when;
	struct reason reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		reason.text[0] = '\0';
		if (report_when_parse(texts[i], &when, &reason) != -EINVAL)
			fail_msg("'%s' is taken for a time", texts[i]);
		assert_non_null(strstr(reason.text, "is not a time"));
	}
	assert_int_equal(report_window_parse("5", &window, &reason), -EINVAL);
	assert_int_equal(report_window_parse("5,x", &window, &reason), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(spans),
		cmocka_unit_test(what_is_no_time),
	};

	setenv("TZ", "AAA-1", 1);
	return cmocka_run_group_tests_name("time of a report", tests, NULL, NULL);
}
