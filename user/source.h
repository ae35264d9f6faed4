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
	/*
	 * The next one is the one before the one taken last. -ENOENT or -ESPIPE, with the reason: that
	 * cannot be. NULL: never.
	 */
	int (*go_back)(struct source *source, struct reason *reason);
	void (*close)(struct source *source);
	const char *name; /* printable */
	int fd; /* after -EAGAIN: readable when it is worth while to ask again */
	double pace_s; /* between snapshots when they were recorded; NAN: not known (yet) */
	bool is_cut;   /* after -ENODATA: somebody ended it before its end */
};

/* Of this host, now: opens the probe. As probe_open(). */
int source_open_kernel(const struct options *options, struct source **ret_source,
		       struct reason *reason);

/*
 * What `record` or `top --json` wrote, from options->from. Needs no root. As recording_open().
 */
int source_open_file(const struct options *options, struct source **ret_source,
		     struct reason *reason);

#endif
