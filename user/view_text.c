// SPDX-License-Identifier: GPL-2.0-only
#include "view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"
#include "table.h"

static int print_table(FILE *out, const struct snapshot *snapshot, const struct rows *rows,
		       const struct table_want *want)
{
	char line[TABLE_LINE_SIZE];
	struct table table;
	size_t i, length;

	if (table_fill(&table, want, snapshot, rows->rows, rows->nr))
		return -ENOMEM;
	table_heading(&table, line);
	fprintf(out, "\n%s\n", line);
	for (i = 0; i < rows->nr; i++) {
		length = table_row(&table, i, line);
		line[length] = '\n';
		fwrite_unlocked(line, 1, length + 1, out);
	}
	table_free(&table);
	return 0;
}

/* Of all routes together; which ones, the view of failures has. */
static int print_failures(FILE *out, const struct snapshot *snapshot)
{
	const struct table_want want = { .fields = failure_fields, .most_rank = 2,
					 .width = TABLE_LINE_SIZE };
	struct failure *failures;
	struct rows rows = {};
	size_t nr;
	int err;

	if (!snapshot->nr_failures)
		return 0;
	if (snapshot_sum_failures(snapshot, &failures, &nr))
		return -ENOMEM;
	err = rows_of_array(&rows, failures, nr, sizeof(*failures));
	if (!err)
		err = print_table(out, snapshot, &rows, &want);
	rows_free(&rows);
	free(failures);
	return err;
}

int view_text(FILE *out, const struct snapshot *snapshot, const struct view *view,
	      const struct field *sort, int width)
{
	const struct table_want want = { .fields = view->fields, .sort = sort, .width = width };
	char line[SUMMARY_LINE_SIZE];
	struct rows rows;
	size_t i;
	int err;

	if (view_rows(view, snapshot, sort, false, &rows))
		return -ENOMEM;
	for (i = 0; summary_line(snapshot, i, line); i++)
		fprintf(out, "%s\n", line);
	err = print_table(out, snapshot, &rows, &want);
	rows_free(&rows);
	if (!err && view == &views[0])
		err = print_failures(out, snapshot);
	fputc('\n', out);
	return err;
}
