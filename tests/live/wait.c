// SPDX-License-Identifier: GPL-2.0-only
#include "wait.h"

#include <poll.h>
#include <time.h>

#define STEP_MS 5

long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

bool wait_until(bool (*holds)(const void *arg), const void *arg, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms;

	while (!holds(arg)) {
		if (now_ms() >= end_ms)
			return false;
		poll(NULL, 0, STEP_MS);
	}
	return true;
}
