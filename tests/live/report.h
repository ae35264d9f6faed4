/* SPDX-License-Identifier: GPL-2.0-only */
/* A running workload, and the report that it gave. */
#ifndef LIVE_REPORT_H
#define LIVE_REPORT_H

#include <stdbool.h>

#include "child.h"
#include "lines.h"
#include "text.h"
#include "tracer.h"

enum report_result {
	REPORT_COMPLETE, /* the workload holds what it made, until its child is freed */
	REPORT_SKIPPED,	 /* this kernel cannot do it: *ret_why */
	REPORT_FAILED,	 /* *ret_why */
};

struct report {
	struct child *child; /* not owned: it lives until the run ends */
	unsigned long netns;
	char since[32]; /* the namespace is there, as a time of a trace's events */
	struct lines lines;  /* "route ..." and "failure ..." */
	struct lines moments; /* "NAME TIME", of kinds that say when */
	struct lines events; /* as in the workload's events.h, without "event " */
	struct text text; /* what it has said so far */
	char why[640];
};

/* A run of the workload. */
struct report_wanted {
	const char *workload;
	const char *kind;
	unsigned int n, m;
	bool events; /* those as well */
	bool waits;  /* in its namespace, until report_finish() */
	/* NULL where it is as usual: a gate, the name of the process, its cgroup's directory. */
	const char *by, *comm, *cgroup;
};

/* Starts the workload and reads its report, and the output of all tracers meanwhile. */
enum report_result report_obtain(const struct report_wanted *wanted, struct tracer *tracer,
				 struct report *ret_report);

/* The two halves of that, for workloads that wait. */
enum report_result report_start(const struct report_wanted *wanted, struct report *ret_report);
enum report_result report_finish(struct report *report, struct tracer *tracer);

void report_free(struct report *report);

#endif
