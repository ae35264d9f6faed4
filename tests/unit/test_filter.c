// SPDX-License-Identifier: GPL-2.0-only
/* What a filter keeps: routes by their addresses, processes, rows of a snapshot. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "filter.h"

static struct address_filter make_address(const char *text)
{
	struct address_filter filter = { .set = true };

	assert_int_equal(address_parse(text, filter.addr, &filter.prefix), 0);
	return filter;
}

/* ---- Routes ---- */

static void addresses_by_prefix(void **state)
{
	static const struct {
		const char *filter, *addr;
		bool kept;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.5", "10.0.0.5", true },
		{ "10.0.0.5", "10.0.0.4", false },
		{ "10.0.0.4/31", "10.0.0.5", true },
		{ "10.0.0.4/31", "10.0.0.6", false },
		{ "0.0.0.0/0", "10.0.0.5", true },
		{ "0.0.0.0/0", "::1", false },
		{ "2001:db8::/64", "2001:db8::ffff", true },
		{ "2001:db8::/64", "2001:db8:0:1::", false },
		{ "2001:db8::/61", "2001:db8:0:7::", true },
		{ "2001:db8::/61", "2001:db8:0:8::", false },
		{ "::/0", "2001:db8::1", true },
		/* Not though they are ::ffff:10.0.0.5 inside. */
		{ "::/0", "10.0.0.5", false },
		{ "::/64", "10.0.0.5", false },
		{ "::/64", "::1", true },
	};
	struct filter filter = {};
	struct route_key key;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key = make_key(42, cases[i].addr, cases[i].addr, 80);
		filter.src = make_address(cases[i].filter);
		filter.dst.set = false;
		if (filter_keeps(&filter, &key) != cases[i].kept)
			fail_msg("--src %s, %s", cases[i].filter, cases[i].addr);
		filter.dst = filter.src;
		filter.src.set = false;
		if (filter_keeps(&filter, &key) != cases[i].kept)
			fail_msg("--dst %s, %s", cases[i].filter, cases[i].addr);
	}
}

static void ports_families_and_protocols(void **state)
{
	struct route_key ipv4 = make_key(42, "10.0.0.5", "10.0.0.9", 80);
	struct route_key ipv6 = make_key(42, "::1", "::1", 443);
	struct route_key udp = make_udp_key(42, "10.0.0.5");

	(void)state;
	assert_true(filter_keeps(&(struct filter){}, &udp));
	assert_true(filter_keeps(&(struct filter){ .dport_low = 80, .dport_high = 80 }, &ipv4));
	assert_true(filter_keeps(&(struct filter){ .dport_low = 79, .dport_high = 443 }, &ipv6));
	assert_false(filter_keeps(&(struct filter){ .dport_low = 81, .dport_high = 442 }, &ipv4));
	assert_false(filter_keeps(&(struct filter){ .dport_low = 81, .dport_high = 442 }, &ipv6));
	assert_false(filter_keeps(&(struct filter){ .dport_low = 1, .dport_high = 65535 }, &udp));
	assert_false(filter_keeps(&(struct filter){ .families = FILTER_IPV6 }, &ipv4));
	assert_false(filter_keeps(&(struct filter){ .families = FILTER_IPV4 }, &ipv6));
	assert_true(filter_keeps(&(struct filter){ .families = FILTER_IPV4 | FILTER_IPV6 }, &ipv6));
	assert_false(filter_keeps(&(struct filter){ .protos = FILTER_TCP }, &udp));
	assert_true(filter_keeps(&(struct filter){ .protos = FILTER_UDP }, &udp));
	/* A route has many local ports: they are asked about of events only. */
	assert_true(filter_keeps(&(struct filter){ .sport_low = 1, .sport_high = 1 }, &ipv4));
}

static void no_destination_is_none_that_is_asked_for(void **state)
{
	struct filter filter = { .dst = make_address("0.0.0.0/0") };
	struct route_key udp = make_udp_key(42, "10.0.0.5");
	struct route_key overflow = { .overflow = 1, .proto = PORTTRACE_IPPROTO_TCP };

	(void)state;
	assert_false(filter_keeps(&filter, &udp));
	filter.dst = make_address("::/0");
	assert_false(filter_keeps(&filter, &udp));
	assert_true(filter_keeps(&filter, &overflow));
	filter.protos = FILTER_UDP;
	assert_false(filter_keeps(&filter, &overflow));
}

/* ---- Processes ---- */

static void cgroups_end_at_a_slash(void **state)
{
	static const struct {
		const char *filter, *cgroup;
		bool kept;
	} cases[] = {
		{ "/a", "/a", true },	  { "/a", "/a/b", true },  { "/a", "/ab", false },
		{ "/a", "/", false },	  { "/a", NULL, false },   { "/a/b", "/a", false },
		{ "/a/b", "/a/b", true }, { "/", "/", true },	   { "/", "/a/b", true },
		{ "/", NULL, false },	  { "/a", "/b/a", false },
	};
	struct filter filter = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(filter.cgroup, cases[i].filter);
		if (filter_keeps_process(&filter, 1, "x", cases[i].cgroup) != cases[i].kept)
			fail_msg("-g %s, %s", cases[i].filter,
				 cases[i].cgroup ? cases[i].cgroup : "none");
	}
}

