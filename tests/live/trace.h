/* SPDX-License-Identifier: GPL-2.0-only */
/* A `porttrace trace --json` that runs, and the events that it has printed. */
#ifndef LIVE_TRACE_H
#define LIVE_TRACE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "setup.h"
#include "tracer.h"

enum trace_event {
	TRACE_FAILURE,
	TRACE_ALLOCATION,
	TRACE_TIME_WAIT,
	TRACE_HELD_BACK,
	TRACE_LOST,
	TRACE_SUMMARY,
	NR_TRACE_EVENTS,
};

struct trace {
	struct tracer *tracer;
	/* All lines, in their order; the last is the summary once it has ended. */
	struct json_object **lines;
	size_t nr_lines;
	bool keeps_none; /* lines are counted, and let go */
	unsigned long nr[NR_TRACE_EVENTS];
	unsigned long long held_back; /* sums over the lines that say so */
	unsigned long long lost;
	unsigned int nr_bad; /* lines that are none of these, or come after the summary */
	char bad[800];	     /* the first of them, and what is wrong with it */
	struct json_object *summary;
};

/*
 * Starts one with such options, NULL at the end, and waits until it traces. NULL: it does not, and
 * ret_why says why.
 */
struct trace *trace_start(const struct live_setup *setup, const char *const options[],
			  char *ret_why, int size);

/*
 * Makes a call of the driver fail, and waits until its event is printed: so is then all that
 * happened before. False: it is not printed in time.
 */
bool trace_sync(struct trace *trace);

/*
 * Ends it with that signal, or waits until it ends by itself if signal is 0. True: its status was
 * 0, all lines are well-formed, the last one is the summary, and that agrees with the lines.
 */
bool trace_stop(struct trace *trace, int signal, char *ret_why, int size);

/* NULL is fine. */
void trace_free(struct trace *trace);

/* Their parts, for lines that come from elsewhere: a zeroed trace, as arg, that nobody runs. */
void trace_take_line(const char *text, void *arg);
bool trace_is_sound(const struct trace *trace, char *ret_why, int size);
void trace_done(struct trace *trace);

/* What the member of the summary says; -1: it is no number. */
long long trace_sum(const struct trace *trace, const char *name);

/* NR_TRACE_EVENTS: it is none. */
enum trace_event trace_event_of(struct json_object *line);

/*
 * The text of the member at the end of such a path: "options.reuseaddr". "-" for null, "missing"
 * where there is none.
 */
const char *trace_text_of(struct json_object *line, const char *path);

#endif
