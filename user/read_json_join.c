// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line that only has the rows that have changed becomes whole: the others are those of the snapshot
 * before. Rows of both are in order, so that one walk along both finds them.
 */
#include <errno.h>

#include "read_json.h"
#include "read_json_row.h"

/* ---- What is gone ---- */

static int out_of_memory(struct reason *reason)
{
	return because(reason, -ENOMEM, "out of memory");
}

static int read_gone_netns(struct json_reader *reader, void *arg)
{
	struct snapshot *gone = arg;
	struct netns *netns;
	int64_t inum;
	int err = check_rows(reader, gone->nr_netns);

	if (!err)
		err = json_read_count(reader, UINT32_MAX, &inum);
	if (err)
		return err;
	netns = snapshot_add_netns(gone);
	if (!netns)
		return out_of_memory(reader->reason);
	netns->inum = inum;
	return 0;
}

static const struct json_member route_members[] = { KEY_MEMBERS, {} };

static int read_gone_route(struct json_reader *reader, void *arg)
{
	struct key_members members = key_members_unknown();
	struct snapshot *gone = arg;
	struct route *route;
	int err = check_rows(reader, gone->nr_routes);

	if (!err)
		err = json_read_object(reader, route_members, &members);
	if (err)
		return err;
	route = snapshot_add_route(gone);
	if (!route)
		return out_of_memory(reader->reason);
	return key_from_members(reader, &members, true, &route->key);
}

static int read_gone_failure(struct json_reader *reader, void *arg)
{
	struct snapshot *gone = arg;
	int err = check_rows(reader, gone->nr_failures);
	struct failure *failure = err ? NULL : snapshot_add_failure(gone);

	if (!err && !failure)
		return out_of_memory(reader->reason);
	return err ? err : read_failure_key(reader, &failure->key);
}

#define GONE(name, read_one)                                                                      \
	static int read_all_##name(struct json_reader *reader, const struct json_member *member,  \
				   void *row)                                                     \
	{                                                                                         \
		(void)member;                                                                     \
		return json_read_array(reader, read_one, row);                                    \
	}

GONE(netns, read_gone_netns)
GONE(routes, read_gone_route)
GONE(failures, read_gone_failure)

static const struct json_member gone_members[] = {
	{ "netns", read_all_netns, 0, 0, false },
	{ "routes", read_all_routes, 0, 0, false },
	{ "failures_by_route", read_all_failures, 0, 0, false },
	{},
};

int read_gone(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct reading *reading = row;
	int err = json_read_object(reader, gone_members, reading->gone);

	(void)member;
	if (!err)
		snapshot_sort(reading->gone);
	return err;
}

/* ---- What has stayed ---- */

/* Keys come first in all of these rows. */
struct rows_before {
	const char *what;
	const void *before, *gone;
	void *const *line; /* they move while rows are added behind them */
	size_t nr_before, nr_line, nr_gone, size;
	int (*compare)(const void *a, const void *b);
	int (*keep)(struct reading *reading, const struct snapshot *before, const void *row);
};

static bool is_among(const struct rows_before *rows, const void *row, const void *others, size_t nr,
		     size_t *next)
{
	int order = 1;

	for (; *next < nr; (*next)++) {
		order = rows->compare((const char *)others + *next * rows->size, row);
		if (order >= 0)
			break;
	}
	return !order;
}

static int explain(int err, const char *what, struct reason *reason)
{
	if (err != -E2BIG)
		return out_of_memory(reason);
	return because(reason, -EBADMSG, "%s: with those before, more than any porttrace writes",
		       what);
}

