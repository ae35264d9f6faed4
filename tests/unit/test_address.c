// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "address.h"

static void check_round_trip(const char *text, const char *shown)
{
	char buffer[ADDRESS_TEXT_SIZE];
	uint8_t addr[16], prefix;

	assert_int_equal(address_parse(text, addr, &prefix), 0);
	assert_string_equal(address_format(addr, buffer), shown);
}

static void addresses_are_shown_as_they_were_given(void **state)
{
	(void)state;
	check_round_trip("10.0.0.5", "10.0.0.5");
	check_round_trip("0.0.0.0", "0.0.0.0");
	check_round_trip("::", "::");
	check_round_trip("2001:DB8::1", "2001:db8::1");
}

static void a_mapped_address_is_ipv4(void **state)
{
	uint8_t mapped[16], plain[16], prefix;

	(void)state;
	assert_int_equal(address_parse("::ffff:10.0.0.5", mapped, &prefix), 0);
	assert_int_equal(address_parse("10.0.0.5", plain, &prefix), 0);
	assert_memory_equal(mapped, plain, 16);
	assert_true(address_is_ipv4(mapped));
	assert_int_equal(address_parse("::1", plain, &prefix), 0);
	assert_false(address_is_ipv4(plain));
}

static void check_prefix(const char *text, uint8_t expected)
{
	uint8_t addr[16], prefix;

	assert_int_equal(address_parse(text, addr, &prefix), 0);
	assert_int_equal(prefix, expected);
}

static void prefixes_count_bits_of_128(void **state)
{
	(void)state;
	check_prefix("10.0.0.0/8", 104);
	check_prefix("0.0.0.0/0", 96);
	check_prefix("10.0.0.1", 128);
	check_prefix("2001:db8::/32", 32);
	check_prefix("::/0", 0);
}

static void nonsense_is_refused(void **state)
{
	static const char *const nonsense[] = {
		"",	    "10.0.0",	  "10.0.0.256",	  "10.0.0.1/33",
		"10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/8x",  "::1/129",
		"web-7",    "::g",	  "10.0.0.1 ",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
	};
	uint8_t addr[16], prefix;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		assert_int_equal(address_parse(nonsense[i], addr, &prefix), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_shown_as_they_were_given),
		cmocka_unit_test(a_mapped_address_is_ipv4),
		cmocka_unit_test(prefixes_count_bits_of_128),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
