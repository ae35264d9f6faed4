/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths of cgroups, in the cgroup2 hierarchy, by their inode numbers. */
#ifndef PORTTRACE_CGROUP_H
#define PORTTRACE_CGROUP_H

#include <stdint.h>

/*
 * "/system.slice/cron.service", "/" for the root; NULL if it is not known: no cgroup2 is mounted,
 * or the cgroup was removed before it was asked for. Printable. Lives until the program ends.
 */
const char *cgroup_path(uint64_t inode);

#endif
