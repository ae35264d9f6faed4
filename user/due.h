/* SPDX-License-Identifier: GPL-2.0-only */
/* When something that costs processor time may be done again: a budget. */
#ifndef PORTTRACE_DUE_H
#define PORTTRACE_DUE_H

#include <stdbool.h>
#include <time.h>

struct due {
	double began_s; /* CLOCK_MONOTONIC, of the last time; 0: never */
	double cost_ms; /* of processor time, the last time */
	double cpu_s;	/* this thread's, as it began */
};

/* share: of one processor; 1: always. */
bool due_now(const struct due *due, double share);

/* Around what is done. */
void due_begin(struct due *due);
void due_end(struct due *due);

/* Seconds since the last time began; NAN: there was none. */
double due_age_s(const struct due *due);

#endif
