// SPDX-License-Identifier: GPL-2.0-only
/* check: rules about the range of a namespace, and the ports in it that no connection gets. */
#include "check_case.h"

#include <netinet/in.h>
#include <string.h>

static void a_narrow_range(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	case_run(&c);
	assert_finding(&c, "range-narrow", SEVERITY_WARNING,
		       "the range 40000-40999 has 1000 ports; the kernel's own has 28232");
	assert_setting(&c, "range-narrow", "net.ipv4.ip_local_port_range", "10240 65535");
	case_end(&c);
	c = case_begin(40000, 54115);
	case_run(&c);
	assert_non_null(case_find(&c, "range-narrow"));
	assert_int_equal(case_find(&c, "range-narrow")->severity, SEVERITY_INFO);
	case_end(&c);
	c = case_begin(32768, 60998);
	case_run(&c);
	assert_non_null(case_find(&c, "range-narrow"));
	case_end(&c);
	c = case_begin(32768, 60999);
	case_run(&c);
	assert_no_finding(&c, "range-narrow");
	case_end(&c);
}

/* It stays where it begins if that is lower, and has an even number of ports. */
static void the_range_that_is_proposed(void **state)
{
	static const struct {
		int32_t low, high;
		int64_t start;
		const char *range;
	} ranges[] = {
		{ 40000, 40999, 1024, "10240 65535" },
		{ 2000, 3001, 1024, "2000 65535" },
		{ 2001, 3000, 1024, "2000 65535" },
		{ 2001, 3000, 2001, "2002 65535" },
		{ 1025, 3000, NOT_KNOWN, "1024 65535" },
		{ 40000, 40999, 20000, "20000 65535" },
		{ 40000, 40999, NOT_KNOWN, "10240 65535" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct check_case c = case_begin(ranges[i].low, ranges[i].high);

		c.settings->settings[SETTING_UNPRIVILEGED_PORT_START] = ranges[i].start;
		case_run(&c);
		assert_setting(&c, "range-narrow", "net.ipv4.ip_local_port_range", ranges[i].range);
		case_end(&c);
	}
}

/* What listens in the range that is proposed is reserved with it, besides what is reserved. */
static void a_wider_range_reserves_listeners(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	case_add_listener(&c, 27017, 7, "mongod");
	case_add_listener(&c, 3306, 8, "mysqld");
	port_list_add_range(&c.settings->reserved, 50000, 50001);
	case_run(&c);
	assert_setting(&c, "range-narrow", "net.ipv4.ip_local_reserved_ports", "27017,50000-50001");
	/* First, so that connect() does not give it away in between. */
	assert_string_equal(case_find(&c, "range-narrow")->settings[0].key,
			    "net.ipv4.ip_local_reserved_ports");
	assert_non_null(strstr(case_find(&c, "range-narrow")->fixes[0], "reserved_ports"));
	assert_non_null(strstr(case_find(&c, "range-narrow")->fixes[1], "port_range"));
	assert_no_finding(&c, "service-port-in-range");
	case_end(&c);
}

/* In the present range the kernel may have given them; outside, somebody has chosen them. */
static void a_wider_range_reserves_what_was_chosen(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	case_add_listener(&c, 40500, 7, "by-chance");
	case_add_listener(&c, 50500, 7, "chosen");
	host_add_listener(c.settings, IPPROTO_UDP, 12201);
	host_add_listener(c.settings, IPPROTO_UDP, 40010);
	add_ports(c.now, make_udp_set_key(CASE_NETNS, "0.0.0.0", false), 12200, 12201);
	add_ports(c.now, make_udp_set_key(CASE_NETNS, "10.0.0.5", false), 40999, 41000);
	add_ports(c.now, make_udp_set_key(CASE_NETNS, "10.0.0.6", false), 10239, 10239);
	add_ports(c.now, make_udp_set_key(CASE_NETNS + 1, "10.0.0.5", false), 20000, 20000);
	case_run(&c);
	assert_setting(&c, "range-narrow", "net.ipv4.ip_local_reserved_ports",
		       "12200-12201,41000,50500");
	case_end(&c);
}

static void ends_of_the_same_parity(void **state)
{
	struct check_case c = case_begin(32768, 61000);

	(void)state;
	case_run(&c);
	assert_finding(&c, "range-parity", SEVERITY_INFO,
		       "the range 32768-61000 begins and ends with an even port: one of its 28233 "
		       "ports is seldom found");
	assert_setting(&c, "range-parity", "net.ipv4.ip_local_port_range", "32768 61001");
	case_end(&c);
	c = case_begin(10241, 65535);
	case_run(&c);
	assert_finding(&c, "range-parity", SEVERITY_INFO,
		       "the range 10241-65535 begins and ends with an odd port: one of its 55295 "
		       "ports is seldom found");
	assert_setting(&c, "range-parity", "net.ipv4.ip_local_port_range", "10240 65535");
	case_end(&c);
	c = case_begin(32768, 61001);
	case_run(&c);
	assert_no_finding(&c, "range-parity");
	case_end(&c);
	/* Below it would be refused, and one port less is no gain. */
	c = case_begin(1025, 65535);
	c.settings->settings[SETTING_UNPRIVILEGED_PORT_START] = 1025;
	case_run(&c);
	assert_no_finding(&c, "range-parity");
	case_end(&c);
	/* The search looks at the only one. */
	c = case_begin(40000, 40000);
	case_run(&c);
	assert_no_finding(&c, "range-parity");
	case_end(&c);
}

static void reserved_ports(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 39000, 40099);
	case_run(&c);
	assert_finding(&c, "reserved-eats-range", SEVERITY_WARNING,
		       "100 of 1000 ports of the range 40000-40999 are reserved: 900 are left for "
		       "connections");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 39000, 40098);
	case_run(&c);
	assert_no_finding(&c, "reserved-eats-range");
	case_end(&c);
}

