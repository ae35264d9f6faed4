/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a recording into a report: as far as it goes, or as far as the report's window does. Events are
 * given to the report when the snapshot after them has been looked at, since only that knows the names
 * of new namespaces, and whether the clock was set in between.
 */
#ifndef PORTTRACE_REPORT_READ_H
#define PORTTRACE_REPORT_READ_H

#include "recording.h"
#include "report.h"

/*
 * 0: the report is finished. If something is wrong in the recording, it says what was before that, and
 * damage->text what it is, with the line; else that is "". Negative errno with the reason: nothing can
 * be said, since there is not one line, nothing can be both after --since and before --until (-EINVAL),
 * or no memory.
 */
int report_read(struct report *report, struct recording *recording, struct reason *damage,
		struct reason *reason);

#endif
