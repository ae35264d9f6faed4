// SPDX-License-Identifier: GPL-2.0-only
/* check: rules about TIME_WAIT, other settings, files of sysctl.d(5), and calls that failed. */
#include "check_case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct route_key from(const char *src)
{
	return make_key(CASE_NETNS, src, "10.0.0.9", 80);
}

/* A route of 1,000 ports of which TIME_WAITs hold so many, and could be taken over as many. */
static struct check_case case_held(const char *src, int64_t time_waits, int64_t reclaimable)
{
	struct check_case c = case_begin(40000, 40999);
	struct route *route = add_counted_route(c.now, from(src), time_waits, 0);

	route->occupancy.established = 0;
	route->occupancy.time_wait = time_waits;
	route->occupancy.reclaimable_in_half[HALF_FAST] = reclaimable;
	return c;
}

static void what_reuse_would_free(void **state)
{
	struct check_case c = case_held("10.0.0.5", 250, 0);

	(void)state;
	case_run(&c);
	assert_finding(&c, "tw-reuse", SEVERITY_INFO,
		       "tcp 10.0.0.5 > 10.0.0.9:80: TIME_WAIT holds 250 of 1000 ports, and "
		       "tcp_tw_reuse is 2: only those of loopback are; with 1 a connect() could take "
		       "over up to 250 of them");
	assert_setting(&c, "tw-reuse", "net.ipv4.tcp_tw_reuse", "1");
	assert_no_fix(&c, "tw-reuse", "Nothing to do");
	assert_fix(&c, "tw-reuse", "The program: keep connections open");
	case_end(&c);
	/* Who left most of them; where they hold more than half of the ports, there is more to say. */
	c = case_held("10.0.0.5", 250, 0);
	case_add_owner(&c, from("10.0.0.5"), 7, "client", 0);
	c.now->owners[0].time_waits = 126;
	case_run(&c);
	assert_fix(&c, "tw-reuse", "client[7]: keep connections open");
	case_end(&c);
	c = case_held("10.0.0.5", 501, 0);
	case_run(&c);
	assert_fix(&c, "tw-reuse", "501 of 1000 ports are taken");
	assert_no_fix(&c, "tw-reuse", "The program: ");
	case_end(&c);
	c = case_held("10.0.0.5", 249, 0);
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_held("10.0.0.5", 250, 0);
	c.netns->tw_reuse = 1;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
}

static void add_held(struct check_case *c, const char *src, int64_t time_waits)
{
	struct route *route = add_counted_route(c->now, from(src), time_waits, 0);

	route->occupancy.established = 0;
	route->occupancy.time_wait = time_waits;
}

/* Of loopback, mode 2 takes all over that are not too young: mode 1 would not help. */
static void reuse_that_works(void **state)
{
	struct check_case c = case_held("127.0.0.1", 400, 100);

	(void)state;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_held("127.0.0.1", 300, 0);
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_counted_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "127.0.0.9", 80), 300, 0);
	c.now->routes[0].occupancy.time_wait = 300;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_held("127.0.0.1", 400, 0);
	c.netns->tw_reuse = 0;
	case_run(&c);
	assert_finding(&c, "tw-reuse", SEVERITY_INFO,
		       "tcp 127.0.0.1 > 10.0.0.9:80: TIME_WAIT holds 400 of 1000 ports, and "
		       "tcp_tw_reuse is 0: none is taken over; with 1 a connect() could take over up "
		       "to 400 of them");
	case_end(&c);
}

