/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events on a stream, one line each, as JSON or as text. Whether all was written is for the caller
 * to find out.
 */
#ifndef PORTTRACE_VIEW_EVENT_H
#define PORTTRACE_VIEW_EVENT_H

#include <stdio.h>

#include "event.h"

/* How events are written. */
struct event_view {
	bool no_time; /* text */
	bool stacks;  /* were asked for */
	void (*heading)(FILE *out, const struct event_view *view);
	void (*event)(FILE *out, const struct event_view *view, const struct event *event);
	void (*held)(FILE *out, const struct event_view *view, const struct held_back *held);
	/* lost: since the line before; wall: now. */
	void (*lost)(FILE *out, const struct event_view *view, const struct timespec *wall,
		     uint64_t lost);
	void (*summary)(FILE *out, const struct event_view *view,
			const struct event_summary *summary);
};

extern const struct event_view event_view_json, event_view_text;

#endif
