/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of `top --json` becomes a snapshot again: the inverse of view_json(). All that is shown is
 * there; what figures are only computed of (sets of ports, samples) is not.
 *
 * The line may come from anybody: texts are made printable, and all is bounded.
 */
#ifndef PORTTRACE_READ_JSON_H
#define PORTTRACE_READ_JSON_H

#include "err.h"
#include "snapshot.h"

#define READ_JSON_VERSION 1

/* Of one kind in a line: twice what porttrace has room for, for those counted and those met. */
#define READ_JSON_MAX_ROWS (2 * MAX_ROUTES + MAX_OVERFLOW_ROUTES)

/*
 * Fills an empty snapshot, and sorts it. -EBADMSG with the reason, which says where in the line and
 * what is wrong there; -ENOMEM.
 */
int read_json(const char *line, size_t length, struct snapshot *snapshot, struct reason *reason);

/*
 * The same of a line of a recording, which may leave out rows that are as they were in the snapshot
 * before: that of the line whose number is in *number (0: none), where this line's number goes to.
 * *ret_whole: it has left out none.
 */
int read_json_recorded(const char *line, size_t length, const struct snapshot *before,
		       int64_t *number, struct snapshot *snapshot, bool *ret_whole,
		       struct reason *reason);

#endif
