/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a report as text, which are no tables. */
#ifndef PORTTRACE_REPORT_WORDS_H
#define PORTTRACE_REPORT_WORDS_H

#include "field.h"
#include "view_report.h"

/* "tcp 10.0.0.5 > 10.0.0.9:3306", with the namespace if it is not the host's own. Returns name. */
#define REPORT_ROUTE_SIZE 256
const char *report_route_name(const struct report *report, const struct route_key *key,
			      char name[REPORT_ROUTE_SIZE]);

/*
 * Where it comes from; what was exhausted, by whom and why; where in the programs calls failed. The last
 * two, as the others below, begin with an empty line, and a line that is their heading, if there is
 * anything to say.
 */
void report_put_head(FILE *out, const struct report *report, const struct report_style *style);
void report_put_exhausted(FILE *out, const struct report *report, const struct report_style *style);
void report_put_stacks(FILE *out, const struct report *report, const struct report_style *style);

/* Words in lines that are no longer, each begun with so many blanks. */
void report_put_wrapped(FILE *out, int indent, int width, const char *text);

/* The first rows, as style has it; the number of the others follows. names: for the getters. -ENOMEM. */
int report_put_table(FILE *out, const struct snapshot *names, const struct report_style *style,
		     const struct field *fields, void *const *rows, size_t nr);

/* How long searches took: all, and those of failed calls. */
void report_put_searches(FILE *out, const struct report *report, const struct report_style *style);

/* What a timeline shows, in the order in which it does. */
enum report_line { LINE_USE, LINE_FAILURES, LINE_ALLOCATIONS, LINE_TIME_WAIT, NR_REPORT_LINES };

struct report_series {
	const char *name;
	double samples[TIMELINE_STEPS]; /* NAN: not known */
	int nr;
	double most; /* NAN: none of them is known */
};

void report_series_fill(struct report_series *series, const struct timeline *timeline,
			enum report_line line);

/* "2 s", "10 min", "1 h": steps are of round lengths. Returns text. */
#define REPORT_STEP_SIZE 32
const char *report_step(int64_t step_ns, char text[REPORT_STEP_SIZE]);

/* -ENOMEM. */
int report_put_timeline(FILE *out, const struct report *report, const struct report_style *style);

/* What is not in the figures, or not by name. */
void report_put_lost(FILE *out, const struct report *report, const struct report_style *style);

#endif
