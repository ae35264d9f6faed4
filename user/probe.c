// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "census.h"
#include "netns_rows.h"
#include "object.h"
#include "owners.h"
#include "porttrace.skel.h"
#include "tracefs.h"

/* More programs than any back-end has. */
#define MAX_PROGRAMS 48

/* What of the census' share of a processor goes to the counting, and what to the owners. */
#define CENSUS_PART 0.75
#define OWNERS_PART 0.25

struct probe {
	struct porttrace_bpf *skeleton;
	struct bpf_link *links[MAX_PROGRAMS];
	const struct bpf_program *programs[MAX_PROGRAMS];
	size_t nr_programs;
	enum backend_id backend;
	struct kernel_facts facts;
	bool no_events;		/* no back-end is attached, whatever `backend` says */
	struct timespec start; /* CLOCK_MONOTONIC */
	struct map_reader reader;
	struct netns_rows rows;
	struct census *census;
	struct owners *owners;
	struct events *events;	 /* NULL: not asked for */
	struct holders *holders; /* the same */
	double census_share; /* see census_take() */
	struct reason why_not[NR_BACKENDS];
};

static bool has_capability(const struct __user_cap_data_struct *data, int capability)
{
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/* Without this check the first failure would be some map that could not be made. */
int probe_may_trace(struct reason *reason)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return because(reason, -errno, "cannot read this process's capabilities: %s",
			       strerror(errno));
	if (has_capability(data, CAP_SYS_ADMIN) ||
	    (has_capability(data, CAP_BPF) && has_capability(data, CAP_PERFMON)))
		return 0;
	return because(reason, -EPERM,
		       "not permitted to trace the kernel; run as root, "
		       "or with CAP_BPF and CAP_PERFMON");
}

static int attach_all(struct probe *probe, struct reason *reason)
{
	struct bpf_program *program;
	struct bpf_link *link;
	int err;

	bpf_object__for_each_program(program, probe->skeleton->obj) {
		if (!bpf_program__autoload(program) || object_is_iterator(probe->skeleton, program))
			continue;
		link = tracefs_attach(program);
		if (!link) {
			err = -errno;
			return because(reason, err, "cannot attach to %s: %s",
				       bpf_program__section_name(program), strerror(-err));
		}
		probe->links[probe->nr_programs] = link;
		probe->programs[probe->nr_programs++] = program;
		if (probe->nr_programs == MAX_PROGRAMS)
			return because(reason, -E2BIG, "back-end %s has too many programs",
				       backends[probe->backend].name);
	}
	return 0;
}

/* The row for what finds no other: it must exist before the first event. */
static int add_last_overflow_row(struct probe *probe)
{
	struct route_counters *counters = calloc(probe->reader.nr_cpus, sizeof(*counters));
	struct route_key key = {};
	int err;

	if (!counters)
		return -ENOMEM;
	err = bpf_map_update_elem(bpf_map__fd(probe->skeleton->maps.overflow_routes), &key,
				  counters, BPF_ANY);
	free(counters);
	return err;
}

static void detach(struct probe *probe)
{
	events_free(probe->events);
	probe->events = NULL;
	holders_free(probe->holders);
	probe->holders = NULL;
	owners_free(probe->owners);
	probe->owners = NULL;
	census_free(probe->census);
	probe->census = NULL;
	netns_rows_done(&probe->rows);
	while (probe->nr_programs)
		bpf_link__destroy(probe->links[--probe->nr_programs]);
	object_free(probe->skeleton);
	probe->skeleton = NULL;
}

static int start(struct probe *probe, enum backend_id backend, const struct probe_options *options,
		 const struct kernel_facts *facts)
{
	const struct object_options object = {
		.backend = backend,
		.only_netns = options->only_netns,
		.no_events = options->no_events,
		.tell_bound = options->tell_bound,
		.btf_path = options->btf_path,
		.events = options->events,
		.what_if = options->what_if,
	};
	struct reason *why_not = &probe->why_not[backend];
	int err;

	probe->backend = backend;
	probe->facts = *facts;
	probe->no_events = options->no_events;
	probe->reader.preempts = facts->preempts;
	err = options->no_events ? 0 : backend_test(backend, facts, why_not);
	if (err)
		return err;
	err = object_load(&object, facts, &probe->skeleton, why_not);
	if (!err && !options->no_events)
		err = attach_all(probe, why_not);
	if (!err) {
		err = add_last_overflow_row(probe);
		if (err)
			because(why_not, err, "cannot write to its maps: %s", strerror(-err));
	}
	if (!err)
		err = object_open_census(probe->skeleton, &probe->reader,
					 backends[backend].sees_searches, options->what_if,
					 &probe->census, why_not);
	if (!err)
		err = object_open_owners(probe->skeleton, &probe->reader, &probe->owners, why_not);
	if (!err && options->events.failures)
		err = object_open_events(probe->skeleton, &probe->reader, &probe->events, why_not);
	if (!err && options->events.holders)
		err = object_open_holders(probe->skeleton, &probe->reader, &probe->holders,
					  why_not);
	if (err) {
		detach(probe);
		return err;
	}
	probe->census_share = options->census_share;
	probe->rows.keeps_ended = options->keeps_ended;
	clock_gettime(CLOCK_MONOTONIC, &probe->start);
	probe->skeleton->bss->enabled = true;
	return 0;
}