/* Those that are reserved as well cost nothing more, and those bound before connect() have a rule. */
static void blocked_ports(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	case_run(&c);
	assert_finding(&c, "ports-blocked", SEVERITY_WARNING,
		       "100 of 1000 ports of the range 40000-40999 are lost to every route: sockets "
		       "listen on them or are bound to them");
	case_end(&c);
	/* Which may be a client as well. */
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40199);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_BOUND_BEFORE_CONNECT), 40000, 40070);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40071, 40072);
	case_run(&c);
	assert_fix(&c, "ports-blocked", "'porttrace who 40073'");
	assert_fix(&c, "ports-blocked", "programs that bind() to a number before they connect()");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40000, 40000);
	case_run(&c);
	assert_no_finding(&c, "ports-blocked");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_BOUND_BEFORE_CONNECT), 40000, 40000);
	case_run(&c);
	assert_no_finding(&c, "ports-blocked");
	case_end(&c);
}

/* Of TIME_WAITs that nobody saw begin, it is not known that their program had bound them. */
static void ports_blocked_by_time_waits(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	c.netns->time_wait = 100;
	case_run(&c);
	assert_finding(&c, "ports-blocked", SEVERITY_WARNING,
		       "100 of 1000 ports of the range 40000-40999 are lost to every route: sockets "
		       "listen on them, are bound to them, or are in TIME_WAIT of programs that bound "
		       "them");
	assert_fix(&c, "ports-blocked", "before bind(); 'porttrace check -d 10' names them");
	case_end(&c);
	/* Who was watched is named already. */
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	c.netns->time_wait = 100;
	c.before = new_census(990);
	*add_netns(c.before, CASE_NETNS, 40000, 40999) = *c.netns;
	case_run(&c);
	assert_fix(&c, "ports-blocked", "leave such TIME_WAITs, too");
	assert_no_fix(&c, "ports-blocked", "check -d 10");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	case_run(&c);
	assert_no_fix(&c, "ports-blocked", "TIME_WAIT");
	case_end(&c);
}

static void blocked_to_the_last_port(void **state)
{
	struct check_case c = case_begin(40000, 40999);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40100, 40999);
	case_run(&c);
	assert_finding(&c, "ports-blocked", SEVERITY_CRITICAL,
		       "100 of 1000 ports of the range 40000-40999 are lost to every route, and no "
		       "other port is left: sockets listen on them or are bound to them");
	case_end(&c);
	c = case_begin(40000, 40999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40099);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 40100, 40998);
	case_run(&c);
	assert_int_equal(case_find(&c, "ports-blocked")->severity, SEVERITY_WARNING);
	case_end(&c);
}

static void add_binder(struct check_case *c, struct route_key key, uint32_t pid, const char *comm,
		       int64_t sockets, int64_t bound)
{
	case_add_owner(c, key, pid, comm, sockets);
	c->now->owners[c->now->nr_owners - 1].bound = bound;
}

