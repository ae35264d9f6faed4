// SPDX-License-Identifier: GPL-2.0-only
/* The rows of the views of processes, cgroups, namespaces and failures, of a snapshot made here. */
#include "unit.h"

#include <string.h>

#include "views.h"

static void add_process(struct snapshot *snapshot, uint32_t pid, const char *comm,
			const char *cgroup)
{
	struct owner_process *process = snapshot_add_process(snapshot);

	process->key.pid = pid;
	strcpy(process->comm, comm);
	process->cgroup = cgroup;
}

static void add_owner(struct snapshot *snapshot, struct route_key key, uint32_t pid,
		      int64_t sockets, int64_t time_waits)
{
	struct owner *owner = snapshot_add_owner(snapshot);

	owner->key.route = key;
	owner->key.process.pid = pid;
	owner->sockets = sockets;
	owner->time_waits = time_waits;
}

static struct route *add(struct snapshot *snapshot, uint16_t dport, int64_t headroom, double eta_s)
{
	struct route *route = add_route(snapshot, make_key(42, "10.0.0.1", "10.0.0.2", dport), 10,
					1);

	route->occupancy.headroom = headroom;
	route->occupancy.capacity = 100;
	route->occupancy.eta_s = eta_s;
	return route;
}

/* Two processes in one cgroup share a route; one in another has one of its own, with orphans. */
static struct snapshot *make_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();
	struct route_key first = add(snapshot, 1, 50, NAN)->key;
	struct route_key second = add(snapshot, 2, 80, 7)->key;

	snapshot->routes[1].orphans = 9;
	add_process(snapshot, 11, "web", "/web");
	add_process(snapshot, 12, "web", "/web");
	add_process(snapshot, 13, "batch", "/batch");
	add_owner(snapshot, first, 11, 5, 1);
	add_owner(snapshot, first, 12, 4, 0);
	add_owner(snapshot, second, 12, 1, 2);
	add_owner(snapshot, second, 13, 7, 0);
	snapshot_add_netns(snapshot)->inum = 42;
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
	return snapshot;
}

static struct rows rows_of(const struct snapshot *snapshot, const char *view)
{
	struct rows rows;

	assert_int_equal(view_rows(view_by_name(view), snapshot, NULL, false, &rows), 0);
	return rows;
}

