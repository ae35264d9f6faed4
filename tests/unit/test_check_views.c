// SPDX-License-Identifier: GPL-2.0-only
/* check: how findings are ordered and shown, and the file of settings. */
#include "check_case.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_rule.h"
#include "view_check.h"

static char shown[16384];

static struct route_key web(void)
{
	return make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 80);
}

/* An exhausted route in a narrow range of odd size, and a service in it. */
static struct check_case case_of_much(void)
{
	struct check_case c = case_begin(20000, 20100);

	strcpy(c.netns->name, "shop");
	strcpy(c.now->host, "web-7");
	c.host->own_inum = CASE_INIT;
	add_counted_route(c.now, web(), 50, 50);
	case_add_owner(&c, web(), 812, "php|fpm", 100);
	case_add_listener(&c, 20050, 7, "search");
	case_add_listener(&c, 27017, 8, "mongod");
	case_run(&c);
	return c;
}

enum form {
	TEXT,
	DETAILS,
	JSON,
	NAGIOS,
	SYSCTL,
};

static void show(const struct check_case *c, enum form form)
{
	const struct check_facts facts = { .now = c->now, .host = c->host };
	FILE *out = fmemopen(shown, sizeof(shown), "w");

	assert_non_null(out);
	if (form == JSON)
		assert_int_equal(view_check_json(out, &facts, c->findings), 0);
	else if (form == NAGIOS)
		view_check_nagios(out, &facts, c->findings);
	else if (form == SYSCTL)
		assert_int_equal(view_check_sysctl(out, &facts, c->findings, CASE_NETNS), 0);
	else
		view_check_text(out, &facts, c->findings, form == DETAILS);
	assert_int_equal(fclose(out), 0);
}

static void assert_shown(const char *text)
{
	if (!strstr(shown, text))
		fail_msg("no '%s' in:\n%s", text, shown);
}

static void assert_not_shown(const char *text)
{
	if (strstr(shown, text))
		fail_msg("'%s' in:\n%s", text, shown);
}

static void each_rule_has_an_id_of_its_own(void **state)
{
	const struct check_rule *a, *b;

	(void)state;
	for (a = check_rules; a->id; a++) {
		assert_int_equal(strspn(a->id, "abcdefghijklmnopqrstuvwxyz-"), strlen(a->id));
		assert_int_equal(!!a->route + !!a->netns + !!a->host, 1);
		assert_non_null(a->fact);
		for (b = check_rules; b != a; b++)
			assert_string_not_equal(a->id, b->id);
	}
}

static void text_has_the_worst_first(void **state)
{
	struct check_case c = case_of_much();

	(void)state;
	show(&c, TEXT);
	assert_int_equal(strncmp(shown, "critical  shop  tcp 10.0.0.5 > 10.0.0.9:80: no port is ", 55),
			 0);
	assert_shown("\nwarning   shop  1 listening port is within");
	assert_shown("  [service-port-in-range]\n");
	assert_shown("\ncritical: 1 critical, 2 warnings, 1 note (-v), 1 route in 1 network "
		     "namespace\n");
	assert_not_shown("range-parity");
	assert_not_shown("why");
	case_end(&c);
}

static int count(const char *text)
{
	const char *at;
	int nr = 0;

	for (at = shown; (at = strstr(at, text)); at++)
		nr++;
	return nr;
}

/* So many routes of 16 ports each, all taken. */
static void show_exhausted(unsigned int routes, enum form form)
{
	struct check_case c = case_begin(10240, 65535);
	unsigned int i;

	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_RESERVED), 10256, 65535);
	for (i = 0; i < routes; i++)
		add_counted_route(c.now, make_key(CASE_NETNS, "10.0.0.5", "10.0.0.9", 1 + i), 8, 8);
	case_run(&c);
	show(&c, form);
	case_end(&c);
}

static void text_has_ten_of_a_kind(void **state)
{
	(void)state;
	show_exhausted(10, TEXT);
	assert_int_equal(count("[route-exhausted]"), 10);
	assert_not_shown("more (-v)");
	show_exhausted(13, TEXT);
	assert_int_equal(count("no port is left"), 10);
	assert_shown("\ncritical  and 3 more (-v)  [route-exhausted]\nwarning ");
	show_exhausted(13, DETAILS);
	assert_int_equal(count("no port is left"), 13);
	assert_not_shown("more (-v)");
}

static void details_have_reasons_and_fixes(void **state)
{
	struct check_case c = case_of_much();

	(void)state;
	show(&c, DETAILS);
	assert_shown("\n    why  connect() fails with EADDRNOTAVAIL");
	assert_shown("\n    do    100 of 100 ports are taken");
	assert_shown("\n    then  ip netns exec shop sysctl -w net.ipv4.ip_local_port_range='10240 "
		     "65535'\n");
	assert_shown("[range-parity]\n");
	case_end(&c);
}