/* The one of which most is held; and of that, what cannot be taken over as it is. */
static void reuse_on_the_worst_route(void **state)
{
	struct check_case c = case_held("10.0.0.5", 300, 0);

	(void)state;
	add_held(&c, "10.0.0.6", 420);
	add_held(&c, "10.0.0.7", 310);
	add_held(&c, "127.0.0.1", 900);
	case_run(&c);
	assert_finding(&c, "tw-reuse", SEVERITY_INFO,
		       "tcp 10.0.0.6 > 10.0.0.9:80: TIME_WAIT holds 420 of 1000 ports, and "
		       "tcp_tw_reuse is 2: only those of loopback are; with 1 a connect() could take "
		       "over up to 420 of them");
	case_end(&c);
	c = case_held("10.0.0.5", 300, 51);
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_held("10.0.0.5", 300, 50);
	case_run(&c);
	assert_finding(&c, "tw-reuse", SEVERITY_INFO,
		       "tcp 10.0.0.5 > 10.0.0.9:80: TIME_WAIT holds 250 of 1000 ports, and "
		       "tcp_tw_reuse is 2: only those of loopback are; with 1 a connect() could take "
		       "over up to 250 of them");
	case_end(&c);
}

/* Nothing is taken over then, whatever tcp_tw_reuse is. */
static void no_reuse_without_timestamps(void **state)
{
	struct check_case c = case_held("10.0.0.5", 400, 0);

	(void)state;
	c.netns->tw_reuse = 0;
	c.netns->tcp_timestamps = 0;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
}

/* Routes of other namespaces, before and behind it, are theirs. */
static void reuse_of_each_namespace(void **state)
{
	static const uint32_t others[] = { CASE_NETNS - 1, CASE_NETNS + 1 };
	struct check_case c = case_held("10.0.0.5", 10, 0);
	struct route_key key = from("10.0.0.5");
	struct route *route;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		*add_netns(c.now, others[i], 40000, 40999) = (struct netns){
			.inum = others[i], .is_counted = true, .range_low = 40000,
			.range_high = 40999, .tw_reuse = i ? 2 : 1, .tcp_timestamps = 1,
		};
		key.netns = others[i];
		route = add_counted_route(c.now, key, 400, 0);
		route->occupancy.established = 0;
		route->occupancy.time_wait = 400;
	}
	case_run(&c);
	assert_non_null(case_find(&c, "tw-reuse"));
	assert_int_equal(case_find(&c, "tw-reuse")->netns, CASE_NETNS + 1);
	assert_int_equal(case_find(&c, "tw-reuse")->route->key.netns, CASE_NETNS + 1);
	for (i = 0; i < c.findings->nr; i++)
		if (c.findings->list[i].netns == CASE_NETNS)
			assert_string_not_equal(c.findings->list[i].id, "tw-reuse");
	case_end(&c);
}

static void reuse_without_timestamps(void **state)
{
	struct check_case c = case_held("10.0.0.5", 400, 0);

	(void)state;
	c.netns->tw_reuse = 1;
	c.netns->time_wait = 400;
	c.netns->tcp_timestamps = 0;
	case_run(&c);
	assert_finding(&c, "tw-reuse-without-timestamps", SEVERITY_WARNING,
		       "tcp_timestamps is 0, so tcp_tw_reuse=1 takes over none of the 400 TIME_WAITs");
	assert_setting(&c, "tw-reuse-without-timestamps", "net.ipv4.tcp_timestamps", "1");
	assert_no_finding(&c, "tw-reuse");
	case_end(&c);
	c = case_held("10.0.0.5", 400, 0);
	c.netns->tw_reuse = 0;
	c.netns->tcp_timestamps = 0;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse-without-timestamps");
	case_end(&c);
	c = case_held("10.0.0.5", 400, 0);
	c.netns->tw_reuse = 1;
	case_run(&c);
	assert_no_finding(&c, "tw-reuse-without-timestamps");
	case_end(&c);
}

static void time_wait_buckets(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	c.netns->time_wait = 90;
	c.netns->time_wait_max = 100;
	c.settings->time_wait_overflows = 7;
	case_run(&c);
	assert_finding(&c, "tw-buckets-full", SEVERITY_WARNING,
		       "90 of 100 TIME_WAITs that tcp_max_tw_buckets allows; 7 connections have "
		       "ended without one");
	assert_setting(&c, "tw-buckets-full", "net.ipv4.tcp_max_tw_buckets", "262144");
	case_end(&c);
	c = case_begin(32768, 60999);
	c.netns->time_wait = 89;
	c.netns->time_wait_max = 100;
	case_run(&c);
	assert_no_finding(&c, "tw-buckets-full");
	case_end(&c);
	/* That it once happened is worth a note. */
	c = case_begin(32768, 60999);
	c.settings->time_wait_overflows = 1;
	case_run(&c);
	assert_finding(&c, "tw-buckets-full", SEVERITY_INFO,
		       "0 of 131072 TIME_WAITs that tcp_max_tw_buckets allows; 1 connections have "
		       "ended without one");
	case_end(&c);
}

