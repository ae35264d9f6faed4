/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of `trace --json` becomes an event again, or what else is told of events there: the inverse
 * of view_event_json. What is only computed with (addresses of sockets, when a process started, the
 * monotonic clock) is not in a line, and 0.
 *
 * The line may come from anybody: texts are made printable, and all is bounded.
 */
#ifndef PORTTRACE_READ_EVENT_JSON_H
#define PORTTRACE_READ_EVENT_JSON_H

#include "err.h"
#include "event.h"

enum event_line_kind {
	EVENT_LINE_EVENT,
	EVENT_LINE_HELD,
	EVENT_LINE_LOST,
	EVENT_LINE_SUMMARY,
};

/* One line. Of the members only that of its kind means something. */
struct event_line {
	enum event_line_kind kind;
	struct event event; /* route.netns is the inode number, as in snapshots */
	struct held_back held;
	struct {
		struct timespec wall;
		uint64_t count;
	} lost;
	struct event_summary summary;
	struct event_line_texts *texts; /* what the event and the key borrow from */
};

/*
 * -EBADMSG with the reason, which says where in the line and what is wrong there; -ENOMEM.
 * event_line_done() in any case; the line itself is no longer needed.
 */
int read_event_json(const char *line, size_t length, struct event_line *ret_line,
		    struct reason *reason);
void event_line_done(struct event_line *line);

#endif
