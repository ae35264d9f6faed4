/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `--what-if`: a snapshot as it would be with other settings, by the pure functions that compute it
 * as it is. Which ports of another range a route's sockets have, only the census can tell: it counts
 * for these settings as well when it is asked to (struct supposed_route).
 */
#ifndef PORTTRACE_WHAT_IF_H
#define PORTTRACE_WHAT_IF_H

#include "err.h"
#include "host.h"
#include "port_list.h"
#include "snapshot.h"

/* Settings of every namespace that is looked at, and of the programs in it. */
struct what_if {
	int32_t range_low, range_high; /* ip_local_port_range; 0: as it is */
	bool has_reserved;	       /* else as it is */
	struct port_list reserved;     /* all of ip_local_reserved_ports */
	int64_t tw_reuse;	       /* tcp_tw_reuse; NOT_KNOWN: as it is */
	int64_t sources;	       /* addresses to come from, instead of one; 1: as it is */
};

/* Nothing is changed. */
void what_if_init(struct what_if *change);

/*
 * "range=1024-65535,tw_reuse=1,reserved=3306,8000-8100,sources=2": any of these keys, once. What
 * follows `reserved=` up to the next key is written as ip_local_reserved_ports is, and may be
 * empty. -EINVAL, with a reason that names the part that is wrong.
 */
int what_if_parse(const char *text, struct what_if *ret, struct reason *reason);

/* Whether a snapshot tells all that is needed only if its census was asked to. */
bool what_if_needs_count(const struct what_if *change);

/*
 * Whether the kernel would take these settings in all namespaces of the snapshot, as far as they are
 * known. -EINVAL with the reason.
 */
int what_if_check(const struct what_if *change, const struct snapshot *now,
		  const struct host *host, struct reason *reason);

/*
 * *ret_then: the namespaces and routes of `now` as they would be; the caller's to free. It has no
 * owners and no failures. before: an earlier snapshot, for the rate at which ports would be used
 * up, or NULL: then no ETA is known but that of what would be exhausted. -EINVAL: the census was not
 * asked; -ENOMEM; with the reason.
 */
int what_if_apply(const struct snapshot *now, const struct snapshot *before,
		  const struct what_if *change, struct snapshot **ret_then,
		  struct reason *reason);

#endif