/* What could not be read is said to be unknown, and nothing is proposed instead of it. */
static void time_wait_buckets_not_known(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	c.netns->time_wait = c.netns->time_wait_max = NOT_KNOWN;
	c.settings->time_wait_overflows = 7;
	case_run(&c);
	assert_finding(&c, "tw-buckets-full", SEVERITY_INFO,
		       "an unknown number of TIME_WAITs that tcp_max_tw_buckets allows; 7 connections "
		       "have ended without one");
	case_end(&c);
	c = case_begin(32768, 60999);
	c.netns->time_wait = 90;
	c.netns->time_wait_max = 100;
	c.settings->time_wait_overflows = NOT_KNOWN;
	case_run(&c);
	assert_finding(&c, "tw-buckets-full", SEVERITY_WARNING,
		       "90 of 100 TIME_WAITs that tcp_max_tw_buckets allows");
	case_end(&c);
	c = case_begin(32768, 60999);
	c.netns->time_wait = NOT_KNOWN;
	c.netns->tcp_timestamps = 0;
	case_run(&c);
	assert_finding(&c, "tw-reuse-without-timestamps", SEVERITY_INFO,
		       "tcp_timestamps is 0, so tcp_tw_reuse=2 takes over none of the TIME_WAITs");
	case_end(&c);
}

