// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was recorded is read again: every snapshot is whole, though a line only has the rows that have
 * changed.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording_case.h"
#include "sample.h"
#include "view_record.h"

static uint64_t state_of_random = 88172645463325252;

static size_t random_below(size_t limit)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return limit ? state_of_random % limit : 0;
}

static void must_be(const struct snapshot *is, const struct snapshot *was)
{
	char *line_is = line_of(is), *line_was = line_of(was);

	assert_string_equal(line_is, line_was);
	free(line_is);
	free(line_was);
}

static void forget_row(void *rows, size_t *nr, size_t size)
{
	size_t at = random_below(*nr);
	char *row = (char *)rows + at * size;

	if (!*nr)
		return;
	memmove(row, row + size, (*nr - at - 1) * size);
	(*nr)--;
}

static void forget_route(struct snapshot *snapshot)
{
	struct route_key key;
	size_t i, kept = 0, at = random_below(snapshot->nr_routes);

	if (!snapshot->nr_routes)
		return;
	key = snapshot->routes[at].key;
	memmove(&snapshot->routes[at], &snapshot->routes[at + 1],
		(snapshot->nr_routes - at - 1) * sizeof(struct route));
	snapshot->nr_routes--;
	for (i = 0; i < snapshot->nr_owners; i++)
		if (route_key_compare(&snapshot->owners[i].key.route, &key))
			snapshot->owners[kept++] = snapshot->owners[i];
	snapshot->nr_owners = kept;
}

static void change_process(struct snapshot *snapshot)
{
	static const char *const names[] = { "sh", "nginx", "", "a b" };
	static const char *const cgroups[] = { "/a", "/b.slice/c", NULL };
	struct owner_process *process;

	if (!snapshot->nr_processes)
		return;
	process = &snapshot->processes[random_below(snapshot->nr_processes)];
	strcpy(process->comm, names[random_below(4)]);
	process->cgroup = cgroups[random_below(3)];
	/* Of one of which there is no more than the pid, there is no row. */
	if (!process->comm[0] && !process->cgroup)
		strcpy(process->comm, "x");
}

static void change_route(struct snapshot *snapshot)
{
	struct route *route = &snapshot->routes[random_below(snapshot->nr_routes)];

	if (!snapshot->nr_routes)
		return;
	switch (random_below(6)) {
	case 0:
		route->allocations += random_below(1000);
		route->allocations_per_s = random_below(100) / 10.0;
		break;
	case 1:
		route->occupancy.headroom = random_below(2) ? NOT_KNOWN : (int64_t)random_below(9);
		break;
	case 2:
		route->occupancy.eta_s = random_below(2) ? NAN : 12.5;
		break;
	case 3:
		route->occupancy.source = 1 + random_below(3);
		break;
	case 4:
		route->failures_per_s = NAN;
		break;
	case 5:
		route->occupancy.trend.nr++;
		break;
	}
}

static void change_owner(struct snapshot *snapshot)
{
	if (!snapshot->nr_owners)
		return;
	if (random_below(2))
		forget_row(snapshot->owners, &snapshot->nr_owners, sizeof(struct owner));
	else
		snapshot->owners[random_below(snapshot->nr_owners)].sockets = random_below(300);
}

static void change_failure(struct snapshot *snapshot)
{
	static const char *const cgroups[] = { "/x", "/y/z", NULL };
	struct failure *failure = &snapshot->failures[random_below(snapshot->nr_failures)];

	if (!snapshot->nr_failures)
		return;
	failure->count += random_below(10);
	failure->last.wall.tv_sec = 1769860800 + random_below(10);
	failure->last.cgroup = cgroups[random_below(3)];
	if (!random_below(3))
		forget_row(snapshot->failures, &snapshot->nr_failures, sizeof(struct failure));
}

static void change_netns(struct snapshot *snapshot)
{
	struct netns *netns = &snapshot->netns[random_below(snapshot->nr_netns)];

	if (snapshot->nr_netns)
		netns->time_wait = random_below(1000);
}

static void add_something(struct snapshot *snapshot)
{
	struct route_key key = make_key(random_below(2) ? 42 : 4026531840, "10.0.0.5", "10.1.0.0",
					1 + random_below(40));
	struct owner *owner;

	key.dst[15] = random_below(3);
	if (snapshot_find_route(snapshot, &key))
		return;
	add_route(snapshot, key, random_below(100), 0);
	owner = snapshot_add_owner(snapshot);
	owner->key.route = key;
	owner->key.process = snapshot->processes[random_below(snapshot->nr_processes)].key;
	owner->sockets = 5;
}

static void change(struct snapshot *snapshot)
{
	static void (*const changes[])(struct snapshot *snapshot) = {
		change_process, change_route,	change_route,  change_owner,
		change_failure, forget_route, add_something, change_netns, add_something,
	};
	size_t i;

	for (i = random_below(6); i; i--)
		changes[random_below(sizeof(changes) / sizeof(changes[0]))](snapshot);
	snapshot->wall.tv_sec++;
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
}

#define NR_CHANGES 400
#define WHOLE 23 /* of so many lines, one is whole */

static void every_snapshot_is_whole_again(void **state)
{
	struct snapshot *snapshots[NR_CHANGES] = { make_full_snapshot() };
	struct written written = recording_case_begin();
	struct recording *recording;
	size_t i;

	(void)state;
	view_record_header(written.file, &recording_case_header);
	for (i = 0; i < NR_CHANGES; i++) {
		if (i) {
			snapshots[i] = snapshot_new();
			assert_int_equal(snapshot_assign(snapshots[i], snapshots[i - 1]), 0);
			change(snapshots[i]);
		}
		assert_int_equal(view_record_snapshot(written.file, snapshots[i], i + 1,
						      i % WHOLE ? snapshots[i - 1] : NULL), 0);
	}
	fputs(SUMMARY, written.file);
	recording = recording_case_open(&written);
	recording_case_read(recording, RECORDING_HEADER);
	for (i = 0; i < NR_CHANGES; i++)
		must_be(recording_case_read(recording, RECORDING_SNAPSHOT).snapshot, snapshots[i]);
	recording_case_read(recording, RECORDING_SUMMARY);
	recording_case_end(recording, false);
	for (i = 0; i < NR_CHANGES; i++)
		snapshot_free(snapshots[i]);
}

/* The line of a snapshot, after one that differs in nothing but its time. */
static char *line_of_unchanged(void)
{
	struct snapshot *before = make_full_snapshot(), *now = make_full_snapshot();
	char *line = NULL;
	size_t size;
	FILE *file = open_memstream(&line, &size);

	now->wall.tv_sec++;
	assert_int_equal(view_record_snapshot(file, now, 8, before), 0);
	fclose(file);
	snapshot_free(before);
	snapshot_free(now);
	return line;
}

static void what_has_not_changed_is_left_out(void **state)
{
	char *line = line_of_unchanged();

	(void)state;
	assert_non_null(strstr(line, "\"number\":8,\"since\":7,\"gone\":{\"netns\":[],\"routes\":[],"
				     "\"failures_by_route\":[]},\"netns\":[],\"routes\":[],"));
	assert_non_null(strstr(line, "\"failures_by_route\":[],\"lost\":"));
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_snapshot_is_whole_again),
		cmocka_unit_test(what_has_not_changed_is_left_out),
	};

	return cmocka_run_group_tests_name("changes in a recording", tests, NULL, NULL);
}