/*
 * Ports from 40000 on, so many, of routes whose sockets two processes have; a third has more on the
 * same route, and did not bind them.
 */
static struct check_case case_of_binders(int32_t nr)
{
	struct route_key bound = make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 80);
	struct route_key other = make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 443);
	struct check_case c = case_begin(40000, 40999);

	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 40000, 40000 + nr - 1);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_BOUND_BEFORE_CONNECT), 40000,
		  40000 + nr - 1);
	add_counted_route(c.now, bound, 0, 0)->occupancy.bound = nr - 1;
	add_counted_route(c.now, other, 1, 0)->occupancy.bound = 1;
	add_binder(&c, bound, 20, "few", 900, 3);
	add_binder(&c, bound, 10, "many", nr - 4, nr - 4);
	add_binder(&c, bound, 30, "plain", 900, 0);
	add_binder(&c, bound, 40, "unknown", 900, NOT_KNOWN);
	add_binder(&c, other, 10, "many", 500, 1);
	return c;
}

static void programs_that_bind_first(void **state)
{
	struct check_case c = case_of_binders(100);

	(void)state;
	case_run(&c);
	assert_finding(&c, "bind-before-connect", SEVERITY_WARNING,
		       "100 of 1000 ports are lost to every route: many[10], few[20] bind() to port "
		       "0 before they connect()");
	assert_fix(&c, "bind-before-connect", "IP_BIND_ADDRESS_NO_PORT");
	assert_no_finding(&c, "ports-blocked");
	case_end(&c);
	c = case_of_binders(99);
	case_run(&c);
	assert_int_equal(case_find(&c, "bind-before-connect")->severity, SEVERITY_INFO);
	case_end(&c);
	c = case_of_binders(10);
	case_run(&c);
	assert_non_null(case_find(&c, "bind-before-connect"));
	case_end(&c);
	c = case_of_binders(9);
	case_run(&c);
	assert_no_finding(&c, "bind-before-connect");
	case_end(&c);
}

static const char *name_8080(uint16_t port, uint8_t proto)
{
	return port == 38080 && proto == IPPROTO_TCP ? "http-alt" : NULL;
}

static void services_in_the_range(void **state)
{
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	strcpy(c.netns->name, "shop");
	case_add_listener(&c, 1023, 5, "outside");
	case_add_listener(&c, 3306, 7, "mysqld");
	case_add_listener(&c, 5432, 0, "");
	case_add_listener(&c, 9092, 8, "kafka");
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_WARNING,
		       "3 listening ports are within the range 1024-65535 that connect() gives away: "
		       "3306 (mysqld[7]), 5432, 9092 (kafka[8])");
	assert_setting(&c, "service-port-in-range", "net.ipv4.ip_local_reserved_ports",
		       "3306,5432,9092");
	/* Without a way into the namespace, which is our own. */
	assert_string_equal(case_find(&c, "service-port-in-range")->fixes[1],
			    "sysctl -w net.ipv4.ip_local_reserved_ports=3306,5432,9092");
	case_end(&c);
}

static void services_at_the_ends_of_the_range(void **state)
{
	struct check_case c = case_begin(10000, 20001);

	(void)state;
	case_add_listener(&c, 9999, 1, "a");
	case_add_listener(&c, 20002, 1, "a");
	case_run(&c);
	assert_no_finding(&c, "service-port-in-range");
	case_end(&c);
	c = case_begin(10000, 20001);
	case_add_listener(&c, 10000, 1, "a");
	case_add_listener(&c, 20001, 1, "a");
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_WARNING,
		       "2 listening ports are within the range 10000-20001 that connect() gives "
		       "away: 10000 (a[1]), 20001 (a[1])");
	case_end(&c);
}

static void a_reserved_service_is_well(void **state)
{
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	case_add_listener(&c, 3306, 7, "mysqld");
	port_list_add(&c.settings->reserved, 3306);
	case_run(&c);
	assert_no_finding(&c, "service-port-in-range");
	case_end(&c);
}

/* Where connect() gives ports away by default, only what has a name is a service. */
static void a_listener_by_chance(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	case_add_listener(&c, 32768, 7, "containerd");
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_INFO,
		       "1 listening port is within the range 32768-60999 that connect() gives away: "
		       "32768 (containerd[7])");
	case_end(&c);
	c = case_begin(32768, 60999);
	c.host->service_name = name_8080;
	case_add_listener(&c, 38080, 7, "httpd");
	case_run(&c);
	assert_int_equal(case_find(&c, "service-port-in-range")->severity, SEVERITY_WARNING);
	case_end(&c);
}

