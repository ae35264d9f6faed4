/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object: opens and loads those of its programs that are wanted, and hands its parts to
 * whoever works with them. Attaches nothing but iterators, which do nothing until they are read.
 */
#ifndef PORTTRACE_OBJECT_H
#define PORTTRACE_OBJECT_H

#include "backend.h"
#include "census.h"
#include "events.h"
#include "holders.h"
#include "owners.h"
#include "what_if.h"

struct porttrace_bpf; /* the skeleton */

struct object_options {
	enum backend_id backend; /* whose programs are loaded, besides the iterators */
	uint32_t only_netns;	 /* see struct probe_options */
	uint16_t only_port;	 /* list it, by iterators alone: no back-end's programs; or 0 */
	bool no_events;		 /* the same, but for all ports: the census and the owners */
	bool tell_bound;	 /* see struct probe_options */
	const char *btf_path;
	struct event_options events;
	const struct what_if *what_if; /* see struct probe_options */
};

/* Negative errno, with the reason; then *ret_skeleton is NULL. Free with object_free(). */
int object_load(const struct object_options *options, const struct kernel_facts *facts,
		struct porttrace_bpf **ret_skeleton, struct reason *reason);

/* Run by who reads it, and not by events. */
bool object_is_iterator(const struct porttrace_bpf *skeleton, const struct bpf_program *program);

/* See census_new(), owners_new(), holders_new() and events_new(). The skeleton outlives them. */
int object_open_census(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       bool sees_searches, const struct what_if *what_if,
		       struct census **ret_census, struct reason *reason);
int object_open_owners(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       struct owners **ret_owners, struct reason *reason);
int object_open_holders(struct porttrace_bpf *skeleton, const struct map_reader *reader,
			struct holders **ret_holders, struct reason *reason);

/* Takes NULL. */
void object_free(struct porttrace_bpf *skeleton);

int object_open_events(struct porttrace_bpf *skeleton, const struct map_reader *reader,
		       struct events **ret_events, struct reason *reason);

/*
 * The kernel's BTF is read twice, by backend_read_facts() and by libbpf, 6 MB each time. Kept in
 * the heap, the second time has its pages already; what is left of it is given back in the end.
 */
void object_keep_memory(bool keep);

#endif
