// SPDX-License-Identifier: GPL-2.0-only
/* check: rules about routes, each where it is true and where it just is not. */
#include "check_case.h"

#include <string.h>

static struct route_key web(void)
{
	return make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 80);
}

/* A case with one route of which so many ports of each half are used. */
static struct check_case case_with(int32_t low, int32_t high, int64_t fast, int64_t slow)
{
	struct check_case c = case_begin(low, high);

	add_counted_route(c.now, web(), fast, slow);
	return c;
}

static void nothing_is_said_of_what_is_well(void **state)
{
	struct check_case c = case_with(32768, 60999, 10, 0);

	(void)state;
	case_run(&c);
	assert_int_equal(c.findings->nr, 0);
	assert_int_equal(findings_severity(c.findings), SEVERITY_INFO);
	case_end(&c);
}

static void an_exhausted_route(void **state)
{
	struct check_case c = case_with(40000, 40099, 50, 50);

	(void)state;
	case_add_owner(&c, web(), 812, "php-fpm", 100);
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 100 by "
		       "connections, 0 by TIME_WAIT, most of them of php-fpm[812]");
	assert_string_equal(c.findings->list[0].id, "route-exhausted");
	assert_fix(&c, "route-exhausted", "php-fpm[812] needs fewer connections");
	assert_setting(&c, "route-exhausted", "net.ipv4.ip_local_port_range", "10240 65535");
	assert_fix(&c, "route-exhausted", "sysctl -w net.ipv4.ip_local_port_range='10240 65535'");
	assert_no_finding(&c, "route-near-exhaustion");
	case_end(&c);
}

static void a_route_with_one_port_left(void **state)
{
	struct check_case c = case_with(40000, 40099, 50, 49);

	(void)state;
	case_run(&c);
	assert_no_finding(&c, "route-exhausted");
	assert_finding(&c, "route-near-exhaustion", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 1 of 100 ports are left; 99 are taken by "
		       "connections, 0 by TIME_WAIT");
	assert_no_finding(&c, "route-past-fast-half");
	case_end(&c);
}

/* Of another range, or bound: they are not among those that are taken. */
static void sockets_on_other_ports(void **state)
{
	struct check_case c = case_with(40000, 40009, 5, 5);

	(void)state;
	c.now->routes[0].occupancy.established = 110;
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 10 of 10 are taken, of the "
		       "route's 110 connections and 0 TIME_WAITs some are on other ports");
	case_end(&c);
	c = case_with(40000, 40009, 5, 4);
	c.now->routes[0].occupancy.time_wait = 3;
	case_run(&c);
	assert_finding(&c, "route-near-exhaustion", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 1 of 10 ports are left; of the route's 9 "
		       "connections and 3 TIME_WAITs some are on other ports");
	case_end(&c);
}

/* What somebody has bound in that half is looked at, too; what is reserved is not. */
static void past_the_fast_half_with_others(void **state)
{
	struct check_case c = case_with(30000, 33999, 1800, 1);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 30000, 30199);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 31000, 31199);
	case_run(&c);
	assert_finding(&c, "route-past-fast-half", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: each connect() looks at 1900 ports in vain "
		       "before it finds one of the 1799 that are left");
	case_end(&c);
}

static void a_tenth_is_near(void **state)
{
	struct check_case c = case_with(40000, 40099, 45, 45);

	(void)state;
	case_run(&c);
	assert_non_null(case_find(&c, "route-near-exhaustion"));
	case_end(&c);
	c = case_with(40000, 40099, 45, 44);
	case_run(&c);
	assert_no_finding(&c, "route-near-exhaustion");
	case_end(&c);
}

static void a_range_that_is_all_reserved(void **state)
{
	struct check_case c = case_with(40000, 40001, 0, 0);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40000, 40001);
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: all 2 ports of the range are "
		       "reserved or bound by somebody");
	case_end(&c);
	c = case_with(40000, 40001, 0, 0);
	c.now->routes[0].occupancy.established = c.now->routes[0].occupancy.bound = 2;
	case_add_owner(&c, web(), 812, "php-fpm", 2);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40001);
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: all 2 ports of the range are "
		       "reserved or bound by somebody; most of its sockets are of php-fpm[812]");
	case_end(&c);
}

/* Whose TIME_WAITs they were is asked for, where nobody is known. */
static void time_waits_of_nobody(void **state)
{
	struct check_case c = case_with(40000, 40099, 50, 50);
	struct occupancy *occupancy = &c.now->routes[0].occupancy;

	(void)state;
	occupancy->time_wait = occupancy->established;
	occupancy->established = 0;
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 0 by "
		       "connections, 100 by TIME_WAIT");
	assert_fix(&c, "route-exhausted", "Keep connections open (a pool of 1 would do)");
	assert_fix(&c, "route-exhausted", "porttrace check -d 10");
	case_end(&c);
}

