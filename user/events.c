// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Kinds of failures of which it is known how many were told of. More: told of together. */
#define MAX_KINDS 65536

struct kind {
	struct event_limit_key key;
	uint64_t held; /* told of */
};

struct events {
	struct events_parts parts;
	struct ring_buffer *ring;
	event_visit visit; /* of the reading that goes on */
	void *arg;
	void *kinds; /* tree of struct kind */
	size_t nr_kinds;
	uint64_t held; /* told of, all together */
	uint64_t nr_unknown_ports; /* see events_read_untold() */
};

static bool split(const void *data, size_t size, struct event_record *record)
{
	const struct porttrace_event_stack *whole = data;

	*record = (struct event_record){ .event = data };
	if (size == sizeof(struct porttrace_event))
		return true;
	if (whole->event.has_holder)
		record->holder = &whole->holder;
	if (size == sizeof(*whole))
		record->stack = &whole->stack;
	return size == sizeof(*whole) || size == sizeof(struct porttrace_event_holder);
}

static int take_record(void *arg, void *data, size_t size)
{
	const struct events *events = arg;
	struct event_record record;

	return split(data, size, &record) ? events->visit(events->arg, &record) : -EPROTO;
}

int events_new(const struct events_parts *parts, struct events **ret_events,
	       struct reason *reason)
{
	struct events *events = calloc(1, sizeof(*events));
	int err;

	if (!events)
		return because(reason, -ENOMEM, "out of memory");
	events->parts = *parts;
	events->ring = ring_buffer__new(bpf_map__fd(parts->ring), take_record, events, NULL);
	if (!events->ring) {
		err = because(reason, -errno, "cannot read the ring buffer of events: %s",
			      strerror(errno));
		events_free(events);
		return err;
	}
	*ret_events = events;
	return 0;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	ring_buffer__free(events->ring);
	tdestroy(events->kinds, free);
	free(events);
}

int events_fd(const struct events *events)
{
	return ring_buffer__epoll_fd(events->ring);
}

int events_read(struct events *events, event_visit visit, void *arg)
{
	int read;

	events->visit = visit;
	events->arg = arg;
	read = ring_buffer__consume(events->ring);
	return read < 0 ? read : 0;
}

static int take_untold(void *arg, const void *key, const void *value)
{
	struct events *events = arg;
	const struct untold_allocation *untold = value;
	struct porttrace_event event = {
		.time_ns = untold->time_ns,
		.duration_ns = NOT_MEASURED,
		.caller = untold->caller,
		.route = untold->route,
		.netns_inum = untold->netns_inum,
		.own_range = untold->own_range,
		.options = untold->options,
		.kind = EVENT_ALLOCATION,
		.call = untold->call,
	};
	const struct event_record record = { .event = &event };

	(void)key;
	if (events->parts.of_some_ports) {
		events->nr_unknown_ports++;
		return 0;
	}
	return events->visit(events->arg, &record);
}

int events_read_untold(struct events *events, event_visit visit, void *arg,
		       struct reason *reason)
{
	events->visit = visit;
	events->arg = arg;
	return map_read(&events->parts.reader, events->parts.untold, take_untold, events, reason);
}

static int compare_kinds(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct event_limit_key));
}

/* The entry, made if there is room. */
static struct kind *find_kind(struct events *events, const struct event_limit_key *key)
{
	struct kind **found = tfind(key, &events->kinds, compare_kinds), *kind;

	if (found)
		return *found;
	kind = events->nr_kinds < MAX_KINDS ? calloc(1, sizeof(*kind)) : NULL;
	if (!kind)
		return NULL;
	kind->key = *key;
	if (!tsearch(kind, &events->kinds, compare_kinds)) {
		free(kind);
		return NULL;
	}
	events->nr_kinds++;
	return kind;
}

struct held_reading {
	struct events *events;
	held_visit visit;
	void *arg;
};

static int take_limit(void *arg, const void *key, const void *value)
{
	const struct held_reading *reading = arg;
	const struct event_limit *limit = value;
	struct kind *kind = limit->held ? find_kind(reading->events, key) : NULL;
	uint64_t count;

	if (!kind || limit->held == kind->held)
		return 0;
	/* Less than before: the kernel had no room for the entry, and began it anew. */
	count = limit->held > kind->held ? limit->held - kind->held : limit->held;
	kind->held = limit->held;
	reading->events->held += count;
	return reading->visit(reading->arg, key, limit->netns_inum, count);
}

int events_read_held(struct events *events, held_visit visit, void *arg, struct reason *reason)
{
	struct held_reading reading = { events, visit, arg };
	uint64_t held = events->parts.losses->held;
	int err;

	if (held == events->held)
		return 0;
	err = map_read(&events->parts.reader, events->parts.limits, take_limit, &reading, reason);
	/* Those of entries that are gone. What came since is told of next time. */
	if (!err && held > events->held) {
		err = visit(arg, NULL, 0, held - events->held);
		events->held = held;
	}
	return err;
}

uint64_t events_lost(const struct events *events, enum porttrace_event_kind kind)
{
	uint64_t unknown = kind == EVENT_ALLOCATION ? events->nr_unknown_ports : 0;

	return events->parts.losses->no_room[kind] + unknown;
}
