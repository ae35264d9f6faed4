// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

int64_t clock_ns(clockid_t clock)
{
	struct timespec now = {};

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

long clock_hz(void)
{
	struct timespec tick = { .tv_nsec = 4000000 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return (1000000000 + tick.tv_nsec / 2) / tick.tv_nsec;
}
