// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

int64_t clock_ns(clockid_t clock)
{
	struct timespec now = {};

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}
