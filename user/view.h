/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views that write to a stream. They take a snapshot, show it, and change nothing; whether all was
 * written is for the caller to find out (ferror()).
 */
#ifndef PORTTRACE_VIEW_H
#define PORTTRACE_VIEW_H

#include <stdio.h>

#include "views.h"

/* One screen of plain text, a blank line at its end. sort: as in view_rows(). -ENOMEM. */
int view_text(FILE *out, const struct snapshot *snapshot, const struct view *view,
	      const struct field *sort, int width);

/*
 * One line of JSON, as the contract of `top --json` has it. -ENOMEM. It has all
 * there is, whatever the view; if that is one of routes, they are sorted by this field.
 */
int view_json(FILE *out, const struct snapshot *snapshot, const struct view *view,
	      const struct field *sort);

/* The elements of `routes` of such a line, in the order that is theirs. -ENOMEM. */
int view_json_routes(FILE *out, const struct snapshot *snapshot);

/* What tells a route from others: {"proto":..,"src":..,"dst":..,"dport":..}. */
struct json_object;
struct json_object *view_json_route_key(const struct route_key *key);

#endif
