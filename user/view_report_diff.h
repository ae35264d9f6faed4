/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows two reports compared. As the other views: whether all was written is for the caller. */
#ifndef PORTTRACE_VIEW_REPORT_DIFF_H
#define PORTTRACE_VIEW_REPORT_DIFF_H

#include "report_diff.h"
#include "view_report.h"

/* Only what has changed. names: of the files. -ENOMEM. */
int view_report_diff_text(FILE *out, const struct report_diff *diff, const char *const names[2],
			  const struct report_style *style);

/* One object, on one line: all rows. */
void view_report_diff_json(FILE *out, const struct report_diff *diff, const char *const names[2]);

#endif
