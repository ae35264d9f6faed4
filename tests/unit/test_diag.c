// SPDX-License-Identifier: GPL-2.0-only
/* What sock_diag says: bytes as the kernel sends them, made here, and the rows that they become. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "occupancy.h"

#define NETNS 7

/* ---- Messages ---- */

struct answer {
	char bytes[8192];
	size_t length;
};

/* Begins a message of that type; returns where its body goes. */
static void *add_message(struct answer *answer, uint16_t type, size_t body)
{
	struct nlmsghdr *header = (void *)(answer->bytes + answer->length);

	memset(header, 0, NLMSG_SPACE(body));
	header->nlmsg_len = NLMSG_LENGTH(body);
	header->nlmsg_type = type;
	answer->length += NLMSG_SPACE(body);
	assert_true(answer->length <= sizeof(answer->bytes));
	return NLMSG_DATA(header);
}

static void set_address(__be32 to[4], const char *text)
{
	if (strchr(text, ':'))
		assert_int_equal(inet_pton(AF_INET6, text, to), 1);
	else
		assert_int_equal(inet_pton(AF_INET, text, to), 1);
}

static struct inet_diag_msg *add_socket(struct answer *answer, uint8_t state, const char *src,
					uint16_t sport, const char *dst, uint16_t dport)
{
	struct inet_diag_msg *message;

	/* With an attribute that nobody asks for, of one byte. */
	message = add_message(answer, SOCK_DIAG_BY_FAMILY, sizeof(*message) + 8);
	message->idiag_family = strchr(src, ':') ? AF_INET6 : AF_INET;
	message->idiag_state = state;
	message->id.idiag_sport = htons(sport);
	message->id.idiag_dport = htons(dport);
	set_address(message->id.idiag_src, src);
	if (dst)
		set_address(message->id.idiag_dst, dst);
	*(struct nlattr *)(message + 1) = (struct nlattr){ NLA_HDRLEN + 1, INET_DIAG_SHUTDOWN };
	return message;
}

static void add_time_wait(struct answer *answer, uint8_t state, const char *addr, uint16_t sport,
			  uint32_t left_ms)
{
	struct inet_diag_msg *message = add_socket(answer, state, addr, sport, addr, 80);

	message->idiag_timer = 3;
	message->idiag_expires = left_ms;
}

static void set_v6only(struct inet_diag_msg *message)
{
	struct nlattr *attribute = (void *)(message + 1);

	attribute->nla_type = INET_DIAG_SKV6ONLY;
	*((char *)attribute + NLA_HDRLEN) = 1;
}

static void add_done(struct answer *answer)
{
	*(int *)add_message(answer, NLMSG_DONE, sizeof(int)) = 0;
}

static struct diag_sockets read_all(const struct answer *answer, uint8_t proto)
{
	struct diag_sockets sockets = {};

	assert_int_equal(diag_read(&sockets, proto, answer->bytes, answer->length), 1);
	return sockets;
}

/* ---- Reading ---- */

