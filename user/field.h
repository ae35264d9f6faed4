/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of a route's fields: columns of text and screen, members of JSON and keys of --sort
 * all come from it. A new figure is one more row here.
 */
#ifndef PORTTRACE_FIELD_H
#define PORTTRACE_FIELD_H

#include "address.h"
#include "snapshot.h"

struct value {
	enum value_kind {
		VALUE_UNKNOWN, /* null in JSON, "-" in text */
		VALUE_TEXT,
		VALUE_COUNT,
		VALUE_RATE,
		VALUE_FLAG,
	} kind;
	char mark; /* 0, or put before it in text: '~' carried forward, '?' incomplete */
	union {
		char text[ADDRESS_TEXT_SIZE + 24];
		int64_t count;
		double rate;
		bool flag;
	};
};

struct field {
	const char *name;  /* in JSON, and for --sort */
	bool json;	   /* a member of the JSON object */
	const char *title; /* heading of its column, or NULL for none */
	bool left;	   /* aligned to the left; sorted from the smallest up */
	struct value (*get)(const struct snapshot *snapshot, const struct route *route);
};

/* Ends with a row without name. */
extern const struct field route_fields[];

/* NULL if there is none of that name. */
const struct field *field_by_name(const char *name);

struct value field_value(const struct field *field, const struct snapshot *snapshot,
			 const struct route *route);

/*
 * The routes in the order of that field, ties in the order of the snapshot: an array of
 * snapshot->nr_routes pointers into it, the caller's to free. NULL when out of memory.
 */
const struct route **routes_by_field(const struct snapshot *snapshot, const struct field *field);

#endif