/* 100 ports: of 1 a program that keeps it, the others of TIME_WAITs; its `left` it left itself. */
static struct check_case case_of_a_keeper(int64_t left)
{
	struct check_case c = case_with(40000, 40099, 50, 50);
	struct occupancy *occupancy = &c.now->routes[0].occupancy;

	occupancy->established = 1;
	occupancy->time_wait = 99;
	case_add_owner(&c, web(), 7, "keeper", 1);
	c.now->owners[0].time_waits = left;
	return c;
}

/* Who has a few of them is not to blame for the rest. */
static void most_of_them_of_nobody_known(void **state)
{
	struct check_case c = case_of_a_keeper(0);

	(void)state;
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 1 by "
		       "connections, 99 by TIME_WAIT; of its sockets, 1 are of keeper[7]; whose 99 "
		       "TIME_WAITs were is not known");
	assert_fix(&c, "route-exhausted", "its program opens a connection for each request");
	assert_fix(&c, "route-exhausted", "porttrace check -d 10");
	case_end(&c);
	/* 1 and 49 are half; 1 and 50 are more. */
	c = case_of_a_keeper(49);
	case_run(&c);
	assert_fix(&c, "route-exhausted", "its program opens a connection for each request");
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 1 by "
		       "connections, 99 by TIME_WAIT; of its sockets, 50 are of keeper[7]; whose 50 "
		       "TIME_WAITs were is not known");
	case_end(&c);
	c = case_of_a_keeper(50);
	case_run(&c);
	assert_fix(&c, "route-exhausted", "keeper[7] opens a connection for each request");
	assert_no_fix(&c, "route-exhausted", "is not known");
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 1 by "
		       "connections, 99 by TIME_WAIT, most of them of keeper[7]");
	case_end(&c);
}

static void sockets_of_many(void **state)
{
	struct check_case c = case_with(40000, 40099, 50, 50);
	uint32_t i;

	(void)state;
	for (i = 1; i <= 4; i++)
		case_add_owner(&c, web(), i, "worker", i == 3 ? 40 : 20);
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are taken, 100 by "
		       "connections, 0 by TIME_WAIT; of its sockets, 40 are of worker[3], others of 3 "
		       "more");
	assert_fix(&c, "route-exhausted", "its program needs fewer connections");
	assert_no_fix(&c, "route-exhausted", "is not known");
	case_end(&c);
}

static void past_the_fast_half(void **state)
{
	struct check_case c = case_with(30000, 33999, 2000, 1);

	(void)state;
	case_run(&c);
	assert_finding(&c, "route-past-fast-half", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: each connect() looks at 2000 ports in vain "
		       "before it finds one of the 1999 that are left");
	assert_fix(&c, "route-past-fast-half", "IP_LOCAL_PORT_RANGE");
	case_end(&c);
	c = case_with(30000, 33999, 1999, 1);
	case_run(&c);
	assert_no_finding(&c, "route-past-fast-half");
	case_end(&c);
}

/* As without BPF: so many of each half are used, and so many of all are TIME_WAITs. */
static struct check_case case_without_bpf(int32_t high, int64_t fast, int64_t slow,
					  int64_t time_wait)
{
	struct check_case c = case_with(40000, high, fast, slow);
	struct occupancy *occupancy = &c.now->routes[0].occupancy;

	occupancy->established -= time_wait;
	occupancy->time_wait = time_wait;
	if (time_wait)
		occupancy->reclaimable_in_half[HALF_FAST] =
			occupancy->reclaimable_in_half[HALF_SLOW] = NOT_KNOWN;
	return c;
}