static void a_request_is_for_all_states(void **state)
{
	struct diag_request request;
	const struct nlmsghdr *header = (const void *)request.bytes;
	const struct inet_diag_req_v2 *body = NLMSG_DATA(header);

	(void)state;
	diag_ask(&request, AF_INET6, PORTTRACE_IPPROTO_UDP);
	assert_int_equal(request.length, header->nlmsg_len);
	assert_int_equal(request.length, NLMSG_LENGTH(sizeof(*body)));
	assert_int_equal(header->nlmsg_type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(body->sdiag_family, AF_INET6);
	assert_int_equal(body->sdiag_protocol, PORTTRACE_IPPROTO_UDP);
	assert_int_equal(body->idiag_states, UINT32_MAX);
}

static void each_message_is_a_socket(void **state)
{
	const struct route_key ipv4 = make_key(0, "10.0.0.1", "10.0.0.2", 3306);
	struct answer answer = {};
	struct diag_sockets sockets;

	(void)state;
	add_socket(&answer, TCP_ESTABLISHED, "10.0.0.1", 40000, "10.0.0.2", 3306);
	/* The same route, of a socket of IPv6. */
	add_socket(&answer, TCP_FIN_WAIT1, "::ffff:10.0.0.1", 40001, "::ffff:10.0.0.2", 3306);
	add_time_wait(&answer, TCP_FIN_WAIT2, "10.0.0.1", 40002, 12345);
	set_v6only(add_socket(&answer, TCP_LISTEN, "::", 80, NULL, 0));
	add_socket(&answer, TCP_CLOSE, "10.0.0.1", 0, NULL, 0);
	add_done(&answer);
	sockets = read_all(&answer, PORTTRACE_IPPROTO_TCP);
	/* One has no port any more. */
	assert_int_equal(sockets.nr, 4);
	assert_int_equal(route_key_compare(&sockets.sockets[0].key, &ipv4), 0);
	assert_int_equal(route_key_compare(&sockets.sockets[1].key, &ipv4), 0);
	assert_int_equal(sockets.sockets[0].port, 40000);
	assert_int_equal(sockets.sockets[1].port, 40001);
	assert_false(sockets.sockets[0].is_time_wait);
	assert_true(sockets.sockets[2].is_time_wait);
	assert_int_equal(sockets.sockets[2].left_ms, 12345);
	assert_true(sockets.sockets[3].v6only);
	assert_false(sockets.sockets[0].v6only);
	assert_false(route_has_destination(&sockets.sockets[3].key));
	diag_free(&sockets);
	assert_int_equal(sockets.nr, 0);
}

static void udp_has_no_destination(void **state)
{
	struct answer answer = {};
	struct diag_sockets sockets;

	(void)state;
	add_socket(&answer, TCP_ESTABLISHED, "10.0.0.1", 40000, "10.0.0.2", 53);
	add_done(&answer);
	sockets = read_all(&answer, PORTTRACE_IPPROTO_UDP);
	assert_false(route_has_destination(&sockets.sockets[0].key));
	diag_free(&sockets);
}

static void more_is_to_come_until_it_is_done(void **state)
{
	struct diag_sockets sockets = {};
	struct answer answer = {};
	unsigned int i;

	(void)state;
	for (i = 1; i <= 50; i++)
		add_socket(&answer, TCP_ESTABLISHED, "10.0.0.1", i, "10.0.0.2", 80);
	for (i = 0; i < 10; i++)
		assert_int_equal(diag_read(&sockets, PORTTRACE_IPPROTO_TCP, answer.bytes,
					   answer.length),
				 0);
	assert_int_equal(sockets.nr, 500);
	answer.length = 0;
	add_done(&answer);
	assert_int_equal(diag_read(&sockets, PORTTRACE_IPPROTO_TCP, answer.bytes, answer.length), 1);
	assert_int_equal(sockets.sockets[499].port, 50);
	diag_free(&sockets);
}

static void the_kernel_says_no(void **state)
{
	struct diag_sockets sockets = {};
	struct answer answer = {};

	(void)state;
	*(int *)add_message(&answer, NLMSG_ERROR, sizeof(struct nlmsgerr)) = -ENOENT;
	assert_int_equal(diag_read(&sockets, PORTTRACE_IPPROTO_TCP, answer.bytes, answer.length),
			 -ENOENT);
	answer.length = 0;
	*(int *)add_message(&answer, NLMSG_DONE, sizeof(int)) = -ENOMEM;
	assert_int_equal(diag_read(&sockets, PORTTRACE_IPPROTO_TCP, answer.bytes, answer.length),
			 -ENOMEM);
	diag_free(&sockets);
}

/* Every length that is cut off, and every length that a header may say. */
static void what_is_cut_off_is_refused(void **state)
{
	struct diag_sockets sockets = {};
	struct answer answer = {}, copy;
	size_t length;
	char *exact;
	int err;

	(void)state;
	add_socket(&answer, TCP_ESTABLISHED, "10.0.0.1", 1, "10.0.0.2", 80);
	for (length = 0; length < answer.length; length++) {
		/* Of that size, so that what is read beyond is found. */
		exact = malloc(length + 1);
		memcpy(exact, answer.bytes, length);
		err = diag_read(&sockets, PORTTRACE_IPPROTO_TCP, exact, length);
		if (err && err != -EBADMSG)
			fail_msg("length %zu: %d", length, err);
		free(exact);
	}
	for (length = 0; length < answer.length + 100; length++) {
		copy = answer;
		((struct nlmsghdr *)copy.bytes)->nlmsg_len = length;
		err = diag_read(&sockets, PORTTRACE_IPPROTO_TCP, copy.bytes, copy.length);
		if (err && err != -EBADMSG)
			fail_msg("header %zu: %d", length, err);
	}
	for (length = 0; length < 65536; length += 3) {
		copy = answer;
		((struct nlattr *)(copy.bytes + copy.length - 8))->nla_len = length;
		diag_read(&sockets, PORTTRACE_IPPROTO_TCP, copy.bytes, copy.length);
	}
	diag_free(&sockets);
}

/* ---- Rows ---- */

static struct snapshot *make_rows(const struct answer *tcp, const struct answer *udp,
				  int64_t tw_reuse, const struct diag_settings *supposed)
{
	static struct port_list reserved;
	const struct diag_settings settings = { .range_low = 1000, .range_high = 1099,
						.tw_reuse = tw_reuse, .reserved = &reserved };
	struct snapshot *snapshot = new_census(0);
	struct diag_sockets sockets = {};

	port_list_add(&reserved, 1010);
	snapshot->without_bpf = snapshot->census.is_incomplete = true;
	add_netns(snapshot, NETNS, 1000, 1099)->tw_reuse = tw_reuse;
	diag_read(&sockets, PORTTRACE_IPPROTO_TCP, tcp->bytes, tcp->length);
	if (udp)
		diag_read(&sockets, PORTTRACE_IPPROTO_UDP, udp->bytes, udp->length);
	assert_int_equal(diag_add_rows(&sockets, NETNS, &settings, supposed, snapshot), 0);
	diag_free(&sockets);
	compute(snapshot, NULL);
	return snapshot;
}

static void without_sockets_there_is_no_route(void **state)
{
	struct answer tcp = {};
	struct snapshot *snapshot;

	(void)state;
	add_done(&tcp);
	snapshot = make_rows(&tcp, NULL, 0, NULL);
	assert_int_equal(snapshot->nr_routes, 0);
	snapshot_free(snapshot);
}

static void sockets_become_routes(void **state)
{
	const struct route_key key = make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
	const struct occupancy *occupancy;
	struct snapshot *snapshot;
	struct answer tcp = {};

	(void)state;
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1001, "10.0.0.2", 3306);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1000, "10.0.0.2", 3306);
	add_socket(&tcp, TCP_SYN_SENT, "10.0.0.1", 1002, "10.0.0.2", 3306);
	/* A connection that becomes a TIME_WAIT is there twice. */
	add_socket(&tcp, TCP_FIN_WAIT2, "10.0.0.1", 1002, "10.0.0.2", 3306);
	/* Not of the range, and reserved. */
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 2000, "10.0.0.2", 3306);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1010, "10.0.0.2", 3306);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1003, "10.0.0.3", 3306);
	snapshot = make_rows(&tcp, NULL, 0, NULL);
	assert_int_equal(snapshot->nr_routes, 2);
	occupancy = occupancy_of(snapshot, key);
	assert_int_equal(occupancy->source, OCCUPANCY_INCOMPLETE);
	assert_int_equal(occupancy->established, 4);
	assert_int_equal(occupancy->other, 1);
	assert_int_equal(occupancy->time_wait, 0);
	assert_int_equal(occupancy->bound, NOT_KNOWN);
	assert_int_equal(occupancy->capacity, 99);
	assert_int_equal(occupancy->used, 3);
	assert_int_equal(occupancy->headroom, 96);
	assert_int_equal(occupancy->fast_headroom, 49 - 2);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(snapshot->netns[0].reserved, 1);
	assert_int_equal(snapshot->netns[0].blocked_by_bind_before_connect, NOT_KNOWN);
	snapshot_free(snapshot);
}

