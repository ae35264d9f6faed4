// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A long value is cut before its column is left out. */
#define LEAST_LONG 12

/*
 * The share of an address with its port: none of IPv4 is cut, and with both ends of IPv6 on 80
 * columns there is room for what is left, and how fast it goes.
 */
#define LEAST_SHARE 21
#define SHARES 4

static void free_column(struct table_column *column)
{
	free(column->text);
	free(column->ends);
	*column = (struct table_column){};
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr_columns; i++)
		free_column(&table->column[i]);
	table->nr_columns = 0;
}

static int make_room(struct table_column *column)
{
	size_t room = column->room ? column->room * 2 : 4096;
	char *bigger;

	if (column->length + TABLE_LINE_SIZE <= column->room)
		return 0;
	bigger = realloc(column->text, room);
	if (!bigger)
		return -ENOMEM;
	column->text = bigger;
	column->room = room;
	return 0;
}

/*
 * -E2BIG: wider than that. No more is formatted then, as of most fields, on a narrow screen, nothing
 * will be seen.
 */
static int fill_column(struct table_column *column, const struct snapshot *snapshot,
		       const void *const *rows, size_t nr, int least, int most)
{
	bool is_long = column->field->flags & (FIELD_LONG | FIELD_CUT);
	struct value value;
	size_t i, length;

	column->width = strlen(column->field->title);
	if (column->width < least)
		column->width = least < most || !is_long ? least : most;
	if (column->width > most || (is_long && most < LEAST_LONG))
		return -E2BIG;
	column->ends = calloc(nr + 1, sizeof(*column->ends));
	if (!column->ends)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (make_room(column))
			return -ENOMEM;
		value.mark = 0;
		column->field->get(snapshot, rows[i], &value);
		length = value_format(&value, column->text + column->length, TABLE_LINE_SIZE);
		if ((int)length > most && !is_long)
			return -E2BIG;
		if ((int)length > column->width)
			column->width = (int)length < most ? (int)length : most;
		column->length += length;
		column->ends[i] = column->length;
	}
	return 0;
}

/* Between those of the fields before and after it in the table of fields. */
static void insert_column(struct table *table, const struct table_column *column)
{
	size_t at = table->nr_columns++;

	for (; at > 0 && table->column[at - 1].field > column->field; at--)
		table->column[at] = table->column[at - 1];
	table->column[at] = *column;
}

/*
 * One column however narrow the screen, as a row without any says nothing; of one that can be cut, no
 * more than fits.
 */
static int try_column(struct table *table, const struct field *field, int *least,
		      const struct snapshot *snapshot, const void *const *rows, int *left)
{
	int share = table->width / SHARES > LEAST_SHARE ? table->width / SHARES : LEAST_SHARE;
	struct table_column column = { .field = field };
	bool whole = !table->nr_columns && !(field->flags & FIELD_CUT);
	int most = whole ? TABLE_LINE_SIZE - 1 : *left, err;

	if (field->flags & FIELD_CUT && most > share)
		most = share;
	err = fill_column(&column, snapshot, rows, table->nr_rows, least ? *least : 0, most);

	if (err) {
		free_column(&column);
		return err == -E2BIG ? 0 : err;
	}
	*left -= column.width + 1;
	if (least)
		*least = column.width;
	insert_column(table, &column);
	return 0;
}

/* 0: it has no column. */
static int rank_of(const struct field *field, const struct table_want *want)
{
	if (!field->title)
		return 0;
	if (field == want->sort)
		return 1;
	if (field == want->hide || (want->most_rank && field->rank > want->most_rank))
		return 0;
	return field->rank;
}

static void remove_column(struct table *table, const struct field *field)
{
	size_t i = 0;

	while (table->column[i].field != field)
		i++;
	free_column(&table->column[i]);
	table->nr_columns--;
	for (; i < table->nr_columns; i++)
		table->column[i] = table->column[i + 1];
}

/* One of a pair tells nothing without the other. */
static int try_pair(struct table *table, const struct field *first, int *least,
		    const struct snapshot *snapshot, const void *const *rows, int *left)
{
	size_t nr = table->nr_columns;
	int had = *left, err = try_column(table, first, least, snapshot, rows, left);

	if (err || table->nr_columns == nr)
		return err;
	err = try_column(table, first + 1, least ? least + 1 : NULL, snapshot, rows, left);
	if (err || table->nr_columns == nr + 2)
		return err;
	remove_column(table, first);
	*left = had;
	return 0;
}

/* It had its chance together with the one before it. */
static bool is_second(const struct field *field, const struct field *fields)
{
	return field > fields && field[-1].flags & FIELD_PAIR;
}

static void place_columns(struct table *table)
{
	int at = 0;
	size_t i;

	for (i = 0; i < table->nr_columns; i++) {
		table->column[i].at = at;
		at += table->column[i].width + 1;
	}
}

#define LAST_RANK 12

int table_fill(struct table *table, const struct table_want *want,
	       const struct snapshot *snapshot, const void *const *rows, size_t nr)
{
	int left = want->width < TABLE_LINE_SIZE ? want->width : TABLE_LINE_SIZE - 1;
	const struct field *field;
	int rank, err = 0;

	*table = (struct table){ .nr_rows = nr, .width = left };
	for (rank = 1; rank <= LAST_RANK; rank++)
		for (field = want->fields; field->name && !err; field++)
			if (rank_of(field, want) == rank && !is_second(field, want->fields) &&
			    table->nr_columns + 1 < TABLE_MAX_COLUMNS)
				err = (field->flags & FIELD_PAIR ? try_pair : try_column)(
					table, field,
					want->least ? &want->least[field - want->fields] : NULL,
					snapshot, rows, &left);
	if (err)
		table_free(table);
	place_columns(table);
	return err;
}

/* A cell, from where the line ends; the last column on the left is not filled up. */
static size_t put_cell(const struct table *table, size_t column, const char *text, size_t length,
		       char *line, size_t at)
{
	const struct table_column *this = &table->column[column];
	bool left = this->field->flags & FIELD_LEFT;
	size_t width = this->width, spaces;
	bool is_cut;

	if (column)
		line[at++] = ' ';
	is_cut = length > width;
	if (is_cut) {
		text += length - width;
		length = width;
	}
	spaces = width - length;
	if (!left)
		memset(line + at, ' ', spaces);
	memcpy(line + at + (left ? 0 : spaces), text, length);
	/* What is left of an address may look like one. */
	if (is_cut && this->field->flags & FIELD_CUT)
		line[at] = '<';
	at += length + (left ? 0 : spaces);
	if (left && column + 1 < table->nr_columns) {
		memset(line + at, ' ', spaces);
		at += spaces;
	}
	return at;
}

size_t table_heading(const struct table *table, char *line)
{
	size_t i, at = 0;

	for (i = 0; i < table->nr_columns; i++) {
		const char *title = table->column[i].field->title;

		at = put_cell(table, i, title, strlen(title), line, at);
	}
	line[at] = '\0';
	return at;
}

size_t table_row(const struct table *table, size_t row, char *line)
{
	size_t i, at = 0;

	for (i = 0; i < table->nr_columns; i++) {
		const struct table_column *column = &table->column[i];
		size_t from = row ? column->ends[row - 1] : 0;

		at = put_cell(table, i, column->text + from, column->ends[row] - from, line, at);
	}
	line[at] = '\0';
	return at;
}

const struct table_column *table_column_of(const struct table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->nr_columns; i++)
		if (!strcmp(table->column[i].field->name, name))
			return &table->column[i];
	return NULL;
}
