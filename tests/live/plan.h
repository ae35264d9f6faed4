/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a workload ends when it does not go as planned. All that it made lives in a namespace
 * of its own and dies with it, so there is nothing to undo: these print why, and exit.
 */
#ifndef LIVE_PLAN_H
#define LIVE_PLAN_H

enum plan_status {
	PLAN_DONE = 0,
	PLAN_FAILED = 1,
	PLAN_USAGE = 2,
	PLAN_SKIPPED = 77,
};

/* Something that had to happen did not: a report would be worth nothing. */
__attribute__((noreturn, format(printf, 1, 2))) void plan_failed(const char *format, ...);

/*
 * This kernel cannot do it at all. To be found out before anything is counted: the next
 * namespace may get the number of this one.
 */
__attribute__((noreturn, format(printf, 1, 2))) void plan_skipped(const char *format, ...);

/* From here on, the plan has failed after that many seconds; 0 takes the limit away. */
void plan_limit(unsigned int seconds);

#endif
