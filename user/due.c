// SPDX-License-Identifier: GPL-2.0-only
#include "due.h"

#include <math.h>

#include "clock.h"

static double now_s(clockid_t clock)
{
	return clock_ns(clock) / 1e9;
}

bool due_now(const struct due *due, double share)
{
	if (!due->began_s || share >= 1)
		return true;
	return due_age_s(due) * share >= due->cost_ms / 1e3;
}

void due_begin(struct due *due)
{
	due->began_s = now_s(CLOCK_MONOTONIC);
	due->cpu_s = now_s(CLOCK_THREAD_CPUTIME_ID);
}

void due_end(struct due *due)
{
	due->cost_ms = (now_s(CLOCK_THREAD_CPUTIME_ID) - due->cpu_s) * 1e3;
}

double due_age_s(const struct due *due)
{
	return due->began_s ? now_s(CLOCK_MONOTONIC) - due->began_s : NAN;
}
