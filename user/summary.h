/* SPDX-License-Identifier: GPL-2.0-only */
/* What is above a table of batch text: the host, the sums, the census, and what was lost. Pure. */
#ifndef PORTTRACE_SUMMARY_H
#define PORTTRACE_SUMMARY_H

#include "snapshot.h"

#define SUMMARY_LINE_SIZE 512

/* Writes one to line[SUMMARY_LINE_SIZE], without newline, by number from 0; false when there are no more. */
bool summary_line(const struct snapshot *snapshot, size_t number, char *line);

#endif
