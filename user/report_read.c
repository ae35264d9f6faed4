// SPDX-License-Identifier: GPL-2.0-only
#include "report_read.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "read_event_json.h"

/*
 * Lines of events that wait for the snapshot after them, as they are: tens of thousands. Of more, the
 * first ones do not wait.
 */
#define MAX_WAITING (32 << 20)

struct waiting {
	char *bytes; /* of each line the length, as a size_t, and then the line */
	size_t used, room;
	uint64_t lines;
};

struct reading {
	struct report *report;
	struct recording *recording;
	struct waiting waiting;
	unsigned long items;
};

static int out_of_memory(struct reason *reason)
{
	return because(reason, -ENOMEM, "out of memory");
}

/* ---- Events ---- */

static int add_event_line(struct report *report, const struct event_line *line)
{
	switch (line->kind) {
	case EVENT_LINE_EVENT:
		return report_add_event(report, &line->event);
	case EVENT_LINE_HELD:
		return report_add_held(report, &line->held);
	case EVENT_LINE_LOST:
		return report_add_lost(report, &line->lost.wall, line->lost.count);
	case EVENT_LINE_SUMMARY:
		return report_add_summary(report, &line->summary);
	}
	return 0;
}

/* One that can be read: it has been, when it was kept. */
static int add_kept_line(struct report *report, const char *text, size_t length)
{
	struct event_line line;
	struct reason reason;
	int err = read_event_json(text, length, &line, &reason);

	if (!err)
		err = add_event_line(report, &line);
	event_line_done(&line);
	return err;
}

static int add_waiting(struct reading *reading)
{
	struct waiting *waiting = &reading->waiting;
	size_t at = 0, length;
	int err = 0;

	while (!err && at < waiting->used) {
		memcpy(&length, waiting->bytes + at, sizeof(length));
		at += sizeof(length);
		err = add_kept_line(reading->report, waiting->bytes + at, length);
		at += length;
	}
	waiting->used = waiting->lines = 0;
	return err;
}

static int make_room(struct waiting *waiting, size_t more)
{
	size_t room = waiting->room;
	char *bytes;

	while (room - waiting->used < more)
		room = room ? room * 2 : 64 << 10;
	if (room == waiting->room)
		return 0;
	bytes = realloc(waiting->bytes, room);
	if (!bytes)
		return -ENOMEM;
	waiting->bytes = bytes;
	waiting->room = room;
	return 0;
}

static int keep_line(struct reading *reading, const struct recording_item *item)
{
	struct waiting *waiting = &reading->waiting;
	size_t length = item->length;
	int err = 0;

	if (waiting->used && waiting->used + length > MAX_WAITING) {
		report_not_placed(reading->report, waiting->lines);
		err = add_waiting(reading);
	}
	if (!err)
		err = make_room(waiting, sizeof(length) + length);
	if (err)
		return err;
	memcpy(waiting->bytes + waiting->used, &length, sizeof(length));
	memcpy(waiting->bytes + waiting->used + sizeof(length), item->line, length);
	waiting->used += sizeof(length) + length;
	waiting->lines++;
	return 0;
}

static int read_event(struct reading *reading, const struct recording_item *item,
		      struct reason *reason)
{
	struct event_line line;
	struct reason what = { "" };
	int err = read_event_json(item->line, item->length, &line, &what);

	if (err) {
		event_line_done(&line);
		return recording_fail(reading->recording, err, what.text, reason);
	}
	/* The output of trace has no snapshots that would come. */
	err = reading->report->has_header ? keep_line(reading, item) :
					    add_event_line(reading->report, &line);
	event_line_done(&line);
	return err ? out_of_memory(reason) : 0;
}

/* ---- Items ---- */

static int add_item(struct reading *reading, const struct recording_item *item,
		    struct reason *reason)
{
	int err;

	if (item->kind == RECORDING_HEADER) {
		err = report_add_header(reading->report, item->header);
	} else if (item->kind == RECORDING_SNAPSHOT) {
		report_expect(reading->report, item->snapshot);
		err = add_waiting(reading);
		if (!err)
			err = report_add_snapshot(reading->report, item->snapshot);
	} else {
		return read_event(reading, item, reason);
	}
	return err ? out_of_memory(reason) : 0;
}

/* A pipe may have a writer who takes his time; a signal ends the program as it ends any other. */
static void wait_for_more(const struct recording *recording)
{
	struct pollfd wait = { .fd = recording_fd(recording), .events = POLLIN };

	poll(&wait, 1, -1);
}

/* 0: there is nothing more that is asked for; -ENODATA: there is nothing more. */
static int read_items(struct reading *reading, struct reason *reason)
{
	struct recording_item item;
	int err = 0;

	while (!err && !report_is_past(reading->report)) {
		err = recording_next(reading->recording, &item, reason);
		if (err == -EAGAIN) {
			wait_for_more(reading->recording);
			err = 0;
			continue;
		}
		if (!err)
			err = add_item(reading, &item, reason);
		if (!err)
			reading->items++;
		if (!err && reading->report->is_backwards)
			err = because(reason, -EINVAL,
				      "no time is after --since and before --until: what is asked "
				      "for ends before it begins");
	}
	return err;
}

/* What was before it is not wrong. */
static bool is_damage(const struct reading *reading, int err)
{
	return err && err != -ENODATA && err != -ENOMEM && err != -EINVAL && reading->items;
}

static int read_and_finish(struct reading *reading, struct reason *damage, struct reason *reason)
{
	int err = read_items(reading, reason);
	bool is_cut = err == -ENODATA && recording_is_cut(reading->recording);

	if (err == -ENODATA && !reading->items)
		return because(reason, -EBADMSG, "there is nothing in %s: not even one line",
			       recording_name(reading->recording));
	if (is_damage(reading, err)) {
		*damage = *reason;
		report_damaged(reading->report, reading->items + 1);
	} else if (err && err != -ENODATA) {
		return err;
	}
	if (add_waiting(reading) || report_finish(reading->report, is_cut))
		return out_of_memory(reason);
	return 0;
}

int report_read(struct report *report, struct recording *recording, struct reason *damage,
		struct reason *reason)
{
	struct reading reading = { .report = report, .recording = recording };
	int err;

	damage->text[0] = '\0';
	err = read_and_finish(&reading, damage, reason);
	free(reading.waiting.bytes);
	return err;
}
