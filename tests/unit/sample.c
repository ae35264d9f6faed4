// SPDX-License-Identifier: GPL-2.0-only
#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "view.h"

static void fill_netns(struct snapshot *snapshot)
{
	struct netns *netns = add_netns(snapshot, 4026531840, 32768, 60999);

	strcpy(netns->name, "init");
	netns->reserved = 17;
	netns->blocked = 90;
	netns->blocked_by_bind_before_connect = 3;
	netns->time_wait = 200;
	netns->time_wait_max = 131072;
	netns->tw_reuse = 2;
	netns->tw_reuse_delay_ms = 1000;
	netns->tcp_timestamps = 1;
	netns->allocations_per_s = 37.7;
	netns->failures_per_s = 0.5;
	add_netns(snapshot, 42, NOT_KNOWN, NOT_KNOWN);
}

static struct occupancy make_occupancy(enum occupancy_source source)
{
	struct occupancy occupancy = {
		.source = source,
		.established = 201,
		.time_wait = 202,
		.time_wait_left = { 101, 52, 26, 13, 6, 4 },
		.other = 3,
		.bound = 4,
		.capacity = 28142,
		.used = 406,
		.reclaimable = 7,
		.headroom = 27743,
		.fast_headroom = 13671,
		.eta_s = 12.5,
		.used_in_half = { 400, 6 },
		.reclaimable_in_half = { 5, 2 },
	};

	occupancy.own[0] = (struct own_range){ 40000, 40100, 50, 20, 1, 31 };
	occupancy.own[1] = (struct own_range){ 0, 33000, 200, 150, 2, 52 };
	return occupancy;
}

static void add_owner(struct snapshot *snapshot, const struct route *route,
		      struct process_key process, int64_t sockets, int64_t time_waits)
{
	struct owner *owner = snapshot_add_owner(snapshot);

	owner->key.route = route->key;
	owner->key.process = process;
	owner->sockets = sockets;
	owner->time_waits = time_waits;
}

static void add_process(struct snapshot *snapshot, struct process_key key, const char *comm,
			const char *cgroup)
{
	struct owner_process *process = snapshot_add_process(snapshot);

	process->key = key;
	strncpy(process->comm, comm, sizeof(process->comm) - 1);
	process->cgroup = cgroup;
}

static void fill_first_route(struct snapshot *snapshot)
{
	static const struct process_key first = { 812, 1 }, second = { 812, 2 }, third = { 7, 0 };
	struct route *route =
		add_route(snapshot, make_key(4026531840, "10.0.0.5", "10.0.0.9", 3306), 1200, 3);
	int i;

	route->bound_connects = 5;
	route->time_waits = 800;
	route->searches = 40;
	route->search_ns = 7000123;
	for (i = 0; i < SEARCH_BUCKETS; i++)
		route->search_buckets[i] = i;
	route->allocations_per_s = 37.24;
	route->failures_per_s = 0.44;
	route->occupancy = make_occupancy(OCCUPANCY_CENSUS);
	route->orphans = 9;
	add_owner(snapshot, route, first, 100, 50);
	add_owner(snapshot, route, second, 60, 1);
	add_owner(snapshot, route, third, 1, 0);
	add_process(snapshot, first, "php-fpm", "/system.slice/php-fpm.service");
	add_process(snapshot, second, "\"quo\\ted\"", "/");
	add_process(snapshot, third, "", "/user.slice");
}

static void fill_routes(struct snapshot *snapshot)
{
	struct route *route;

	fill_first_route(snapshot);
	route = add_route(snapshot, make_key(4026531840, "2001:db8::1", "2001:db8::2", 443), 7, 0);
	route->occupancy = make_occupancy(OCCUPANCY_CARRIED);
	route->occupancy.eta_s = NAN;
	add_owner(snapshot, route, (struct process_key){ 813, 0 }, 5, 5);
	route = add_route(snapshot, make_key(42, "::ffff:127.0.0.1", "::1", 80), 8, 0);
	route->occupancy = make_occupancy(OCCUPANCY_INCOMPLETE);
	memset(route->occupancy.own, 0, sizeof(route->occupancy.own));
	add_route(snapshot, make_key(42, "0.0.0.0", NULL, 0), 9, 0);
	add_route(snapshot, make_key(42, "::", NULL, 0), 10, 0);
	add_route(snapshot, make_udp_key(42, "10.0.0.5"), 11, 0);
	add_route(snapshot,
		  (struct route_key){ .netns = 42, .proto = PORTTRACE_IPPROTO_UDP, .overflow = 1 },
		  12, 0);
	add_route(snapshot, (struct route_key){ .overflow = 1 }, 13, 0);
}

