/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields: what there is to say about a row, whatever a row is. Columns of text and screen, members
 * of JSON, keys of --sort and the words of the help all come from tables of them (views.h). A new
 * figure is one more line in one of these. Pure.
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
		VALUE_RANGE,
		VALUE_BAR, /* not in JSON */
	} kind;
	char mark; /* 0, or put before it in text: '~' carried forward, '?' incomplete */
	union {
		const char *text; /* the row's, or `buffer` */
		int64_t count;
		double rate;
		bool flag;
		struct {
			int32_t low, high;
		} range;
		struct {
			int64_t used[NR_HALVES], room[NR_HALVES];
		} bar;
	};
	char buffer[ADDRESS_TEXT_SIZE + 24];
};

/* How a column is aligned, and which rows come first when sorted by it. */
enum {
	FIELD_LEFT = 1 << 0,   /* aligned to the left; sorted from the smallest up */
	FIELD_RISING = 1 << 1, /* sorted from the smallest up */
	FIELD_JSON = 1 << 2,   /* a member of the JSON object */
	FIELD_LONG = 1 << 3,   /* the last column; its end is what matters, if it is cut */
	FIELD_CUT = 1 << 5,    /* cut at its beginning where it would take more than its share */
	FIELD_PAIR = 1 << 6,   /* of its column and the next field's there are both, or none */
	FIELD_JSON_OF_ROUTE = 1 << 4, /* a member where a row is of one route, not the sum of many */
};

struct field {
	const char *name;  /* in JSON, and for --sort */
	const char *title; /* heading of its column, or NULL for none */
	int rank;	   /* of its column: where there is no room for all, 1 stays longest */
	unsigned int flags;
	void (*get)(const struct snapshot *snapshot, const void *row, struct value *ret_value);
	const char *help; /* of its column, in a few words */
};

/* fields ends with a field without name. NULL if there is none of that name. */
const struct field *field_by_name(const struct field *fields, const char *name);

/* What the getters are made of. */
void value_set_text(struct value *value, const char *text);
void value_set_count(struct value *value, int64_t count); /* or NOT_KNOWN */
void value_set_rate(struct value *value, double rate);	  /* or NAN */
void value_set_address(struct value *value, const uint8_t addr[16]);
/* "10.0.0.9:80", "[2001:db8::1]:80". */
void value_set_endpoint(struct value *value, const uint8_t addr[16], uint16_t port);
/* "comm[pid]"; pid 0: not known. */
void value_set_process(struct value *value, const char *comm, uint32_t pid);

/*
 * The value as text, without padding, in *size bytes at most; returns the length. Fast: it is called
 * for every cell of a table.
 */
#define VALUE_TEXT_SIZE 96
size_t value_format(const struct value *value, char *text, size_t size);

/* A bar of so many cells for each half: '#' used, fast; '=' used, slow; '|' between the halves. */
#define BAR_CELLS 5
#define BAR_WIDTH (2 * BAR_CELLS + 3)

/* Sorts rows by a field, what is not known last; ties stay as they are. -ENOMEM. */
int field_sort(const struct field *field, bool reversed, const struct snapshot *snapshot,
	       const void **rows, size_t nr);

#endif