/* What is left is the least that there is: nothing is said of it but what is sure. */
static void time_waits_that_may_be_taken_over(void **state)
{
	struct check_case c = case_without_bpf(40099, 50, 50, 11);

	(void)state;
	case_run(&c);
	assert_finding(&c, "route-exhausted", SEVERITY_INFO,
		       "tcp 10.0.0.5 > 10.0.0.9:80: perhaps no port is left: 100 of 100 are taken, 89 "
		       "by connections, 11 by TIME_WAIT; up to 11 TIME_WAITs may be taken over, which "
		       "is not known without BPF");
	case_end(&c);
	c = case_without_bpf(40099, 50, 50, 10);
	case_run(&c);
	assert_int_equal(case_find(&c, "route-exhausted")->severity, SEVERITY_WARNING);
	case_end(&c);
	c = case_without_bpf(40099, 50, 50, 0);
	case_run(&c);
	assert_int_equal(case_find(&c, "route-exhausted")->severity, SEVERITY_CRITICAL);
	case_end(&c);
	c = case_without_bpf(40099, 50, 45, 6);
	case_run(&c);
	assert_finding(&c, "route-near-exhaustion", SEVERITY_INFO,
		       "tcp 10.0.0.5 > 10.0.0.9:80: at least 5 of 100 ports are left; 89 are taken by "
		       "connections, 6 by TIME_WAIT; up to 6 TIME_WAITs may be taken over, which is "
		       "not known without BPF");
	case_end(&c);
	c = case_without_bpf(40099, 50, 45, 5);
	case_run(&c);
	assert_int_equal(case_find(&c, "route-near-exhaustion")->severity, SEVERITY_WARNING);
	case_end(&c);
	c = case_without_bpf(43999, 2000, 1, 1);
	case_run(&c);
	assert_finding(&c, "route-past-fast-half", SEVERITY_INFO,
		       "tcp 10.0.0.5 > 10.0.0.9:80: each connect() may look at 2000 ports in vain "
		       "before it finds one of the 1999 that are left; up to 1 TIME_WAITs may be taken "
		       "over, which is not known without BPF");
	case_end(&c);
}

/* So few ports are looked at in no time. */
static void a_small_half_is_no_trouble(void **state)
{
	struct check_case c = case_with(30000, 31997, 999, 1);

	(void)state;
	case_run(&c);
	assert_non_null(case_find(&c, "route-past-fast-half"));
	assert_int_equal(case_find(&c, "route-past-fast-half")->severity, SEVERITY_INFO);
	case_end(&c);
	c = case_with(30000, 31999, 1000, 1);
	case_run(&c);
	assert_int_equal(case_find(&c, "route-past-fast-half")->severity, SEVERITY_WARNING);
	case_end(&c);
}

static void a_newer_kernel_searches_faster(void **state)
{
	static const struct {
		const char *release;
		bool found;
	} kernels[] = { { "6.14.0-1-amd64", true }, { "6.15.0", false }, { "5.10.0", true } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct check_case c = case_with(30000, 33999, 2000, 1);

		strcpy(c.now->kernel, kernels[i].release);
		case_run(&c);
		assert_int_equal(case_find(&c, "kernel-search") != NULL, kernels[i].found);
		case_end(&c);
	}
}

/* An old kernel alone is nothing to say. */
static void an_old_kernel_without_slow_routes(void **state)
{
	struct check_case c = case_with(30000, 33999, 1999, 1);

	(void)state;
	strcpy(c.now->kernel, "5.10.0");
	case_run(&c);
	assert_no_finding(&c, "kernel-search");
	case_end(&c);
}

/* Two looks of ten seconds distance; so many entries into TIME_WAIT, and ports used, in between. */
static struct check_case case_of_two(int64_t used_before, int64_t used_now, uint64_t time_waits)
{
	struct check_case c = case_begin(40000, 40999);

	c.before = new_census(990);
	*add_netns(c.before, CASE_NETNS, 40000, 40999) = *c.netns;
	add_counted_route(c.before, web(), used_before, 0);
	add_counted_route(c.now, web(), used_now, 0)->time_waits = time_waits;
	return c;
}

/* 1,000 ports, 10 of them connections: 990 / 60 s = 16.5, of which four fifths are 13.2. */
static void a_rate_that_cannot_last(void **state)
{
	struct check_case c = case_of_two(10, 10, 133);

	(void)state;
	case_run(&c);
	assert_finding(&c, "route-rate", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 13.3 connections a second end in TIME_WAIT, "
		       "which holds a port for 60 s: the route can sustain 16.5");
	assert_no_fix(&c, "route-rate", "Nothing to do");
	assert_fix(&c, "route-rate", "The program: keep connections open instead of opening one");
	case_end(&c);
	c = case_of_two(10, 10, 133);
	case_add_owner(&c, web(), 812, "php-fpm", 6);
	case_run(&c);
	assert_fix(&c, "route-rate", "php-fpm[812]: keep connections open instead of opening one");
	case_end(&c);
	c = case_of_two(10, 10, 132);
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
}

