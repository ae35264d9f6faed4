// SPDX-License-Identifier: GPL-2.0-only
/* The lines of a trace that are no events: what was held back and lost, the heading, the summary. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view_event.h"

static const struct timespec noon = { 1769860800, 123456789 }; /* 2026-01-31 12:00:00 UTC */

/* A stream to a text, and back. */
struct page {
	FILE *out;
	char *text;
	size_t size;
};

static void open_page(struct page *page)
{
	*page = (struct page){};
	page->out = open_memstream(&page->text, &page->size);
	assert_non_null(page->out);
}

static void assert_page(struct page *page, const char *expected)
{
	fclose(page->out);
	assert_string_equal(page->text, expected);
	free(page->text);
}

static struct event_view text_without_time(void)
{
	struct event_view view = event_view_text;

	view.no_time = true;
	return view;
}

static void headings(void **state)
{
	const struct event_view text = text_without_time();
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.heading(page.out, &event_view_json);
	assert_page(&page, "");
	open_page(&page);
	text.heading(page.out, &text);
	assert_page(&page, "CALL    CAUSE                    PROCESS, PORT, WHAT ELSE IS KNOWN\n");
	open_page(&page);
	event_view_text.heading(page.out, &event_view_text);
	assert_page(&page, "TIME            "
			   "CALL    CAUSE                    PROCESS, PORT, WHAT ELSE IS KNOWN\n");
}

static void held_back_of_one_kind(void **state)
{
	const struct event_limit_key key = {
		.kind.route = make_key(3, "10.0.0.5", "10.0.0.9", 3306),
		.kind.call = CALL_CONNECT,
		.kind.cause = CAUSE_RANGE_EXHAUSTED,
		.kind.err = EADDRNOTAVAIL,
	};
	const struct held_back held = { noon, &key, 42, 199800 };
	const struct event_view text = text_without_time();
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.held(page.out, &event_view_json, &held);
	assert_page(&page, "{\"time\":\"2026-01-31T12:00:00.123456Z\",\"event\":\"held_back\","
			   "\"call\":\"connect\",\"errno\":\"EADDRNOTAVAIL\","
			   "\"cause\":\"range_exhausted\",\"proto\":\"tcp\",\"netns\":42,"
			   "\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":3306,"
			   "\"sport\":null,\"count\":199800}\n");
	open_page(&page);
	text.held(page.out, &text, &held);
	assert_page(&page, "connect range_exhausted          held back: 199800 more like these, "
			   "tcp 10.0.0.5 > 10.0.0.9:3306 EADDRNOTAVAIL\n");
}

/* Of a bind(), the port is all that there is to tell one from another. */
static void held_back_of_a_port(void **state)
{
	const struct event_limit_key key = {
		.kind.route = make_key(3, "10.0.0.5", NULL, 0),
		.kind.call = CALL_BIND,
		.kind.cause = CAUSE_PORT_IN_USE,
		.kind.err = EADDRINUSE,
		.sport = 8080,
	};
	const struct held_back held = { noon, &key, 42, 7 };
	const struct event_view text = text_without_time();
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.held(page.out, &event_view_json, &held);
	text.held(page.out, &text, &held);
	assert_page(&page, "{\"time\":\"2026-01-31T12:00:00.123456Z\",\"event\":\"held_back\","
			   "\"call\":\"bind\",\"errno\":\"EADDRINUSE\","
			   "\"cause\":\"port_in_use\",\"proto\":\"tcp\",\"netns\":42,"
			   "\"src\":\"10.0.0.5\",\"dst\":null,\"dport\":null,\"sport\":8080,"
			   "\"count\":7}\n"
			   "bind    port_in_use              held back: 7 more like these, "
			   "tcp 10.0.0.5:8080 EADDRINUSE\n");
}

static void held_back_of_several(void **state)
{
	const struct held_back held = { .wall = noon, .count = 5 };
	const struct event_view text = text_without_time();
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.held(page.out, &event_view_json, &held);
	assert_page(&page, "{\"time\":\"2026-01-31T12:00:00.123456Z\",\"event\":\"held_back\","
			   "\"call\":null,\"errno\":null,\"cause\":null,\"proto\":null,"
			   "\"netns\":null,\"src\":null,\"dst\":null,\"dport\":null,"
			   "\"sport\":null,\"count\":5}\n");
	open_page(&page);
	text.held(page.out, &text, &held);
	assert_page(&page, "held back: 5 failures of several kinds\n");
}

static void lost(void **state)
{
	const struct event_view text = text_without_time();
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.lost(page.out, &event_view_json, &noon, 12);
	assert_page(&page, "{\"time\":\"2026-01-31T12:00:00.123456Z\",\"event\":\"lost\","
			   "\"count\":12}\n");
	open_page(&page);
	text.lost(page.out, &text, &noon, 12);
	assert_page(&page, "lost: 12 events, for which the buffer had no room\n");
}

#define KINDS "\"lost_failures\":5,\"lost_allocations\":7,\"lost_time_waits\":9"

static void summaries(void **state)
{
	struct event_summary summary = {
		.nr = { [EVENT_FAILURE] = 1, [EVENT_ALLOCATION] = 2, [EVENT_TIME_WAIT] = 3 },
		.held_back = 4,
		.lost = { [EVENT_FAILURE] = 5, [EVENT_ALLOCATION] = 7, [EVENT_TIME_WAIT] = 9 },
		.missed = 6,
		.missed_at_most = 8,
	};
	struct page page;

	(void)state;
	open_page(&page);
	event_view_json.summary(page.out, &event_view_json, &summary);
	event_view_text.summary(page.out, &event_view_text, &summary);
	summary.missed = summary.missed_at_most = NOT_KNOWN;
	event_view_json.summary(page.out, &event_view_json, &summary);
	event_view_text.summary(page.out, &event_view_text, &summary);
	assert_page(&page, "{\"event\":\"summary\",\"failures\":1,\"allocations\":2,"
			   "\"time_waits\":3,\"held_back\":4,\"lost\":21," KINDS ",\"missed\":6,"
			   "\"missed_at_most\":8}\n"
			   "failures 1, allocations 2, TIME_WAITs 3; held back 4, lost 21, missed 6, "
			   "at most 8\n"
			   "{\"event\":\"summary\",\"failures\":1,\"allocations\":2,"
			   "\"time_waits\":3,\"held_back\":4,\"lost\":21," KINDS
			   ",\"missed\":null,\"missed_at_most\":null}\n"
			   "failures 1, allocations 2, TIME_WAITs 3; held back 4, lost 21, missed -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings),
		cmocka_unit_test(held_back_of_one_kind),
		cmocka_unit_test(held_back_of_a_port),
		cmocka_unit_test(held_back_of_several),
		cmocka_unit_test(lost),
		cmocka_unit_test(summaries),
	};

	return cmocka_run_group_tests_name("lines of a trace", tests, NULL, NULL);
}
