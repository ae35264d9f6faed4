/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVE_BACKEND_H
#define LIVE_BACKEND_H

#include <stdbool.h>

/* False when `porttrace probes` says that the back-end is not usable here, and why. */
bool backend_is_usable(const char *porttrace, const char *probe, char *ret_why, int size);

/* Whether this kernel lets tasks be preempted within BPF programs. Where it does not say: true. */
bool backend_can_be_preempted(void);

/*
 * Whether an event may be missed although its program has a twin: a task was preempted in the one, and
 * another one in the other. The tracer says how many there may have been.
 */
bool backend_may_miss(const char *probe);

/* Of a session, so many events at most: more than one is rare where a processor is emulated, too. */
#define MAX_MISSED 4

/* Whether one of the limits that `porttrace probes` tells of the back-end has that word. */
bool backend_has_limit(const char *porttrace, const char *probe, const char *word);

#endif