/* With tcp_tw_reuse a port is held for a second. */
static void a_rate_that_reuse_sustains(void **state)
{
	struct check_case c = case_of_two(10, 10, 7000);

	(void)state;
	c.netns->tw_reuse = 1;
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	c = case_of_two(10, 10, 8000);
	c.netns->tw_reuse = 1;
	case_run(&c);
	assert_finding(&c, "route-rate", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 800.0 connections a second end in TIME_WAIT, "
		       "which holds a port for 1 s: the route can sustain 990.0");
	case_end(&c);
	/* Of the delay that is set; where that is loopback, also with 2, whichever end of it. */
	c = case_of_two(10, 10, 8000);
	c.netns->tw_reuse = 1;
	c.netns->tw_reuse_delay_ms = 500;
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	c = case_of_two(10, 10, 7000);
	c.now->routes[0].key = c.before->routes[0].key =
		make_key(CASE_NETNS, "10.0.0.5", "127.0.0.9", 80);
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	/* But not without timestamps. */
	c = case_of_two(10, 10, 7000);
	c.netns->tw_reuse = 1;
	c.netns->tcp_timestamps = 0;
	case_run(&c);
	assert_non_null(case_find(&c, "route-rate"));
	case_end(&c);
}

/* More connections than ports, as after the range was made smaller: nothing is sustained. */
static void a_rate_without_a_rate(void **state)
{
	struct check_case c = case_of_two(10, 10, 0);

	(void)state;
	c.now->routes[0].occupancy.used_in_half[HALF_FAST] = 1000;
	c.now->routes[0].occupancy.established = 1110;
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	c = case_of_two(10, 10, 5);
	c.now->routes[0].occupancy.used_in_half[HALF_FAST] = 1000;
	c.now->routes[0].occupancy.established = 1110;
	case_run(&c);
	assert_finding(&c, "route-rate", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 0.5 connections a second end in TIME_WAIT, which "
		       "holds a port for 60 s: the route can sustain 0.0");
	case_end(&c);
}

/* Of those that were there before, nothing is known of the rate. */
static void a_rate_of_the_time_between(void **state)
{
	struct check_case c = case_of_two(10, 10, 1000);

	(void)state;
	c.before->routes[0].time_waits = 868;
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	c = case_of_two(10, 10, 1000);
	c.before->routes[0].time_waits = 867;
	case_run(&c);
	assert_non_null(case_find(&c, "route-rate"));
	case_end(&c);
}

/* A count that steps back is no rate; that of another namespace of that number is not this one's. */
static void a_rate_of_a_count_that_steps_back(void **state)
{
	struct check_case c = case_of_two(10, 10, 5);

	(void)state;
	c.before->routes[0].time_waits = 6;
	case_run(&c);
	assert_no_finding(&c, "route-rate");
	case_end(&c);
	c = case_of_two(10, 10, 133);
	c.before->routes[0].time_waits = 1000;
	c.netns->id = c.before->netns[0].id + 1;
	case_run(&c);
	assert_finding(&c, "route-rate", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: 13.3 connections a second end in TIME_WAIT, "
		       "which holds a port for 60 s: the route can sustain 16.5");
	case_end(&c);
}

/* 10 ports a second. */
static void a_route_that_ends_soon(void **state)
{
	struct check_case c = case_of_two(100, 200, 0);

	(void)state;
	case_run(&c);
	assert_finding(&c, "route-ends-soon", SEVERITY_WARNING,
		       "tcp 10.0.0.5 > 10.0.0.9:80: the 800 ports that are left are gone in 80 s at "
		       "the present rate");
	case_end(&c);
	c = case_of_two(100, 480, 0);
	case_run(&c);
	assert_non_null(case_find(&c, "route-ends-soon"));
	assert_int_equal(case_find(&c, "route-ends-soon")->severity, SEVERITY_CRITICAL);
	case_end(&c);
	c = case_of_two(100, 110, 0);
	case_run(&c);
	assert_no_finding(&c, "route-ends-soon");
	case_end(&c);
}

static void an_own_range_is_exhausted(void **state)
{
	struct check_case c = case_with(40000, 40999, 5, 5);
	struct own_range *own = &c.now->routes[0].occupancy.own[0];

	(void)state;
	*own = (struct own_range){ .low = 40000, .high = 40009, .used = 10 };
	c.netns->own_range_misses_none = true;
	case_run(&c);
	assert_finding(&c, "own-range-exhausted", SEVERITY_CRITICAL,
		       "tcp 10.0.0.5 > 10.0.0.9:80: no port is left for sockets whose own range is "
		       "40000-40009: 10 of 10 are taken");
	assert_fix(&c, "own-range-exhausted", "the route has 990 ports left");
	case_end(&c);
	c = case_with(40000, 40999, 5, 5);
	own = &c.now->routes[0].occupancy.own[0];
	*own = (struct own_range){ .low = 40000, .high = 40009, .used = 9 };
	case_run(&c);
	assert_no_finding(&c, "own-range-exhausted");
	case_end(&c);
}