/* Twice as many as there may be now, if that is more than the kernel's own. */
static void more_time_wait_buckets(void **state)
{
	static const struct {
		int64_t max;
		const char *more;
	} cases[] = { { 131072, "262144" }, { 131073, "262146" }, { 400000, "800000" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_case c = case_begin(32768, 60999);

		c.netns->time_wait = c.netns->time_wait_max = cases[i].max;
		case_run(&c);
		assert_setting(&c, "tw-buckets-full", "net.ipv4.tcp_max_tw_buckets",
			       cases[i].more);
		case_end(&c);
	}
}

static void time_wait_overflows_now(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	c.before = new_census(990);
	*add_netns(c.before, CASE_NETNS, 32768, 60999) = *c.netns;
	c.host_before = host_new();
	host_add_netns(c.host_before, CASE_NETNS)->time_wait_overflows = 5;
	c.settings->time_wait_overflows = 8;
	case_run(&c);
	assert_finding(&c, "tw-buckets-full", SEVERITY_WARNING,
		       "0 of 131072 TIME_WAITs that tcp_max_tw_buckets allows; 8 connections have "
		       "ended without one, 3 of them in 10.0 s");
	case_end(&c);
}

static void settings_that_are_not_it(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	c.settings->settings[SETTING_TCP_FIN_TIMEOUT] = 15;
	c.settings->settings[SETTING_SOMAXCONN] = 65535;
	case_run(&c);
	assert_finding(&c, "fin-timeout-unrelated", SEVERITY_INFO,
		       "tcp_fin_timeout was set to 15: that shortens no TIME_WAIT and frees none of "
		       "these ports");
	assert_finding(&c, "somaxconn-unrelated", SEVERITY_INFO,
		       "somaxconn was set to 65535: that is for listeners, and has no part in "
		       "outgoing connections");
	assert_int_equal(case_find(&c, "fin-timeout-unrelated")->nr_settings, 0);
	case_end(&c);
	c = case_begin(32768, 60999);
	c.settings->settings[SETTING_SOMAXCONN] = 128; /* of a kernel before 5.4 */
	case_run(&c);
	assert_no_finding(&c, "fin-timeout-unrelated");
	assert_no_finding(&c, "somaxconn-unrelated");
	case_end(&c);
}

/* One line of a file for one of them, and what is said of it; or not. */
static void assert_said_of_file(const char *key, const char *value, const char *id,
				const char *title)
{
	struct check_case c = case_begin(32768, 60999);

	assert_int_equal(host_add_line(c.host, "/etc/sysctl.d/9.conf", 3, key, value), 0);
	c.host->lines[0].running = strdup(strstr(key, "fin") ? "60" : "4096");
	case_run(&c);
	if (title)
		assert_finding(&c, id, SEVERITY_INFO, title);
	else
		assert_no_finding(&c, id);
	assert_int_equal(findings_severity(c.findings), SEVERITY_INFO);
	case_end(&c);
}

/* What runs is not what was set; and what has nothing to do with ports is no warning. */
static void files_that_set_what_is_not_it(void **state)
{
	(void)state;
	assert_said_of_file("net.ipv4.tcp_fin_timeout", "15", "fin-timeout-unrelated",
			    "/etc/sysctl.d/9.conf:3 sets tcp_fin_timeout to 15: that shortens no "
			    "TIME_WAIT and frees none of these ports");
	assert_said_of_file("net.core.somaxconn", "65535", "somaxconn-unrelated",
			    "/etc/sysctl.d/9.conf:3 sets somaxconn to 65535: that is for listeners, "
			    "and has no part in outgoing connections");
	assert_said_of_file("net.ipv4.tcp_fin_timeout", "15", "sysctl-file-differs",
			    "/etc/sysctl.d/9.conf:3 sets net.ipv4.tcp_fin_timeout to '15', but '60' "
			    "is what runs");
	assert_said_of_file("net.ipv4.tcp_fin_timeout", "60", "fin-timeout-unrelated", NULL);
	assert_said_of_file("net.core.somaxconn", "128", "somaxconn-unrelated", NULL);
}

static struct host_netns *init_of(struct check_case *c)
{
	return (struct host_netns *)host_find_netns(c->host, CASE_INIT);
}

static void a_namespace_unlike_the_host(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	host_sort(c.host);
	init_of(&c)->range_low = 1024;
	init_of(&c)->settings[SETTING_TCP_TW_REUSE] = 1;
	port_list_add(&init_of(&c)->reserved, 3306);
	case_run(&c);
	assert_finding(&c, "differs-from-host", SEVERITY_INFO,
		       "ip_local_port_range is 32768-60999 (the host's 1024-60999), tcp_tw_reuse is 2 "
		       "(1), 0 ports are reserved (1)");
	case_end(&c);
	c = case_begin(32768, 60999);
	case_run(&c);
	assert_no_finding(&c, "differs-from-host");
	case_end(&c);
}

/* ---- Files ---- */

static void add_line(struct check_case *c, const char *key, const char *value, const char *running)
{
	assert_int_equal(host_add_line(c->host, "/etc/sysctl.d/9.conf", 3, key, value), 0);
	c->host->lines[c->host->nr_lines - 1].running = running ? strdup(running) : NULL;
}

/* The title for one line, or NULL. */
static void assert_line(const char *id, const char *key, const char *value, const char *running,
			const char *title)
{
	struct check_case c = case_begin(32768, 60999);

	add_line(&c, key, value, running);
	case_run(&c);
	if (title)
		assert_finding(&c, id, SEVERITY_WARNING, title);
	else
		assert_no_finding(&c, id);
	case_end(&c);
}

static void a_line_for_what_is_gone(void **state)
{
	(void)state;
	assert_line("sysctl-file-gone", "net.ipv4.tcp_tw_recycle", "1", NULL,
		    "/etc/sysctl.d/9.conf:3 sets net.ipv4.tcp_tw_recycle, which does not exist: it was "
		    "removed in Linux 4.12, after it had dropped clients behind translators of "
		    "addresses");
	assert_line("sysctl-file-gone", "net.ipv4.tcp_tw_recycle", "1", "1", NULL);
	assert_line("sysctl-file-gone", "net.ipv6.ip_local_port_range", "1024 65535", NULL,
		    "/etc/sysctl.d/9.conf:3 sets net.ipv6.ip_local_port_range, which does not exist: "
		    "the one of ipv4 is for both");
	assert_line("sysctl-file-gone", "net.ipv6.tcp_tw_reuse", "1", NULL,
		    "/etc/sysctl.d/9.conf:3 sets net.ipv6.tcp_tw_reuse, which does not exist: settings "
		    "of TCP are those of ipv4, for both");
	/* That has nothing to do with ports: a module may not be loaded. */
	assert_line("sysctl-file-gone", "net.netfilter.nf_conntrack_max", "1", NULL, NULL);
}

static void a_line_that_is_refused(void **state)
{
	(void)state;
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "1023 65535", "1 2",
		    "/etc/sysctl.d/9.conf:3 sets the range to 1023 65535, which the kernel refuses: "
		    "ip_unprivileged_port_start is 1024");
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "1024 65535", "1 2",
		    NULL);
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "5000 4999", "1 2",
		    "/etc/sysctl.d/9.conf:3 sets the range to 5000 4999, which the kernel refuses: the low "
		    "end is above the high one");
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "32768-60999", "1 2",
		    "/etc/sysctl.d/9.conf:3 sets the range to 32768-60999, which the kernel refuses: "
		    "it takes two numbers with a blank between them");
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "1024,65535", "1 2",
		    "/etc/sysctl.d/9.conf:3 sets the range to 1024,65535, which the kernel refuses: it "
		    "takes two numbers with a blank between them");
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "1024 70000", "1 2",
		    "/etc/sysctl.d/9.conf:3 sets the range to 1024 70000, which the kernel refuses: "
		    "ports are 1 to 65535");
	assert_line("sysctl-file-refused", "net.ipv4.ip_local_port_range", "1024\t65535 ", "1 2",
		    NULL);
	assert_line("sysctl-file-differs", "net.ipv4.ip_local_port_range", "1024,65535", "1 2",
		    NULL);
	assert_line("sysctl-file-differs", "net.ipv4.ip_local_port_range", "1023 65535", "1 2",
		    NULL);
}

