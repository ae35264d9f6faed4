/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small workload in a network namespace of its own, with a narrow port range: four clients that
 * use ports as programs do. Nothing of the host is changed, and all of it is gone with the
 * process that started it, however that one ends (PR_SET_PDEATHSIG).
 */
#ifndef PORTTRACE_DEMO_H
#define PORTTRACE_DEMO_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct demo {
	pid_t pid;
	int alive;	/* readable (end of file) once the workload has ended by itself */
	uint32_t netns; /* inode number of its namespace */
};

/*
 * Starts it and waits until it runs. Negative errno with the reason. The caller becomes the
 * reaper of its descendants, and must have no other children.
 */
int demo_start(struct demo *demo, struct reason *reason);

/* Ends it, and waits until every process of it has ended. */
void demo_stop(struct demo *demo);

#endif
