/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot as lines of text: the summary, and the routes as a table that fits a width. What the
 * batch output prints and what the screen draws are these same lines.
 */
#ifndef PORTTRACE_TABLE_H
#define PORTTRACE_TABLE_H

#include "field.h"

#define TABLE_LINE_SIZE 512
#define TABLE_MAX_COLUMNS 24

struct table {
	const struct snapshot *snapshot;
	const struct field *fields[TABLE_MAX_COLUMNS];
	int widths[TABLE_MAX_COLUMNS];
	size_t nr_fields;
};

/*
 * Chooses the columns: as many as fit into `width`, each as wide as its longest value among
 * those routes. The table borrows the snapshot.
 */
void table_lay_out(struct table *table, const struct snapshot *snapshot,
		   const struct route *const *routes, size_t nr_routes, int width);

/* Each writes one line, without newline, to line[TABLE_LINE_SIZE]. */
void table_heading(const struct table *table, char *line);
void table_row(const struct table *table, const struct route *route, char *line);

/* The lines above the table, by number from 0; false when there are no more. */
bool summary_line(const struct snapshot *snapshot, size_t number, char *line);

#endif
