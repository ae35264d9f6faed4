/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths of cgroups, in the cgroup2 hierarchy, by their inode numbers. */
#ifndef PORTTRACE_CGROUP_H
#define PORTTRACE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * "/system.slice/cron.service", "/" for the root; NULL if it is not known: no cgroup2 is mounted,
 * or the cgroup was removed before it was asked for. Printable. Lives until the program ends.
 */
const char *cgroup_path(uint64_t inode);

/*
 * The cgroup that a person names: by its path in the hierarchy, or in the file system. Puts into
 * ret_path what cgroup_path() says of it. Negative errno, with the reason.
 */
int cgroup_find(const char *text, char *ret_path, size_t size, uint64_t *ret_inode,
		struct reason *reason);

#endif
