/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows as lines of text, in columns that fit a width. What batch output prints and what the screen
 * draws are these same lines.
 */
#ifndef PORTTRACE_TABLE_H
#define PORTTRACE_TABLE_H

#include "views.h"

#define TABLE_LINE_SIZE 512
#define TABLE_MAX_COLUMNS 32
#define TABLE_MAX_FIELDS 48 /* of a view */

struct table_want {
	const struct field *fields;
	const struct field *sort; /* its column is always there; NULL: none */
	const struct field *hide; /* its column is not, unless it is the former; NULL: none */
	int most_rank;		  /* columns beyond are left out; 0: none are */
	int width;
	/* Of each field: its column is not narrower, and what it becomes is put there; NULL: none. */
	int *least;
};

/* One column, with the text of all its cells. */
struct table_column {
	const struct field *field;
	int width, at; /* where it begins in a line */
	char *text;
	size_t length, room;
	uint32_t *ends; /* in text, of each row */
};

struct table {
	struct table_column column[TABLE_MAX_COLUMNS]; /* in the order of the fields */
	size_t nr_columns, nr_rows;
	int width;
};

/*
 * Chooses the columns, as many as there is room for, each as wide as its longest value among these
 * rows, and formats every cell of them once. -ENOMEM. table_free().
 */
int table_fill(struct table *table, const struct table_want *want,
	       const struct snapshot *snapshot, const void *const *rows, size_t nr);
void table_free(struct table *table);

/* Each writes one line, without newline, to line[TABLE_LINE_SIZE], and returns its length. */
size_t table_heading(const struct table *table, char *line);
size_t table_row(const struct table *table, size_t row, char *line);

/* The column of that field, or NULL. */
const struct table_column *table_column_of(const struct table *table, const char *name);

#endif
