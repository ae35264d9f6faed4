/* SPDX-License-Identifier: GPL-2.0-only */
/* A running workload, and the report that it gave. */
#ifndef LIVE_REPORT_H
#define LIVE_REPORT_H

#include "child.h"
#include "lines.h"
#include "tracer.h"

enum report_result {
	REPORT_COMPLETE, /* the workload holds what it made, until its child is freed */
	REPORT_SKIPPED,	 /* this kernel cannot do it: *ret_why */
	REPORT_FAILED,	 /* *ret_why */
};

struct report {
	struct child *child; /* not owned: it lives until the run ends */
	unsigned long netns;
	struct lines lines;
	char why[640];
};

/* Starts the workload and reads its report, and the tracer's output meanwhile. */
enum report_result report_obtain(const char *workload, const char *kind, unsigned int n,
				 unsigned int m, struct tracer *tracer, struct report *ret_report);

void report_free(struct report *report);

#endif
