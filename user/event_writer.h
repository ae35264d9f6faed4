/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single events on their way from the probe to a stream: each with what can be found out about it,
 * then what was held back and lost, and in the end a line that sums up. For loops, which say when.
 */
#ifndef PORTTRACE_EVENT_WRITER_H
#define PORTTRACE_EVENT_WRITER_H

#include "describe.h"
#include "view_event.h"

struct event_writer {
	/* Set by the caller; all borrowed. */
	struct probe *probe;
	struct describer *describer;
	struct event_view view;
	FILE *out;
	uint64_t count; /* enough are so many; 0: there is no end */
	bool all;	/* allocations and entries into TIME_WAIT are events, too */
	/*
	 * The snapshot that tells of an event's route and namespace, or NULL; to be as good as this
	 * event needs it. NULL: of those that are taken for no event, one of this moment will do.
	 */
	int (*snapshot)(void *arg, const struct porttrace_event *event,
			const struct snapshot **ret_snapshot, struct reason *reason);
	/* Hears of each; or NULL. */
	void (*note)(void *arg, const struct porttrace_event *event);
	void *arg;

	struct event_summary summary;
	uint64_t told_ms; /* CLOCK_MONOTONIC, when what was not sent was told of */
	unsigned int nr_read; /* events in the reading that goes on */
	uint64_t reading_ms;  /* CLOCK_MONOTONIC, when that began */
	bool has_more;	      /* it was broken off: there is more to read at once */
};

/* What was held back and lost is told of so often. */
#define EVENT_WRITER_TELL_MS 1000

/* Begins to count the time. */
void event_writer_start(struct event_writer *writer);

/*
 * Writes the events that have come, so many at most that the caller can look after other things, and
 * what was not sent, when it is time for that. Negative errno, with the reason.
 */
int event_writer_read(struct event_writer *writer, struct reason *reason);

/* Whether `count` of them have been written. */
bool event_writer_has_enough(const struct event_writer *writer);

/*
 * After probe_stop(): writes what happened before it, without the processes of holders when that
 * takes long (describer_hurry()). Then the rest, in order: what was not sent, and
 * the last line.
 */
int event_writer_drain(struct event_writer *writer, struct reason *reason);
int event_writer_finish(struct event_writer *writer, struct reason *reason);

/* Failures that the lines so far account for: single ones, and those held back. */
uint64_t event_writer_failures(const struct event_writer *writer);

#endif