/* It is the low end; the high one stays what it is. */
static void a_range_of_one_number(void **state)
{
	static const char key[] = "net.ipv4.ip_local_port_range";
	static const char runs[] = "32768\t60999";

	(void)state;
	assert_line("sysctl-file-refused", key, "80", runs,
		    "/etc/sysctl.d/9.conf:3 sets the range to 80, which the kernel refuses: "
		    "ip_unprivileged_port_start is 1024");
	assert_line("sysctl-file-differs", key, "80", runs, NULL);
	assert_line("sysctl-file-refused", key, "61000", runs,
		    "/etc/sysctl.d/9.conf:3 sets the range to 61000, which the kernel refuses: one "
		    "number is the low end, and the high one is 60999");
	assert_line("sysctl-file-refused", key, "70000", runs,
		    "/etc/sysctl.d/9.conf:3 sets the range to 70000, which the kernel refuses: ports "
		    "are 1 to 65535");
	assert_line("sysctl-file-refused", key, "60999", runs, NULL);
	assert_line("sysctl-file-refused", key, "1024", runs, NULL);
	assert_line("sysctl-file-differs", key, "1024", runs,
		    "/etc/sysctl.d/9.conf:3 sets net.ipv4.ip_local_port_range to '1024', but "
		    "'32768\t60999' is what runs");
	assert_line("sysctl-file-differs", key, "32768", runs, NULL);
}

/* The host's namespace need not be the one that the command would be typed in. */
static void where_a_file_is_applied(void **state)
{
	struct check_case c = case_begin(32768, 60999);
	struct host_netns *init;

	(void)state;
	add_line(&c, "net.ipv4.tcp_tw_reuse", "1", "2");
	case_run(&c);
	assert_fix(&c, "sysctl-file-differs", "'sysctl -p /etc/sysctl.d/9.conf' applies");
	case_end(&c);
	c = case_begin(32768, 60999);
	init = &c.host->netns[0];
	assert_int_equal(init->inum, CASE_INIT);
	strcpy(init->path, "/proc/1/ns/net");
	c.host->files_inum = CASE_INIT;
	add_line(&c, "net.ipv4.tcp_tw_reuse", "1", "2");
	case_run(&c);
	assert_fix(&c, "sysctl-file-differs",
		   "'nsenter --net=/proc/1/ns/net sysctl -p /etc/sysctl.d/9.conf' applies");
	case_end(&c);
}

