// SPDX-License-Identifier: GPL-2.0-only
/* The filter that the kernel gets: see struct event_filter. */
#include "unit.h"

#include <string.h>

#include "address.h"
#include "filter.h"

static struct address_filter make_address(const char *text)
{
	struct address_filter filter = { .set = true };

	assert_int_equal(address_parse(text, filter.addr, &filter.prefix), 0);
	return filter;
}

static struct event_filter for_events(const struct filter *filter)
{
	struct event_filter events;

	memset(&events, 0xff, sizeof(events));
	filter_for_events(filter, &events);
	return events;
}

static void assert_bytes(const void *got, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = got;
	char text[33] = "";
	int i;

	for (i = 0; i < 16; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	assert_string_equal(text, hex);
}

static void nothing_asked_for_is_all_zero(void **state)
{
	struct event_filter events = for_events(&(struct filter){}), zeroed;

	(void)state;
	memset(&zeroed, 0, sizeof(zeroed));
	assert_memory_equal(&events, &zeroed, sizeof(zeroed));
}

static void masks(void **state)
{
	static const struct {
		const char *filter, *addr, *mask;
		uint8_t family;
	} cases[] = {
		{ "10.1.2.3/8", "00000000000000000000ffff0a000000",
		  "ffffffffffffffffffffffffff000000", 0 },
		{ "10.1.2.3", "00000000000000000000ffff0a010203",
		  "ffffffffffffffffffffffffffffffff", 0 },
		{ "10.1.2.255/30", "00000000000000000000ffff0a0102fc",
		  "fffffffffffffffffffffffffffffffc", 0 },
		{ "0.0.0.0/0", "00000000000000000000ffff00000000",
		  "ffffffffffffffffffffffff00000000", 0 },
		{ "2001:db8::1/64", "20010db8000000000000000000000000",
		  "ffffffffffffffff0000000000000000", 6 },
		{ "2001:db8::1", "20010db8000000000000000000000001",
		  "ffffffffffffffffffffffffffffffff", 0 },
		{ "::/0", "00000000000000000000000000000000",
		  "00000000000000000000000000000000", 6 },
	};
	struct event_filter events;
	struct filter filter;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		filter = (struct filter){ .src = make_address(cases[i].filter) };
		events = for_events(&filter);
		assert_bytes(events.src, cases[i].addr);
		assert_bytes(events.src_mask, cases[i].mask);
		assert_int_equal(events.family, cases[i].family);
		assert_int_equal(events.has_dst, 0);
		assert_bytes(events.dst_mask, "00000000000000000000000000000000");

		filter = (struct filter){ .dst = make_address(cases[i].filter) };
		events = for_events(&filter);
		assert_bytes(events.dst, cases[i].addr);
		assert_bytes(events.dst_mask, cases[i].mask);
		assert_int_equal(events.family, cases[i].family);
		assert_int_equal(events.has_dst, 1);
		assert_bytes(events.src_mask, "00000000000000000000000000000000");
	}
}

/* "-4 --src ::/0": a bit of the address that the mask has not. */
static void a_family_that_the_address_is_not_of(void **state)
{
	struct filter filter = { .src = make_address("::/0"), .families = FILTER_IPV4 };
	struct event_filter events = for_events(&filter);

	(void)state;
	assert_int_not_equal(events.src[0] & ~events.src_mask[0], 0);
	filter.families = FILTER_IPV6;
	events = for_events(&filter);
	assert_int_equal(events.src[0] & ~events.src_mask[0], 0);
	assert_int_equal(events.family, 6);
}

static void both_is_any(void **state)
{
	struct filter filter = {};

	(void)state;
	filter.families = FILTER_IPV4;
	assert_int_equal(for_events(&filter).family, 4);
	filter.families = FILTER_IPV6;
	assert_int_equal(for_events(&filter).family, 6);
	filter.families = FILTER_IPV4 | FILTER_IPV6;
	assert_int_equal(for_events(&filter).family, 0);
	filter.protos = FILTER_TCP;
	assert_int_equal(for_events(&filter).proto, 6);
	filter.protos = FILTER_UDP;
	assert_int_equal(for_events(&filter).proto, 17);
	filter.protos = FILTER_TCP | FILTER_UDP;
	assert_int_equal(for_events(&filter).proto, 0);
}

static void ports_and_processes(void **state)
{
	struct filter filter = {
		.sport_low = 1,
		.sport_high = 2,
		.dport_low = 3,
		.dport_high = 65535,
		.pid = 812,
		.comm = "fifteen letters",
		.cgroup = "/a",
		.cgroup_inode = UINT64_C(0x123456789abcdef0),
	};
	struct event_filter events = for_events(&filter);

	(void)state;
	assert_int_equal(events.sport_low, 1);
	assert_int_equal(events.sport_high, 2);
	assert_int_equal(events.dport_low, 3);
	assert_int_equal(events.dport_high, 65535);
	assert_int_equal(events.pid, 812);
	assert_int_equal(events.has_comm, 1);
	assert_memory_equal(events.comm, "fifteen letters", 16);
	assert_true(events.cgroup == UINT64_C(0x123456789abcdef0));
	/* Beyond a shorter one there are zeros: the kernel compares all of it. */
	strncpy(filter.comm, "x", sizeof(filter.comm));
	assert_memory_equal(for_events(&filter).comm, "x\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_for_is_all_zero),
		cmocka_unit_test(masks),
		cmocka_unit_test(a_family_that_the_address_is_not_of),
		cmocka_unit_test(both_is_any),
		cmocka_unit_test(ports_and_processes),
	};

	return cmocka_run_group_tests_name("filter for events", tests, NULL, NULL);
}