static const char *name_5060(uint16_t port, uint8_t proto)
{
	return port == 5060 && proto == IPPROTO_UDP ? "sip" : NULL;
}

/* Clients have UDP ports without a destination as well: only what is known by its number counts. */
static void udp_ports_of_services(void **state)
{
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	c.host->service_name = name_5060;
	host_add_listener(c.settings, IPPROTO_UDP, 4789);
	host_add_listener(c.settings, IPPROTO_UDP, 20000);
	host_add_listener(c.settings, IPPROTO_UDP, 51820);
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_WARNING,
		       "2 listening ports are within the range 1024-65535 that connect() gives away: "
		       "4789/udp, 51820/udp");
	assert_setting(&c, "service-port-in-range", "net.ipv4.ip_local_reserved_ports",
		       "4789,51820");
	case_end(&c);
	c = case_begin(1024, 65535);
	c.host->service_name = name_5060;
	host_add_listener(c.settings, IPPROTO_UDP, 5060)->pid = 9;
	host_add_listener(c.settings, IPPROTO_UDP, 5061)->pid = 9;
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_INFO,
		       "1 listening port is within the range 1024-65535 that connect() gives away: "
		       "5060/udp ([9])");
	case_end(&c);
}

static void more_services_than_a_line_holds(void **state)
{
	struct check_case c = case_begin(1024, 65535);
	uint16_t port;

	(void)state;
	for (port = 2000; port < 2010; port++)
		case_add_listener(&c, port, 1, "a");
	case_run(&c);
	assert_finding(&c, "service-port-in-range", SEVERITY_WARNING,
		       "10 listening ports are within the range 1024-65535 that connect() gives "
		       "away: 2000 (a[1]), 2001 (a[1]), 2002 (a[1]), 2003 (a[1]) and 6 more");
	assert_setting(&c, "service-port-in-range", "net.ipv4.ip_local_reserved_ports", "2000-2009");
	case_end(&c);
}

static void node_ports(void **state)
{
	struct check_case c = case_begin(32000, 60999);

	(void)state;
	c.host->init_inum = CASE_NETNS;
	c.host->has_kubernetes = true;
	port_list_add(&c.settings->reserved, 32001);
	case_run(&c);
	assert_finding(&c, "node-ports-in-range", SEVERITY_WARNING,
		       "767 node ports of Kubernetes (30000-32767) are within the range 32000-60999 "
		       "that connect() gives away");
	assert_setting(&c, "node-ports-in-range", "net.ipv4.ip_local_reserved_ports",
		       "30000-32767");
	case_end(&c);
	c = case_begin(32768, 60999);
	c.host->init_inum = CASE_NETNS;
	c.host->has_kubernetes = true;
	case_run(&c);
	assert_no_finding(&c, "node-ports-in-range");
	case_end(&c);
	c = case_begin(32000, 60999);
	c.host->init_inum = CASE_NETNS;
	case_run(&c);
	assert_no_finding(&c, "node-ports-in-range");
	case_end(&c);
}

/* Without root the host's namespace is not told. */
static void node_ports_of_an_unknown_host(void **state)
{
	struct check_case c = case_begin(32000, 60999);

	(void)state;
	c.host->init_inum = 0;
	c.host->own_inum = CASE_NETNS;
	c.host->has_kubernetes = true;
	case_run(&c);
	assert_setting(&c, "node-ports-in-range", "net.ipv4.ip_local_reserved_ports",
		       "30000-32767");
	case_end(&c);
	c = case_begin(40000, 40099);
	c.host->init_inum = 0;
	c.host->own_inum = CASE_NETNS;
	c.host->has_kubernetes = true;
	case_run(&c);
	assert_setting(&c, "range-narrow", "net.ipv4.ip_local_reserved_ports", "30000-32767");
	case_end(&c);
	c = case_begin(32000, 60999);
	c.host->init_inum = 0;
	c.host->own_inum = CASE_NETNS + 1;
	c.host->has_kubernetes = true;
	case_run(&c);
	assert_no_finding(&c, "node-ports-in-range");
	case_end(&c);
}

/* Of a namespace that could not be entered nothing is made up. */
static void settings_that_are_not_known(void **state)
{
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	c.settings->inum = 999;
	case_run(&c);
	assert_no_finding(&c, "service-port-in-range");
	assert_finding(&c, "not-checked", SEVERITY_INFO,
		       "1 network namespace could not be entered: listeners and reserved ports "
		       "there were not checked");
	case_end(&c);
	c = case_begin(1024, 65535);
	case_run(&c);
	assert_no_finding(&c, "not-checked");
	case_end(&c);
}