static void pid_and_name_are_whole(void **state)
{
	struct filter pid = { .pid = 81 }, comm = { .comm = "php" };
	struct filter both = { .pid = 81, .comm = "php" }, strange = { .comm = "a\x1b[1mb" };

	(void)state;
	assert_true(filter_keeps_process(&pid, 81, NULL, NULL));
	assert_false(filter_keeps_process(&pid, 812, "php", "/"));
	assert_false(filter_keeps_process(&pid, 0, "", NULL));
	assert_true(filter_keeps_process(&comm, 0, "php", NULL));
	assert_false(filter_keeps_process(&comm, 81, "php-fpm", NULL));
	assert_false(filter_keeps_process(&comm, 81, "ph", NULL));
	assert_false(filter_keeps_process(&comm, 81, NULL, NULL));
	assert_true(filter_keeps_process(&both, 81, "php", NULL));
	assert_false(filter_keeps_process(&both, 82, "php", NULL));
	assert_false(filter_keeps_process(&both, 81, "perl", NULL));
	/* Names come here printable. */
	assert_true(filter_keeps_process(&strange, 81, "a?[1mb", NULL));
	assert_true(filter_keeps_process(&(struct filter){}, 0, NULL, NULL));
}

static void only_some_filters_ask_for_a_process(void **state)
{
	struct filter other = { .families = FILTER_IPV4, .protos = FILTER_TCP, .sport_low = 1 };

	(void)state;
	assert_false(filter_has_process(&other));
	assert_true(filter_has_process(&(struct filter){ .pid = 1 }));
	assert_true(filter_has_process(&(struct filter){ .comm = "x" }));
	assert_true(filter_has_process(&(struct filter){ .cgroup = "/" }));
}

/* ---- A snapshot ---- */

static void add_owner(struct snapshot *snapshot, struct route_key key, uint32_t pid)
{
	struct owner *owner = snapshot_add_owner(snapshot);

	owner->key.route = key;
	owner->key.process.pid = pid;
	owner->sockets = 1;
}

static void add_process(struct snapshot *snapshot, uint32_t pid, const char *comm,
			const char *cgroup)
{
	struct owner_process *process = snapshot_add_process(snapshot);

	process->key.pid = pid;
	process->cgroup = cgroup;
	snprintf(process->comm, sizeof(process->comm), "%s", comm);
}

static void add_failure(struct snapshot *snapshot, struct route_key key)
{
	struct failure *failure = snapshot_add_failure(snapshot);

	failure->key.route = key;
	failure->count = 1;
}

/* Routes to ports 1 to 3, with 10, 20 and 40 allocations. The last one has no owner. */
static struct snapshot *make_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();
	struct route_key keys[3];
	uint16_t i;

	assert_non_null(snapshot);
	for (i = 0; i < 3; i++) {
		keys[i] = make_key(42, "10.0.0.5", "10.0.0.9", i + 1);
		add_route(snapshot, keys[i], 10 << i, 0);
		add_failure(snapshot, keys[i]);
	}
	add_owner(snapshot, keys[0], 811);
	add_owner(snapshot, keys[0], 812);
	add_owner(snapshot, keys[1], 812);
	add_process(snapshot, 811, "master", "/web");
	add_process(snapshot, 812, "worker", "/web/pool");
	add_netns(snapshot, 42, 32768, 60999);
	snapshot_sort(snapshot);
	return snapshot;
}

static void a_snapshot_keeps_the_routes_of_a_process(void **state)
{
	static const struct {
		struct filter filter;
		uint64_t allocations;
		size_t nr;
	} cases[] = {
		{ {}, 70, 3 },
		{ { .pid = 811 }, 10, 1 },
		{ { .pid = 812 }, 30, 2 },
		{ { .pid = 812, .dport_low = 2, .dport_high = 3 }, 20, 1 },
		{ { .comm = "worker" }, 30, 2 },
		{ { .comm = "worker", .pid = 811 }, 0, 0 },
		{ { .cgroup = "/web" }, 30, 2 },
		{ { .cgroup = "/web/pool" }, 30, 2 },
		{ { .cgroup = "/we" }, 0, 0 },
	};
	struct snapshot *snapshot;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snapshot = make_snapshot();
		assert_int_equal(filter_snapshot(&cases[i].filter, snapshot), 0);
		assert_int_equal(snapshot->nr_routes, cases[i].nr);
		assert_int_equal(snapshot->nr_failures, cases[i].nr);
		assert_int_equal(snapshot->nr_netns, 1);
		assert_int_equal(snapshot->netns[0].allocations, cases[i].allocations);
		snapshot_free(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_by_prefix),
		cmocka_unit_test(ports_families_and_protocols),
		cmocka_unit_test(no_destination_is_none_that_is_asked_for),
		cmocka_unit_test(cgroups_end_at_a_slash),
		cmocka_unit_test(pid_and_name_are_whole),
		cmocka_unit_test(only_some_filters_ask_for_a_process),
		cmocka_unit_test(a_snapshot_keeps_the_routes_of_a_process),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
