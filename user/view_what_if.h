/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each route as it would be, beside as it is; see what_if.h. Those of which nothing is known, or
 * which are none, are left out.
 */
#ifndef PORTTRACE_VIEW_WHAT_IF_H
#define PORTTRACE_VIEW_WHAT_IF_H

#include <json-c/json.h>
#include <stdio.h>

#include "what_if.h"

/* A table, what is closest to its end first, and a line before it that says what is supposed. -ENOMEM. */
int view_what_if_text(FILE *out, const struct what_if *change, const struct snapshot *now,
		      const struct snapshot *then, int width);

/* The member `what_if` of a JSON object, in the order of the snapshot. NULL when out of memory. */
struct json_object *view_what_if_json(const struct what_if *change, const struct snapshot *now,
				      const struct snapshot *then);

#endif