/* The last back-end is the one that asks least of the object: its programs are not even loaded. */
static int start_without_events(struct probe *probe, const struct probe_options *options,
				const struct kernel_facts *facts, struct reason *reason)
{
	int err = start(probe, NR_BACKENDS - 1, options, facts);

	return err ? because(reason, err, "%s", probe->why_not[NR_BACKENDS - 1].text) : 0;
}

static int start_first(struct probe *probe, const struct probe_options *options,
		       const struct kernel_facts *facts, struct reason *reason)
{
	enum backend_id id;
	int err = -EOPNOTSUPP;

	if (options->no_events)
		return start_without_events(probe, options, facts, reason);
	for (id = 0; id < NR_BACKENDS; id++) {
		if (options->backend != NR_BACKENDS && options->backend != id)
			continue;
		err = start(probe, id, options, facts);
		if (!err)
			return 0;
		complain_verbose("back-end %s: %s", backends[id].name, probe->why_not[id].text);
	}
	if (options->backend != NR_BACKENDS)
		return because(reason, err,
			       "back-end %s does not work here: %s; "
			       "'porttrace probes' lists those that do",
			       backends[options->backend].name,
			       probe->why_not[options->backend].text);
	id = NR_BACKENDS - 1;
	return because(reason, -EOPNOTSUPP,
		       "no back-end works here, the last of them, %s, because: %s; "
		       "'porttrace probes' tells of all",
		       backends[id].name, probe->why_not[id].text);
}

static struct probe *probe_new(void)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (probe)
		probe->reader.nr_cpus = libbpf_num_possible_cpus();
	return probe;
}

int probe_try(const struct probe_options *options, enum backend_id backend,
	      struct reason *why_not)
{
	struct probe *probe = probe_new();
	struct kernel_facts facts;
	int err;

	if (!probe)
		return because(why_not, -ENOMEM, "out of memory");
	err = backend_read_facts(options->btf_path, &facts, why_not);
	if (!err) {
		err = start(probe, backend, options, &facts);
		*why_not = probe->why_not[backend];
	}
	probe_close(probe);
	return err;
}

int probe_open(const struct probe_options *options, struct probe **ret_probe,
	       struct reason *reason)
{
	struct probe *probe = NULL;
	struct kernel_facts facts;
	int err;

	object_keep_memory(true);
	err = probe_may_trace(reason);
	if (!err)
		err = backend_read_facts(options->btf_path, &facts, reason);
	if (!err) {
		probe = probe_new();
		err = probe ? start_first(probe, options, &facts, reason) :
			      because(reason, -ENOMEM, "out of memory");
	}
	object_keep_memory(false);
	if (err)
		probe_close(probe);
	else
		*ret_probe = probe;
	return err;
}

void probe_close(struct probe *probe)
{
	if (!probe)
		return;
	detach(probe);
	free(probe);
}

enum backend_id probe_backend(const struct probe *probe)
{
	return probe->backend;
}

const char *probe_why_not(const struct probe *probe, enum backend_id id)
{
	return probe->why_not[id].text;
}

struct events *probe_events(struct probe *probe)
{
	return probe->events;
}

struct holders *probe_holders(struct probe *probe)
{
	return probe->holders;
}

void probe_stop(struct probe *probe)
{
	probe->skeleton->bss->enabled = false;
}

void probe_count_always(struct probe *probe)
{
	probe->census_share = 1;
}

/* Runs that the kernel skipped because the program was running on that CPU; tells since 5.12. */
static int64_t misses_of(const struct probe *probe, const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (!backend_tells_misses(bpf_program__section_name(program), &probe->facts) ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) ||
	    size < offsetof(struct bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses))
		return NOT_KNOWN;
	return info.recursion_misses;
}

