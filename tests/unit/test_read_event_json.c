// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line of an event that was written is read, and written again: it has to be the same, byte by byte.
 * Lines that are damaged at every place are refused with a reason, or read; nothing else happens.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event_sample.h"
#include "read_event_json.h"
#include "view_event.h"

static struct reason reason;

/* Behind the end of the line there is nothing that could be looked at. */
static int read_bytes(const char *text, size_t length, struct event_line *line)
{
	char *copy = malloc(length ? length : 1);
	int err;

	memcpy(copy, text, length);
	reason.text[0] = '\0';
	err = read_event_json(copy, length, line, &reason);
	free(copy);
	return err;
}

static void write_line(FILE *out, const struct event_line *line)
{
	struct event_view view = event_view_json;

	view.stacks = line->event.stack != NULL;
	switch (line->kind) {
	case EVENT_LINE_EVENT:
		view.event(out, &view, &line->event);
		break;
	case EVENT_LINE_HELD:
		view.held(out, &view, &line->held);
		break;
	case EVENT_LINE_LOST:
		view.lost(out, &view, &line->lost.wall, line->lost.count);
		break;
	case EVENT_LINE_SUMMARY:
		view.summary(out, &view, &line->summary);
		break;
	}
}

/* The caller's to free, without the newline. */
static char *text_of_line(const struct event_line *line)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write_line(out, line);
	fclose(out);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void must_come_back(const struct event_line *written)
{
	char *text = text_of_line(written), *again;
	struct event_line line;

	if (read_bytes(text, strlen(text), &line))
		fail_msg("%s: %s", reason.text, text);
	assert_int_equal(line.kind, written->kind);
	again = text_of_line(&line);
	assert_string_equal(again, text);
	free(again);
	free(text);
	event_line_done(&line);
}

static void event_must_come_back(const struct event_sample *sample)
{
	must_come_back(&(struct event_line){ .kind = EVENT_LINE_EVENT, .event = sample->event });
}

static void events_come_back(void **state)
{
	struct event_sample sample;
	uint8_t kind;

	(void)state;
	for (kind = 0; kind < NR_EVENT_KINDS; kind++) {
		event_sample_unknown(&sample, kind);
		event_must_come_back(&sample);
	}
	event_sample_failure(&sample);
	event_must_come_back(&sample);
	event_sample_bind(&sample);
	event_must_come_back(&sample);
	event_sample_time_wait(&sample);
	event_must_come_back(&sample);
}

static void stacks_come_back(void **state)
{
	struct stack_names names = {};
	struct event_sample sample;

	(void)state;
	event_sample_failure(&sample);
	sample.event.stack = &names;
	event_must_come_back(&sample);
	stack_frames_add(&names.user, "connect");
	stack_frames_add(&names.user, "operator\"\\ [inlined]");
	stack_frames_add(&names.kernel, "__x64_sys_connect");
	names.user.nr_certain = 1;
	names.user.cut = true;
	event_must_come_back(&sample);
	stack_frames_done(&names.user);
	stack_frames_done(&names.kernel);
}

static void other_lines_come_back(void **state)
{
	const struct event_limit_key key = {
		.kind = { .route = make_key(7, "10.0.0.5", "10.0.0.9", 3306), .call = CALL_CONNECT,
			  .cause = CAUSE_RANGE_EXHAUSTED, .err = EADDRNOTAVAIL },
		.sport = 80,
	};
	struct event_line line = { .kind = EVENT_LINE_HELD,
				   .held = { { 1769860800, 5000 }, &key, 7, 199800 } };

	(void)state;
	must_come_back(&line);
	line.held.key = NULL;
	must_come_back(&line);
	line.kind = EVENT_LINE_LOST;
	line.lost.wall.tv_sec = 1769860800;
	line.lost.count = 12;
	must_come_back(&line);
	line.kind = EVENT_LINE_SUMMARY;
	line.summary = (struct event_summary){ { 1, 2, 3 }, 4, { 5, 6, 7 }, 8, 9 };
	must_come_back(&line);
	line.summary.missed = line.summary.missed_at_most = NOT_KNOWN;
	must_come_back(&line);
}

/* What was made up is what is there, and not only in the line. */
static void a_failure_has_what_was_written(void **state)
{
	struct event_line line = { .kind = EVENT_LINE_EVENT }, got;
	struct event_sample sample;
	char *text;

	(void)state;
	event_sample_failure(&sample);
	line.event = sample.event;
	text = text_of_line(&line);
	assert_int_equal(read_bytes(text, strlen(text), &got), 0);
	assert_int_equal(got.event.wall.tv_sec, 1769860800);
	assert_int_equal(got.event.wall.tv_nsec, 123456000);
	assert_int_equal(got.event.what->kind, EVENT_FAILURE);
	assert_int_equal(got.event.what->cause, CAUSE_RANGE_EXHAUSTED);
	assert_int_equal(got.event.what->caller.process.pid, 812);
	assert_int_equal(got.event.what->caller.uid, 33);
	assert_int_equal(got.event.what->duration_ns, 412000);
	assert_int_equal(got.event.what->netns_inum, 42);
	assert_int_equal(got.event.what->route.netns, 42);
	assert_memory_equal(got.event.what->route.dst, sample.what.route.dst, 16);
	assert_int_equal(got.event.what->route.dport, 3306);
	assert_string_equal(got.event.comm, "php-fpm");
	assert_string_equal(got.event.cgroup, "/system.slice/php-fpm.service");
	assert_string_equal(got.event.netns, "blue");
	assert_null(got.event.stack);
	assert_false(got.event.has_holder);
	event_line_done(&got);
	free(text);
}

