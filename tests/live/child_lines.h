/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program that the driver has started says, line by line. */
#ifndef LIVE_CHILD_LINES_H
#define LIVE_CHILD_LINES_H

#include "child.h"
#include "text.h"

struct child_lines {
	struct child *child; /* borrowed */
	struct text said;
	size_t read; /* how much of it was handed out */
};

/*
 * Its next line, without the newline, which is valid until the next call. NULL: its output has
 * ended, or none came for so long.
 */
char *child_lines_next(struct child_lines *lines, int limit_ms);

void child_lines_done(struct child_lines *lines);

#endif
