/* SPDX-License-Identifier: GPL-2.0-only */
/* One snapshot with all that is known of this moment: read, calculated, filtered and named. */
#ifndef PORTTRACE_TAKE_H
#define PORTTRACE_TAKE_H

#include "options.h"

/*
 * Fills an empty snapshot; before: the one taken last, or NULL. Negative errno, with the reason.
 */
int take_snapshot(struct probe *probe, const struct options *options,
		  const struct snapshot *before, struct snapshot *snapshot,
		  struct reason *reason);

#endif
