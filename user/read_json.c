// SPDX-License-Identifier: GPL-2.0-only
#include "read_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read_json_row.h"

/* ---- What was lost, and what it cost ---- */

#define LOSS(name)                                                                             \
	{                                                                                      \
#name, json_member_count, offsetof(struct losses, name), JSON_MAX_COUNT, false \
	}

static const struct json_member loss_members[] = {
	LOSS(routes),	      LOSS(owners), LOSS(failures),
	LOSS(events),	      LOSS(calls),  LOSS(returns),
	LOSS(walks),	      LOSS(census), LOSS(missed),
	LOSS(ended),	      LOSS(missed_at_most), {},
};

static int read_lost(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_object(reader, loss_members, &((struct reading *)row)->snapshot->lost);
}

struct cost_members {
	double census_ms, census_age_s, owners_ms, owners_age_s, read_ms;
	int64_t sockets;
	int8_t is_fresh, is_incomplete;
};

#define COST(name)                                                                        \
	{                                                                                 \
#name, json_member_decimal, offsetof(struct cost_members, name), 0, false \
	}

static const struct json_member cost_members[] = {
	COST(census_ms),
	COST(census_age_s),
	{ "census_fresh", json_member_flag, offsetof(struct cost_members, is_fresh), 0, false },
	{ "census_incomplete", json_member_flag, offsetof(struct cost_members, is_incomplete), 0,
	  false },
	{ "sockets", json_member_count, offsetof(struct cost_members, sockets), JSON_MAX_COUNT,
	  false },
	COST(owners_ms),
	COST(owners_age_s),
	COST(read_ms),
	{},
};

static int read_cost(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct cost_members members = { NAN, NAN, NAN, NAN, NAN, NOT_KNOWN, -1, -1 };
	struct reading *reading = row;
	struct snapshot *snapshot = reading->snapshot;
	int err = json_read_object(reader, cost_members, &members);

	(void)member;
	snapshot->census.age_s = members.census_age_s;
	snapshot->census.cost_ms = members.census_ms;
	snapshot->census.sockets = members.sockets;
	snapshot->owners_facts.age_s = members.owners_age_s;
	snapshot->owners_facts.cost_ms = members.owners_ms;
	snapshot->read_ms = members.read_ms;
	reading->census_is_fresh = members.is_fresh;
	reading->census_is_incomplete = members.is_incomplete;
	return err;
}

/* ---- The line ---- */

static int read_version(struct json_reader *reader, const struct json_member *member, void *row)
{
	int64_t version;
	int err = json_read_count(reader, JSON_MAX_COUNT, &version);

	(void)member;
	(void)row;
	if (err || version == READ_JSON_VERSION)
		return err;
	return json_fail(reader, "this porttrace reads version %d, and not %lld: use %s one",
			 READ_JSON_VERSION, (long long)version,
			 version > READ_JSON_VERSION ? "a newer" : "another");
}

static bool parse_time(const char *text, struct timespec *ret_time)
{
	struct tm utc = {};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
	long digit = 100000000;

	if (!rest)
		return false;
	ret_time->tv_sec = timegm(&utc);
	ret_time->tv_nsec = 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9' && digit; rest++, digit /= 10)
			ret_time->tv_nsec += (*rest - '0') * digit;
	return !strcmp(rest, "Z");
}

int read_wall(struct json_reader *reader, struct timespec *ret_wall)
{
	char text[40];
	int err = json_read_text(reader, text, sizeof(text));

	if (err)
		return err;
	if (!parse_time(text, ret_wall))
		return json_fail(reader, "'%s' is not a time like 2026-01-31T12:00:00.123456Z",
				 text);
	if (ret_wall->tv_sec < 0 || ret_wall->tv_sec >= MAX_WALL_SECONDS)
		return json_fail(reader, "'%s' is not a time from 1970 to 2242", text);
	return 0;
}

static int read_time(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return read_wall(reader, &((struct reading *)row)->snapshot->wall);
}

static int read_uptime(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_decimal(reader, &((struct reading *)row)->uptime_s);
}

#define ARRAY_READER(name, read_one)                                                             \
	static int name(struct json_reader *reader, const struct json_member *member, void *row) \
	{                                                                                        \
		(void)member;                                                                    \
		return json_read_null(reader) ? 0 : json_read_array(reader, read_one, row);      \
	}

ARRAY_READER(read_all_netns, read_netns)
ARRAY_READER(read_routes, read_route)
ARRAY_READER(read_failures, read_failure)

