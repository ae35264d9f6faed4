/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel may lack, and a case may need. */
#ifndef LIVE_FEATURES_H
#define LIVE_FEATURES_H

#include <stdbool.h>

enum {
	FEATURE_IPV6 = 1 << 0,
	FEATURE_MPTCP = 1 << 1,
	FEATURE_OWN_RANGE = 1 << 2,
	FEATURE_SMP = 1 << 3,
	FEATURE_STEERING = 1 << 4,
	FEATURE_REUSE_DELAY = 1 << 5, /* of the mixes only, see headroom.c */
	FEATURE_IO_URING = 1 << 6,
	FEATURE_IO_URING_BIND = 1 << 7,
	FEATURE_IA32 = 1 << 8,
	FEATURE_TAP = 1 << 9,
};

/* Name of the first of those features that this kernel does not have; NULL: it has them all. */
const char *features_missing(unsigned int features);

/* Whether it is the name of a feature that this kernel does not have. */
bool feature_is_missing(const char *name);

/* list: names with commas between them, or NULL. */
bool feature_is_listed(const char *list, const char *name);

#endif
