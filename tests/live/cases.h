/* SPDX-License-Identifier: GPL-2.0-only */
/* What is tested: kinds of the workload, with the numbers that it is to do. */
#ifndef LIVE_CASES_H
#define LIVE_CASES_H

#include <stdbool.h>

struct live_case {
	const char *transport, *kind; /* as in the workload's kinds.h */
	unsigned int families;	      /* FAMILY_* */
	unsigned int n, m;
	const char *by; /* a gate of the workload's gate.h; NULL: the usual one */
	/* Figures of compare.h that tracepoints cannot tell. */
	unsigned int unseen_by_tracepoints;
	/* Figures that fentry alone can tell. */
	unsigned int unseen_but_by_fentry;
	unsigned int features; /* FEATURE_*: besides what transport and family need */
	/* With a porttrace of its own. */
	bool has_too_many_routes;
	bool disturbs; /* the whole machine, which must be its own */
};

enum {
	FAMILY_4 = 1 << 0,
	FAMILY_6 = 1 << 1,
	FAMILY_MAPPED = 1 << 2,
	ALL_FAMILIES = FAMILY_4 | FAMILY_6 | FAMILY_MAPPED,
};

/* A case for one family: one run of the workload. */
struct live_run {
	const struct live_case *live_case;
	char kind[64]; /* as the workload knows it */
	char name[80]; /* the same, and by which gate */
	unsigned int features;
};

/* The figures that this back-end cannot tell. */
unsigned int cases_unseen(const struct live_case *live_case, const char *probe);

/* Calls visit for each, until it says true; true if it did. */
bool cases_each(bool (*visit)(const struct live_run *run, void *arg), void *arg);

#endif