static void add_failure(struct snapshot *snapshot, struct route_key key, uint8_t call,
			uint8_t cause, uint16_t err, uint64_t count)
{
	struct failure *failure = snapshot_add_failure(snapshot);

	failure->key.route = key;
	failure->key.call = call;
	failure->key.cause = cause;
	failure->key.err = err;
	failure->count = count;
	failure->per_s = count / 10.0;
}

static void fill_failures(struct snapshot *snapshot)
{
	struct route_key key = make_key(4026531840, "10.0.0.5", "10.0.0.9", 3306);
	uint8_t cause;

	for (cause = 0; cause < NR_CAUSES; cause++)
		add_failure(snapshot, key, cause % NR_CALLS, cause, 90 + cause, cause + 1);
	key.dport++;
	add_failure(snapshot, key, CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 99, 4);
	add_failure(snapshot, make_key(42, "::", NULL, 0), CALL_BIND, CAUSE_OTHER, 0, 1);
	add_failure(snapshot, (struct route_key){ .overflow = 1 }, CALL_SENDTO, CAUSE_OTHER, 4095,
		    2);
	snapshot->failures[0].last = (struct last_failure){
		.wall = { 1769860799, 500000000 },
		.pid = 812,
		.sport = 8080,
		.comm = "php-fpm",
		.cgroup = "/system.slice/php-fpm.service",
	};
	snapshot->failures[1].last = (struct last_failure){ .wall = { 1769860700, 1000 } };
}

static void fill_facts(struct snapshot *snapshot)
{
	snapshot->wall = (struct timespec){ 1769860800, 123456000 }; /* 2026-01-31 12:00:00 UTC */
	snapshot->uptime_s = 12.345;
	snapshot->period_s = 1.001;
	strcpy(snapshot->host, "web-7");
	strcpy(snapshot->kernel, "6.1.0-56-cloud-amd64");
	snapshot->probe = "fentry";
	snapshot->census = (struct census_facts){ .is_fresh = false,
						  .age_s = 2.5,
						  .cost_ms = 51.125,
						  .sockets = 1482,
						  .is_incomplete = true };
	snapshot->owners_facts = (struct owners_facts){ .age_s = 4.25, .cost_ms = 28.5 };
	snapshot->lost = (struct losses){ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0 };
	snapshot->read_ms = 3.25;
}

static struct snapshot *sorted(struct snapshot *snapshot)
{
	snapshot_sort(snapshot);
	assert_int_equal(snapshot_sum_netns(snapshot), 0);
	return snapshot;
}

struct snapshot *make_full_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();

	assert_non_null(snapshot);
	fill_facts(snapshot);
	fill_netns(snapshot);
	fill_routes(snapshot);
	fill_failures(snapshot);
	return sorted(snapshot);
}

struct snapshot *make_unknown_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();
	size_t i;

	assert_non_null(snapshot);
	fill_routes(snapshot);
	for (i = 0; i < snapshot->nr_routes; i++) {
		struct route *route = &snapshot->routes[i], unknown;

		unknown = *snapshot_add_route(snapshot);
		route = &snapshot->routes[i];
		snapshot->nr_routes--;
		unknown.key = route->key;
		unknown.searches = unknown.search_ns = NOT_KNOWN;
		*route = unknown;
	}
	snapshot->nr_owners = snapshot->nr_processes = 0;
	snapshot->lost = (struct losses){ NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
					  NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
					  NOT_KNOWN };
	snapshot->read_ms = NAN;
	return sorted(snapshot);
}

struct snapshot *make_large_snapshot(size_t nr_routes)
{
	struct snapshot *snapshot = snapshot_new();
	struct route_key key = make_key(42, "10.0.0.5", "10.0.0.9", 1);
	uint32_t i;

	assert_non_null(snapshot);
	fill_facts(snapshot);
	add_netns(snapshot, 42, 32768, 60999);
	for (i = 0; i < 100; i++)
		add_process(snapshot, (struct process_key){ i + 1, i }, "worker", "/user.slice");
	for (i = 0; i < nr_routes; i++) {
		struct route *route;

		key.dport = 1 + i % 60000;
		key.dst[13] = i / 60000;
		route = add_route(snapshot, key, i * 7919 % nr_routes, i % 3);
		route->occupancy = make_occupancy(OCCUPANCY_CENSUS);
		add_owner(snapshot, route, (struct process_key){ i % 100 + 1, i % 100 }, 10, 5);
		add_owner(snapshot, route, (struct process_key){ (i + 1) % 100 + 1, (i + 1) % 100 },
			  3, 5);
	}
	return sorted(snapshot);
}

char *line_of(const struct snapshot *snapshot)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(
		view_json(out, snapshot, &views[0], field_by_name(route_fields, "allocations")), 0);
	fclose(out);
	return text;
}

char *text_of(const struct snapshot *snapshot, const struct view *view)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view_text(out, snapshot, view, NULL, 400), 0);
	fclose(out);
	return text;
}
