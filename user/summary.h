/* SPDX-License-Identifier: GPL-2.0-only */
/* What is above a table of batch text: the host, the sums, the census, and what was lost. Pure. */
#ifndef PORTTRACE_SUMMARY_H
#define PORTTRACE_SUMMARY_H

#include "snapshot.h"

#define SUMMARY_LINE_SIZE 512

/* The time of day, and "12.3/s": as they are written in all such lines. They return text. */
#define SUMMARY_TEXT_SIZE 32
const char *summary_clock(const struct snapshot *snapshot, char text[SUMMARY_TEXT_SIZE]);
const char *summary_rate(double per_s, char text[SUMMARY_TEXT_SIZE]);

/* Writes one to line[SUMMARY_LINE_SIZE], without newline, by number from 0; false when there are no more. */
bool summary_line(const struct snapshot *snapshot, size_t number, char *line);

#endif
