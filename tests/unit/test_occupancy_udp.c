// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left of a UDP address's ports. What overlaps is the kernel's inet_rcv_saddr_equal(): a
 * socket on a specific address is in the way of that address and of wildcards; one on a wildcard,
 * of all of its family, and one on :: of IPv4 as well unless it is IPV6_V6ONLY.
 */
#include "unit.h"

#define NETNS 7

/* One namespace with the range 5000-5009, or 5000-5010 and so on. */
static struct snapshot *make_census(int32_t high)
{
	struct snapshot *snapshot = new_census(0);

	add_netns(snapshot, NETNS, 5000, high);
	return snapshot;
}

static void add_sockets(struct snapshot *snapshot, const char *addr, bool v6only, int32_t low,
			int32_t high)
{
	add_ports(snapshot, make_udp_set_key(NETNS, addr, v6only), low, high);
}

static void assert_udp(const struct snapshot *snapshot, const char *src, int64_t capacity,
		       int64_t used)
{
	const struct occupancy *occupancy = occupancy_of(snapshot, make_udp_key(NETNS, src));

	assert_int_equal(occupancy->capacity, capacity);
	assert_int_equal(occupancy->used, used);
	assert_int_equal(occupancy->reclaimable, 0);
	assert_int_equal(occupancy->headroom, capacity - used);
}

/* That many of the range's ten left for a socket on that address, where a port has none on it. */
static void assert_left(struct snapshot *snapshot, const char *src, int64_t capacity)
{
	add_route(snapshot, make_udp_key(NETNS, src), 1, 0);
	compute(snapshot, NULL);
	assert_udp(snapshot, src, capacity, 0);
}

