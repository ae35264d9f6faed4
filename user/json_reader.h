/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON that somebody else wrote, value by value, into structures that are described by tables
 * of members: no tree of the whole is made, so that memory does not grow with what is in a line.
 * json-c decodes the strings that are not plain. It is strict: whatever RFC 8259 does not allow is
 * refused, and so are two members of one name. Unknown members are passed over.
 */
#ifndef PORTTRACE_JSON_READER_H
#define PORTTRACE_JSON_READER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define JSON_DEPTH 16 /* of arrays and objects within each other */

/* Eight of them can be added up, and no counter of porttrace gets there. */
#define JSON_MAX_COUNT (INT64_C(1) << 56)

struct json_reader {
	const char *at, *end;
	struct json_tokener *tokener;
	struct json_object *held; /* the string that was decoded last */
	struct reason *reason;
	/* The way to where we are, for messages: a member's name, or the index in an array. */
	struct {
		const char *name;
		size_t index;
	} places[JSON_DEPTH];
	int depth;
};

struct json_member {
	const char *name;
	/* One of json_member_*(), or another one. 0, or a negative errno after json_fail(). */
	int (*read)(struct json_reader *reader, const struct json_member *member, void *row);
	size_t offset; /* in the row */
	int64_t max;   /* of a count; of a text, its bytes, for which there is room and a zero */
	bool required;
};

/* The text has to outlive the reader. -ENOMEM. */
int json_reader_init(struct json_reader *reader, const char *text, size_t length,
		     struct reason *reason);
void json_reader_done(struct json_reader *reader);

/* Whether that is the beginning of an object or array, and not all of it. */
bool json_is_cut(const char *text, size_t length);

/* Says where, and what is wrong there. Returns -EBADMSG. */
__attribute__((format(printf, 2, 3))) int json_fail(struct json_reader *reader,
						    const char *format, ...);

int json_fail_ended(struct json_reader *reader);
int json_fail_expected(struct json_reader *reader, const char *expected);

/* The next character that is no blank; 0 at the end. A zero itself is no JSON either. */
char json_peek(struct json_reader *reader);

/* Whether there is that word, true, false or null, which is then passed over. */
bool json_take_word(struct json_reader *reader, const char *word);

/* Below: 0, or a negative errno with the reason. */

/* *ret_bytes is good until the next string is read, and ends in no zero. */
int json_read_string(struct json_reader *reader, const char **ret_bytes, size_t *ret_length);

/* The number as text. *ret_whole: it has neither a fraction nor an exponent. */
#define JSON_NUMBER_SIZE 64
int json_read_number(struct json_reader *reader, char text[JSON_NUMBER_SIZE], bool *ret_whole);

/* The members, up to one without name, go to the row; at most 64 of them. */
int json_read_object(struct json_reader *reader, const struct json_member *members, void *row);

/* Calls read for each element. */
int json_read_array(struct json_reader *reader, int (*read)(struct json_reader *reader, void *arg),
		    void *arg);

/* As json_take_word(). */
bool json_read_null(struct json_reader *reader);

/* Nothing but blanks may follow. */
int json_read_end(struct json_reader *reader);

int json_read_count(struct json_reader *reader, int64_t max, int64_t *ret_count);
int json_read_decimal(struct json_reader *reader, double *ret_figure);

/* [low, high], of ports. */
int json_read_range(struct json_reader *reader, int64_t *ret_low, int64_t *ret_high);

/* Printable, see printable.h. A longer one than there is room for is refused. */
int json_read_text(struct json_reader *reader, char *to, size_t size);

int json_member_count(struct json_reader *reader, const struct json_member *member,
		      void *row); /* int64_t; null is NOT_KNOWN */
int json_member_counter(struct json_reader *reader, const struct json_member *member,
			void *row); /* uint64_t; no null */
int json_member_decimal(struct json_reader *reader, const struct json_member *member,
			void *row); /* double; null is NAN */
int json_member_text(struct json_reader *reader, const struct json_member *member,
		     void *row); /* char[max + 1]; null is "" */
int json_member_flag(struct json_reader *reader, const struct json_member *member,
		     void *row); /* int8_t; null is -1 */

#endif
