// SPDX-License-Identifier: GPL-2.0-only
#include "field.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct field *field_by_name(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

/* ---- Values ---- */

void value_set_text(struct value *value, const char *text)
{
	value->kind = VALUE_TEXT;
	value->text = text;
}

void value_set_count(struct value *value, int64_t count)
{
	value->kind = count == NOT_KNOWN ? VALUE_UNKNOWN : VALUE_COUNT;
	value->count = count;
}

void value_set_rate(struct value *value, double rate)
{
	value->kind = isnan(rate) ? VALUE_UNKNOWN : VALUE_RATE;
	value->rate = rate;
}

void value_set_address(struct value *value, const uint8_t addr[16])
{
	value_set_text(value, address_format(addr, value->buffer));
}

void value_set_endpoint(struct value *value, const uint8_t addr[16], uint16_t port)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(addr, text);
	snprintf(value->buffer, sizeof(value->buffer),
		 address_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", text, port);
	value_set_text(value, value->buffer);
}

void value_set_process(struct value *value, const char *comm, uint32_t pid)
{
	value->kind = pid ? VALUE_TEXT : VALUE_UNKNOWN;
	value->text = value->buffer;
	snprintf(value->buffer, sizeof(value->buffer), "%s[%u]", comm ? comm : "", pid);
}

/* ---- Text ---- */

/* Backwards, from the end of digits[]; returns where it begins. */
static char *put_number(uint64_t number, char *end)
{
	do
		*--end = '0' + number % 10;
	while (number /= 10);
	return end;
}

/* A decimal, since 0.4/s is not none. */
static char *put_rate(double rate, char *end)
{
	uint64_t tenths = rate * 10 + 0.5;

	*--end = '0' + tenths % 10;
	*--end = '.';
	return put_number(tenths / 10, end);
}

static size_t put_plain(char mark, const char *from, size_t length, char *text, size_t size)
{
	size_t marked = mark ? 1 : 0;

	if (length + marked >= size)
		length = size - marked - 1;
	if (mark)
		text[0] = mark;
	memcpy(text + marked, from, length);
	text[marked + length] = '\0';
	return marked + length;
}

static int full_cells(int64_t used, int64_t room)
{
	int64_t cells = room > 0 ? (used * BAR_CELLS + room - 1) / room : 0;

	/* Something is not nothing, and not yet all is not all. */
	if (cells >= BAR_CELLS && used < room)
		cells = BAR_CELLS - 1;
	return cells > BAR_CELLS ? BAR_CELLS : cells;
}

static size_t put_bar(const struct value *value, char *text, size_t size)
{
	static const char full[NR_HALVES] = { [HALF_FAST] = '#', [HALF_SLOW] = '=' };
	char bar[BAR_WIDTH], *at = bar;
	int half, cell;

	*at++ = '[';
	for (half = 0; half < NR_HALVES; half++) {
		int cells = full_cells(value->bar.used[half], value->bar.room[half]);

		for (cell = 0; cell < BAR_CELLS; cell++)
			*at++ = cell < cells ? full[half] : ' ';
		*at++ = half ? ']' : '|';
	}
	return put_plain(0, bar, sizeof(bar), text, size);
}

static size_t put_count(const struct value *value, char *text, size_t size)
{
	char digits[48], *end = digits + sizeof(digits), *from;

	from = put_number(llabs(value->count), end);
	if (value->count < 0)
		*--from = '-';
	return put_plain(value->mark, from, end - from, text, size);
}

static size_t put_range(const struct value *value, char *text, size_t size)
{
	char range[32];
	int length = snprintf(range, sizeof(range), "%d-%d", value->range.low, value->range.high);

	return put_plain(0, range, length, text, size);
}

size_t value_format(const struct value *value, char *text, size_t size)
{
	char digits[48], *end = digits + sizeof(digits), *from;

	switch (value->kind) {
	case VALUE_TEXT:
		return put_plain(0, value->text, strlen(value->text), text, size);
	case VALUE_COUNT:
		return put_count(value, text, size);
	case VALUE_RATE:
		/* Rates are of counts that only rise, and times: none is below zero. */
		if (!(value->rate >= 0 && value->rate < 1e15))
			return put_plain(value->mark, ">1e15", 5, text, size);
		from = put_rate(value->rate, end);
		return put_plain(value->mark, from, end - from, text, size);
	case VALUE_FLAG:
		return put_plain(0, value->flag ? "yes" : "no", value->flag ? 3 : 2, text, size);
	case VALUE_RANGE:
		return put_range(value, text, size);
	case VALUE_BAR:
		return put_bar(value, text, size);
	case VALUE_UNKNOWN:
		break;
	}
	return put_plain(0, "-", 1, text, size);
}

/* ---- Order ---- */

static double as_number(const struct value *value)
{
	switch (value->kind) {
	case VALUE_COUNT:
		return value->count;
	case VALUE_RATE:
		return value->rate;
	case VALUE_FLAG:
		return value->flag;
	case VALUE_RANGE:
		return value->range.high - value->range.low;
	case VALUE_BAR:
		return (double)(value->bar.used[0] + value->bar.used[1]) /
		       (value->bar.room[0] + value->bar.room[1] + 1e-9);
	default:
		return 0;
	}
}

/* A row with what it is sorted by, so that each is computed once. */
struct sortable {
	const void *row;
	char *text; /* NULL: by number */
	double number;
	size_t place;
	bool unknown;
};

static int compare_sortables(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	if (x->unknown != y->unknown)
		return x->unknown - y->unknown;
	if (x->text && y->text && strcmp(x->text, y->text))
		return strcmp(x->text, y->text);
	if (x->number < y->number || x->number > y->number)
		return x->number < y->number ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* What comes last when sorted by text comes first when that is reversed, but for the unknown. */
static int compare_reversed(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int order;

	if (x->unknown != y->unknown || !x->text || !y->text)
		return compare_sortables(a, b);
	order = strcmp(y->text, x->text);
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int fill_sortable(const struct field *field, bool falling, const struct snapshot *snapshot,
			 struct sortable *sortable)
{
	struct value value;

	value.mark = 0;
	field->get(snapshot, sortable->row, &value);
	sortable->unknown = value.kind == VALUE_UNKNOWN;
	if (value.kind == VALUE_TEXT) {
		sortable->text = strdup(value.text);
		return sortable->text ? 0 : -ENOMEM;
	}
	sortable->number = falling ? -as_number(&value) : as_number(&value);
	return 0;
}

int field_sort(const struct field *field, bool reversed, const struct snapshot *snapshot,
	       const void **rows, size_t nr)
{
	bool falling = !(field->flags & (FIELD_LEFT | FIELD_RISING)) != reversed;
	struct sortable *sortables = calloc(nr + 1, sizeof(*sortables));
	int err = sortables ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < nr && !err; i++) {
		sortables[i].row = rows[i];
		sortables[i].place = i;
		err = fill_sortable(field, falling, snapshot, &sortables[i]);
	}
	if (!err)
		qsort(sortables, nr, sizeof(*sortables),
		      falling ? compare_reversed : compare_sortables);
	for (i = 0; i < nr && !err; i++)
		rows[i] = sortables[i].row;
	for (i = 0; sortables && i < nr; i++)
		free(sortables[i].text);
	free(sortables);
	return err;
}