/* A socket on that address is in the way of these, and not of those; lists ended by NULL. */
static void assert_in_the_way(const char *addr, bool v6only, const char *const *of,
			      const char *const *not_of)
{
	struct snapshot *snapshot = make_census(5009);

	add_sockets(snapshot, addr, v6only, 5004, 5004);
	for (; *of; of++)
		assert_left(snapshot, *of, 9);
	for (; *not_of; not_of++)
		assert_left(snapshot, *not_of, 10);
	snapshot_free(snapshot);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_socket_on_an_ipv4_address_is_in_the_way_of_wildcards(void **state)
{
	(void)state;
	assert_in_the_way("10.0.0.1", false, LIST("0.0.0.0", "::"),
			  LIST("10.0.0.2", "127.0.0.1", "2001:db8::1", "::1"));
}

static void a_socket_on_ipv4s_wildcard_is_in_the_way_of_ipv4(void **state)
{
	(void)state;
	assert_in_the_way("0.0.0.0", false, LIST("10.0.0.1", "127.0.0.1", "::"),
			  LIST("2001:db8::1", "::1"));
}

/* bind() to an IPv6 address makes a socket IPV6_V6ONLY. */
static void a_socket_bound_to_an_ipv6_address_is_in_the_way_of_its_wildcard(void **state)
{
	(void)state;
	assert_in_the_way("2001:db8::1", true, LIST("::"),
			  LIST("2001:db8::2", "::1", "0.0.0.0", "10.0.0.1"));
}

/*
 * connect() gives a socket an IPv6 address, but does not make it IPV6_V6ONLY. To IPv4, it is then
 * on an address of its own, and a wildcard overlaps that (tried on 6.18: EADDRINUSE).
 */
static void a_socket_connected_from_an_ipv6_address_is_in_the_way_of_both_wildcards(void **state)
{
	(void)state;
	assert_in_the_way("2001:db8::1", false, LIST("::", "0.0.0.0"),
			  LIST("2001:db8::2", "::1", "10.0.0.1"));
}

static void a_socket_on_ipv6s_wildcard_is_in_the_way_of_all(void **state)
{
	(void)state;
	assert_in_the_way("::", false, LIST("2001:db8::1", "::1", "0.0.0.0", "10.0.0.1"),
			  (const char *const[]){ NULL });
}

static void one_that_is_v6only_is_not_in_the_way_of_ipv4(void **state)
{
	(void)state;
	assert_in_the_way("::", true, LIST("2001:db8::1", "::1"), LIST("0.0.0.0", "10.0.0.1"));
}

static void the_sockets_of_the_address_itself_are_its_use(void **state)
{
	struct snapshot *snapshot = make_census(5009);

	(void)state;
	add_sockets(snapshot, "10.0.0.1", false, 5000, 5000);
	add_sockets(snapshot, "10.0.0.2", false, 5001, 5001);
	add_sockets(snapshot, "0.0.0.0", false, 5002, 5002);
	add_sockets(snapshot, "2001:db8::1", true, 5003, 5003);
	add_sockets(snapshot, "2001:db8::2", true, 5004, 5004);
	add_sockets(snapshot, "::", false, 5005, 5005);
	add_sockets(snapshot, "::", true, 5006, 5006);
	add_route(snapshot, make_udp_key(NETNS, "10.0.0.1"), 1, 0);
	add_route(snapshot, make_udp_key(NETNS, "0.0.0.0"), 1, 0);
	add_route(snapshot, make_udp_key(NETNS, "2001:db8::1"), 1, 0);
	add_route(snapshot, make_udp_key(NETNS, "::"), 1, 0);
	compute(snapshot, NULL);
	/* In the way: 5002 and 5005; its own is 5000. */
	assert_udp(snapshot, "10.0.0.1", 8, 1);
	/* 5000, 5001 and 5005; 5002. */
	assert_udp(snapshot, "0.0.0.0", 7, 1);
	/* 5005 and 5006; 5003. */
	assert_udp(snapshot, "2001:db8::1", 8, 1);
	/* 5000 to 5004; 5005 and 5006. */
	assert_udp(snapshot, "::", 5, 2);
	snapshot_free(snapshot);
}

/* A bound one and a connected one: with different keys, but one address. */
static void both_kinds_of_ipv6_sockets_are_the_addresss_use(void **state)
{
	struct snapshot *snapshot = make_census(5009);

	(void)state;
	add_sockets(snapshot, "2001:db8::1", true, 5003, 5005);
	add_sockets(snapshot, "2001:db8::1", false, 5005, 5006);
	add_route(snapshot, make_udp_key(NETNS, "2001:db8::1"), 1, 0);
	add_route(snapshot, make_udp_key(NETNS, "2001:db8::2"), 1, 0);
	compute(snapshot, NULL);
	assert_udp(snapshot, "2001:db8::1", 10, 4);
	assert_udp(snapshot, "2001:db8::2", 10, 0);
	snapshot_free(snapshot);
}

static void ipv4_mapped_addresses_are_ipv4(void **state)
{
	(void)state;
	assert_in_the_way("::ffff:0.0.0.0", false, LIST("::ffff:10.0.0.1", "10.0.0.1", "::"),
			  LIST("2001:db8::1"));
}

static void a_port_that_is_shared_with_what_is_in_the_way_is_none_of_the_routes(void **state)
{
	struct snapshot *snapshot = make_census(5009);

	(void)state;
	/* SO_REUSEADDR allows that. */
	add_sockets(snapshot, "10.0.0.1", false, 5003, 5004);
	add_sockets(snapshot, "0.0.0.0", false, 5004, 5005);
	add_route(snapshot, make_udp_key(NETNS, "10.0.0.1"), 1, 0);
	add_route(snapshot, make_udp_key(NETNS, "0.0.0.0"), 1, 0);
	compute(snapshot, NULL);
	/* Free: all but 5003, 5004 and 5005. */
	assert_udp(snapshot, "10.0.0.1", 8, 1);
	assert_udp(snapshot, "0.0.0.0", 8, 1);
	snapshot_free(snapshot);
}

static void every_port_of_a_range_of_odd_size_is_looked_at(void **state)
{
	struct snapshot *snapshot = make_census(5010);

	(void)state;
	assert_left(snapshot, "10.0.0.1", 11);
	snapshot_free(snapshot);
	snapshot = make_census(5002);
	assert_left(snapshot, "10.0.0.1", 3);
	snapshot_free(snapshot);
	snapshot = make_census(5000);
	assert_left(snapshot, "::", 1);
	snapshot_free(snapshot);
}

static void tcp_and_udp_do_not_take_each_others_ports(void **state)
{
	const struct route_key tcp = make_key(NETNS, "10.0.0.1", "10.0.0.2", 80);
	struct snapshot *snapshot = make_census(5009);

	(void)state;
	add_ports(snapshot, make_set_key(NETNS, PORTS_TCP_BLOCKED), 5000, 5003);
	add_sockets(snapshot, "::", false, 5002, 5009);
	add_counted_route(snapshot, tcp, 1, 1);
	add_route(snapshot, make_udp_key(NETNS, "10.0.0.1"), 1, 0);
	compute(snapshot, NULL);
	assert_udp(snapshot, "10.0.0.1", 2, 0);
	assert_int_equal(occupancy_of(snapshot, tcp)->capacity, 6);
	assert_int_equal(occupancy_of(snapshot, tcp)->headroom, 4);
	snapshot_free(snapshot);
}

static void reserved_ports_and_those_outside_the_range_are_neither_capacity_nor_use(void **state)
{
	struct snapshot *snapshot = make_census(5009);

	(void)state;
	add_ports(snapshot, make_set_key(NETNS, PORTS_RESERVED), 4990, 5002);
	add_sockets(snapshot, "10.0.0.1", false, 53, 53);
	add_sockets(snapshot, "10.0.0.1", false, 5001, 5004);
	add_sockets(snapshot, "10.0.0.1", false, 5010, 5020);
	add_sockets(snapshot, "0.0.0.0", false, 0, 5000);
	add_sockets(snapshot, "0.0.0.0", false, 5009, 65535);
	add_route(snapshot, make_udp_key(NETNS, "10.0.0.1"), 1, 0);
	compute(snapshot, NULL);
	/* Left are 5003 to 5008; 5003 and 5004 are used. */
	assert_udp(snapshot, "10.0.0.1", 6, 2);
	snapshot_free(snapshot);
}

static void sockets_of_other_namespaces_are_not_in_the_way(void **state)
{
	struct snapshot *snapshot = make_census(5009);
	uint32_t inum;

	(void)state;
	for (inum = NETNS - 1; inum <= NETNS + 1; inum += 2) {
		add_netns(snapshot, inum, 5000, 5009);
		add_ports(snapshot, make_udp_set_key(inum, "::", false), 5000, 5009);
		add_ports(snapshot, make_udp_set_key(inum, "10.0.0.1", false), 5000, 5009);
		add_ports(snapshot, make_set_key(inum, PORTS_RESERVED), 5000, 5009);
	}
	assert_left(snapshot, "10.0.0.1", 10);
	snapshot_free(snapshot);
}

static void figures_without_a_meaning_for_udp_are_not_known(void **state)
{
	const struct route_key counted = make_udp_key(NETNS, "10.0.0.1");
	const struct route_key silent = make_udp_key(NETNS, "10.0.0.2");
	struct snapshot *snapshot = make_census(5009);
	const struct occupancy *occupancy;

	(void)state;
	add_counted_route(snapshot, counted, 0, 0)->occupancy.established = 3;
	snapshot->routes[0].occupancy.other = 2;
	add_route(snapshot, silent, 5, 0);
	compute(snapshot, NULL);
	occupancy = occupancy_of(snapshot, counted);
	assert_int_equal(occupancy->established, 3);
	assert_int_equal(occupancy->other, 2);
	assert_int_equal(occupancy->bound, NOT_KNOWN);
	assert_int_equal(occupancy->fast_headroom, NOT_KNOWN);
	assert_int_equal(occupancy->source, OCCUPANCY_CENSUS);
	/* Known only from events: it has no sockets. */
	occupancy = occupancy_of(snapshot, silent);
	assert_int_equal(occupancy->established, 0);
	assert_int_equal(occupancy->time_wait, 0);
	assert_int_equal(occupancy->other, 0);
	assert_int_equal(occupancy->bound, NOT_KNOWN);
	assert_int_equal(occupancy->fast_headroom, NOT_KNOWN);
	assert_int_equal(occupancy->source, OCCUPANCY_CENSUS);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_on_an_ipv4_address_is_in_the_way_of_wildcards),
		cmocka_unit_test(a_socket_on_ipv4s_wildcard_is_in_the_way_of_ipv4),
		cmocka_unit_test(a_socket_bound_to_an_ipv6_address_is_in_the_way_of_its_wildcard),
		cmocka_unit_test(
			a_socket_connected_from_an_ipv6_address_is_in_the_way_of_both_wildcards),
		cmocka_unit_test(a_socket_on_ipv6s_wildcard_is_in_the_way_of_all),
		cmocka_unit_test(one_that_is_v6only_is_not_in_the_way_of_ipv4),
		cmocka_unit_test(the_sockets_of_the_address_itself_are_its_use),
		cmocka_unit_test(both_kinds_of_ipv6_sockets_are_the_addresss_use),
		cmocka_unit_test(ipv4_mapped_addresses_are_ipv4),
		cmocka_unit_test(
			a_port_that_is_shared_with_what_is_in_the_way_is_none_of_the_routes),
		cmocka_unit_test(every_port_of_a_range_of_odd_size_is_looked_at),
		cmocka_unit_test(tcp_and_udp_do_not_take_each_others_ports),
		cmocka_unit_test(
			reserved_ports_and_those_outside_the_range_are_neither_capacity_nor_use),
		cmocka_unit_test(sockets_of_other_namespaces_are_not_in_the_way),
		cmocka_unit_test(figures_without_a_meaning_for_udp_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
