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

/* Words in lines that are no longer, each begun with so many blanks. */
void report_put_wrapped(FILE *out, int indent, int width, const char *text);

/* The first rows, as style has it; the number of the others follows. names: for the getters. -ENOMEM. */
int report_put_table(FILE *out, const struct snapshot *names, const struct report_style *style,
		     const struct field *fields, void *const *rows, size_t nr);

/* How long searches took: all, and those of failed calls. */
void report_put_searches(FILE *out, const struct report *report, const struct report_style *style);

/* -ENOMEM. */
int report_put_timeline(FILE *out, const struct report *report, const struct report_style *style);

/* What is not in the figures, or not by name. */
void report_put_lost(FILE *out, const struct report *report, const struct report_style *style);

#endif
