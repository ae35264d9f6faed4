// SPDX-License-Identifier: GPL-2.0-only
/* A copy of a whole snapshot, in memory that is used again and again. */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>

/* Copies rows to an array that has room for so many, and makes it larger where that is needed. */
static bool assign(void **array, size_t *nr, size_t *room, size_t size, const void *from,
		   size_t nr_from)
{
	void *bigger;

	if (nr_from > *room) {
		bigger = reallocarray(*array, nr_from, size);
		if (!bigger)
			return false;
		*array = bigger;
		*room = nr_from;
	}
	if (nr_from)
		memcpy(*array, from, nr_from * size);
	*nr = nr_from;
	return true;
}

#define ASSIGN(snapshot, other, rows) \
	assign((void **)&(snapshot)->rows, &(snapshot)->nr_##rows, &(snapshot)->room.rows, \
	       sizeof(*(snapshot)->rows), (other)->rows, (other)->nr_##rows)

static bool own_text(struct snapshot *snapshot, const char **text)
{
	if (*text)
		*text = snapshot_keep_text(snapshot, *text);
	return *text;
}

static bool own_texts(struct snapshot *snapshot)
{
	bool ok = own_text(snapshot, &snapshot->probe);
	size_t i;

	for (i = 0; ok && i < snapshot->nr_processes; i++)
		if (snapshot->processes[i].cgroup)
			ok = own_text(snapshot, &snapshot->processes[i].cgroup);
	for (i = 0; ok && i < snapshot->nr_failures; i++)
		if (snapshot->failures[i].last.cgroup)
			ok = own_text(snapshot, &snapshot->failures[i].last.cgroup);
	return ok;
}

int snapshot_assign(struct snapshot *snapshot, const struct snapshot *from)
{
	struct snapshot old;

	snapshot_clear(snapshot);
	old = *snapshot;
	*snapshot = *from;
	snapshot->texts = NULL;
	snapshot->room = old.room;
	snapshot->routes = old.routes;
	snapshot->failures = old.failures;
	snapshot->netns = old.netns;
	snapshot->ports = old.ports;
	snapshot->supposed = old.supposed;
	snapshot->owners = old.owners;
	snapshot->processes = old.processes;
	snapshot->nr_ports = snapshot->nr_supposed = 0;
	if (ASSIGN(snapshot, from, routes) && ASSIGN(snapshot, from, failures) &&
	    ASSIGN(snapshot, from, netns) && ASSIGN(snapshot, from, owners) &&
	    ASSIGN(snapshot, from, processes) && own_texts(snapshot))
		return 0;
	snapshot_clear(snapshot);
	return -ENOMEM;
}
