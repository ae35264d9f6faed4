/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTTRACE_CLOCK_H
#define PORTTRACE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* What that clock says, CLOCK_MONOTONIC for one, in nanoseconds. */
int64_t clock_ns(clockid_t clock);

/*
 * Jiffies in a second: CONFIG_HZ, from the resolution that the kernel states for its coarse clocks
 * (posix_get_coarse_res(), all versions).
 */
long clock_hz(void);

#endif