/* What is reserved already is not seen: to propose a list would end that. */
static void reserved_ports_that_are_not_known(void **state)
{
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	case_add_listener(&c, 3306, 7, "mysqld");
	c.settings->reserved_unknown = true;
	case_run(&c);
	assert_no_finding(&c, "service-port-in-range");
	assert_finding(&c, "not-checked", SEVERITY_INFO,
		       "the reserved ports of 1 network namespace could not be read: whether its "
		       "services are reserved was not checked");
	case_end(&c);
	c = case_begin(40000, 40099);
	case_add_listener(&c, 3306, 7, "mysqld");
	c.settings->reserved_unknown = true;
	case_run(&c);
	assert_int_equal(case_find(&c, "range-narrow")->nr_settings, 0);
	assert_fix(&c, "range-narrow", "10240-65535, helps once the ports of services in it are reserved");
	case_end(&c);
}

static void lists_that_changed(void **state)
{
	static const char title[] = "some of the kernel's lists changed while they were counted: what "
				    "is left of some routes may be wrong";
	struct check_case c = case_begin(1024, 65535);

	(void)state;
	c.now->census.is_incomplete = true;
	case_run(&c);
	assert_finding(&c, "not-checked", SEVERITY_INFO, title);
	case_end(&c);
	/* Those of one namespace alone. */
	c = case_begin(1024, 65535);
	c.netns->is_incomplete = true;
	case_run(&c);
	assert_finding(&c, "not-checked", SEVERITY_INFO, title);
	case_end(&c);
}

/* What sockets of a device take depends on the next one: such a route has no figure to judge. */
static void routes_that_are_not_judged(void **state)
{
	struct check_case c = case_begin(40000, 40099);
	struct route_key web = make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 80);

	(void)state;
	add_counted_route(c.now, web, 50, 50)->occupancy.on_device = 1;
	web.dport++;
	add_counted_route(c.now, web, 10, 0);
	case_run(&c);
	assert_finding(&c, "not-checked", SEVERITY_INFO,
		       "what is left of 1 route is not known (sockets that are bound to a device, "
		       "for one): whether it is near its end was not checked");
	case_end(&c);
	c = case_begin(40000, 40099);
	add_counted_route(c.now, make_udp_key(CASE_NETNS, "10.0.0.5"), 9, 9)->occupancy.on_device = 1;
	add_counted_route(c.now, web, 50, 50)->occupancy.on_device = 100;
	case_run(&c);
	assert_finding(&c, "not-checked", SEVERITY_INFO,
		       "what is left of 2 routes is not known (sockets that are bound to a device, "
		       "for one): whether they are near their end was not checked");
	case_end(&c);
	/* Without a socket, and without a destination. */
	c = case_begin(40000, 40099);
	add_counted_route(c.now, web, 0, 0);
	add_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "0.0.0.0", 0), 5, 0);
	case_run(&c);
	assert_no_finding(&c, "not-checked");
	case_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserved_ports_that_are_not_known),
		cmocka_unit_test(a_narrow_range),
		cmocka_unit_test(the_range_that_is_proposed),
		cmocka_unit_test(a_wider_range_reserves_listeners),
		cmocka_unit_test(a_wider_range_reserves_what_was_chosen),
		cmocka_unit_test(ends_of_the_same_parity),
		cmocka_unit_test(reserved_ports),
		cmocka_unit_test(blocked_ports),
		cmocka_unit_test(ports_blocked_by_time_waits),
		cmocka_unit_test(blocked_to_the_last_port),
		cmocka_unit_test(programs_that_bind_first),
		cmocka_unit_test(services_in_the_range),
		cmocka_unit_test(services_at_the_ends_of_the_range),
		cmocka_unit_test(a_reserved_service_is_well),
		cmocka_unit_test(udp_ports_of_services),
		cmocka_unit_test(a_listener_by_chance),
		cmocka_unit_test(more_services_than_a_line_holds),
		cmocka_unit_test(node_ports),
		cmocka_unit_test(node_ports_of_an_unknown_host),
		cmocka_unit_test(settings_that_are_not_known),
		cmocka_unit_test(lists_that_changed),
		cmocka_unit_test(routes_that_are_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
