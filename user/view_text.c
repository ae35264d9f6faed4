// SPDX-License-Identifier: GPL-2.0-only
#include "view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static int print_failures(FILE *out, const struct snapshot *snapshot)
{
	struct failure *failures;
	size_t i, nr;

	if (!snapshot->nr_failures)
		return 0;
	if (snapshot_sum_failures(snapshot, &failures, &nr))
		return -ENOMEM;
	fprintf(out, "\n%-10s %-5s %-8s %-25s %-14s %s\n", "NETNS", "PROTO", "CALL", "CAUSE",
		"ERRNO", "COUNT");
	for (i = 0; i < nr; i++) {
		const struct failure_key *key = &failures[i].key;
		const struct route route = { .key = key->route };
		struct value netns = field_value(field_by_name("namespace"), snapshot, &route);
		const char *err = strerrorname_np(key->err);

		fprintf(out, "%-10s %-5s %-8s %-25s %-14s %" PRIu64 "\n",
			netns.kind == VALUE_TEXT ? netns.text : "-", proto_name(key->route.proto),
			call_name(key->call), cause_name(key->cause), err ? err : "?",
			failures[i].count);
	}
	free(failures);
	return 0;
}

int view_text(FILE *out, const struct snapshot *snapshot, const struct field *sort, int width)
{
	const struct route **routes = routes_by_field(snapshot, sort);
	char line[TABLE_LINE_SIZE];
	struct table table;
	size_t i;
	int err;

	if (!routes)
		return -ENOMEM;
	for (i = 0; summary_line(snapshot, i, line); i++)
		fprintf(out, "%s\n", line);
	table_lay_out(&table, snapshot, routes, snapshot->nr_routes, width);
	table_heading(&table, line);
	fprintf(out, "\n%s\n", line);
	for (i = 0; i < snapshot->nr_routes; i++) {
		table_row(&table, routes[i], line);
		fprintf(out, "%s\n", line);
	}
	free(routes);
	err = print_failures(out, snapshot);
	fputc('\n', out);
	return err;
}