static void a_line_that_differs(void **state)
{
	const char *id = "sysctl-file-differs";

	(void)state;
	assert_line(id, "net.ipv4.tcp_tw_reuse", "1", "2",
		    "/etc/sysctl.d/9.conf:3 sets net.ipv4.tcp_tw_reuse to '1', but '2' is what runs");
	assert_line(id, "net.ipv4.tcp_tw_reuse", "1", "1", NULL);
	assert_line(id, "net.ipv4.ip_local_port_range", "1024   65535", "1024\t65535", NULL);
	assert_line(id, "net.ipv4.ip_local_port_range", "1024 65535", "10246\t5535",
		    "/etc/sysctl.d/9.conf:3 sets net.ipv4.ip_local_port_range to '1024 65535', but "
		    "'10246\t5535' is what runs");
	assert_line(id, "net.ipv4.ip_local_reserved_ports", "5,6,7", "5-7", NULL);
	assert_line(id, "net.ipv4.ip_local_reserved_ports", "", "5-7",
		    "/etc/sysctl.d/9.conf:3 sets net.ipv4.ip_local_reserved_ports to '', but '5-7' is "
		    "what runs");
	assert_line(id, "net.ipv4.ip_forward", "1", "0", NULL);
}

/* ---- Failures ---- */

static void add_failure(struct snapshot *snapshot, struct route_key key, uint8_t call,
			uint8_t cause, uint64_t count)
{
	struct failure *failure = snapshot_add_failure(snapshot);

	assert_non_null(failure);
	failure->key = (struct failure_key){ key, call, cause, EADDRNOTAVAIL };
	failure->count = count;
	if (cause == CAUSE_PORT_TAKEN_BY_CONNECTION)
		failure->last = (struct last_failure){ .pid = 9, .sport = 3306, .comm = "mysqld" };
}

static struct check_case case_of_failures(uint8_t call, uint8_t cause, uint64_t before,
					  uint64_t now)
{
	struct check_case c = case_begin(32768, 60999);

	c.before = new_census(995);
	*add_netns(c.before, CASE_NETNS, 32768, 60999) = *c.netns;
	add_failure(c.before, from("10.0.0.5"), call, cause, before);
	add_failure(c.now, from("10.0.0.5"), call, cause, now);
	return c;
}

static void calls_that_failed(void **state)
{
	struct check_case c = case_of_failures(CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 10, 14);

	(void)state;
	case_run(&c);
	assert_finding(&c, "allocation-failed", SEVERITY_CRITICAL,
		       "4 calls found no port within 5.0 s; most of them: connect() on tcp 10.0.0.5 "
		       "> 10.0.0.9:80, range_exhausted");
	case_end(&c);
	c = case_of_failures(CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 10, 10);
	case_run(&c);
	assert_no_finding(&c, "allocation-failed");
	case_end(&c);
	c = case_of_failures(CALL_BIND, CAUSE_PORT_IN_USE, 10, 14);
	case_run(&c);
	assert_no_finding(&c, "allocation-failed");
	assert_no_finding(&c, "service-port-taken");
	case_end(&c);
}

static void a_service_whose_port_was_taken(void **state)
{
	struct check_case c = case_of_failures(CALL_BIND, CAUSE_PORT_TAKEN_BY_CONNECTION, 0, 2);

	(void)state;
	case_run(&c);
	assert_finding(&c, "service-port-taken", SEVERITY_CRITICAL,
		       "2 calls to bind() failed within 5.0 s: an outgoing connection had the port "
		       "3306, the last of mysqld[9]");
	assert_fix(&c, "service-port-taken", "porttrace who 3306");
	assert_setting(&c, "service-port-taken", "net.ipv4.ip_local_reserved_ports", "3306");
	case_end(&c);
	c = case_of_failures(CALL_BIND, CAUSE_PORT_TAKEN_BY_CONNECTION, 2, 2);
	case_run(&c);
	assert_no_finding(&c, "service-port-taken");
	case_end(&c);
}

