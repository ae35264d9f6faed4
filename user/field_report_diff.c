// SPDX-License-Identifier: GPL-2.0-only
/* The columns of a comparison: what a row was, and what it is. */
#include <stdio.h>
#include <string.h>

#include "field_get.h"
#include "report_diff.h"
#include "report_fields.h"

/* One row of the two, for what they have in common; and whose names it goes by. */
static const void *either(const struct report_change *change)
{
	return change->rows[REPORT_NEW] ? change->rows[REPORT_NEW] : change->rows[REPORT_OLD];
}

static const struct report *report_of(const struct report_change *change)
{
	return change->reports[change->rows[REPORT_NEW] ? REPORT_NEW : REPORT_OLD];
}

static const struct snapshot *names_of(const struct report_change *change)
{
	return report_of(change)->names;
}

/* Its name; of several of one name, the number as well. */
static void set_netns(struct value *value, const struct report *report, uint32_t inum)
{
	const struct snapshot *names = report->names;
	size_t i, nr = 0;

	value_set_netns(value, names, inum);
	if (value->kind != VALUE_TEXT)
		return;
	for (i = 0; i < names->nr_netns; i++)
		nr += !strcmp(names->netns[i].name, value->text);
	if (nr < 2)
		return;
	snprintf(value->buffer, sizeof(value->buffer), "%.40s[%u]", value->text, inum);
	value_set_text(value, value->buffer);
}

#define LEFT FIELD_LEFT

/* A figure of the old row, or of the new one: unknown where there is none. */
#define SIDE_GETTER(which, type, setter, name, expression)				      \
	GETTER(report_change, name)							      \
	{										      \
		const struct type *row = report_change->rows[which];			      \
		const struct report *report __attribute__((unused)) =			      \
			report_change->reports[which];					      \
											      \
		value->kind = VALUE_UNKNOWN;						      \
		if (row)								      \
			value_set_##setter(value, expression);				      \
	}

#define PAIR_GETTER(type, setter, name, expression)			     \
	SIDE_GETTER(REPORT_OLD, type, setter, old_##name, expression)	     \
	SIDE_GETTER(REPORT_NEW, type, setter, new_##name, expression)

#define PAIR(name, title, rank)									 \
	{ "old_" #name, "OLD " title, rank, FIELD_PAIR, get_report_change_old_##name, NULL },	 \
	{ "new_" #name, "NEW " title, rank, 0, get_report_change_new_##name, NULL }

/* ---- Failures ---- */

#define KIND_GETTER(name, set)							 \
	GETTER(report_change, name)						 \
	{									 \
		const struct report_kind *row = either(report_change);		 \
										 \
		set;								 \
	}

KIND_GETTER(kind_proto, value_set_text(value, proto_name(row->key.route.proto)))
KIND_GETTER(kind_call, value_set_text(value, call_name(row->key.call)))
KIND_GETTER(kind_cause, value_set_text(value, cause_name(row->key.cause)))
KIND_GETTER(kind_netns, set_netns(value, report_of(report_change), row->key.route.netns))
KIND_GETTER(kind_errno, report_set_errno(value, row->key.err))
PAIR_GETTER(report_kind, count, count, report_kind_count(row))
PAIR_GETTER(report_kind, rate, count_per_s, report_per_s(report, report_kind_count(row)))

/* What tells rows apart comes before further figures: there is no room for all on 80 columns. */
const struct field report_kind_change_fields[] = {
	{ "call", "CALL", 1, LEFT, get_report_change_kind_call, NULL },
	{ "cause", "CAUSE", 1, LEFT, get_report_change_kind_cause, NULL },
	{ "errno", "ERRNO", 4, LEFT, get_report_change_kind_errno, NULL },
	{ "proto", "PROTO", 3, LEFT, get_report_change_kind_proto, NULL },
	PAIR(count, "COUNT", 5),
	PAIR(count_per_s, "FAIL/S", 1),
	{ "netns", "NETNS", 2, LEFT, get_report_change_kind_netns, NULL },
	{},
};

/* ---- Routes ---- */

#define ROUTE_GETTER(name, set)							 \
	GETTER(report_change, name)						 \
	{									 \
		const struct report_route *row = either(report_change);		 \
										 \
		set;								 \
	}

ROUTE_GETTER(route_proto, value_set_text(value, proto_name(row->key.proto)))
ROUTE_GETTER(route_netns, set_netns(value, report_of(report_change), row->key.netns))
ROUTE_GETTER(route_source, {
	value_set_address(value, row->key.src);
	if (row->key.overflow)
		value_set_text(value, "(more routes)");
})
ROUTE_GETTER(route_destination, {
	value->kind = VALUE_UNKNOWN;
	if (route_has_destination(&row->key))
		value_set_destination(value, names_of(report_change), &row->key);
})
PAIR_GETTER(report_route, count, left, row->least_headroom)
PAIR_GETTER(report_route, count, used, row->most_used)
PAIR_GETTER(report_route, count, of, row->capacity)
PAIR_GETTER(report_route, rate, exhausted_s,
	    report_is_unknown(row) || report_exhausted_ns(row) == NOT_KNOWN ?
		    NAN : report_exhausted_ns(row) / 1e9)
PAIR_GETTER(report_route, rate, alloc_per_s,
	    report_counted_per_s(report, row, row->allocations))
PAIR_GETTER(report_route, rate, fail_per_s, report_counted_per_s(report, row, row->failures))

const struct field report_route_change_fields[] = {
	{ "proto", "PROTO", 4, LEFT, get_report_change_route_proto, NULL },
	{ "source", "SOURCE", 2, LEFT | FIELD_CUT, get_report_change_route_source, NULL },
	{ "destination", "DESTINATION", 1, LEFT | FIELD_CUT, get_report_change_route_destination,
	  NULL },
	PAIR(left, "LEFT", 1),
	PAIR(used, "PEAK", 6),
	PAIR(fail_per_s, "FAIL/S", 5),
	PAIR(alloc_per_s, "ALLOC/S", 7),
	PAIR(exhausted_s, "OUT-S", 8),
	PAIR(of, "OF", 9),
	{ "netns", "NETNS", 3, LEFT, get_report_change_route_netns, NULL },
	{},
};

/* ---- Owners ---- */

GETTER(report_change, owner_comm)
{
	const struct report_owner *row = either(report_change);

	value_set_text(value, row->comm[0] ? row->comm : "(not known)");
}

GETTER(report_change, owner_cgroup)
{
	const struct report_owner *row = either(report_change);

	value_set_text(value, row->cgroup);
	if (!row->cgroup)
		value->kind = VALUE_UNKNOWN;
}

PAIR_GETTER(report_owner, count, peak, row->most)
PAIR_GETTER(report_owner, count, entered, row->entered ? (int64_t)row->entered : NOT_KNOWN)

const struct field report_owner_change_fields[] = {
	PAIR(peak, "PEAK", 1),
	PAIR(entered, "ENTERED", 4),
	{ "comm", "PROCESS", 1, LEFT, get_report_change_owner_comm, NULL },
	{ "cgroup", "CGROUP", 5, LEFT | FIELD_LONG, get_report_change_owner_cgroup, NULL },
	{},
};
