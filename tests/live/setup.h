/* SPDX-License-Identifier: GPL-2.0-only */
/* What is tested, and where: said on the driver's command line. */
#ifndef LIVE_SETUP_H
#define LIVE_SETUP_H

#include <stdbool.h>

struct live_setup {
	const char *porttrace, *workload, *probe;
	const char *only;  /* as below */
	const char *lacks; /* what this kernel is known not to have: names with commas, or NULL */
	bool own_machine;  /* nobody minds if it is disturbed */
};

/* only: parts of names with commas between them, "^" before one that begins them; NULL: all. */
bool only_allows(const char *only, const char *name);

bool setup_wants(const struct live_setup *setup, const char *name);

bool setup_is_tracepoint(const struct live_setup *setup);

#endif