static int read_failures_by_route(struct json_reader *reader, const struct json_member *member,
				  void *row)
{
	struct reading *reading = row;

	(void)member;
	if (json_read_null(reader))
		return 0;
	reading->has_failures_by_route = true;
	return json_read_array(reader, read_failure_of_route, row);
}

#define HEAD_TEXT(name)                                                            \
	{                                                                          \
#name, json_member_text, offsetof(struct reading, name), 64, false \
	}

static const struct json_member line_members[] = {
	{ "version", read_version, 0, 0, true },
	{ "time", read_time, 0, 0, true },
	HEAD_TEXT(host),
	HEAD_TEXT(kernel),
	HEAD_TEXT(probe),
	{ "interval_s", json_member_decimal, offsetof(struct reading, period_s), 0, false },
	{ "uptime_s", read_uptime, 0, 0, true },
	{ "number", json_member_count, offsetof(struct reading, number), JSON_MAX_COUNT, false },
	{ "since", json_member_count, offsetof(struct reading, since), JSON_MAX_COUNT, false },
	{ "gone", read_gone, 0, 0, false },
	{ "netns", read_all_netns, 0, 0, false },
	{ "routes", read_routes, 0, 0, false },
	{ "failures", read_failures, 0, 0, false },
	{ "failures_by_route", read_failures_by_route, 0, 0, false },
	{ "lost", read_lost, 0, 0, false },
	{ "cost", read_cost, 0, 0, false },
	{},
};

/* ---- Where all is read ---- */

static int compare_routes(const void *a, const void *b)
{
	return route_key_compare(&((const struct route *)a)->key, &((const struct route *)b)->key);
}

static int compare_failures(const void *a, const void *b)
{
	return failure_key_compare(&((const struct failure *)a)->key,
				   &((const struct failure *)b)->key);
}

static int compare_netns(const void *a, const void *b)
{
	uint32_t x = ((const struct netns *)a)->inum, y = ((const struct netns *)b)->inum;

	return (x > y) - (x < y);
}

static bool has_one_twice(void *rows, size_t nr, size_t size,
			  int (*compare)(const void *, const void *))
{
	const char *row = rows;
	size_t i;

	if (!nr)
		return false;
	qsort(rows, nr, size, compare);
	for (i = 1; i < nr; i++, row += size)
		if (!compare(row, row + size))
			return true;
	return false;
}

/* What is left out is looked for along rows in order; and snapshot_sort() would add up twins. */
static int order_rows(struct snapshot *snapshot, struct reason *reason)
{
	if (has_one_twice(snapshot->routes, snapshot->nr_routes, sizeof(struct route),
			  compare_routes))
		return because(reason, -EBADMSG, "routes: there are two rows of one route");
	if (has_one_twice(snapshot->netns, snapshot->nr_netns, sizeof(struct netns), compare_netns))
		return because(reason, -EBADMSG, "netns: there are two rows of one namespace");
	if (snapshot->nr_failures)
		qsort(snapshot->failures, snapshot->nr_failures, sizeof(struct failure),
		      compare_failures);
	return 0;
}

/* So that snapshot_sum_netns() finds them all: it sorts anew for each that it has to add. */
static int add_missing_netns(struct snapshot *snapshot)
{
	size_t nr = snapshot->nr_netns, i;
	uint32_t last = 0;
	bool is_known;

	for (i = 0; i < snapshot->nr_routes; i++) {
		uint32_t inum = snapshot->routes[i].key.netns;
		struct netns *netns;

		if (inum == last)
			continue;
		last = inum;
		/* The rows added have spoiled the order, but not that of those before. */
		is_known = snapshot_find_netns(
			&(struct snapshot){ .netns = snapshot->netns, .nr_netns = nr }, inum);
		netns = is_known ? NULL : snapshot_add_netns(snapshot);
		if (!is_known && !netns)
			return -ENOMEM;
		if (netns)
			netns->inum = inum;
	}
	snapshot_sort(snapshot);
	return 0;
}

/* A line does not say it of a namespace, but of its routes. Both are sorted. */
static void find_incomplete_netns(struct snapshot *snapshot)
{
	size_t i, next = 0;

	for (i = 0; i < snapshot->nr_routes; i++) {
		const struct route *route = &snapshot->routes[i];

		while (next < snapshot->nr_netns && snapshot->netns[next].inum < route->key.netns)
			next++;
		if (next < snapshot->nr_netns && snapshot->netns[next].inum == route->key.netns &&
		    route->occupancy.source == OCCUPANCY_INCOMPLETE)
			snapshot->netns[next].is_incomplete = true;
	}
}

