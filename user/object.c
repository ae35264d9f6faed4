// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "clock.h"
#include "porttrace.skel.h"

/* What preallocated maps may take of kernel memory, where the kernel cannot allocate later. */
#define PREALLOCATED_BYTES (64 << 20)

/* What a section hooks: the word after its last slash. */
static const char *function_of(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strrchr(section, '/');

	return slash ? slash + 1 : section;
}

/*
 * A per-CPU map of 65,536 routes takes 11 MB for each CPU when it is allocated beforehand. So
 * let the kernel allocate as routes come where it can, and set a limit where it cannot.
 */
static int size_maps(struct porttrace_bpf *skeleton, const struct kernel_facts *facts)
{
	struct bpf_map *maps[] = {
		skeleton->maps.routes,
		skeleton->maps.failures,
		skeleton->maps.time_wait_owners,
		skeleton->maps.processes,
	};
	size_t i, most, overhead = 128, nr_cpus = libbpf_num_possible_cpus();
	int err = 0;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]) && !err; i++) {
		size_t value = (bpf_map__value_size(maps[i]) + 7) / 8 * 8 * nr_cpus;

		most = PREALLOCATED_BYTES / (value + overhead);
		if (facts->allocates)
			err = bpf_map__set_map_flags(maps[i], BPF_F_NO_PREALLOC);
		else if (most < bpf_map__max_entries(maps[i]))
			err = bpf_map__set_max_entries(maps[i], most);
	}
	return err;
}

/*
 * The table of a hash is allocated beforehand, even if its entries are not: 4 MB for each of these.
 * Where nobody asks for what is in them, that is one place.
 */
static int size_maps_of_holders(struct porttrace_bpf *skeleton,
				const struct object_options *options)
{
	int err = 0;

	if (!options->only_port)
		err = bpf_map__set_max_entries(skeleton->maps.port_holders, 1);
	if (err || options->only_port || options->events.holders)
		return err;
	err = bpf_map__set_max_entries(skeleton->maps.wanted_sockets, 1);
	return err ? err : bpf_map__set_max_entries(skeleton->maps.holder_processes, 1);
}

static bool is_preallocated(const struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);

	return (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
		type == BPF_MAP_TYPE_LRU_HASH) &&
	       !(bpf_map__map_flags(map) & BPF_F_NO_PREALLOC);
}

/* What is allocated beforehand is for events: where none are attached, that is one element. */
static int size_maps_for_list(struct porttrace_bpf *skeleton)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, skeleton->obj)
		if (!err && is_preallocated(map))
			err = bpf_map__set_max_entries(map, 1);
	return err;
}

/* Programs that are no back-end's: they are run from here, and not by events. */
#define NR_ITERATORS 3

static struct bpf_program *iterator_of(const struct porttrace_bpf *skeleton, int i)
{
	struct bpf_program *iterators[NR_ITERATORS] = {
		skeleton->progs.census,
		skeleton->progs.owners_of_sockets,
		skeleton->progs.owners_of_time_waits,
	};

	return iterators[i];
}

bool object_is_iterator(const struct porttrace_bpf *skeleton, const struct bpf_program *program)
{
	int i;

	for (i = 0; i < NR_ITERATORS; i++)
		if (iterator_of(skeleton, i) == program)
			return true;
	return false;
}

static bool is_supposing(const struct what_if *change)
{
	return change && what_if_needs_count(change);
}

/* Rows of their own for what is supposed, if anything is. */
static int set_supposed(struct porttrace_bpf *skeleton, const struct what_if *change)
{
	struct census_supposed supposed = { .asked_for = 1 };

	if (!is_supposing(change))
		return bpf_map__set_max_entries(skeleton->maps.census_supposed_routes, 1);
	supposed.range = (port_range_t)change->range_low | (port_range_t)change->range_high << 16;
	supposed.has_reserved = change->has_reserved;
	supposed.has_tw_reuse = change->tw_reuse != NOT_KNOWN;
	supposed.tw_reuse = supposed.has_tw_reuse ? change->tw_reuse : 0;
	memcpy((void *)&skeleton->rodata->census_supposed, &supposed, sizeof(supposed));
	memcpy(skeleton->bss->census_supposed_reserved, change->reserved.bits,
	       sizeof(skeleton->bss->census_supposed_reserved));
	return 0;
}

/* Without events, the smallest that there is. */
static int set_events(struct porttrace_bpf *skeleton, const struct event_options *options)
{
	size_t size = 4096;
	int err;

	if (!options->failures)
		return 0;
	while (size < (size_t)options->buffer_mib << 20)
		size *= 2;
	skeleton->rodata->events_failures = true;
	skeleton->rodata->events_all = options->all;
	skeleton->rodata->events_stacks = options->stacks;
	skeleton->rodata->events_details = options->details;
	skeleton->rodata->events_a_second = options->a_second;
	skeleton->rodata->events_wake_bytes = size / 8;
	memcpy((void *)&skeleton->rodata->event_filter, &options->filter,
	       sizeof(options->filter));
	err = bpf_map__set_max_entries(skeleton->maps.events, size);
	if (!err && options->all)
		err = bpf_map__set_max_entries(skeleton->maps.untold_allocations, MAX_CALLS);
	return err;
}

static bool without_events(const struct object_options *options)
{
	return options->only_port || options->no_events;
}

