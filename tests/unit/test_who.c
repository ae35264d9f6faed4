// SPDX-License-Identifier: GPL-2.0-only
/* Who has a port: the order of lines, what is left of a TIME_WAIT, and what is shown of both. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "view_who.h"

enum { ESTABLISHED = 1, FIN_WAIT2 = 5, TIME_WAIT = 6, CLOSE = 7, LISTEN = 10 };

static void set_address(uint8_t addr[16], const char *text)
{
	uint8_t prefix;

	assert_int_equal(address_parse(text, addr, &prefix), 0);
}

/* Of TCP, port 3306, namespace 42. */
static struct port_holder make_holder(uint64_t sk, uint8_t state, const char *src, const char *dst)
{
	struct port_holder holder = {
		.sk = sk,
		.inode = sk * 10,
		.state = state,
		.inum = 42,
		.port = 3306,
		.proto = PORTTRACE_IPPROTO_TCP,
		.uid = 1000,
	};

	set_address(holder.src, src);
	if (dst) {
		set_address(holder.dst, dst);
		holder.dport = 80;
	}
	return holder;
}

static struct port_holder make_time_wait(uint64_t sk, uint8_t state, int64_t expires)
{
	struct port_holder holder = make_holder(sk, state, "10.0.0.5", "10.0.0.9");

	holder.is_time_wait = true;
	holder.expires = expires;
	holder.inode = 0;
	holder.uid = UID_UNKNOWN;
	return holder;
}

static struct who *make_who(const struct filter *filter)
{
	static const struct filter all;
	struct who *who = who_new(3306, filter ? filter : &all);
	struct netns *netns = snapshot_add_netns(who->netns);

	netns->inum = 42;
	strcpy(netns->name, "blue");
	snapshot_sort(who->netns);
	who->hz = 250;
	return who;
}

static void add(struct who *who, struct port_holder holder)
{
	assert_int_equal(who_add_holder(who, &holder), 0);
}

static void add_process(struct who *who, size_t holder, uint32_t pid, const char *comm)
{
	struct owner_process process = { .key.pid = pid, .cgroup = "/system.slice/\"x\"" };

	snprintf(process.comm, sizeof(process.comm), "%s", comm);
	assert_int_equal(who_add_process(who, &who->holders[holder], &process), 0);
}

static char *show(int (*view)(FILE *, const struct who *), const struct who *who)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view(out, who), 0);
	fclose(out);
	return text;
}

/* ---- Figures ---- */

static void test_expires(void **state)
{
	struct port_holder holder = make_time_wait(1, TIME_WAIT, 14870);

	(void)state;
	assert_near(holder_expires_s(&holder, 250), 59.48, 1e-9);
	/* The kernel's timer is late. */
	holder.expires = -300;
	assert_near(holder_expires_s(&holder, 250), 0, 1e-9);
	holder = make_holder(1, FIN_WAIT2, "10.0.0.5", "10.0.0.9");
	assert_true(isnan(holder_expires_s(&holder, 250)));
}

static void test_states(void **state)
{
	static const char *const names[] = {
		"?",	     "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",
		"time_wait", "bound",	    "close_wait", "last_ack", "listen",	 "closing",
		"syn_recv",  "?",
	};
	struct port_holder holder = {};

	(void)state;
	for (holder.state = 0; holder.state < 14; holder.state++)
		assert_string_equal(holder_state_name(&holder), names[holder.state]);
	holder.state = 255;
	assert_string_equal(holder_state_name(&holder), "?");
}

/* ---- Lines ---- */

static void test_order(void **state)
{
	static const uint64_t wanted[] = { 5, 4, 3, 7, 2, 6, 1 };
	struct who *who = make_who(NULL);
	struct port_holder udp = make_holder(7, CLOSE, "10.0.0.5", NULL);
	size_t i;

	(void)state;
	udp.proto = PORTTRACE_IPPROTO_UDP;
	add(who, make_time_wait(1, TIME_WAIT, 1));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	add(who, make_holder(3, CLOSE, "10.0.0.5", NULL));
	add(who, make_holder(4, LISTEN, "10.0.0.6", NULL));
	add(who, make_holder(5, LISTEN, "10.0.0.5", NULL));
	add(who, make_time_wait(6, FIN_WAIT2, 1));
	add(who, udp);
	assert_int_equal(who_finish(who), 0);
	assert_int_equal(who->nr_lines, 7);
	for (i = 0; i < 7; i++)
		assert_int_equal(who->lines[i].holder->sk, wanted[i]);
	who_free(who);
}

