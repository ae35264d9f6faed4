// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report_case.h"

int64_t case_ns(double second)
{
	return CASE_START * INT64_C(1000000000) + llround(second * 1e9);
}

static struct timespec wall_of(double second)
{
	int64_t ns = case_ns(second);

	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

struct report *case_report(const struct filter *filter, const struct report_window *window)
{
	static const struct filter none;
	struct report_want want = { .filter = filter ? filter : &none };
	struct report *report;

	if (window)
		want.window = *window;
	report = report_new(&want);
	assert_non_null(report);
	return report;
}

struct snapshot *case_snapshot(double second, bool is_first)
{
	struct snapshot *snapshot = snapshot_new();
	struct netns *netns;

	assert_non_null(snapshot);
	snapshot->wall = wall_of(second);
	snapshot->uptime_s = second + 1;
	snapshot->period_s = is_first ? NAN : 1;
	snapshot->probe = "fentry";
	snprintf(snapshot->host, sizeof(snapshot->host), "web-7");
	snapshot->owners_facts.age_s = NAN;
	netns = add_netns(snapshot, CASE_NETNS, 10000, 10099);
	netns->time_wait = NOT_KNOWN;
	return snapshot;
}

struct route_key case_key(uint16_t dport)
{
	return make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", dport);
}

struct route *case_route(struct snapshot *snapshot, uint16_t dport, uint64_t allocations,
			 int64_t used)
{
	struct route *route = add_route(snapshot, case_key(dport), allocations, 0);

	route->orphans = NOT_KNOWN;
	route->allocations_per_s = NAN;
	route->occupancy.source = OCCUPANCY_CENSUS;
	route->occupancy.capacity = 100;
	route->occupancy.used = route->occupancy.established = used;
	route->occupancy.time_wait = 0;
	route->occupancy.headroom = 100 - used;
	return route;
}

void case_failure(struct snapshot *snapshot, uint16_t dport, uint8_t cause, uint64_t count)
{
	struct failure *failure = snapshot_add_failure(snapshot);

	assert_non_null(failure);
	failure->key = (struct failure_key){ .route = case_key(dport), .call = CALL_CONNECT,
					     .cause = cause, .err = EADDRNOTAVAIL };
	failure->count = count;
}

void case_owner(struct snapshot *snapshot, uint16_t dport, uint32_t pid, const char *comm,
		const char *cgroup, int64_t sockets, int64_t time_waits)
{
	struct owner_process *process = snapshot_add_process(snapshot);
	struct owner *owner = snapshot_add_owner(snapshot);

	assert_non_null(process);
	assert_non_null(owner);
	process->key.pid = owner->key.process.pid = pid;
	snprintf(process->comm, sizeof(process->comm), "%s", comm);
	process->cgroup = cgroup;
	owner->key.route = case_key(dport);
	owner->sockets = sockets;
	owner->time_waits = time_waits;
	snapshot->owners_facts.age_s = 0;
}

void case_add(struct report *report, struct snapshot *snapshot)
{
	snapshot_sort(snapshot);
	assert_int_equal(report_add_snapshot(report, snapshot), 0);
	snapshot_free(snapshot);
}

void case_event(struct event_sample *sample, double second, uint16_t dport)
{
	event_sample_failure(sample);
	sample->event.wall = wall_of(second);
	sample->what.route = case_key(dport);
	sample->what.netns_inum = CASE_NETNS;
}

void case_held(struct report *report, double second, uint16_t dport, uint64_t count)
{
	const struct event_limit_key key = {
		.kind = { .route = case_key(dport), .call = CALL_CONNECT,
			  .cause = CAUSE_RANGE_EXHAUSTED, .err = EADDRNOTAVAIL },
	};
	const struct held_back held = { .wall = wall_of(second), .key = &key,
					.netns = CASE_NETNS, .count = count };

	assert_int_equal(report_add_held(report, &held), 0);
}

void case_finish(struct report *report)
{
	assert_int_equal(report_finish(report, false), 0);
}

const struct report_route *case_row(const struct report *report, uint16_t dport)
{
	const struct report_route wanted = { .key = case_key(dport) };
	const struct report_route *row = tally_find(&report->routes, &wanted);

	assert_non_null(row);
	return row;
}

struct report *case_whole(const char *comm, const char *cgroup)
{
	static const int64_t used[] = { 50, 100, 50 };
	struct report *report = case_report(NULL, NULL);
	struct stack_names names = {};
	struct event_sample sample;
	struct snapshot *snapshot;
	int i, j;

	stack_frames_add(&names.user, "connect");
	stack_frames_add(&names.user, "main");
	for (i = 0; i < 3; i++) {
		snapshot = case_snapshot(i, !i);
		snapshot->lost.calls = 9;
		case_route(snapshot, 3306, 10 * i, used[i])->failures = i ? 5 : 0;
		case_route(snapshot, 443, i, i);
		if (i)
			case_failure(snapshot, 3306, CAUSE_RANGE_EXHAUSTED, 5);
		case_owner(snapshot, 3306, 812, comm, cgroup, used[i], 40);
		case_add(report, snapshot);
		for (j = 0; !i && j < 2; j++) {
			case_event(&sample, j / 2.0 + 0.25, 3306);
			snprintf(sample.event.comm, sizeof(sample.event.comm), "%s", comm);
			sample.event.cgroup = cgroup;
			sample.event.stack = &names;
			assert_int_equal(report_add_event(report, &sample.event), 0);
		}
	}
	case_held(report, 0.9, 3306, 3);
	case_finish(report);
	stack_frames_done(&names.user);
	return report;
}