/* A number of UDP's is no timer; and an attribute that is longer than its message is none. */
static void what_looks_like_something_else(void **state)
{
	struct answer udp = {}, tcp = {};
	struct diag_sockets sockets;
	struct inet_diag_msg *message;

	(void)state;
	add_time_wait(&udp, TCP_CLOSE, "10.0.0.1", 5353, 1000);
	add_done(&udp);
	sockets = read_all(&udp, PORTTRACE_IPPROTO_UDP);
	assert_int_equal(sockets.nr, 1);
	assert_false(sockets.sockets[0].is_time_wait);
	diag_free(&sockets);
	message = add_socket(&tcp, TCP_LISTEN, "::", 80, NULL, 0);
	set_v6only(message);
	((struct nlattr *)(message + 1))->nla_len = 9;
	add_done(&tcp);
	sockets = read_all(&tcp, PORTTRACE_IPPROTO_TCP);
	assert_int_equal(sockets.nr, 1);
	assert_false(sockets.sockets[0].v6only);
	diag_free(&sockets);
}

/* Of 1000 to 1002, the search never looks at the last one: what is there is not used. */
static void the_port_that_is_missed_is_not_used(void **state)
{
	const struct route_key key = make_key(NETNS, "10.0.0.1", "10.0.0.2", 3306);
	const struct port_list none = {};
	const struct diag_settings supposed = { .range_low = 1000, .range_high = 1002,
						.reserved = &none };
	const struct supposed_route *route;
	struct snapshot *snapshot;
	struct answer tcp = {};

	(void)state;
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1000, "10.0.0.2", 3306);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1002, "10.0.0.2", 3306);
	snapshot = make_rows(&tcp, NULL, 0, &supposed);
	route = snapshot_find_supposed(snapshot, &key);
	assert_non_null(route);
	assert_int_equal(route->used_in_half[HALF_FAST], 1);
	assert_int_equal(route->used_in_half[HALF_SLOW], 0);
	snapshot_free(snapshot);
}

