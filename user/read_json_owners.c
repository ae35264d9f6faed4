// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "read_json_row.h"

struct owner_members {
	int64_t pid, sockets, time_waits;
	char comm[sizeof(((struct owner_process *)0)->comm)];
	char cgroup[4096];
};

static const struct json_member owner_members[] = {
	{ "pid", json_member_count, offsetof(struct owner_members, pid), UINT32_MAX, true },
	{ "comm", json_member_text, offsetof(struct owner_members, comm), 15, false },
	{ "cgroup", json_member_text, offsetof(struct owner_members, cgroup), 4095, false },
	{ "sockets", json_member_count, offsetof(struct owner_members, sockets), JSON_MAX_COUNT,
	  true },
	{ "time_waits", json_member_count, offsetof(struct owner_members, time_waits),
	  JSON_MAX_COUNT, false },
	{},
};

static int set_process(struct json_reader *reader, struct reading *reading,
		       const struct owner_members *members, struct process_key *ret_key)
{
	uint32_t pid = members->pid == NOT_KNOWN ? 0 : members->pid;
	int err;

	/* Nobody's, or of one of which there is no more than the pid: the table gives no such start. */
	if (!members->comm[0] && !members->cgroup[0]) {
		*ret_key = (struct process_key){ .pid = pid, .started = pid ? UINT32_MAX : 0 };
		return 0;
	}
	err = process_table_key(&reading->processes, reading->snapshot, pid, members->comm,
				members->cgroup, ret_key);
	if (err == -E2BIG)
		return json_fail(reader, "too many different processes of one pid");
	return err ? because(reader->reason, err, "out of memory") : 0;
}

static int read_owner(struct json_reader *reader, void *arg)
{
	struct owner_members members = { .pid = NOT_KNOWN, .time_waits = NOT_KNOWN };
	struct reading *reading = arg;
	struct process_key key;
	struct owner *owner;
	int err;

	err = check_rows(reader, reading->snapshot->nr_owners);
	if (!err)
		err = json_read_object(reader, owner_members, &members);
	if (!err)
		err = set_process(reader, reading, &members, &key);
	if (err)
		return err;
	owner = snapshot_add_owner(reading->snapshot);
	if (!owner)
		return because(reader->reason, -ENOMEM, "out of memory");
	owner->key.process = key;
	owner->sockets = members.sockets;
	owner->time_waits = members.time_waits;
	return 0;
}

/* The last one without a process has what is known to be nobody's, see view_json.c. */
int read_owners(struct json_reader *reader, struct reading *reading, int64_t *ret_orphans)
{
	struct snapshot *snapshot = reading->snapshot;
	size_t nr = snapshot->nr_owners;
	const struct owner *last;
	int err;

	if (json_read_null(reader))
		return 0;
	err = json_read_array(reader, read_owner, reading);
	if (err || snapshot->nr_owners == nr)
		return err;
	last = &snapshot->owners[snapshot->nr_owners - 1];
	if (last->key.process.pid || last->sockets || last->time_waits <= 0)
		return 0;
	*ret_orphans = last->time_waits;
	snapshot->nr_owners--;
	return 0;
}