static void a_host_where_all_is_well(void **state)
{
	struct check_case c = case_begin(32768, 60999);

	(void)state;
	case_run(&c);
	show(&c, TEXT);
	assert_string_equal(shown, "ok: 0 routes in 1 network namespace\n");
	show(&c, NAGIOS);
	assert_string_equal(shown, "PORTS OK: 0 routes in 1 network namespace | routes=0;;;0 "
				   "time_wait=0;;;0 critical=0;;;0 warning=0;;;0\n");
	show(&c, SYSCTL);
	assert_shown("# There is no setting to change.\n");
	c.netns->time_wait = NOT_KNOWN;
	show(&c, NAGIOS);
	assert_shown(" time_wait=U;");
	case_end(&c);
}

/* The bar of its program's name would end the text. */
static void nagios_is_one_line(void **state)
{
	struct check_case c = case_of_much();

	(void)state;
	show(&c, NAGIOS);
	assert_string_equal(
		shown,
		"PORTS CRITICAL: shop: tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100 are "
		"taken, 100 by connections, 0 by TIME_WAIT, most of them of php?fpm[812]; 2 more | "
		"headroom=0;11:;1:;0;100 routes=1;;;0 time_wait=0;;;0 critical=1;;;0 warning=2;;;0\n");
	case_end(&c);
}

static const char *member(struct json_object *object, const char *name)
{
	return json_object_get_string(json_object_object_get(object, name));
}

static void json_is_the_contract(void **state)
{
	struct check_case c = case_of_much();
	struct json_object *line, *findings, *first, *route;

	(void)state;
	show(&c, JSON);
	assert_ptr_equal(strchr(shown, '\n'), shown + strlen(shown) - 1);
	line = json_tokener_parse(shown);
	assert_non_null(line);
	assert_string_equal(member(line, "version"), "1");
	assert_string_equal(member(line, "status"), "critical");
	assert_int_equal(json_object_array_length(json_object_object_get(line, "routes")), 1);
	findings = json_object_object_get(line, "findings");
	assert_int_equal(json_object_array_length(findings), 4);
	first = json_object_array_get_idx(findings, 0);
	assert_string_equal(member(first, "id"), "route-exhausted");
	assert_string_equal(member(first, "severity"), "critical");
	assert_string_equal(member(first, "netns"), "100");
	route = json_object_object_get(first, "route");
	assert_string_equal(member(route, "src"), "10.0.0.5");
	assert_string_equal(member(route, "dport"), "80");
	assert_non_null(member(first, "title"));
	assert_non_null(member(first, "detail"));
	assert_true(json_object_array_length(json_object_object_get(first, "fix")) >= 2);
	json_object_put(line);
	case_end(&c);
}

static const char *setting(const struct setting *settings, size_t nr, const char *key)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(settings[i].key, key))
			return settings[i].value;
	return "";
}

/* The widest range that one of them asks for, and the ports that any of them reserves. */
static void settings_of_all_findings(void **state)
{
	struct check_case c = case_of_much();
	struct setting *settings;
	size_t nr;

	(void)state;
	assert_int_equal(check_settings(c.findings, CASE_NETNS, SEVERITY_INFO, &settings, &nr), 0);
	assert_int_equal(nr, 2);
	/* Else connect() would give the ports away before they are reserved. */
	assert_string_equal(settings[0].key, "net.ipv4.ip_local_reserved_ports");
	assert_string_equal(setting(settings, nr, "net.ipv4.ip_local_port_range"), "10240 65535");
	assert_string_equal(setting(settings, nr, "net.ipv4.ip_local_reserved_ports"),
			    "20050,27017");
	settings_free(settings, nr);
	assert_int_equal(check_settings(c.findings, 999, SEVERITY_INFO, &settings, &nr), 0);
	assert_int_equal(nr, 0);
	settings_free(settings, nr);
	case_end(&c);
}

/* The low end of one and the high end of another can be of one parity. */
static void ranges_together_have_an_even_number_of_ports(void **state)
{
	struct setting a = { "net.ipv4.ip_local_port_range", "2000 3001", NULL };
	struct setting b = { "net.ipv4.ip_local_port_range", "3001 4000", NULL };
	struct finding list[] = {
		{ .severity = SEVERITY_WARNING, .netns = 1, .settings = { a }, .nr_settings = 1 },
		{ .severity = SEVERITY_WARNING, .netns = 1, .settings = { b }, .nr_settings = 1 },
	};
	const struct findings findings = { .list = list, .nr = 2 };
	struct setting *settings;
	size_t nr;

	(void)state;
	assert_int_equal(check_settings(&findings, 1, SEVERITY_WARNING, &settings, &nr), 0);
	assert_int_equal(nr, 1);
	assert_string_equal(settings[0].value, "2001 4000");
	settings_free(settings, nr);
}