static void assert_value(const struct snapshot *snapshot, const char *view, const void *row,
			 const char *field, const char *expected)
{
	const struct field *found = field_by_name(view_by_name(view)->fields, field);
	char text[VALUE_TEXT_SIZE];
	struct value value = {};

	assert_non_null(found);
	found->get(snapshot, row, &value);
	value_format(&value, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void processes_have_their_routes_together(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct rows rows = rows_of(snapshot, "processes");

	(void)state;
	assert_int_equal(rows.nr, 4); /* those with most sockets first; then nobody's */
	assert_value(snapshot, "processes", rows.rows[0], "pid", "13");
	assert_value(snapshot, "processes", rows.rows[0], "cgroup", "/batch");
	assert_value(snapshot, "processes", rows.rows[3], "pid", "-");
	assert_value(snapshot, "processes", rows.rows[3], "comm", "-");
	assert_value(snapshot, "processes", rows.rows[3], "sockets", "0");
	assert_value(snapshot, "processes", rows.rows[3], "time_waits", "9");
	rows_free(&rows);
	snapshot_free(snapshot);
}

/* 12 is on two routes: the second will be full, the first has less left. */
static void the_closest_route_is_the_one_with_the_least_time(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct rows rows = rows_of(snapshot, "processes");
	size_t i = 1;

	(void)state;
	if (((const struct owner_sum *)rows.rows[1])->pid != 12)
		i = 2;
	assert_value(snapshot, "processes", rows.rows[i], "routes", "2");
	assert_value(snapshot, "processes", rows.rows[i], "sockets", "5");
	assert_value(snapshot, "processes", rows.rows[i], "closest", "10.0.0.2:2");
	assert_value(snapshot, "processes", rows.rows[i], "eta_s", "7.0");
	assert_value(snapshot, "processes", rows.rows[i], "headroom", "80");
	rows_free(&rows);
	snapshot_free(snapshot);
}

static void cgroups_sum_up_and_count_a_shared_route_once(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct rows rows = rows_of(snapshot, "cgroups");

	(void)state;
	assert_int_equal(rows.nr, 3);
	assert_value(snapshot, "cgroups", rows.rows[0], "cgroup", "/web");
	assert_value(snapshot, "cgroups", rows.rows[0], "processes", "2");
	assert_value(snapshot, "cgroups", rows.rows[0], "sockets", "10");
	assert_value(snapshot, "cgroups", rows.rows[0], "time_waits", "3");
	assert_value(snapshot, "cgroups", rows.rows[0], "routes", "2");
	assert_value(snapshot, "cgroups", rows.rows[1], "cgroup", "/batch");
	assert_value(snapshot, "cgroups", rows.rows[2], "cgroup", "-");
	assert_value(snapshot, "cgroups", rows.rows[2], "processes", "0");
	rows_free(&rows);
	snapshot_free(snapshot);
}

static void namespaces_know_their_least_headroom(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct rows rows = rows_of(snapshot, "netns");

	(void)state;
	snapshot->census.is_fresh = true;
	assert_int_equal(rows.nr, 1);
	assert_value(snapshot, "netns", rows.rows[0], "namespace", "42");
	assert_value(snapshot, "netns", rows.rows[0], "least_headroom", "50");
	assert_value(snapshot, "netns", rows.rows[0], "allocations", "20");
	assert_value(snapshot, "netns", rows.rows[0], "range", "-");
	rows_free(&rows);
	snapshot_free(snapshot);
}

/* As the view of routes says it of its figures; what is of now has no mark. */
static void figures_of_an_older_census_are_marked(void **state)
{
	struct snapshot *snapshot = make_snapshot();
	struct netns *netns = &snapshot->netns[0];
	struct rows owners, rows;

	(void)state;
	snapshot->routes[0].occupancy.source = OCCUPANCY_CARRIED;
	snapshot->routes[1].occupancy.source = OCCUPANCY_CARRIED;
	netns->blocked = 70;
	netns->time_wait = 33;
	owners = rows_of(snapshot, "cgroups");
	rows = rows_of(snapshot, "netns");
	assert_value(snapshot, "cgroups", owners.rows[0], "headroom", "~80");
	assert_value(snapshot, "cgroups", owners.rows[0], "eta_s", "~7.0");
	assert_value(snapshot, "netns", rows.rows[0], "least_headroom", "~50");
	assert_value(snapshot, "netns", rows.rows[0], "blocked", "~70");
	assert_value(snapshot, "netns", rows.rows[0], "reserved", "-");
	assert_value(snapshot, "netns", rows.rows[0], "time_wait", "33");
	snapshot->census.is_fresh = true;
	assert_value(snapshot, "netns", rows.rows[0], "blocked", "70");
	assert_value(snapshot, "netns", rows.rows[0], "least_headroom", "50");
	netns->is_incomplete = true;
	assert_value(snapshot, "netns", rows.rows[0], "blocked", "?70");
	rows_free(&owners);
	rows_free(&rows);
	snapshot_free(snapshot);
}

static struct snapshot *make_failures(time_t second, uint64_t count)
{
	struct snapshot *snapshot = new_census(second);
	struct failure *failure = snapshot_add_failure(snapshot);

	failure->key.route = make_key(42, "10.0.0.1", "10.0.0.2", 80);
	failure->key.err = 99;
	failure->key.cause = CAUSE_RANGE_EXHAUSTED;
	failure->count = count;
	return snapshot;
}

static void failures_have_a_rate_and_their_last_caller(void **state)
{
	struct snapshot *before = make_failures(10, 4), *snapshot = make_failures(12, 10);
	struct rows rows = rows_of(snapshot, "failures");

	(void)state;
	assert_value(snapshot, "failures", rows.rows[0], "failures_per_s", "-");
	assert_value(snapshot, "failures", rows.rows[0], "ago_s", "-");
	assert_value(snapshot, "failures", rows.rows[0], "process", "-");
	snapshot_set_rates(snapshot, before);
	snapshot->wall.tv_sec = 100;
	snapshot->failures[0].last = (struct last_failure){ .wall = { 98, 500000000 }, .pid = 7,
							    .comm = "web" };
	assert_value(snapshot, "failures", rows.rows[0], "failures_per_s", "3.0");
	assert_value(snapshot, "failures", rows.rows[0], "ago_s", "1.5");
	assert_value(snapshot, "failures", rows.rows[0], "process", "web[7]");
	assert_value(snapshot, "failures", rows.rows[0], "errno", "EADDRNOTAVAIL");
	assert_value(snapshot, "failures", rows.rows[0], "destination", "10.0.0.2:80");
	rows_free(&rows);
	snapshot_free(before);
	snapshot_free(snapshot);
}

static void alarms(void **state)
{
	struct snapshot *snapshot = snapshot_new();

	(void)state;
	assert_int_equal(route_alarm(add(snapshot, 1, NOT_KNOWN, NAN)), 0);
	assert_int_equal(route_alarm(add(snapshot, 2, 11, NAN)), 0);
	assert_int_equal(route_alarm(add(snapshot, 3, 10, 100)), 1);
	assert_int_equal(route_alarm(add(snapshot, 4, 90, 59)), 2);
	assert_int_equal(route_alarm(add(snapshot, 5, 0, NAN)), 2);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_have_their_routes_together),
		cmocka_unit_test(the_closest_route_is_the_one_with_the_least_time),
		cmocka_unit_test(cgroups_sum_up_and_count_a_shared_route_once),
		cmocka_unit_test(namespaces_know_their_least_headroom),
		cmocka_unit_test(figures_of_an_older_census_are_marked),
		cmocka_unit_test(failures_have_a_rate_and_their_last_caller),
		cmocka_unit_test(alarms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
