// SPDX-License-Identifier: GPL-2.0-only
/* What was recorded is read again: the first line, what does not fit, the way back, single events. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording_case.h"
#include "recording_marks.h"
#include "sample.h"
#include "view_record.h"

/* ---- The first line ---- */

static void assert_same_netns(const struct recording_netns *is, const struct recording_netns *was)
{
	assert_int_equal(is->inum, was->inum);
	assert_string_equal(is->name, was->name);
	assert_int_equal(is->range_low, was->range_low);
	assert_int_equal(is->range_high, was->range_high);
	assert_int_equal(!is->reserved, !was->reserved);
	assert_int_equal(is->tw_reuse, was->tw_reuse);
	assert_int_equal(is->tw_reuse_delay_ms, was->tw_reuse_delay_ms);
	assert_int_equal(is->max_tw_buckets, was->max_tw_buckets);
	assert_int_equal(is->timestamps, was->timestamps);
	assert_int_equal(is->fin_timeout_s, was->fin_timeout_s);
}

static void a_header_comes_back(void **state)
{
	struct written written = recording_case_begin();
	const struct recording_header *header;
	struct recording *recording;
	size_t i;

	(void)state;
	view_record_header(written.file, &recording_case_header);
	recording = recording_case_open(&written);
	header = recording_case_read(recording, RECORDING_HEADER).header;
	assert_int_equal(header->version, RECORDING_VERSION);
	assert_string_equal(header->porttrace, "0.1.0");
	assert_int_equal(header->wall.tv_sec, 1769860800);
	assert_string_equal(header->host, "web-7");
	assert_string_equal(header->kernel, "6.1.0-56-cloud-amd64");
	assert_string_equal(header->probe, "fentry");
	assert_int_equal(header->nr_words, 4);
	for (i = 0; i < 4; i++)
		assert_string_equal(header->command[i], recording_case_header.command[i]);
	assert_near(header->interval_s, 0.25, 1e-9);
	assert_true(header->realtime_ns == recording_case_header.realtime_ns);
	assert_true(header->monotonic_ns == recording_case_header.monotonic_ns);
	assert_int_equal(header->nr_netns, 2);
	for (i = 0; i < 2; i++)
		assert_same_netns(&header->netns[i], &recording_case_header.netns[i]);
	assert_string_equal(header->netns[1].reserved, "");
	assert_string_equal(header->filter.src, "10.0.0.0/8");
	assert_string_equal(header->filter.comm, "php-fpm");
	assert_null(header->filter.dst);
	recording_case_end(recording, true);
}

static void a_header_of_nothing_comes_back(void **state)
{
	const struct recording_header none = { .wall = { 1769860800, 0 }, .interval_s = NAN };
	struct written written = recording_case_begin();
	const struct recording_header *header;
	struct recording *recording;

	(void)state;
	view_record_header(written.file, &none);
	fputs(SUMMARY, written.file);
	recording = recording_case_open(&written);
	header = recording_case_read(recording, RECORDING_HEADER).header;
	assert_string_equal(header->host, "");
	assert_null(header->command);
	assert_int_equal(header->nr_netns, 0);
	assert_true(isnan(header->interval_s));
	recording_case_read(recording, RECORDING_SUMMARY);
	recording_case_end(recording, false);
}

/* ---- What does not fit ---- */

#define LINE(number, since, rest)                                                       \
	"{\"version\":1,\"time\":\"2026-01-31T12:00:00.123456Z\",\"uptime_s\":1.0," \
	"\"number\":" number since rest "}\n"
#define SINCE(since) ",\"since\":" since
#define GONE(routes) ",\"gone\":{\"routes\":[" routes "]}"
#define KEY "\"netns\":42,\"proto\":\"tcp\",\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":3306"
#define ROUTE "{" KEY ",\"allocations\":1,\"bound_connects\":0,\"failures\":0,\"time_waits\":0}"
#define ROUTES ",\"routes\":[" ROUTE "]"
#define HEADER "{\"recording\":1,\"time\":\"2026-01-31T12:00:00.123456Z\"}\n"

/* These lines are read up to the last, which is refused. NULL: they end there as cut. */
static void must_fail(const char *lines, const char *why)
{
	struct written written = recording_case_begin();
	struct recording *recording;
	struct recording_item item;
	struct reason reason = {};
	int err;

	fputs(lines, written.file);
	recording = recording_case_open(&written);
	do
		err = recording_next(recording, &item, &reason);
	while (!err);
	if (why && !strstr(reason.text, why))
		fail_msg("'%s' instead of '%s'", reason.text, why);
	assert_int_equal(err, why ? -EBADMSG : -ENODATA);
	if (!why)
		assert_true(recording_is_cut(recording));
	recording_close(recording);
}

