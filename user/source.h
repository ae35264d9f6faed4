/* SPDX-License-Identifier: GPL-2.0-only */
/* Where `top` has its snapshots from: the kernel, or a file. What shows them knows no difference. */
#ifndef PORTTRACE_SOURCE_H
#define PORTTRACE_SOURCE_H

#include "options.h"

struct source {
	/*
	 * Fills an empty snapshot with the next one; before: the one taken last, or NULL. -EAGAIN:
	 * it has not come yet. -ENODATA: there are no more. Else a negative errno, with the reason.
	 */
	int (*take)(struct source *source, const struct snapshot *before, struct snapshot *next,
		    struct reason *reason);
	/* Where they come from, and what that cannot tell: lines, for the screen. */
	void (*describe)(const struct source *source, char *text, size_t size);
	void (*close)(struct source *source);
	const char *name; /* printable */
	int fd; /* after -EAGAIN: readable when it is worth while to ask again */
};

/* Of this host, now: opens the probe. As probe_open(). */
int source_open_kernel(const struct options *options, struct source **ret_source,
		       struct reason *reason);

/* Lines that `top --json` wrote, from options->from. Needs no root. As line_reader_open(). */
int source_open_file(const struct options *options, struct source **ret_source,
		     struct reason *reason);

#endif
