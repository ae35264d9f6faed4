// SPDX-License-Identifier: GPL-2.0-only
#include "owners.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "due.h"
#include "iterate.h"
#include "printable.h"

struct owners {
	struct owners_parts parts;
	struct bpf_link *of_sockets, *of_time_waits;
	struct due due;
};

/* What the rows of a map are added to. */
struct target {
	const struct owners *owners;
	struct snapshot *snapshot;
};

int owners_new(const struct owners_parts *parts, struct owners **ret_owners,
	       struct reason *reason)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(parts->time_wait_owners) };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct owners *owners = calloc(1, sizeof(*owners));
	int err;

	if (!owners)
		return because(reason, -ENOMEM, "out of memory");
	owners->parts = *parts;
	owners->of_sockets = bpf_program__attach_iter(parts->of_sockets, NULL);
	if (owners->of_sockets)
		owners->of_time_waits = bpf_program__attach_iter(parts->of_time_waits, &opts);
	if (!owners->of_time_waits) {
		err = because(reason, -errno, "cannot attach to processes, by a BPF iterator: %s",
			      strerror(errno));
		owners_free(owners);
		return err;
	}
	*ret_owners = owners;
	return 0;
}

void owners_free(struct owners *owners)
{
	if (!owners)
		return;
	bpf_link__destroy(owners->of_time_waits);
	bpf_link__destroy(owners->of_sockets);
	free(owners);
}

static int add_process(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct process *found = values;
	struct owner_process *process;

	/* One that closed connections not long ago may yet leave TIME_WAITs behind. */
	if (found->run + 1 < *target->owners->parts.run)
		return MAP_DELETE;
	process = snapshot_add_process(target->snapshot);
	if (!process)
		return -ENOMEM;
	memcpy(&process->key, key, sizeof(process->key));
	printable_copy(process->comm, sizeof(process->comm), found->comm);
	process->cgroup = cgroup_path(found->cgroup);
	return 0;
}

static int add_owner(void *arg, const void *key, const void *values)
{
	struct target *target = arg;
	const struct owner_sockets *found = values;
	struct owner *owner;

	if (found->run != *target->owners->parts.run)
		return MAP_DELETE;
	owner = snapshot_add_owner(target->snapshot);
	if (!owner)
		return -ENOMEM;
	memcpy(&owner->key, key, sizeof(owner->key));
	owner->sockets = found->sockets;
	owner->time_waits = found->time_waits;
	owner->bound = target->owners->parts.tell_bound ? found->bound : NOT_KNOWN;
	return 0;
}

static int look(struct owners *owners, struct snapshot *snapshot, struct reason *reason)
{
	struct target target = { owners, snapshot };
	int err;

	++*owners->parts.run;
	err = iterate(owners->of_sockets);
	if (!err)
		err = iterate(owners->of_time_waits);
	if (err)
		return because(reason, err, "cannot walk the processes' sockets: %s",
			       strerror(-err));
	err = map_read(&owners->parts.reader, owners->parts.owners, add_owner, &target, reason);
	if (!err)
		err = map_read(&owners->parts.reader, owners->parts.processes, add_process,
			       &target, reason);
	return err;
}

int owners_take(struct owners *owners, double share, struct snapshot *snapshot,
		struct reason *reason)
{
	struct owners_facts *facts = &snapshot->owners_facts;
	int err = 0;

	facts->is_fresh = due_now(&owners->due, share);
	if (facts->is_fresh) {
		due_begin(&owners->due);
		err = look(owners, snapshot, reason);
		due_end(&owners->due);
	}
	facts->age_s = due_age_s(&owners->due);
	facts->cost_ms = owners->due.cost_ms;
	snapshot->lost.owners = *owners->parts.dropped;
	return err;
}