static void what_is_missing_before_is_told(void **state)
{
	(void)state;
	must_fail(LINE("5", SINCE("4"), ""),
		  "line 1: it only has what changed since snapshot 4, which is not the one before");
	must_fail(HEADER LINE("1", "", ROUTES) LINE("3", SINCE("2"), ""), "line 3: it only has");
	must_fail(HEADER LINE("0", "", ROUTES) LINE("1", SINCE("0"), ""), "line 3: it only has");
	must_fail(HEADER LINE("1", "", ROUTES) LINE("2", SINCE("1"), GONE("{" KEY "}"))
			  LINE("3", SINCE("2"), GONE("{" KEY "}")),
		  "line 4: gone.routes: a row that was not there");
	must_fail(HEADER LINE("1", "", GONE("{" KEY "}")), "line 2: gone: but it is since nothing");
	must_fail(HEADER LINE("1", "", ROUTES) LINE("2", SINCE("1"), GONE("{}")),
		  "line 3: gone.routes[0]: no member 'netns'");
}

static void what_is_no_recording_is_told(void **state)
{
	(void)state;
	must_fail("{\"recording\":2,\"new\":[1,2,{}],\"time\":7}\n",
		  "line 1: recording: this porttrace reads recordings of version 1, and not 2: use "
		  "a newer one");
	must_fail("{\"recording\":0}\n", "no such version");
	must_fail(HEADER HEADER, "line 2: another recording begins here");
	must_fail(LINE("1", "", "") HEADER, "line 2: another recording begins here");
	must_fail(HEADER SUMMARY LINE("1", "", ""), "line 3: there is something behind the last line");
	must_fail(HEADER SUMMARY HEADER SUMMARY, "line 3: another recording begins here");
	must_fail("{\"recording\":1,\"porttrace\":\"0.1", ": it is cut within its first line");
	must_fail("{\"recording\":1,\"filter\":{}", ": it is cut within its first line");
	/* One that has no newline, but is whole, has its own fault. */
	must_fail("{\"recording\":2,\"new\":[1,2,{}]}", "and not 2: use a newer one");
	must_fail("{\"version\":2}", "line 1: ");
	must_fail("{\"a\":1}", "line 1: it is neither a snapshot nor an event; it takes");
	must_fail(HEADER "\n", "line 2: it is empty");
	must_fail(HEADER "{}\n", "line 2: it is neither a snapshot nor an event");
	must_fail(HEADER "{\"event\":\"party\"}\n", "line 2: event: 'party' is no event that");
	must_fail("{}\n", "; it takes what 'porttrace record' or 'porttrace top --json' has written");
}

#define HEADER_WITH(rest) \
	"{\"recording\":1,\"time\":\"2026-01-31T12:00:00.123456Z\"," rest "}\n"

static void a_header_is_looked_at(void **state)
{
	(void)state;
	must_fail("{\"recording\":1}\n", "line 1: no member 'time'");
	must_fail("{\"recording\":1,\"time\":\"now\"}\n", "time: 'now' is not a time like");
	must_fail("{\"recording\":\"1\"}\n", "recording: '\"' instead of a number");
	must_fail(HEADER_WITH("\"interval_s\":-1"), "interval_s: -1 is not a number from 0 to");
	must_fail(HEADER_WITH("\"clock\":{\"realtime_ns\":9223372036854775807}"),
		  "clock.realtime_ns: 9223372036854775807 is not a whole number from 0 to");
	must_fail(HEADER_WITH("\"clock\":{\"realtime_ns\":1}"), "clock: no member 'monotonic_ns'");
	must_fail(HEADER_WITH("\"netns\":[{\"inum\":1,\"sysctl\":{\"ip_local_port_range\":[1,65536]}}]"),
		  "netns[0].sysctl.ip_local_port_range[1]: 65536 is not a whole number from 0 to");
	must_fail(HEADER_WITH("\"netns\":[{\"name\":\"x\"}]"), "netns[0]: no member 'inum'");
	must_fail(HEADER_WITH("\"command\":[\"sh\",5]"), "command[1]: '5' instead of a string");
	must_fail(HEADER_WITH("\"command\":[\"\\u0000\"]"), "command[0]: a string with a zero in it");
	must_fail(HEADER_WITH("\"filter\":{\"src\":\"\xff\"}"), "filter.src: no string: invalid");
	must_fail(HEADER_WITH("\"host\":\"x\",\"host\":\"y\""), "host: there are two members");
}

static void what_is_cut_off_is_no_line(void **state)
{
	(void)state;
	must_fail(HEADER LINE("1", "", ROUTES), NULL);
	must_fail(HEADER LINE("1", "", ROUTES) "{\"versi", NULL);
	must_fail(HEADER "{\"event\":\"summary\",\"failures\":0}", NULL);
	/* What another command has written has no last line. */
	must_fail(LINE("1", "", ROUTES) "{\"versi", "line 2: the line ends in the middle");
}