/* No setting of the namespace makes a socket's own range larger. */
static void calls_that_failed_in_an_own_range(void **state)
{
	struct check_case c =
		case_of_failures(CALL_CONNECT, CAUSE_SOCKET_RANGE_EXHAUSTED, 10, 14);

	(void)state;
	case_run(&c);
	assert_finding(&c, "allocation-failed", SEVERITY_CRITICAL,
		       "4 calls found no port within 5.0 s; most of them: connect() on tcp 10.0.0.5 "
		       "> 10.0.0.9:80, socket_range_exhausted");
	assert_fix(&c, "allocation-failed", "IP_LOCAL_PORT_RANGE");
	assert_int_equal(case_find(&c, "allocation-failed")->nr_settings, 0);
	case_end(&c);
	/* Both at once: both are said. */
	c = case_of_failures(CALL_CONNECT, CAUSE_SOCKET_RANGE_EXHAUSTED, 10, 14);
	add_failure(c.now, from("10.0.0.6"), CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 1);
	case_run(&c);
	assert_fix(&c, "allocation-failed", "IP_LOCAL_PORT_RANGE");
	assert_setting(&c, "allocation-failed", "net.ipv4.ip_local_port_range", "10240 65535");
	case_end(&c);
}

/* Of a namespace beside it. */
static void calls_that_failed_elsewhere(void **state)
{
	struct check_case c = case_of_failures(CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 4, 4);
	struct route_key other = from("10.0.0.5");

	(void)state;
	other.netns = CASE_NETNS + 1;
	add_failure(c.now, other, CALL_CONNECT, CAUSE_RANGE_EXHAUSTED, 7);
	case_run(&c);
	assert_no_finding(&c, "allocation-failed");
	case_end(&c);
}

/* Each of them reserves another port: the file has to have both. */
static void reserved_ports_of_two_findings(void **state)
{
	struct check_case c = case_of_failures(CALL_BIND, CAUSE_PORT_TAKEN_BY_CONNECTION, 0, 2);
	struct setting *settings;
	size_t nr;

	(void)state;
	case_add_listener(&c, 40000, 7, "httpd");
	case_run(&c);
	assert_setting(&c, "service-port-taken", "net.ipv4.ip_local_reserved_ports", "3306");
	assert_setting(&c, "service-port-in-range", "net.ipv4.ip_local_reserved_ports", "40000");
	assert_int_equal(check_settings(c.findings, CASE_NETNS, SEVERITY_INFO, &settings, &nr), 0);
	assert_int_equal(nr, 1);
	assert_string_equal(settings[0].value, "3306,40000");
	settings_free(settings, nr);
	case_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_reuse_would_free),
		cmocka_unit_test(reuse_that_works),
		cmocka_unit_test(reuse_on_the_worst_route),
		cmocka_unit_test(no_reuse_without_timestamps),
		cmocka_unit_test(reuse_of_each_namespace),
		cmocka_unit_test(reuse_without_timestamps),
		cmocka_unit_test(time_wait_buckets),
		cmocka_unit_test(time_wait_overflows_now),
		cmocka_unit_test(time_wait_buckets_not_known),
		cmocka_unit_test(more_time_wait_buckets),
		cmocka_unit_test(settings_that_are_not_it),
		cmocka_unit_test(files_that_set_what_is_not_it),
		cmocka_unit_test(a_namespace_unlike_the_host),
		cmocka_unit_test(a_line_for_what_is_gone),
		cmocka_unit_test(a_line_that_is_refused),
		cmocka_unit_test(a_range_of_one_number),
		cmocka_unit_test(where_a_file_is_applied),
		cmocka_unit_test(a_line_that_differs),
		cmocka_unit_test(calls_that_failed),
		cmocka_unit_test(calls_that_failed_in_an_own_range),
		cmocka_unit_test(calls_that_failed_elsewhere),
		cmocka_unit_test(a_service_whose_port_was_taken),
		cmocka_unit_test(reserved_ports_of_two_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
