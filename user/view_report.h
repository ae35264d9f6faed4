/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shows a report that is finished. As the other views: whether all was written is for the caller to
 * find out.
 */
#ifndef PORTTRACE_VIEW_REPORT_H
#define PORTTRACE_VIEW_REPORT_H

#include <stdio.h>

#include "report.h"

/* How text is written. */
struct report_style {
	int width;  /* columns */
	bool utf8;  /* may have more than ASCII */
	size_t rows; /* of each table; the rest is counted */
};

/* For people, in the order in which they ask. -ENOMEM. */
int view_report_text(FILE *out, const struct report *report, const struct report_style *style);

/* One object, on one line. */
void view_report_json(FILE *out, const struct report *report);

/*
 * One file, for a browser, that asks for nothing else: no script, no style, no picture from elsewhere.
 * style->rows of each table; width and utf8 are not looked at. It is XML as well. -ENOMEM.
 */
int view_report_html(FILE *out, const struct report *report, const struct report_style *style);

/* "comm;outermost;...;innermost COUNT", a line a stack, for flame graphs. -ENOMEM. */
int view_report_folded(FILE *out, const struct report *report);

#endif
