/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two reports compared: their rows in pairs, what changed most first. Pure.
 *
 * Numbers of namespaces say nothing across hosts and boots, so that rows belong together if their
 * namespaces have one name; without names, if they have one number, or are the only ones without; and if
 * each report has but one, whatever it is called. Each row is in one pair, or alone.
 */
#ifndef PORTTRACE_REPORT_DIFF_H
#define PORTTRACE_REPORT_DIFF_H

#include "report.h"

/* A row of both, of one kind; NULL: it has none there. */
struct report_change {
	const void *rows[2];
	const struct report *const *reports;
	double weight; /* how much it changed; 0: not at all */
	size_t number; /* in the order of the reports */
};

struct report_changes {
	struct report_change *changes;
	size_t nr;
	size_t nr_changed; /* these come first */
};

enum { REPORT_OLD, REPORT_NEW };

struct report_diff {
	const struct report *reports[2]; /* finished; they have to live as long */
	struct report_changes kinds, routes, owners;
};

/* -ENOMEM; report_diff_done() in any case. */
int report_diff_fill(struct report_diff *diff, const struct report *old, const struct report *new);
void report_diff_done(struct report_diff *diff);

/* A second, of the time in which that was counted; NAN: not known. */
double report_per_s(const struct report *report, uint64_t count);

/* The same of what counters counted of a route. */
double report_counted_per_s(const struct report *report, const struct report_route *route,
			    uint64_t count);

#endif