static void test_each_process_has_a_line(void **state)
{
	struct who *who = make_who(NULL);

	(void)state;
	add(who, make_holder(1, LISTEN, "10.0.0.5", NULL));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	add_process(who, 0, 812, "b");
	add_process(who, 0, 811, "a");
	assert_int_equal(who_finish(who), 0);
	assert_int_equal(who->nr_lines, 3);
	assert_int_equal(who->lines[0].process.key.pid, 811);
	assert_int_equal(who->lines[1].process.key.pid, 812);
	assert_int_equal(who->lines[2].process.key.pid, 0);
	assert_int_equal(who->lines[2].holder->sk, 2);
	who_free(who);
}

static void test_filter(void **state)
{
	struct filter filter = { .dport_low = 80, .dport_high = 80 };
	struct who *who = make_who(&filter);
	char *text;

	(void)state;
	add(who, make_holder(1, LISTEN, "10.0.0.5", NULL));
	assert_int_equal(who_finish(who), 0);
	text = show(view_who_text, who);
	assert_string_equal(text,
			    "port 3306 is free of what was asked for; other sockets have it: 1\n");
	free(text);
	who_free(who);

	who = make_who(&filter);
	add(who, make_holder(1, LISTEN, "10.0.0.5", NULL));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	assert_int_equal(who_finish(who), 0);
	assert_int_equal(who->nr_lines, 1);
	assert_int_equal(who->nr_filtered, 1);
	who_free(who);
}

/* Four sockets: two of process 812, one of them 811's as well; one of 900; one TIME_WAIT. */
static struct who *make_shared(const struct filter *filter)
{
	struct who *who = make_who(filter);

	add(who, make_holder(1, LISTEN, "10.0.0.5", NULL));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	add(who, make_holder(3, ESTABLISHED, "10.0.0.6", "10.0.0.9"));
	add(who, make_time_wait(4, TIME_WAIT, 1));
	add_process(who, 0, 811, "master");
	add_process(who, 0, 812, "worker");
	add_process(who, 1, 812, "worker");
	add_process(who, 2, 900, "worker");
	assert_int_equal(who_finish(who), 0);
	return who;
}

static void test_process_filter(void **state)
{
	static const struct {
		struct filter filter;
		size_t nr_lines, nr_filtered;
		uint32_t first_pid;
	} cases[] = {
		{ { .pid = 812 }, 2, 2, 812 },
		{ { .pid = 811 }, 1, 3, 811 },
		{ { .comm = "worker" }, 3, 1, 812 },
		{ { .comm = "worker", .pid = 900 }, 1, 3, 900 },
		{ { .cgroup = "/system.slice" }, 4, 1, 811 },
		{ { .cgroup = "/system" }, 0, 4, 0 },
		{ {}, 5, 0, 811 },
	};
	struct who *who;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		who = make_shared(&cases[i].filter);
		assert_int_equal(who->nr_lines, cases[i].nr_lines);
		assert_int_equal(who->nr_filtered, cases[i].nr_filtered);
		if (who->nr_lines)
			assert_int_equal(who->lines[0].process.key.pid, cases[i].first_pid);
		who_free(who);
	}
}

/* Sockets that the addresses leave out, and those that the process does: together. */
static void test_sockets_of_others_are_told(void **state)
{
	struct filter filter = { .pid = 1, .dport_low = 80, .dport_high = 80 };
	struct who *who = make_who(&filter);
	char *text;

	(void)state;
	add(who, make_holder(1, LISTEN, "10.0.0.5", NULL));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	add_process(who, 0, 812, "worker");
	assert_int_equal(who_finish(who), 0);
	text = show(view_who_text, who);
	assert_string_equal(text,
			    "port 3306 is free of what was asked for; other sockets have it: 2\n");
	free(text);
	text = show(view_who_json, who);
	assert_string_equal(text, "");
	free(text);
	who_free(who);
}

