/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a line of `top --json`, for views that put a line together of them: view_json.c writes
 * all rows, view_record.c those that have changed.
 */
#ifndef PORTTRACE_VIEW_JSON_PART_H
#define PORTTRACE_VIEW_JSON_PART_H

#include <json-c/json.h>
#include <stdio.h>

#include "views.h"

/* The first members of the line, and the last ones, with its end. */
void view_json_begin(FILE *out, const struct snapshot *snapshot);
void view_json_end(FILE *out, const struct snapshot *snapshot);

/* `failures`, the sums of all routes, with a comma before it. -ENOMEM: the line is not whole. */
int view_json_sums(FILE *out, const struct snapshot *snapshot);

/* Rows; the caller's, as all objects of json-c. */
struct json_object *view_json_netns(const struct snapshot *snapshot, const struct netns *netns);
struct json_object *view_json_route(const struct snapshot *snapshot, const struct route *route);
struct json_object *view_json_failure(const struct snapshot *snapshot,
				      const struct failure *failure);

/* What tells a row from others of a line. */
struct json_object *view_json_gone_route(const struct route *route);
struct json_object *view_json_gone_failure(const struct failure *failure);

#endif
