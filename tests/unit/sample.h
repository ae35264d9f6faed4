/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots that are made up, with all that a line of JSON can tell, and their lines. */
#ifndef PORTTRACE_SAMPLE_H
#define PORTTRACE_SAMPLE_H

#include "views.h"

/* With everything that there is, and each of it different. */
struct snapshot *make_full_snapshot(void);

/* With rows, of which nothing is known that can be unknown. */
struct snapshot *make_unknown_snapshot(void);

/* That many routes, each with two owners. */
struct snapshot *make_large_snapshot(size_t nr_routes);

/* The line of view_json(), sorted by allocations; the caller's to free. */
char *line_of(const struct snapshot *snapshot);

/* That of view_text(), with all columns; the caller's to free. */
char *text_of(const struct snapshot *snapshot, const struct view *view);

#endif