static void accepted_connections_are_on_no_route(void **state)
{
	struct snapshot *snapshot;
	struct answer tcp = {};

	(void)state;
	add_socket(&tcp, TCP_LISTEN, "0.0.0.0", 1080, NULL, 0);
	set_v6only(add_socket(&tcp, TCP_LISTEN, "::", 1081, NULL, 0));
	add_socket(&tcp, TCP_LISTEN, "::", 1082, NULL, 0);
	add_socket(&tcp, TCP_LISTEN, "10.0.0.1", 1083, NULL, 0);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1080, "10.0.0.2", 1);
	add_socket(&tcp, TCP_ESTABLISHED, "::1", 1081, "::1", 2);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1082, "10.0.0.2", 3);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1083, "10.0.0.2", 4);
	add_socket(&tcp, TCP_SYN_RECV, "10.0.0.1", 1084, "10.0.0.2", 5);
	add_time_wait(&tcp, TCP_TIME_WAIT, "10.0.0.1", 1080, 5);
	/* But these are: nobody listens there for such ones. */
	add_socket(&tcp, TCP_ESTABLISHED, "::1", 1080, "::1", 11);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1081, "10.0.0.2", 12);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.9", 1083, "10.0.0.2", 13);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1085, "10.0.0.2", 14);
	/* And this one is bound only (6.8). */
	add_socket(&tcp, TCP_CLOSE, "10.0.0.1", 1086, NULL, 0);
	snapshot = make_rows(&tcp, NULL, 0, NULL);
	assert_int_equal(snapshot->nr_routes, 4);
	assert_int_equal(snapshot->netns[0].blocked, 5);
	/* The ports that are bound are nobody's, so they are not used, either. */
	assert_int_equal(occupancy_of(snapshot, make_key(NETNS, "::1", "::1", 11))->used, 0);
	assert_int_equal(occupancy_of(snapshot, make_key(NETNS, "10.0.0.1", "10.0.0.2", 14))->used,
			 1);
	snapshot_free(snapshot);
}

static void time_waits_may_be_taken_over(void **state)
{
	const struct route_key site = make_key(NETNS, "10.0.0.1", "10.0.0.1", 80);
	const struct route_key loop = make_key(NETNS, "127.0.0.1", "127.0.0.1", 80);
	const struct route_key half = make_key(NETNS, "127.0.0.2", "127.0.0.2", 80);
	const struct occupancy *occupancy;
	struct snapshot *snapshot;
	struct answer tcp = {};
	int64_t reuse;

	(void)state;
	add_time_wait(&tcp, TCP_TIME_WAIT, "10.0.0.1", 1000, 9999);
	add_time_wait(&tcp, TCP_TIME_WAIT, "10.0.0.1", 1001, 10000);
	add_time_wait(&tcp, TCP_TIME_WAIT, "10.0.0.1", 1002, 60000);
	add_time_wait(&tcp, TCP_TIME_WAIT, "127.0.0.1", 1002, 60000);
	/* Its form that nobody takes over. */
	add_time_wait(&tcp, TCP_FIN_WAIT2, "127.0.0.2", 1002, 60000);
	for (reuse = 0; reuse <= 2; reuse++) {
		snapshot = make_rows(&tcp, NULL, reuse, NULL);
		occupancy = occupancy_of(snapshot, site);
		assert_int_equal(occupancy->time_wait, 3);
		assert_int_equal(occupancy->time_wait_left[0], 1);
		assert_int_equal(occupancy->time_wait_left[1], 1);
		assert_int_equal(occupancy->time_wait_left[NR_LEFT_STEPS - 1], 1);
		assert_int_equal(occupancy->reclaimable, reuse == 1 ? NOT_KNOWN : 0);
		/* At least. */
		assert_int_equal(occupancy->headroom, 96);
		assert_int_equal(occupancy->fast_headroom, 47);
		assert_int_equal(occupancy_of(snapshot, loop)->reclaimable, reuse ? NOT_KNOWN : 0);
		assert_int_equal(occupancy_of(snapshot, half)->reclaimable, 0);
		snapshot_free(snapshot);
	}
}

