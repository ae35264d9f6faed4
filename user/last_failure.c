// SPDX-License-Identifier: GPL-2.0-only
#include "last_failure.h"

#include <string.h>

#include "cgroup.h"
#include "describe.h"
#include "printable.h"

void last_failures_ask(struct event_options *events, const struct filter *filter)
{
	events->failures = true;
	events->a_second = 1;
	events->buffer_mib = 1;
	filter_for_events(filter, &events->filter);
}

static struct failure *find_failure(struct snapshot *snapshot, const struct porttrace_event *event)
{
	struct failure_key key = { .route = event->route, .call = event->call,
				   .cause = event->cause, .err = event->err };

	key.route.netns = event->netns_inum;
	return (struct failure *)snapshot_find_failure(snapshot, &key);
}

/* One that found no room for a row of its own, or came after the rows were read, is passed over. */
static int take(void *arg, const struct event_record *record)
{
	const struct porttrace_event *event = record->event;
	struct failure *failure = find_failure(arg, event);
	char comm[sizeof(event->caller.comm) + 1] = "";

	if (!failure)
		return 0;
	memcpy(comm, event->caller.comm, sizeof(event->caller.comm));
	failure->last = (struct last_failure){
		.wall = describe_time(event->time_ns),
		.pid = event->caller.process.pid,
		.sport = event->sport,
		.cgroup = cgroup_path(event->caller.cgroup),
	};
	printable_copy(failure->last.comm, sizeof(failure->last.comm), comm);
	return 0;
}

int last_failures_read(struct probe *probe, const struct snapshot *before,
		       struct snapshot *snapshot, struct reason *reason)
{
	const struct failure *old;
	size_t i;
	int err;

	for (i = 0; i < snapshot->nr_failures; i++) {
		old = snapshot_failure_before(snapshot, before, &snapshot->failures[i].key);
		if (old)
			snapshot->failures[i].last = old->last;
	}
	err = events_read(probe_events(probe), take, snapshot);
	return err ? because(reason, err, "cannot read events: %s", strerror(-err)) : 0;
}