/* Of a recording of so many snapshots, as they are told apart: by their time. */
static struct recording *record_some(struct written *written, size_t nr)
{
	struct snapshot *now = make_full_snapshot(), *before = make_full_snapshot();
	size_t i;

	view_record_header(written->file, &recording_case_header);
	for (i = 0; i < nr; i++) {
		now->wall.tv_sec = i + 1;
		assert_int_equal(view_record_snapshot(written->file, now, i + 1,
						      i % 10 ? before : NULL), 0);
	}
	fputs(SUMMARY, written->file);
	snapshot_free(now);
	snapshot_free(before);
	return recording_case_open(written);
}

static void it_goes_back_step_by_step(void **state)
{
	struct written written = recording_case_begin();
	struct recording *recording = record_some(&written, 35);
	struct reason reason;
	size_t i;

	(void)state;
	recording_case_read(recording, RECORDING_HEADER);
	for (i = 1; i <= 35; i++)
		recording_case_read(recording, RECORDING_SNAPSHOT);
	recording_case_read(recording, RECORDING_SUMMARY);
	for (i = 34; i; i--) {
		assert_int_equal(recording_go_back(recording, &reason), 0);
		assert_int_equal(recording_case_read(recording, RECORDING_SNAPSHOT).snapshot->wall.tv_sec, i);
	}
	assert_int_equal(recording_go_back(recording, &reason), -ENOENT);
	assert_non_null(strstr(reason.text, "this is the first snapshot"));
	for (i = 2; i <= 35; i++)
		assert_int_equal(recording_case_read(recording, RECORDING_SNAPSHOT).snapshot->wall.tv_sec, i);
	recording_case_read(recording, RECORDING_SUMMARY);
	recording_case_end(recording, false);
}

static void a_pipe_does_not_go_back(void **state)
{
	struct recording *recording;
	struct reason reason;
	char path[32];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dprintf(ends[1], HEADER LINE("1", "", ROUTES) LINE("2", SINCE("1"), "")) > 0, 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_int_equal(recording_open(path, &recording, &reason), 0);
	recording_case_read(recording, RECORDING_HEADER);
	recording_case_read(recording, RECORDING_SNAPSHOT);
	recording_case_read(recording, RECORDING_SNAPSHOT);
	assert_int_equal(recording_go_back(recording, &reason), -ESPIPE);
	assert_non_null(strstr(reason.text, "cannot be read backwards"));
	close(ends[1]);
	recording_case_end(recording, true);
	close(ends[0]);
}

static void there_are_never_too_many_marks(void **state)
{
	struct recording_marks marks = {};
	const struct recording_mark *mark;
	struct line_mark line = {};
	size_t i;

	(void)state;
	assert_null(recording_marks_find(&marks, 0));
	for (i = 0; i < 300000; i++) {
		line.number = i + 1;
		recording_marks_add(&marks, i, &line);
		recording_marks_add(&marks, i, &line);
	}
	assert_in_range(marks.nr, 30000, 65536);
	for (i = 0; i < 300000; i += 1237) {
		mark = recording_marks_find(&marks, i);
		assert_non_null(mark);
		assert_in_range(i - mark->nr_before, 0, 16);
		assert_int_equal(mark->line.number, mark->nr_before + 1);
	}
	recording_marks_done(&marks);
}

static void events_come_as_they_are(void **state)
{
	static const char event[] = "{\"time\":\"x\",\"event\":\"failure\",\"pid\":7}";
	struct written written = recording_case_begin();
	struct recording *recording;
	struct recording_item item;

	(void)state;
	fprintf(written.file, "%s\n%s\n%s\n" SUMMARY "%s\n", event,
		"{\"event\":\"held_back\"}", "{\"event\":\"lost\"}", event);
	recording = recording_case_open(&written);
	item = recording_case_read(recording, RECORDING_EVENT);
	assert_int_equal(item.length, strlen(event));
	assert_memory_equal(item.line, event, item.length);
	recording_case_read(recording, RECORDING_HELD);
	recording_case_read(recording, RECORDING_LOST);
	recording_case_read(recording, RECORDING_SUMMARY);
	recording_case_read(recording, RECORDING_EVENT);
	recording_case_end(recording, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_comes_back),
		cmocka_unit_test(a_header_of_nothing_comes_back),
		cmocka_unit_test(what_is_missing_before_is_told),
		cmocka_unit_test(what_is_no_recording_is_told),
		cmocka_unit_test(a_header_is_looked_at),
		cmocka_unit_test(what_is_cut_off_is_no_line),
		cmocka_unit_test(it_goes_back_step_by_step),
		cmocka_unit_test(a_pipe_does_not_go_back),
		cmocka_unit_test(there_are_never_too_many_marks),
		cmocka_unit_test(events_come_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
