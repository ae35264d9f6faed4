/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The columns of a report's tables. Rows are those of report.h; the snapshot that the getters are given
 * is report->names, which knows the namespaces' names, and how long the report is. Pure.
 */
#ifndef PORTTRACE_REPORT_FIELDS_H
#define PORTTRACE_REPORT_FIELDS_H

#include "field.h"

extern const struct field report_route_fields[], report_kind_fields[], report_caller_fields[],
	report_owner_fields[], report_netns_fields[];

/* Of a comparison: rows are struct report_change, which know their names themselves. */
extern const struct field report_kind_change_fields[], report_route_change_fields[],
	report_owner_change_fields[];

/* Its name, or the number where it has none; 0 is unknown. */
void report_set_errno(struct value *value, uint16_t err);

/*
 * "12:03:10.2", with the day before it in a report of more than one; "-": not known. CLOCK_REALTIME;
 * the time zone is that of here. Returns text.
 */
#define REPORT_TIME_SIZE 40
const char *report_time(const struct snapshot *names, int64_t ns, char text[REPORT_TIME_SIZE]);

#endif