/* Sockets on 10.0.0.5 and on others take from one another's range only where they overlap. */
static struct check_case case_of_udp(int32_t last)
{
	struct check_case c = case_begin(40000, 40099);

	add_counted_route(c.now, make_udp_key(CASE_NETNS, "0.0.0.0"), 0, 0);
	add_ports(c.now, make_udp_set_key(CASE_NETNS, "0.0.0.0", false), 40000, last);
	add_ports(c.now, make_udp_set_key(CASE_NETNS, "10.0.0.5", false), 40095, 40099);
	return c;
}

static void udp_sockets(void **state)
{
	struct check_case c = case_of_udp(40094);

	(void)state;
	case_add_owner(&c, make_udp_key(CASE_NETNS, "0.0.0.0"), 53, "resolver", 95);
	case_run(&c);
	assert_finding(&c, "udp-exhausted", SEVERITY_CRITICAL,
		       "udp 0.0.0.0: no port is left: sockets on this address have 95 of 95 ports, "
		       "those on others 5, most of them of resolver[53]");
	case_end(&c);
	c = case_of_udp(40093);
	case_run(&c);
	assert_no_finding(&c, "udp-exhausted");
	assert_finding(&c, "udp-near-exhaustion", SEVERITY_WARNING,
		       "udp 0.0.0.0: 1 ports are left: sockets on this address have 94 of 95 ports, "
		       "those on others 5");
	case_end(&c);
	c = case_of_udp(40085);
	case_run(&c);
	assert_non_null(case_find(&c, "udp-near-exhaustion"));
	case_end(&c);
	c = case_of_udp(40084);
	case_run(&c);
	assert_no_finding(&c, "udp-near-exhaustion");
	case_end(&c);
}

/* Reserved ports are nobody's. */
static void udp_beside_reserved_ports(void **state)
{
	struct check_case c = case_of_udp(40094);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40000, 40009);
	case_run(&c);
	assert_finding(&c, "udp-exhausted", SEVERITY_CRITICAL,
		       "udp 0.0.0.0: no port is left: sockets on this address have 85 of 85 ports, "
		       "those on others 5");
	case_end(&c);
}

/* Of one rule, the route on which most depends comes first. */
static void the_route_with_more_in_use_is_first(void **state)
{
	struct check_case c = case_begin(40000, 40099);

	(void)state;
	add_counted_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 1), 50, 42);
	add_counted_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 2), 50, 47);
	add_counted_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 3), 50, 45);
	case_run(&c);
	assert_string_equal(c.findings->list[0].id, "route-near-exhaustion");
	assert_int_equal(c.findings->list[0].route->key.dport, 2);
	assert_int_equal(c.findings->list[1].route->key.dport, 3);
	assert_int_equal(c.findings->list[2].route->key.dport, 1);
	case_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_of_what_is_well),
		cmocka_unit_test(an_exhausted_route),
		cmocka_unit_test(a_route_with_one_port_left),
		cmocka_unit_test(sockets_on_other_ports),
		cmocka_unit_test(past_the_fast_half_with_others),
		cmocka_unit_test(a_tenth_is_near),
		cmocka_unit_test(a_range_that_is_all_reserved),
		cmocka_unit_test(time_waits_of_nobody),
		cmocka_unit_test(most_of_them_of_nobody_known),
		cmocka_unit_test(sockets_of_many),
		cmocka_unit_test(past_the_fast_half),
		cmocka_unit_test(time_waits_that_may_be_taken_over),
		cmocka_unit_test(a_small_half_is_no_trouble),
		cmocka_unit_test(a_newer_kernel_searches_faster),
		cmocka_unit_test(an_old_kernel_without_slow_routes),
		cmocka_unit_test(a_rate_that_cannot_last),
		cmocka_unit_test(a_rate_that_reuse_sustains),
		cmocka_unit_test(a_rate_without_a_rate),
		cmocka_unit_test(a_rate_of_the_time_between),
		cmocka_unit_test(a_rate_of_a_count_that_steps_back),
		cmocka_unit_test(a_route_that_ends_soon),
		cmocka_unit_test(an_own_range_is_exhausted),
		cmocka_unit_test(udp_sockets),
		cmocka_unit_test(udp_beside_reserved_ports),
		cmocka_unit_test(the_route_with_more_in_use_is_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
