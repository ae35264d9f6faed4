/* SPDX-License-Identifier: GPL-2.0-only */
/* Members that a report and a comparison of two have in their JSON. */
#ifndef PORTTRACE_VIEW_REPORT_PART_H
#define PORTTRACE_VIEW_REPORT_PART_H

#include "json.h"
#include "view_report.h"

/* NOT_KNOWN is null. CLOCK_REALTIME. */
struct json_object *view_report_time(int64_t ns);

/* "netns" and "netns_name". */
void view_report_netns(struct json_object *object, const struct report *report, uint32_t inum);

/* The same, with "proto", "src", "dst" and "dport". */
void view_report_route_key(struct json_object *object, const struct report *report,
			   const struct route_key *key);

/* The same of a kind of failure, with "proto", "call", "cause" and "errno". */
void view_report_kind(struct json_object *object, const struct report *report,
		      const struct failure_key *key);

/* "exhausted_times" and "exhausted_s". */
void view_report_exhausted(struct json_object *object, const struct report_route *route);

/* view_report_rows.c: an element of the array of each kind of row. */
struct json_object *view_report_episode_object(const struct report *report,
					       const struct report_episode *episode);
struct json_object *view_report_kind_object(const struct report *report, const void *row);
struct json_object *view_report_caller_object(const struct report *report, const void *row);
struct json_object *view_report_stack_object(const struct report *report, const void *row);
struct json_object *view_report_route_object(const struct report *report, const void *row);
struct json_object *view_report_owner_object(const struct report *report, const void *row);
struct json_object *view_report_netns_object(const struct report *report, const void *row);

/* Where it comes from and how long it is, each with a comma before it. */
void view_report_head(FILE *out, const struct report *report);

#endif