static void names_become_printable(void **state)
{
	static const char text[] =
		"{\"time\":\"2026-01-31T12:00:00.1Z\",\"event\":\"failure\",\"call\":\"connect\","
		"\"cause\":\"other\",\"proto\":\"tcp\",\"netns\":1,\"src\":\"::1\","
		"\"comm\":\"a\\u001b[2J\\n\",\"cgroup\":\"/\xc3\xa9\",\"stack\":[\"\\u0007\"]}";
	struct event_line line;

	(void)state;
	assert_int_equal(read_bytes(text, strlen(text), &line), 0);
	assert_string_equal(line.event.comm, "a?[2J?");
	assert_string_equal(line.event.cgroup, "/\?\?");
	assert_string_equal(line.event.stack->user.names[0], "?");
	event_line_done(&line);
}

#define AT "\"time\":\"2026-01-31T12:00:00Z\","
#define FAILED AT "\"event\":\"failure\",\"call\":\"bind\",\"cause\":\"other\",\"proto\":\"tcp\""

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *what;
	} lines[] = {
		{ "", "the line ends in the middle" },
		{ "[]", "'[' instead of an object" },
		{ "{}", "no member 'event'" },
		{ "{\"event\":\"failure\"}", "no member 'time'" },
		{ "{\"time\":\"9999-12-31T23:59:59.000000Z\",\"event\":\"lost\",\"count\":1}",
		  "is not a time from 1970 to 2242" },
		{ "{" AT "\"event\":\"eclipse\"}", "event: 'eclipse' is no kind of event" },
		{ "{" AT "\"event\":\"lost\"}", "no member 'count'" },
		{ "{" AT "\"event\":\"held_back\"}", "no member 'count'" },
		{ "{\"event\":\"summary\"}", "no member 'failures" },
		{ "{" FAILED "}", "no member 'src'" },
		{ "{" AT "\"event\":\"failure\",\"call\":\"bind\",\"proto\":\"tcp\",\"src\":\"::\"}",
		  "no member 'cause'" },
		{ "{" FAILED ",\"src\":\"10.0.0.0/8\"}", "src: '10.0.0.0/8' is not an address" },
		{ "{" FAILED ",\"src\":\"::\",\"dport\":1}", "one is known without the other" },
		{ "{" FAILED ",\"src\":\"::\",\"sport\":65536}", "sport: 65536 is not a whole number" },
		{ "{" FAILED ",\"src\":\"::\",\"errno\":\"ENONSENSE\"}", "'ENONSENSE' is not the name" },
		{ "{" FAILED ",\"src\":\"::\",\"stack\":[],\"stack_certain\":1}",
		  "stack_certain: there are only 0 frames" },
		{ "{" FAILED ",\"src\":\"::\",\"holder\":{\"src\":\"x\"}}", "'x' is not an address" },
		{ "{" FAILED ",\"src\":\"::\"} x", "'x' instead of the end of the line" },
	};
	struct event_line line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_bytes(lines[i].text, strlen(lines[i].text), &line), -EBADMSG);
		if (!strstr(reason.text, lines[i].what))
			fail_msg("'%s' instead of '%s'", reason.text, lines[i].what);
		event_line_done(&line);
	}
}

static void too_many_frames_are_refused(void **state)
{
	char text[4096] = "{" FAILED ",\"src\":\"::\",\"stack\":[";
	struct event_line line;
	int i;

	(void)state;
	for (i = 0; i < MAX_STACK_NAMES + 1; i++)
		strcat(text, i ? ",\"f\"" : "\"f\"");
	strcat(text, "]}");
	assert_int_equal(read_bytes(text, strlen(text), &line), -EBADMSG);
	assert_non_null(strstr(reason.text, "more than 256 frames"));
	event_line_done(&line);
}

/* What could be read can be shown, and comes back from then on. */
static void read_damaged(const char *text, size_t length)
{
	struct event_line line, second;
	char *shown, *again;

	if (read_bytes(text, length, &line)) {
		assert_true(reason.text[0]);
		event_line_done(&line);
		return;
	}
	shown = text_of_line(&line);
	if (read_bytes(shown, strlen(shown), &second))
		fail_msg("%s: %s", reason.text, shown);
	again = text_of_line(&second);
	assert_string_equal(again, shown);
	free(again);
	free(shown);
	event_line_done(&second);
	event_line_done(&line);
}

static void damaged_lines_do_no_harm(void **state)
{
	static const char bytes[] = "\"\\{}[],:0-9ne.\xff";
	struct stack_names names = {};
	struct event_line line = { .kind = EVENT_LINE_EVENT };
	struct event_sample sample;
	size_t at, i, length;
	char *text, was;

	(void)state;
	event_sample_bind(&sample);
	stack_frames_add(&names.user, "connect");
	line.event = sample.event;
	line.event.stack = &names;
	text = text_of_line(&line);
	length = strlen(text);
	for (at = 0; at < length; at++) {
		read_damaged(text, at);
		was = text[at];
		for (i = 0; i < sizeof(bytes); i++) {
			text[at] = bytes[i];
			read_damaged(text, length);
		}
		text[at] = was;
	}
	free(text);
	stack_frames_done(&names.user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_back),
		cmocka_unit_test(stacks_come_back),
		cmocka_unit_test(other_lines_come_back),
		cmocka_unit_test(a_failure_has_what_was_written),
		cmocka_unit_test(names_become_printable),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(too_many_frames_are_refused),
		cmocka_unit_test(damaged_lines_do_no_harm),
	};

	return cmocka_run_group_tests_name("reading of events", tests, NULL, NULL);
}
