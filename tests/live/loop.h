/* SPDX-License-Identifier: GPL-2.0-only */
/* A process that does the same thing again and again, as fast as it goes, until it is ended. */
#ifndef LIVE_LOOP_H
#define LIVE_LOOP_H

#include <sys/types.h>

/* -1: there is no process. It dies with the driver. */
pid_t loop_start(void (*once)(void *arg), void *arg);

/* -1 is fine. */
void loop_end(pid_t pid);

#endif
