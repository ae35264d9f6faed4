/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver prints: a line a case, details below it, and the sum at the end. */
#ifndef LIVE_OUTCOME_H
#define LIVE_OUTCOME_H

#include <stdbool.h>

/* strict: a skip counts as failed unless it is excused. */
void outcome_begin(const char *probe, bool strict);

void outcome_ok(const char *name);
__attribute__((format(printf, 2, 3))) void outcome_not_ok(const char *name, const char *why, ...);

/* excused: this kernel is known not to have what the case needs. */
__attribute__((format(printf, 3, 4))) void outcome_skip(const char *name, bool excused,
							const char *why, ...);

/* A line for below the next "not ok"; the next "ok" drops it. */
__attribute__((format(printf, 1, 2))) void outcome_detail(const char *format, ...);

/* Prints the sum; 0 when nothing failed, else 1. */
int outcome_end(void);

#endif