/* ---- Views ---- */

static void test_free_port(void **state)
{
	struct who *who = make_who(NULL);
	char *text;

	(void)state;
	assert_int_equal(who_finish(who), 0);
	text = show(view_who_text, who);
	assert_string_equal(text, "port 3306 is free\n");
	free(text);
	text = show(view_who_json, who);
	assert_string_equal(text, "");
	free(text);
	who_free(who);
}

static struct who *make_mix(void)
{
	struct who *who = make_who(NULL);
	struct port_holder udp = make_holder(4, ESTABLISHED, "2001:db8::1", "2001:db8::2");

	udp.proto = PORTTRACE_IPPROTO_UDP;
	udp.inum = 43;
	add(who, make_time_wait(1, TIME_WAIT, 14870));
	add(who, make_holder(2, ESTABLISHED, "10.0.0.5", "10.0.0.9"));
	add(who, make_holder(3, LISTEN, "::", NULL));
	add(who, udp);
	add_process(who, 1, 812, "php \"fpm\\");
	add_process(who, 2, 1, "");
	assert_int_equal(who_finish(who), 0);
	return who;
}

static void test_text(void **state)
{
	struct who *who = make_mix();
	char *text = show(view_who_text, who);

	(void)state;
	assert_string_equal(
		text,
		"NETNS PROTO STATE       LOCAL              PEER             EXPIRES PID COMM\n"
		"blue  tcp   listen      [::]:3306          -                      -   1 \n"
		"blue  tcp   established 10.0.0.5:3306      10.0.0.9:80            - 812 php \"fpm\\\n"
		"blue  tcp   time_wait   10.0.0.5:3306      10.0.0.9:80         59.5   - -\n"
		"43    udp   established [2001:db8::1]:3306 [2001:db8::2]:80       -   - -\n");
	free(text);
	who_free(who);
}

static void test_json(void **state)
{
	struct who *who = make_mix();
	char *text;

	(void)state;
	who->disturbed = 1;
	text = show(view_who_json, who);
	assert_string_equal(
		text,
		"{\"netns\":42,\"proto\":\"tcp\",\"port\":3306,\"state\":\"listen\",\"src\":\"::\","
		"\"dst\":null,\"dport\":null,\"pid\":1,\"comm\":null,"
		"\"cgroup\":\"/system.slice/\\\"x\\\"\",\"expires_s\":null,\"uid\":1000,\"inode\":30,"
		"\"v6only\":false,\"device\":null,\"incomplete\":true}\n"
		"{\"netns\":42,\"proto\":\"tcp\",\"port\":3306,\"state\":\"established\","
		"\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":80,\"pid\":812,"
		"\"comm\":\"php \\\"fpm\\\\\",\"cgroup\":\"/system.slice/\\\"x\\\"\","
		"\"expires_s\":null,\"uid\":1000,\"inode\":20,\"v6only\":null,\"device\":null,"
		"\"incomplete\":true}\n"
		"{\"netns\":42,\"proto\":\"tcp\",\"port\":3306,\"state\":\"time_wait\","
		"\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\",\"dport\":80,\"pid\":null,\"comm\":null,"
		"\"cgroup\":null,\"expires_s\":59.480,\"uid\":null,\"inode\":null,\"v6only\":null,"
		"\"device\":null,\"incomplete\":true}\n"
		"{\"netns\":43,\"proto\":\"udp\",\"port\":3306,\"state\":\"established\","
		"\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"dport\":80,\"pid\":null,"
		"\"comm\":null,\"cgroup\":null,\"expires_s\":null,\"uid\":1000,\"inode\":40,"
		"\"v6only\":null,\"device\":null,\"incomplete\":true}\n");
	free(text);
	who_free(who);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_each_process_has_a_line),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_process_filter),
		cmocka_unit_test(test_sockets_of_others_are_told),
		cmocka_unit_test(test_free_port),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("who", tests, NULL, NULL);
}
