// SPDX-License-Identifier: GPL-2.0-only
/* Single values: strings, numbers, ranges, and the members that are such. */
#include "json_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "snapshot.h"

#define MAX_DECIMAL 1e15

/* ---- Strings ---- */

/* Escapes, and what is not ASCII. */
static int decode(struct json_reader *reader, const char *text, size_t length,
		  const char **ret_bytes, size_t *ret_length)
{
	json_object_put(reader->held);
	json_tokener_reset(reader->tokener);
	reader->held = json_tokener_parse_ex(reader->tokener, text, length);
	if (!json_object_is_type(reader->held, json_type_string))
		return json_fail(reader, "no string: %s",
				 json_tokener_error_desc(json_tokener_get_error(reader->tokener)));
	*ret_bytes = json_object_get_string(reader->held);
	*ret_length = json_object_get_string_len(reader->held);
	return 0;
}

int json_read_string(struct json_reader *reader, const char **ret_bytes, size_t *ret_length)
{
	const char *start = reader->at, *p;
	bool plain = true;

	for (p = start + 1; p < reader->end && *p != '"'; p++) {
		if ((unsigned char)*p < ' ')
			return json_fail(reader, "a control character in a string");
		if (*p == '\\' || *p & 0x80)
			plain = false;
		if (*p == '\\')
			p++;
	}
	if (p >= reader->end)
		return json_fail_ended(reader);
	reader->at = p + 1;
	if (!plain)
		return decode(reader, start, p + 1 - start, ret_bytes, ret_length);
	*ret_bytes = start + 1;
	*ret_length = p - start - 1;
	return 0;
}

int json_read_text(struct json_reader *reader, char *to, size_t size)
{
	const char *bytes;
	size_t length;
	char *copy;
	int err;

	if (json_peek(reader) != '"')
		return json_fail_expected(reader, "a string");
	err = json_read_string(reader, &bytes, &length);
	if (err)
		return err;
	if (length >= size)
		return json_fail(reader, "a string of more than %zu bytes", size - 1);
	if (memchr(bytes, '\0', length))
		return json_fail(reader, "a string with a zero in it");
	copy = strndup(bytes, length);
	if (!copy)
		return because(reader->reason, -ENOMEM, "out of memory");
	printable_copy(to, size, copy);
	free(copy);
	return 0;
}

/* ---- Numbers ---- */

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* Where the number ends that begins there, or NULL: it is none. */
static const char *end_of_number(const char *at, const char *end, bool *ret_whole)
{
	const char *digits;

	*ret_whole = true;
	if (at < end && *at == '-')
		at++;
	digits = at;
	at = skip_digits(at, end);
	if (at == digits || (*digits == '0' && at > digits + 1))
		return NULL;
	if (at < end && *at == '.') {
		*ret_whole = false;
		digits = ++at;
		at = skip_digits(at, end);
		if (at == digits)
			return NULL;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		*ret_whole = false;
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		digits = at;
		at = skip_digits(at, end);
		if (at == digits)
			return NULL;
	}
	return at;
}

int json_read_number(struct json_reader *reader, char text[JSON_NUMBER_SIZE], bool *ret_whole)
{
	char first = json_peek(reader);
	const char *end;
	size_t length;

	if (first != '-' && (first < '0' || first > '9'))
		return json_fail_expected(reader, "a number");
	end = end_of_number(reader->at, reader->end, ret_whole);
	if (!end)
		return json_fail(reader, "not a number as JSON has them");
	length = end - reader->at;
	if (length >= JSON_NUMBER_SIZE)
		return json_fail(reader, "a number of more than %d characters",
				 JSON_NUMBER_SIZE - 1);
	memcpy(text, reader->at, length);
	text[length] = '\0';
	reader->at = end;
	return 0;
}

int json_read_count(struct json_reader *reader, int64_t max, int64_t *ret_count)
{
	char text[JSON_NUMBER_SIZE];
	bool whole;
	int err = json_read_number(reader, text, &whole);

	if (err)
		return err;
	errno = 0;
	*ret_count = strtoll(text, NULL, 10);
	if (!whole || text[0] == '-' || errno || *ret_count > max)
		return json_fail(reader, "%s is not a whole number from 0 to %" PRId64, text, max);
	return 0;
}

int json_read_decimal(struct json_reader *reader, double *ret_figure)
{
	char text[JSON_NUMBER_SIZE];
	bool whole;
	int err = json_read_number(reader, text, &whole);

	if (err)
		return err;
	*ret_figure = strtod(text, NULL);
	if (text[0] == '-' || *ret_figure > MAX_DECIMAL)
		return json_fail(reader, "%s is not a number from 0 to %g", text, MAX_DECIMAL);
	return 0;
}

/* ---- Members ---- */

static void *place_of(const struct json_member *member, void *row)
{
	return (char *)row + member->offset;
}

int json_member_count(struct json_reader *reader, const struct json_member *member, void *row)
{
	int64_t *count = place_of(member, row);

	*count = NOT_KNOWN;
	return json_read_null(reader) ? 0 : json_read_count(reader, member->max, count);
}

int json_member_counter(struct json_reader *reader, const struct json_member *member, void *row)
{
	int64_t count = 0;
	int err = json_read_count(reader, member->max, &count);

	*(uint64_t *)place_of(member, row) = count;
	return err;
}

int json_member_decimal(struct json_reader *reader, const struct json_member *member, void *row)
{
	double *figure = place_of(member, row);

	*figure = NAN;
	return json_read_null(reader) ? 0 : json_read_decimal(reader, figure);
}

int json_member_text(struct json_reader *reader, const struct json_member *member, void *row)
{
	char *text = place_of(member, row);

	text[0] = '\0';
	return json_read_null(reader) ? 0 : json_read_text(reader, text, member->max + 1);
}

int json_member_flag(struct json_reader *reader, const struct json_member *member, void *row)
{
	int8_t *flag = place_of(member, row);

	if (json_take_word(reader, "true"))
		*flag = 1;
	else if (json_take_word(reader, "false"))
		*flag = 0;
	else if (json_read_null(reader))
		*flag = -1;
	else
		return json_fail_expected(reader, "true or false");
	return 0;
}

struct range {
	int64_t ends[2];
	size_t nr;
};

static int read_end_of_range(struct json_reader *reader, void *arg)
{
	struct range *range = arg;

	if (range->nr == 2)
		return json_fail(reader, "a range has two ends");
	return json_read_count(reader, 65535, &range->ends[range->nr++]);
}

int json_read_range(struct json_reader *reader, int64_t *ret_low, int64_t *ret_high)
{
	struct range range = {};
	int err = json_read_array(reader, read_end_of_range, &range);

	if (!err && range.nr != 2)
		err = json_fail(reader, "a range has two ends");
	*ret_low = range.ends[0];
	*ret_high = range.ends[1];
	return err;
}
