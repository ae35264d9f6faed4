/* SPDX-License-Identifier: GPL-2.0-only */
/* How the tables of fields write their getters. Only for the files that have such a table. */
#ifndef PORTTRACE_FIELD_GET_H
#define PORTTRACE_FIELD_GET_H

#include "field.h"

/* GETTER(route, src): a function of `snapshot`, `route` and `value`. */
#define GETTER(type, name)								    \
	static void type##_##name(const struct snapshot *snapshot, const struct type *type, \
				  struct value *value);					    \
	static void get_##type##_##name(const struct snapshot *snapshot, const void *row,   \
					struct value *value)				    \
	{										    \
		type##_##name(snapshot, row, value);					    \
	}										    \
	static void type##_##name(const struct snapshot *snapshot __attribute__((unused)),  \
				  const struct type *type, struct value *value)

/* A member that is shown as it is, of a count or a rate. */
#define MEMBER_GETTER(type, kind, name)			     \
	GETTER(type, name)				     \
	{						     \
		value_set_##kind(value, type->name);	     \
	}

/* A count of events, which is not known where there are none to count. */
#define COUNTER_GETTER(type, name)							       \
	GETTER(type, name)								       \
	{										       \
		value_set_count(value, snapshot->without_events ? NOT_KNOWN : (int64_t)type->name); \
	}

/* The name of a namespace, or its number where it has none; unknown for 0. */
void value_set_netns(struct value *value, const struct snapshot *snapshot, uint32_t inum);

/* Address and port of a route that has a destination. */
void value_set_destination(struct value *value, const struct snapshot *snapshot,
			   const struct route_key *key);

/* The parts of a route's key, unknown where it has none. */
void value_set_src(struct value *value, const struct route_key *key);
void value_set_dst(struct value *value, const struct route_key *key);
void value_set_dport(struct value *value, const struct route_key *key);
void value_set_overflow(struct value *value, const struct route_key *key);

/* What a figure of sockets or ports rests on, seen at a glance. */
void value_mark(struct value *value, enum occupancy_source source);

#endif
