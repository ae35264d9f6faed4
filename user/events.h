/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single events, as bpf/events.bpf.c sends them: reads the ring buffer, and what was not sent.
 * Nothing here knows what becomes of an event.
 */
#ifndef PORTTRACE_EVENTS_H
#define PORTTRACE_EVENTS_H

#include "map_read.h"
#include "snapshot.h"

/* What is asked for. Zeroed: no events at all. */
struct event_options {
	bool failures;
	bool all;	     /* allocations and entries into TIME_WAIT as well */
	bool stacks;
	bool details;	     /* how long calls took, and patterns: that costs at each call */
	bool holders;	     /* the processes that hold the port of a failure can be asked for */
	uint32_t a_second;   /* failures of one kind on one route that are sent; 0: all */
	uint32_t buffer_mib; /* of the ring buffer; made a power of two */
	struct event_filter filter;
};

/* Parts of the BPF object, which has to outlive the events. All borrowed. */
struct events_parts {
	const struct bpf_map *ring, *limits, *untold;
	const struct event_losses *losses;
	struct map_reader reader;
	bool of_some_ports; /* filter.sport_low is set */
};

struct events;

/* Negative errno, with the reason; then nothing is left behind. Free with events_free(). */
int events_new(const struct events_parts *parts, struct events **ret_events,
	       struct reason *reason);
void events_free(struct events *events);

/* Readable when there is something to read, or soon after: an epoll instance. */
int events_fd(const struct events *events);

/* One record; holder and stack are NULL where there is none. Nothing outlives the visit. */
struct event_record {
	const struct porttrace_event *event;
	const struct port_holder *holder;
	const struct porttrace_stack *stack;
};

/* A negative errno ends the reading; the records after this one stay. */
typedef int (*event_visit)(void *arg, const struct event_record *record);

/* All there are, or what visit said. */
int events_read(struct events *events, event_visit visit, void *arg);

/*
 * Allocations whose port was not known yet: the connection is still being opened, by the kernel or
 * by a call that this back-end cannot follow. To be read once, in the end. Where only those on some local
 * ports are wanted, they count as lost: nobody knows whether they are among these.
 */
int events_read_untold(struct events *events, event_visit visit, void *arg,
		       struct reason *reason);

/*
 * Failures of one kind that were held back since this was asked last; netns: inode number. key NULL:
 * of several, and netns 0.
 */
typedef int (*held_visit)(void *arg, const struct event_limit_key *key, uint32_t netns,
			  uint64_t count);

int events_read_held(struct events *events, held_visit visit, void *arg, struct reason *reason);

/* Since the start: of that kind, for which the ring buffer, or a map, had no room; and see above. */
uint64_t events_lost(const struct events *events, enum porttrace_event_kind kind);

#endif
