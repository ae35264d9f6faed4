/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVE_COVERAGE_H
#define LIVE_COVERAGE_H

#define COVERAGE_NAME "every-kind-has-a-case"

/* The case that all that the workload can do is in the table of cases. */
void coverage_run(const char *workload);

#endif