static void sockets_on_devices_hold_no_port_of_a_route(void **state)
{
	const struct route_key key = make_key(NETNS, "10.0.0.1", "10.0.0.2", 80);
	struct snapshot *snapshot;
	struct answer tcp = {};

	(void)state;
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1001, "10.0.0.2", 80);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1002, "10.0.0.2", 80)->id.idiag_if = 3;
	snapshot = make_rows(&tcp, NULL, 0, NULL);
	assert_int_equal(occupancy_of(snapshot, key)->on_device, 1);
	assert_int_equal(occupancy_of(snapshot, key)->used, 1);
	assert_int_equal(occupancy_of(snapshot, key)->headroom, NOT_KNOWN);
	snapshot_free(snapshot);
}

static void udp_sockets_have_ports_of_addresses(void **state)
{
	const struct route_key one = make_udp_key(NETNS, "10.0.0.1");
	struct answer tcp = {}, udp = {};
	struct snapshot *snapshot;

	(void)state;
	add_socket(&udp, TCP_CLOSE, "10.0.0.1", 1001, NULL, 0);
	add_socket(&udp, TCP_CLOSE, "10.0.0.1", 1001, NULL, 0);
	add_socket(&udp, TCP_ESTABLISHED, "10.0.0.1", 1002, "10.0.0.2", 53);
	add_socket(&udp, TCP_CLOSE, "0.0.0.0", 1003, NULL, 0);
	add_socket(&udp, TCP_CLOSE, "::", 1004, NULL, 0);
	set_v6only(add_socket(&udp, TCP_CLOSE, "::", 1005, NULL, 0));
	/* It has nothing to do with TCP's. */
	add_socket(&tcp, TCP_LISTEN, "10.0.0.1", 1006, NULL, 0);
	snapshot = make_rows(&tcp, &udp, 0, NULL);
	assert_int_equal(snapshot->nr_routes, 3);
	assert_int_equal(occupancy_of(snapshot, one)->other, 2);
	assert_int_equal(occupancy_of(snapshot, one)->established, 1);
	/* Less the reserved one, and both wildcards that are in the way. */
	assert_int_equal(occupancy_of(snapshot, one)->capacity, 97);
	assert_int_equal(occupancy_of(snapshot, one)->used, 2);
	assert_int_equal(occupancy_of(snapshot, one)->headroom, 95);
	snapshot_free(snapshot);
}

static void they_are_counted_by_other_settings_too(void **state)
{
	static const struct port_list none;
	const struct diag_settings supposed = { .range_low = 1003, .range_high = 1012,
						.tw_reuse = 1, .reserved = &none };
	const struct route_key key = make_key(NETNS, "10.0.0.1", "10.0.0.1", 80);
	const struct supposed_route *route;
	struct snapshot *snapshot;
	struct answer tcp = {};

	(void)state;
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1002, "10.0.0.1", 80);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1003, "10.0.0.1", 80);
	add_socket(&tcp, TCP_ESTABLISHED, "10.0.0.1", 1010, "10.0.0.1", 80);
	add_socket(&tcp, TCP_LISTEN, "10.0.0.9", 1005, NULL, 0);
	snapshot = make_rows(&tcp, NULL, 0, &supposed);
	assert_true(snapshot->supposes);
	assert_int_equal(snapshot->nr_supposed, 1);
	route = snapshot_find_supposed(snapshot, &key);
	assert_int_equal(route->used_in_half[HALF_FAST], 1);
	assert_int_equal(route->used_in_half[HALF_SLOW], 1);
	assert_int_equal(route->reclaimable_in_half[HALF_FAST], 0);
	assert_int_equal(occupancy_of(snapshot, key)->used, 2);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_for_all_states),
		cmocka_unit_test(each_message_is_a_socket),
		cmocka_unit_test(udp_has_no_destination),
		cmocka_unit_test(more_is_to_come_until_it_is_done),
		cmocka_unit_test(the_kernel_says_no),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(what_looks_like_something_else),
		cmocka_unit_test(the_port_that_is_missed_is_not_used),
		cmocka_unit_test(without_sockets_there_is_no_route),
		cmocka_unit_test(sockets_become_routes),
		cmocka_unit_test(accepted_connections_are_on_no_route),
		cmocka_unit_test(time_waits_may_be_taken_over),
		cmocka_unit_test(sockets_on_devices_hold_no_port_of_a_route),
		cmocka_unit_test(udp_sockets_have_ports_of_addresses),
		cmocka_unit_test(they_are_counted_by_other_settings_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
