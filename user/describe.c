// SPDX-License-Identifier: GPL-2.0-only
#include "describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "clock.h"
#include "printable.h"
#include "user_name.h"

/*
 * Who holds a socket is looked for among all processes, so what was found is good for a while: a
 * program that fails in a loop runs into the same holder again and again.
 */
#define NR_REMEMBERED 64
#define REMEMBERED_NS 1000000000ULL

/* How long the offset of the two clocks is good for. */
#define OFFSET_NS 1000000000ULL

struct remembered {
	uint64_t socket, inode; /* as in struct port_holder */
	uint64_t at_ns;		/* CLOCK_MONOTONIC; 0: free */
	struct owner_process process; /* pid 0: nobody has it */
};

struct describer {
	struct stack_namer *namer; /* NULL: no stacks */
	struct stack_names *names; /* of the last event */
	struct remembered remembered[NR_REMEMBERED];
	uint64_t looks_until_ns; /* CLOCK_MONOTONIC; 0: there is no end to it */
	uint64_t nr_unlooked;	 /* see describer_unlooked() */
};

/*
 * What CLOCK_REALTIME is ahead of CLOCK_MONOTONIC. Of several readings the one in which least time
 * went by between the two clocks: this process may be preempted there.
 */
static uint64_t read_offset(void)
{
	uint64_t least = UINT64_MAX, offset = 0;
	int i;

	for (i = 0; i < 8 && least > 1000; i++) {
		uint64_t before = clock_ns(CLOCK_MONOTONIC), wall = clock_ns(CLOCK_REALTIME);
		uint64_t took = clock_ns(CLOCK_MONOTONIC) - before;

		if (took >= least)
			continue;
		least = took;
		offset = wall - before - took / 2;
	}
	return offset;
}

struct timespec describe_time(uint64_t monotonic_ns)
{
	static uint64_t offset, read_at;
	uint64_t now = clock_ns(CLOCK_MONOTONIC), wall;

	/* Somebody may set the clock. */
	if (!offset || now - read_at > OFFSET_NS) {
		offset = read_offset();
		read_at = now;
	}
	wall = monotonic_ns + offset;
	return (struct timespec){ wall / 1000000000, wall % 1000000000 };
}

struct describer *describer_new(bool stacks)
{
	struct describer *describer = calloc(1, sizeof(*describer));

	if (!describer)
		return NULL;
	describer->namer = stacks ? stack_namer_new() : NULL;
	if (stacks && !describer->namer) {
		free(describer);
		return NULL;
	}
	return describer;
}

void describer_free(struct describer *describer)
{
	if (!describer)
		return;
	stack_names_free(describer->names);
	stack_namer_free(describer->namer);
	free(describer);
}

void describer_hurry(struct describer *describer)
{
	describer->looks_until_ns =
		clock_ns(CLOCK_MONOTONIC) + DESCRIBER_HURRY_S * 1000000000ULL;
}

uint64_t describer_unlooked(const struct describer *describer)
{
	return describer->nr_unlooked;
}

/* The entry for this socket, or else the oldest, for use. */
static struct remembered *find_remembered(struct describer *describer,
					  const struct port_holder *socket)
{
	struct remembered *oldest = &describer->remembered[0];
	size_t i;

	for (i = 0; i < NR_REMEMBERED; i++) {
		struct remembered *one = &describer->remembered[i];

		if (one->at_ns && one->socket == socket->socket && one->inode == socket->inode)
			return one;
		if (one->at_ns < oldest->at_ns)
			oldest = one;
	}
	oldest->at_ns = 0;
	return oldest;
}

/* Of several, the one with the lowest pid: most often the one that the others came from. */
static int choose_process(void *arg, const struct port_holder *socket,
			  const struct owner_process *process)
{
	struct owner_process *chosen = arg;

	(void)socket;
	if (!chosen->key.pid || process->key.pid < chosen->key.pid)
		*chosen = *process;
	return 0;
}

static int find_process(struct describer *describer, struct probe *probe,
			const struct port_holder *socket, struct owner_process *ret_process,
			struct reason *reason)
{
	struct remembered *found = find_remembered(describer, socket);
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int err;

	if (!found->at_ns || now - found->at_ns > REMEMBERED_NS) {
		if (describer->looks_until_ns && now > describer->looks_until_ns) {
			describer->nr_unlooked++;
			return 0;
		}
		*found = (struct remembered){ .socket = socket->socket, .inode = socket->inode };
		err = holders_find_processes(probe_holders(probe), socket, 1,
					     choose_process, &found->process, reason);
		if (err)
			return err;
		found->at_ns = now;
	}
	*ret_process = found->process;
	return 0;
}

static int describe_holder(struct describer *describer, struct probe *probe,
			   const struct port_holder *socket, struct event *event,
			   struct reason *reason)
{
	struct event_holder *holder = &event->holder;
	struct owner_process process = {};
	int err;

	event->has_holder = socket;
	if (!socket)
		return 0;
	holder->socket = socket;
	holder->expires_s = holder_expires_s(socket, clock_hz());
	if (socket->closer.pid) {
		holder->pid = socket->closer.pid;
		printable_copy(holder->comm, sizeof(holder->comm), socket->comm);
		return 0;
	}
	if (!socket->inode)
		return 0;
	err = find_process(describer, probe, socket, &process, reason);
	holder->pid = process.key.pid;
	memcpy(holder->comm, process.comm, sizeof(holder->comm));
	holder->cgroup = process.cgroup;
	return err;
}

static int describe_stack(struct describer *describer, const struct event_record *record,
			  struct event *event, struct reason *reason)
{
	stack_names_free(describer->names);
	describer->names = NULL;
	if (!record->stack)
		return 0;
	describer->names = stack_namer_names(describer->namer, record->stack,
					     record->event->caller.process);
	event->stack = describer->names;
	return describer->names ? 0 : because(reason, -ENOMEM, "out of memory");
}

int describe_event(struct describer *describer, struct probe *probe,
		   const struct event_record *record, struct event *event,
		   struct reason *reason)
{
	const struct caller *caller = &record->event->caller;
	char comm[sizeof(caller->comm) + 1] = "";
	int err;

	*event = (struct event){
		.what = record->event,
		.wall = describe_time(record->event->time_ns),
		.user = caller->uid == UID_UNKNOWN ? NULL : user_name(caller->uid),
		.cgroup = cgroup_path(caller->cgroup),
	};
	memcpy(comm, caller->comm, sizeof(caller->comm));
	printable_copy(event->comm, sizeof(event->comm), comm);
	err = describe_holder(describer, probe, record->holder, event, reason);
	return err ? err : describe_stack(describer, record, event, reason);
}