static int join(struct reading *reading, const struct snapshot *before,
		const struct rows_before *rows, struct reason *reason)
{
	size_t i, in_line = 0, in_gone = 0, nr_kept = 0, nr_gone = 0;
	const char *row = rows->before;
	int err;

	for (i = 0; i < rows->nr_before; i++, row += rows->size) {
		bool is_gone = is_among(rows, row, rows->gone, rows->nr_gone, &in_gone);

		nr_gone += is_gone;
		if (is_gone || is_among(rows, row, *rows->line, rows->nr_line, &in_line))
			continue;
		if (rows->nr_line + nr_kept++ >= READ_JSON_MAX_ROWS)
			return explain(-E2BIG, rows->what, reason);
		err = rows->keep(reading, before, row);
		if (err)
			return explain(err, rows->what, reason);
	}
	if (nr_gone == rows->nr_gone)
		return 0;
	return because(reason, -EBADMSG, "gone.%s: a row that was not there", rows->what);
}

static int keep_netns(struct reading *reading, const struct snapshot *before, const void *row)
{
	struct netns *netns = snapshot_add_netns(reading->snapshot);

	(void)before;
	if (netns)
		*netns = *(const struct netns *)row;
	return netns ? 0 : -ENOMEM;
}

static int keep_failure(struct reading *reading, const struct snapshot *before, const void *row)
{
	struct failure *failure = snapshot_add_failure(reading->snapshot);

	(void)before;
	if (!failure)
		return -ENOMEM;
	*failure = *(const struct failure *)row;
	if (!failure->last.cgroup)
		return 0;
	failure->last.cgroup = snapshot_keep_text(reading->snapshot, failure->last.cgroup);
	return failure->last.cgroup ? 0 : -ENOMEM;
}

/* The numbers that tell processes of one pid apart are those of a line. */
static int keep_owner(struct reading *reading, const struct snapshot *before,
		      const struct owner *old)
{
	const struct owner_process *process = snapshot_find_process(before, &old->key.process);
	struct owner *owner = snapshot_add_owner(reading->snapshot);

	if (!owner)
		return -ENOMEM;
	*owner = *old;
	if (!process)
		return 0;
	return process_table_key(&reading->processes, reading->snapshot, process->key.pid,
				 process->comm, process->cgroup ? process->cgroup : "",
				 &owner->key.process);
}

static int keep_route(struct reading *reading, const struct snapshot *before, const void *row)
{
	struct route *route = snapshot_add_route(reading->snapshot);
	const struct owner *owners;
	size_t i, nr;
	int err = 0;

	if (!route)
		return -ENOMEM;
	*route = *(const struct route *)row;
	owners = snapshot_owners(before, &route->key, &nr);
	if (reading->snapshot->nr_owners + nr > READ_JSON_MAX_ROWS)
		return -E2BIG;
	for (i = 0; i < nr && !err; i++)
		err = keep_owner(reading, before, &owners[i]);
	return err;
}

static int compare_netns(const void *a, const void *b)
{
	uint32_t x = ((const struct netns *)a)->inum, y = ((const struct netns *)b)->inum;

	return (x > y) - (x < y);
}

static int compare_routes(const void *a, const void *b)
{
	return route_key_compare(a, b);
}

static int compare_failures(const void *a, const void *b)
{
	return failure_key_compare(a, b);
}

#define ROWS(name, rows, keep_one, compare_two)                                               	{                                                                                     		.what = name, .before = before->rows, .gone = reading->gone->rows,            		.line = (void *const *)&reading->snapshot->rows, .nr_before = before->nr_##rows, 		.nr_line = reading->snapshot->nr_##rows, .nr_gone = reading->gone->nr_##rows, 		.size = sizeof(*before->rows), .compare = compare_two, .keep = keep_one,      	}

int read_json_join(struct reading *reading, const struct snapshot *before, struct reason *reason)
{
	const struct rows_before all[] = {
		ROWS("netns", netns, keep_netns, compare_netns),
		ROWS("routes", routes, keep_route, compare_routes),
		ROWS("failures_by_route", failures, keep_failure, compare_failures),
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]) && !err; i++)
		err = join(reading, before, &all[i], reason);
	return err;
}
