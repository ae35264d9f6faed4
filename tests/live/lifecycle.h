/* SPDX-License-Identifier: GPL-2.0-only */
/* Cases about porttrace itself: how it ends, and that nothing is left of it. */
#ifndef LIVE_LIFECYCLE_H
#define LIVE_LIFECYCLE_H

#include <stdbool.h>

struct lifecycle_setup {
	const char *porttrace, *workload, *probe;
};

/* Calls visit for the name of each case. */
void lifecycle_each(void (*visit)(const char *name, void *arg), void *arg);

/* Runs the case of that name. */
void lifecycle_run(const char *name, const struct lifecycle_setup *setup);

#endif