static int open_object(const struct object_options *options, const struct kernel_facts *facts,
		       struct porttrace_bpf **ret_skeleton)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = options->btf_path);
	struct porttrace_bpf *skeleton = porttrace_bpf__open_opts(&opts);
	struct bpf_program *program;
	int i, err;

	*ret_skeleton = skeleton;
	if (!skeleton)
		return -errno;
	bpf_object__for_each_program(program, skeleton->obj)
		if (!without_events(options) &&
		    backend_wants(options->backend, bpf_program__name(program),
				  function_of(program), facts))
			bpf_program__set_autoload(program, true);
	for (i = 0; i < NR_ITERATORS; i++)
		bpf_program__set_autoload(iterator_of(skeleton, i), true);
	skeleton->rodata->census_only_port = options->only_port;
	skeleton->rodata->census_hz = clock_hz();
	skeleton->rodata->only_netns = options->only_netns;
	skeleton->rodata->owners_tell_bound = options->tell_bound;
	skeleton->rodata->tracepoints_preempt = facts->tracepoints_preempt;
	skeleton->rodata->twins_preempt = options->backend == BACKEND_FENTRY ?
						  facts->preempts :
						  facts->tracepoints_preempt;
	skeleton->rodata->calls_have_twins = facts->preempts;
	skeleton->rodata->calls_are_typed = options->backend == BACKEND_FENTRY;
	/* Where searches are hooked, so that their duration is seen. */
	skeleton->rodata->calls_see_kernel_stack =
		options->backend != NR_BACKENDS && backends[options->backend].sees_searches;
	err = set_events(skeleton, &options->events);
	if (!err)
		err = set_supposed(skeleton, options->what_if);
	if (!err)
		err = size_maps_of_holders(skeleton, options);
	if (err)
		return err;
	return options->only_port ? size_maps_for_list(skeleton) : size_maps(skeleton, facts);
}

int object_load(const struct object_options *options, const struct kernel_facts *facts,
		struct porttrace_bpf **ret_skeleton, struct reason *reason)
{
	int err;

	err_forget_libbpf_warning();
	err = open_object(options, facts, ret_skeleton);
	if (!err)
		err = porttrace_bpf__load(*ret_skeleton);
	if (!err)
		return 0;
	porttrace_bpf__destroy(*ret_skeleton);
	*ret_skeleton = NULL;
	return because(reason, err, "cannot load its programs: %s: %s", strerror(-err),
		       err_is_verbose() ? "see above" : err_libbpf_warning());
}

int object_open_census(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       bool sees_searches, const struct what_if *what_if,
		       struct census **ret_census, struct reason *reason)
{
	const struct census_parts parts = {
		.walk = skeleton->progs.census,
		.rounds = skeleton->maps.census_rounds,
		.routes = skeleton->maps.census_routes,
		.supposed_routes =
			is_supposing(what_if) ? skeleton->maps.census_supposed_routes : NULL,
		.netns = skeleton->maps.census_netns,
		.port_sets = skeleton->maps.port_sets,
		.port_holders = skeleton->maps.port_holders,
		.only_netns = &skeleton->bss->census_only_netns,
		.run = &skeleton->bss->census_run,
		.phase = &skeleton->bss->census_phase,
		.socket = &skeleton->bss->census_socket,
		.totals = &skeleton->bss->census_totals,
		.reader = *reader,
		.sees_searches = sees_searches,
	};

	return census_new(&parts, ret_census, reason);
}

int object_open_owners(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       struct owners **ret_owners, struct reason *reason)
{
	const struct owners_parts parts = {
		.of_sockets = skeleton->progs.owners_of_sockets,
		.of_time_waits = skeleton->progs.owners_of_time_waits,
		.owners = skeleton->maps.owners,
		.processes = skeleton->maps.processes,
		.time_wait_owners = skeleton->maps.time_wait_owners,
		.tell_bound = skeleton->rodata->owners_tell_bound,
		.run = &skeleton->bss->owners_run,
		.dropped = &skeleton->bss->owners_dropped,
		.reader = *reader,
	};

	return owners_new(&parts, ret_owners, reason);
}

int object_open_events(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       struct events **ret_events, struct reason *reason)
{
	const struct events_parts parts = {
		.ring = skeleton->maps.events,
		.limits = skeleton->maps.event_limits,
		.untold = skeleton->maps.untold_allocations,
		.losses = &skeleton->bss->event_losses,
		.reader = *reader,
		.of_some_ports = skeleton->rodata->event_filter.sport_low,
	};

	return events_new(&parts, ret_events, reason);
}

int object_open_holders(struct porttrace_bpf *skeleton, const struct map_reader *reader,
			struct holders **ret_holders, struct reason *reason)
{
	const struct holders_parts parts = {
		.of_sockets = skeleton->progs.owners_of_sockets,
		.wanted = skeleton->maps.wanted_sockets,
		.processes = skeleton->maps.holder_processes,
		.asked_for = &skeleton->bss->holders_asked_for,
		.dropped = &skeleton->bss->holders_dropped,
		.reader = *reader,
	};

	return holders_new(&parts, ret_holders, reason);
}

void object_free(struct porttrace_bpf *skeleton)
{
	porttrace_bpf__destroy(skeleton);
}

void object_keep_memory(bool keep)
{
	mallopt(M_MMAP_THRESHOLD, keep ? 64 << 20 : 128 << 10);
	mallopt(M_TRIM_THRESHOLD, keep ? 64 << 20 : 128 << 10);
	if (!keep)
		malloc_trim(0);
}