/* Lines that are no comment are settings, each key once. */
static void the_file_has_reasons(void **state)
{
	struct check_case c = case_of_much();
	char *line, *rest = shown;
	int nr = 0;

	(void)state;
	show(&c, SYSCTL);
	assert_shown("network namespace shop of web-7");
	assert_shown("# route-exhausted\n#   tcp 10.0.0.5 > 10.0.0.9:80: no port is left: 100 of 100");
	assert_shown("\nnet.ipv4.ip_local_port_range = 10240 65535\n");
	assert_shown("\nnet.ipv4.ip_local_reserved_ports = 20050,27017\n");
	while ((line = strsep(&rest, "\n"))) {
		assert_true(strlen(line) <= 100);
		nr += *line && *line != '#';
	}
	assert_int_equal(nr, 2);
	case_end(&c);
}

/* What a note would have, with its condition, nobody gets unless he wants it. */
static void the_file_has_notes_as_comments(void **state)
{
	struct check_case c = case_begin(1024, 65535);
	struct route *route = add_counted_route(c.now, web(), 20000, 0);

	(void)state;
	route->occupancy.established = 0;
	route->occupancy.time_wait = 20000;
	case_add_listener(&c, 3306, 7, "mysqld");
	case_add_listener(&c, 40123, 8, "ephemeral");
	case_run(&c);
	assert_int_equal(case_find(&c, "tw-reuse")->severity, SEVERITY_INFO);
	show(&c, SYSCTL);
	assert_shown("\nnet.ipv4.ip_local_reserved_ports = 3306\n");
	assert_shown("\n#net.ipv4.ip_local_reserved_ports = 3306,40123\n");
	assert_shown("#   Before: Nothing, if their ports may be others the next time they start\n");
	assert_shown("#   Before: Only if the other end uses timestamps too");
	assert_shown("\n#net.ipv4.tcp_tw_reuse = 1\n");
	assert_not_shown("\nnet.ipv4.tcp_tw_reuse");
	assert_not_shown("sysctl -w");
	case_end(&c);
}

static const char *first_fix(const char *name, const char *path)
{
	static char fix[256];
	struct check_case c = case_begin(40000, 40999);

	strcpy(c.netns->name, name);
	strcpy(c.settings->path, path);
	c.host->own_inum = CASE_INIT;
	case_run(&c);
	strcpy(fix, case_find(&c, "range-narrow")->fixes[0]);
	case_end(&c);
	return fix;
}

/* A command is to be pasted: names that a shell takes apart are not in it. */
static void a_command_is_safe_to_paste(void **state)
{
	(void)state;
	assert_string_equal(first_fix("shop-1", "/proc/8/ns/net"),
			    "ip netns exec shop-1 sysctl -w net.ipv4.ip_local_port_range='10240 "
			    "65535'");
	assert_string_equal(first_fix("a;b", "/proc/8/ns/net"),
			    "nsenter --net=/proc/8/ns/net sysctl -w "
			    "net.ipv4.ip_local_port_range='10240 65535'");
	assert_string_equal(first_fix("", "/run/netns/a;b"),
			    "in that network namespace: sysctl -w "
			    "net.ipv4.ip_local_port_range='10240 65535'");
}

/* What no setting does is said in the file all the same. */
static void the_file_names_what_it_cannot_do(void **state)
{
	struct check_case c = case_begin(10240, 65535);

	(void)state;
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_TCP_BLOCKED), 20000, 29999);
	add_ports(c.now, make_set_key(CASE_NETNS, PORTS_BOUND_BEFORE_CONNECT), 20000, 29999);
	case_run(&c);
	show(&c, SYSCTL);
	assert_shown("# There is no setting to change.\n");
	assert_shown("\n# Not in this file: bind-before-connect (100)\n");
	assert_shown("IP_BIND_ADDRESS_NO_PORT");
	case_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_has_an_id_of_its_own),
		cmocka_unit_test(text_has_the_worst_first),
		cmocka_unit_test(text_has_ten_of_a_kind),
		cmocka_unit_test(details_have_reasons_and_fixes),
		cmocka_unit_test(a_host_where_all_is_well),
		cmocka_unit_test(nagios_is_one_line),
		cmocka_unit_test(json_is_the_contract),
		cmocka_unit_test(settings_of_all_findings),
		cmocka_unit_test(ranges_together_have_an_even_number_of_ports),
		cmocka_unit_test(a_command_is_safe_to_paste),
		cmocka_unit_test(the_file_has_reasons),
		cmocka_unit_test(the_file_has_notes_as_comments),
		cmocka_unit_test(the_file_names_what_it_cannot_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
