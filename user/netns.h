/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: which one an option means, and what they are called. Their settings come
 * with the census, from the kernel itself.
 */
#ifndef PORTTRACE_NETNS_H
#define PORTTRACE_NETNS_H

#include <stdint.h>

#include "err.h"
#include "snapshot.h"

/*
 * The inode number of the namespace that NAME, PID, PATH or "self" means; 0 for "all".
 * Negative errno, with the reason, if there is none.
 */
int netns_resolve(const char *text, uint32_t *ret_inum, struct reason *reason);

/* Fills the names of /run/netns. The host's own namespace has one already, "init". */
void netns_read_names(struct snapshot *snapshot);

#endif
