/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters since a moment of one's own, not since the start. Pure. */
#ifndef PORTTRACE_SINCE_H
#define PORTTRACE_SINCE_H

#include "snapshot.h"

/*
 * A copy of the routes, failures and namespaces of a snapshot, and what it is now less what it was
 * then: NULL when out of memory; both to be freed with snapshot_free(). Figures are their own, but
 * texts are borrowed, as long as the snapshot lives that was copied.
 */
struct snapshot *snapshot_copy(const struct snapshot *snapshot);
struct snapshot *snapshot_since(const struct snapshot *now, const struct snapshot *then);

#endif
