/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into the kernel and back: opens the BPF object, attaches one back-end, reads the maps
 * into a snapshot. The only user of the BPF skeleton.
 */
#ifndef PORTTRACE_PROBE_H
#define PORTTRACE_PROBE_H

#include <stdint.h>

#include "backend.h"
#include "events.h"
#include "holders.h"
#include "snapshot.h"
#include "what_if.h"

struct probe;

struct probe_options {
	enum backend_id backend; /* NR_BACKENDS: the first that attaches */
	uint32_t only_netns;	 /* count in this namespace alone; 0: in all */
	const char *btf_path;	 /* the kernel's BTF, or NULL for its own */
	bool keeps_ended;	 /* see struct netns_rows */
	bool no_events;		 /* attach nothing, count what is there: needs no back-end */
	bool tell_bound;	 /* whose sockets were bound before they connected */
	double census_share;	 /* of one processor that the census may use, see census_take() */
	struct event_options events;
	/* Settings that the census counts by as well, see struct supposed_route; NULL: none. */
	const struct what_if *what_if;
};

/* 0 if this process may trace the kernel, else -EPERM, with the reason and what to do. */
int probe_may_trace(struct reason *reason);

/* Attaches one back-end and lets it go again; the reason says why it does not work. */
int probe_try(const struct probe_options *options, enum backend_id backend,
	      struct reason *why_not);

/*
 * Attaches and starts to count. -EPERM, -ENOENT (no BTF), -EOPNOTSUPP (no back-end works), or
 * what the kernel said, with the reason. On success *ret_probe is to be closed.
 */
int probe_open(const struct probe_options *options, struct probe **ret_probe,
	       struct reason *reason);

/* Detaches everything. Takes NULL. */
void probe_close(struct probe *probe);

/* Which back-end is attached, and why one that comes before it is not ("" if none was tried). */
enum backend_id probe_backend(const struct probe *probe);
const char *probe_why_not(const struct probe *probe, enum backend_id id);

/* The single events, if options.events asked for them; else NULL. */
struct events *probe_events(struct probe *probe);

/* Where to look for the holder of a port that an event names, if options.events has asked; or NULL. */
struct holders *probe_holders(struct probe *probe);

/*
 * Calls that were not followed, or whose return was not reported; and these with what may have been missed
 * in spite of a twin. NOT_KNOWN: that is not told.
 */
int64_t probe_missed(const struct probe *probe, int64_t *ret_at_most);

/* Counts no more, and sends no event that has not begun. What has been sent can be read still. */
void probe_stop(struct probe *probe);

/* From now on each snapshot has sockets and owners of its own moment, whatever it costs. */
void probe_count_always(struct probe *probe);

/*
 * Adds the routes, failures and losses of this moment to an empty snapshot, and sorts it.
 * Negative errno, with the reason, if a map could not be read.
 */
int probe_read(struct probe *probe, struct snapshot *snapshot, struct reason *reason);

#endif
