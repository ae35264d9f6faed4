/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space finds out about an event that the kernel sent: names, the holder, the stack. */
#ifndef PORTTRACE_DESCRIBE_H
#define PORTTRACE_DESCRIBE_H

#include "event.h"
#include "probe.h"

struct describer;

/* NULL when out of memory. With stacks, to be called before there is a probe: see stack_namer_new(). */
struct describer *describer_new(bool stacks);
void describer_free(struct describer *describer); /* NULL is fine */

/*
 * The end has been asked for, and what is buffered may be much: for so long processes are looked
 * for still, and then no more. A holder is then what the kernel told of it, and of no process.
 */
#define DESCRIBER_HURRY_S 2
void describer_hurry(struct describer *describer);

/* Of how many events nobody looked for the process, for that reason. */
uint64_t describer_unlooked(const struct describer *describer);

/*
 * Fills *event, but for what a snapshot tells. It borrows from the record, and from the describer
 * until the next call. 0, or a negative errno with the reason.
 */
int describe_event(struct describer *describer, struct probe *probe,
		   const struct event_record *record, struct event *event,
		   struct reason *reason);

/* CLOCK_REALTIME of a CLOCK_MONOTONIC. */
struct timespec describe_time(uint64_t monotonic_ns);

#endif