static void finish_facts(struct reading *reading)
{
	struct snapshot *snapshot = reading->snapshot;
	struct census_facts *census = &snapshot->census;
	size_t i;

	memcpy(snapshot->host, reading->host, sizeof(snapshot->host));
	memcpy(snapshot->kernel, reading->kernel, sizeof(snapshot->kernel));
	snapshot->period_s = reading->period_s;
	snapshot->uptime_s = reading->uptime_s;
	/* Of a clock of that host only differences mean something, and these are the same. */
	snapshot->monotonic.tv_sec = reading->uptime_s;
	snapshot->monotonic.tv_nsec = (reading->uptime_s - snapshot->monotonic.tv_sec) * 1e9;
	census->is_incomplete = reading->census_is_incomplete == 1;
	census->is_fresh = reading->census_is_fresh != 0;
	/* Where the line does not say, its routes do. */
	for (i = 0; i < snapshot->nr_routes && reading->census_is_fresh < 0; i++)
		if (snapshot->routes[i].occupancy.source == OCCUPANCY_CARRIED)
			census->is_fresh = false;
}

/* Without those by route, which older versions do not write, the sums are all there is. */
static void choose_failures(struct reading *reading)
{
	struct snapshot *snapshot = reading->snapshot, *sums = reading->sums;

	if (reading->has_failures_by_route)
		return;
	free(snapshot->failures);
	snapshot->failures = sums->failures;
	snapshot->nr_failures = sums->nr_failures;
	snapshot->room.failures = sums->room.failures;
	sums->failures = NULL;
}

/* Rows that are left out are those of the line that was read last, and of no other. */
static int complete(struct reading *reading, const struct snapshot *before, int64_t number,
		    struct reason *reason)
{
	int64_t since = reading->since;

	if (since == NOT_KNOWN && reading->gone->nr_routes + reading->gone->nr_failures +
					  reading->gone->nr_netns)
		return because(reason, -EBADMSG, "gone: but it is since nothing");
	if (since == NOT_KNOWN)
		return 0;
	if (since != number || !number)
		return because(reason, -EBADMSG,
			       "it only has what changed since snapshot %lld, which is not the one "
			       "before it",
			       (long long)since);
	return read_json_join(reading, before, reason);
}

static int finish(struct reading *reading, const struct snapshot *before, int64_t number,
		  struct reason *reason)
{
	struct snapshot *snapshot = reading->snapshot;
	int err;

	choose_failures(reading);
	err = order_rows(snapshot, reason);
	if (!err)
		err = complete(reading, before, number, reason);
	if (err)
		return err;
	finish_facts(reading);
	snapshot->probe = snapshot_keep_text(snapshot, reading->probe);
	if (!snapshot->probe)
		return because(reason, -ENOMEM, "out of memory");
	snapshot_sort(snapshot);
	if (add_missing_netns(snapshot))
		return because(reason, -ENOMEM, "out of memory");
	find_incomplete_netns(snapshot);
	return 0;
}

static void set_unknown(struct reading *reading)
{
	struct losses *lost = &reading->snapshot->lost;

	*lost = (struct losses){ NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
				 NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
				 NOT_KNOWN };
	reading->period_s = NAN;
	reading->snapshot->read_ms = NAN;
	reading->census_is_fresh = reading->census_is_incomplete = -1;
	reading->number = reading->since = NOT_KNOWN;
}

int read_json(const char *line, size_t length, struct snapshot *snapshot, struct reason *reason)
{
	int64_t number = 0;
	bool is_whole;

	return read_json_recorded(line, length, NULL, &number, snapshot, &is_whole, reason);
}

int read_json_recorded(const char *line, size_t length, const struct snapshot *before,
		       int64_t *number, struct snapshot *snapshot, bool *ret_whole,
		       struct reason *reason)
{
	struct reading reading = { .snapshot = snapshot, .sums = snapshot_new(),
				   .gone = snapshot_new() };
	struct json_reader reader = {};
	int err = -ENOMEM;

	if (!reading.sums || !reading.gone) {
		because(reason, err, "out of memory");
		goto out;
	}
	set_unknown(&reading);
	err = json_reader_init(&reader, line, length, reason);
	if (!err)
		err = json_read_object(&reader, line_members, &reading);
	if (!err)
		err = json_read_end(&reader);
	if (!err)
		err = finish(&reading, before, *number, reason);
	if (!err)
		*number = reading.number == NOT_KNOWN ? 0 : reading.number;
	*ret_whole = reading.since == NOT_KNOWN;
out:
	json_reader_done(&reader);
	process_table_done(&reading.processes);
	snapshot_free(reading.sums);
	snapshot_free(reading.gone);
	return err;
}
