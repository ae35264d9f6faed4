// SPDX-License-Identifier: GPL-2.0-only
#include "process_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Looked at one by one, so that a line of nothing else must not have many. */
#define MAX_OF_ONE_PID 64

void process_table_done(struct process_table *table)
{
	free(table->slots);
}

/* The first slot to look at. */
static size_t first_slot(const struct process_table *table, uint32_t pid)
{
	return pid * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (table->nr_slots - 1);
}

static void put(struct process_table *table, uint32_t pid, uint32_t number)
{
	size_t slot = first_slot(table, pid);

	while (table->slots[slot])
		slot = (slot + 1) & (table->nr_slots - 1);
	table->slots[slot] = number;
}

/* At most half of the slots are taken. */
static int make_room(struct process_table *table, const struct snapshot *snapshot)
{
	size_t i, nr_slots = table->nr_slots ? 2 * table->nr_slots : 64;

	if (2 * (snapshot->nr_processes + 1) <= table->nr_slots)
		return 0;
	free(table->slots);
	table->slots = calloc(nr_slots, sizeof(*table->slots));
	table->nr_slots = table->slots ? nr_slots : 0;
	if (!table->slots)
		return -ENOMEM;
	for (i = 0; i < snapshot->nr_processes; i++)
		put(table, snapshot->processes[i].key.pid, i + 1);
	return 0;
}

static bool is_same(const struct owner_process *process, const char *comm, const char *cgroup)
{
	return !strcmp(process->comm, comm) &&
	       !strcmp(process->cgroup ? process->cgroup : "", cgroup);
}

static int add(struct process_table *table, struct snapshot *snapshot, struct process_key key,
	       const char *comm, const char *cgroup)
{
	struct owner_process *process = snapshot_add_process(snapshot);

	if (!process)
		return -ENOMEM;
	process->key = key;
	strncpy(process->comm, comm, sizeof(process->comm) - 1);
	put(table, key.pid, snapshot->nr_processes);
	if (!cgroup[0])
		return 0;
	process->cgroup = snapshot_keep_text(snapshot, cgroup);
	return process->cgroup ? 0 : -ENOMEM;
}

int process_table_key(struct process_table *table, struct snapshot *snapshot, uint32_t pid,
		      const char *comm, const char *cgroup, struct process_key *ret_key)
{
	const struct owner_process *process;
	uint32_t nr_of_pid = 0;
	size_t slot;

	if (make_room(table, snapshot))
		return -ENOMEM;
	for (slot = first_slot(table, pid); table->slots[slot];
	     slot = (slot + 1) & (table->nr_slots - 1)) {
		process = &snapshot->processes[table->slots[slot] - 1];
		if (process->key.pid != pid)
			continue;
		*ret_key = process->key;
		if (is_same(process, comm, cgroup))
			return 0;
		nr_of_pid++;
	}
	if (nr_of_pid == MAX_OF_ONE_PID)
		return -E2BIG;
	*ret_key = (struct process_key){ .pid = pid, .started = nr_of_pid };
	return add(table, snapshot, *ret_key, comm, cgroup);
}
