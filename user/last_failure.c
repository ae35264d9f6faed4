// SPDX-License-Identifier: GPL-2.0-only
#include "last_failure.h"

#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "describe.h"
#include "printable.h"

/* Kinds between two snapshots: rows are moved for each new one. */
#define MAX_NOTED 4096

void last_failures_ask(struct event_options *events, const struct filter *filter)
{
	events->failures = true;
	events->a_second = 1;
	events->buffer_mib = 1;
	filter_for_events(filter, &events->filter);
}

/* The row of that key, or the one before which it would be. */
static size_t find_place(const struct last_failures *noted, const struct failure_key *key)
{
	size_t low = 0, high = noted->nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (failure_key_compare(&noted->rows[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct failure *add_row(struct last_failures *noted, size_t at)
{
	size_t room = noted->room ? 2 * noted->room : 64;
	struct failure *more;

	if (noted->nr == MAX_NOTED)
		return NULL;
	if (noted->nr == noted->room) {
		more = reallocarray(noted->rows, room, sizeof(*more));
		if (!more)
			return NULL;
		noted->rows = more;
		noted->room = room;
	}
	memmove(&noted->rows[at + 1], &noted->rows[at], (noted->nr - at) * sizeof(*noted->rows));
	noted->nr++;
	return &noted->rows[at];
}

static bool has_at(const struct last_failures *noted, size_t at, const struct failure_key *key)
{
	return at < noted->nr && !failure_key_compare(&noted->rows[at].key, key);
}

void last_failures_note(struct last_failures *noted, const struct porttrace_event *event)
{
	struct failure_key key = { .route = event->route, .call = event->call,
				   .cause = event->cause, .err = event->err };
	char comm[sizeof(event->caller.comm) + 1] = "";
	struct failure *row;
	size_t at;

	if (event->kind != EVENT_FAILURE)
		return;
	key.route.netns = event->netns_inum;
	at = find_place(noted, &key);
	row = has_at(noted, at, &key) ? &noted->rows[at] : add_row(noted, at);
	if (!row)
		return;
	memcpy(comm, event->caller.comm, sizeof(event->caller.comm));
	*row = (struct failure){ .key = key };
	row->last = (struct last_failure){
		.wall = describe_time(event->time_ns),
		.pid = event->caller.process.pid,
		.sport = event->sport,
		.cgroup = cgroup_path(event->caller.cgroup),
	};
	printable_copy(row->last.comm, sizeof(row->last.comm), comm);
}

static int note(void *arg, const struct event_record *record)
{
	last_failures_note(arg, record->event);
	return 0;
}

int last_failures_read(struct last_failures *noted, struct probe *probe, struct reason *reason)
{
	int err = events_read(probe_events(probe), note, noted);

	return err ? because(reason, err, "cannot read events: %s", strerror(-err)) : 0;
}

/* One that found no room for a row of its own, or came after the rows were read, is passed over. */
void last_failures_set(struct last_failures *noted, const struct snapshot *before,
		       struct snapshot *snapshot)
{
	const struct failure *old;
	size_t i, at;

	for (i = 0; i < snapshot->nr_failures; i++) {
		struct failure *failure = &snapshot->failures[i];

		at = find_place(noted, &failure->key);
		old = snapshot_failure_before(snapshot, before, &failure->key);
		if (has_at(noted, at, &failure->key))
			failure->last = noted->rows[at].last;
		else if (old)
			failure->last = old->last;
	}
	noted->nr = 0;
}

void last_failures_done(struct last_failures *noted)
{
	free(noted->rows);
	*noted = (struct last_failures){};
}