static const struct bpf_program *twin_of(const struct probe *probe, const struct bpf_program *first)
{
	const char *name = bpf_program__name(first);
	size_t i, length = strlen(name);

	for (i = 0; i < probe->nr_programs; i++) {
		const char *other = bpf_program__name(probe->programs[i]);

		if (!strncmp(name, other, length) && !strcmp(other + length, TWIN_SUFFIX))
			return probe->programs[i];
	}
	return NULL;
}

/*
 * Without a twin each miss is an event. Of twins, one does what the other missed: what both missed
 * is not told, and is at most the smaller figure.
 */
static void read_misses(const struct probe *probe, struct losses *lost)
{
	size_t i;

	lost->missed = lost->missed_at_most = 0;
	for (i = 0; i < probe->nr_programs; i++) {
		const struct bpf_program *program = probe->programs[i], *twin;
		int64_t misses = misses_of(probe, program), misses_of_twin;

		if (misses == NOT_KNOWN) {
			lost->missed = lost->missed_at_most = NOT_KNOWN;
			return;
		}
		if (backend_is_twin(bpf_program__name(program)))
			continue;
		twin = twin_of(probe, program);
		misses_of_twin = twin ? misses_of(probe, twin) : 0;
		if (!twin)
			lost->missed += misses;
		else if (misses_of_twin < misses)
			misses = misses_of_twin;
		lost->missed_at_most += misses;
	}
}

int64_t probe_missed(const struct probe *probe, int64_t *ret_at_most)
{
	const struct lost_counters *counters = &probe->skeleton->bss->lost;
	struct losses lost;

	read_misses(probe, &lost);
	*ret_at_most = NOT_KNOWN;
	if (lost.missed == NOT_KNOWN)
		return NOT_KNOWN;
	*ret_at_most = lost.missed_at_most + counters->calls + counters->returns;
	return lost.missed + counters->calls + counters->returns;
}

static void read_losses(const struct probe *probe, struct losses *lost)
{
	const struct lost_counters *counters = &probe->skeleton->bss->lost;

	lost->routes = counters->routes;
	lost->failures = counters->failures;
	lost->calls = counters->calls;
	lost->returns = backends[probe->backend].sees_searches ? (int64_t)counters->returns :
								 NOT_KNOWN;
	lost->walks = counters->walks;
	lost->events = probe->events ? (int64_t)events_lost(probe->events, EVENT_FAILURE) :
				       NOT_KNOWN;
	read_misses(probe, lost);
}

static double milliseconds_since(const struct timespec *start, const struct timespec *now)
{
	return (now->tv_sec - start->tv_sec) * 1e3 + (now->tv_nsec - start->tv_nsec) / 1e6;
}

/* All of it means: always. */
static double part_of(double share, double part)
{
	return share >= 1 ? 1 : share * part;
}

/* A search takes milliseconds, and longer only where others keep its thread from the processor. */
#define LONGEST_SEARCH_S 10

int probe_read(struct probe *probe, struct snapshot *snapshot, struct reason *reason)
{
	const struct porttrace_bpf *skeleton = probe->skeleton;
	const struct counter_maps maps = {
		.routes = skeleton->maps.routes,
		.overflow_routes = skeleton->maps.overflow_routes,
		.failures = skeleton->maps.failures,
		.reader = probe->reader,
		.sees_searches = backends[probe->backend].sees_searches,
	};
	struct timespec done;
	int err;

	clock_gettime(CLOCK_REALTIME, &snapshot->wall);
	clock_gettime(CLOCK_MONOTONIC, &snapshot->monotonic);
	snapshot->uptime_s = milliseconds_since(&probe->start, &snapshot->monotonic) / 1e3;
	probe->skeleton->bss->saw_searches_begin = snapshot->uptime_s > LONGEST_SEARCH_S;
	snapshot->probe = probe->no_events ? "" : backends[probe->backend].name;
	snapshot->without_events = probe->no_events;
	err = counters_read(&maps, snapshot, reason);
	if (!err)
		err = census_take(probe->census, part_of(probe->census_share, CENSUS_PART),
				  snapshot, reason);
	if (!err)
		err = owners_take(probe->owners, part_of(probe->census_share, OWNERS_PART),
				  snapshot, reason);
	if (err)
		return err;
	err = netns_rows_name(&probe->rows, &maps, snapshot);
	if (err)
		return because(reason, err, "cannot read the counters of routes: %s",
			       strerror(-err));
	read_losses(probe, &snapshot->lost);
	snapshot_sort(snapshot);
	clock_gettime(CLOCK_MONOTONIC, &done);
	snapshot->read_ms = milliseconds_since(&snapshot->monotonic, &done);
	return 0;
}
