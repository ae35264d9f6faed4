/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot without BPF, and without any privilege: this process' own network namespace, as
 * sock_diag lists its sockets, and its settings in /proc. docs/without-bpf.md says what it can tell.
 */
#ifndef PORTTRACE_SOURCE_DIAG_H
#define PORTTRACE_SOURCE_DIAG_H

#include "err.h"
#include "snapshot.h"
#include "what_if.h"

#define MAX_DIAG_LIMITS 16

/* What could not be told, and what that means for the figures: a phrase each. */
struct diag_limits {
	const char *text[MAX_DIAG_LIMITS];
	size_t nr;
};

/*
 * Fills an empty snapshot, with its occupancy: figures that cannot be told are NOT_KNOWN, and the
 * others are marked OCCUPANCY_INCOMPLETE, as they are as good as sock_diag. change: count for it as
 * well, or NULL. Negative errno, with the reason: the sockets of TCP cannot be listed.
 */
int source_diag_take(struct snapshot *snapshot, const struct what_if *change,
		     struct diag_limits *ret_limits, struct reason *reason);

#endif
