/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: which one an option means, what they are called, and their settings.
 *
 * Nothing here keeps a namespace alive: it is found again, through a name or a process that is in
 * it, whenever it is read.
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

/* The inode number of the namespace of a process, or of this one for pid 0; 0 if unknown. */
uint32_t netns_of_process(int pid);

struct netns_reader;

/* NULL when out of memory, or when this process cannot name its own namespace. */
struct netns_reader *netns_reader_new(void);
void netns_reader_free(struct netns_reader *reader);

/*
 * Fills name and settings of every namespace in the snapshot, as far as they can be read. Enters
 * the namespaces one after the other and comes back; -errno if it could not come back, after
 * which this process is in the wrong namespace and has to end.
 */
int netns_read(struct netns_reader *reader, struct snapshot *snapshot);

#endif
