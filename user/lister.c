// SPDX-License-Identifier: GPL-2.0-only
#include "lister.h"

#include <errno.h>

#include "clock.h"
#include "netns.h"
#include "object.h"

static int add_holder(void *arg, const struct port_holder *holder)
{
	return who_add_holder(arg, holder);
}

static int add_process(void *arg, const struct port_holder *holder,
		       const struct owner_process *process)
{
	return who_add_process(arg, holder, process);
}

static int load(const struct who *who, const struct probe_options *options,
		struct porttrace_bpf **ret_skeleton, struct reason *reason)
{
	const struct object_options object = {
		.only_netns = options->only_netns,
		.only_port = who->port,
		.btf_path = options->btf_path,
	};
	struct kernel_facts facts = {};
	int err;

	/* Facts are for events. They cost a reading of the BTF, which tells better if it fails. */
	err = object_load(&object, &facts, ret_skeleton, reason);
	if (err)
		backend_read_facts(options->btf_path, &facts, reason);
	return err;
}

static int list_sockets(struct who *who, struct porttrace_bpf *skeleton,
			const struct map_reader *reader, struct census **ret_census,
			struct reason *reason)
{
	struct census_totals totals = {};
	int err = object_open_census(skeleton, reader, false, NULL, ret_census, reason);

	if (!err)
		err = census_list(*ret_census, add_holder, who, who->netns, &totals, reason);
	if (err)
		return err;
	who->dropped = totals.dropped;
	who->disturbed = totals.disturbed;
	who->hz = clock_hz();
	return 0;
}

static int find_processes(struct who *who, struct porttrace_bpf *skeleton,
			  const struct map_reader *reader, struct reason *reason)
{
	struct holders *holders = NULL;
	int err = object_open_holders(skeleton, reader, &holders, reason);

	if (!err)
		err = holders_find_processes(holders, who->holders, who->nr_holders, add_process,
					     who, reason);
	if (!err)
		who->processes_dropped = holders_dropped(holders);
	holders_free(holders);
	return err;
}

int lister_fill(struct who *who, const struct probe_options *options, struct reason *reason)
{
	const struct map_reader reader = { .nr_cpus = 1 }; /* none of the maps is per CPU */
	struct porttrace_bpf *skeleton = NULL;
	struct census *census = NULL;
	int err = probe_may_trace(reason);

	if (!err)
		err = load(who, options, &skeleton, reason);
	if (!err)
		err = list_sockets(who, skeleton, &reader, &census, reason);
	if (!err)
		err = find_processes(who, skeleton, &reader, reason);
	census_free(census);
	object_free(skeleton);
	if (err)
		return err;
	snapshot_sort(who->netns);
	netns_read_names(who->netns);
	if (who_finish(who))
		return because(reason, -ENOMEM, "out of memory");
	return 0;
}
