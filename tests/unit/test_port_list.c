// SPDX-License-Identifier: GPL-2.0-only
/* Lists of ports as ip_local_reserved_ports has them. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "port_list.h"

/* What is read is what is written, in the kernel's own form. */
static void assert_form(const char *text, const char *form, int64_t count)
{
	struct port_list list = {};
	char *written;

	assert_int_equal(port_list_parse(&list, text), 0);
	assert_int_equal(port_list_count(&list), count);
	written = port_list_format(&list);
	assert_non_null(written);
	assert_string_equal(written, form);
	free(written);
}

static void a_list_has_one_form(void **state)
{
	(void)state;
	assert_form("", "", 0);
	assert_form("\n", "", 0);
	assert_form("3306", "3306", 1);
	assert_form(" 3306 , 80\n", "80,3306", 2);
	assert_form("30000-32767,3306", "3306,30000-32767", 2769);
	assert_form("5,6,7,9", "5-7,9", 4);
	assert_form("1-3,2-5", "1-5", 5);
	assert_form("0-65535", "0-65535", 65536);
	assert_form("65535", "65535", 1);
}

static void what_is_no_list(void **state)
{
	static const char *const texts[] = { "x", "80x", "80 81", "80-", "-80", "81-80", "65536", ",",
					     "80,,81" };
	struct port_list list = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(port_list_parse(&list, texts[i]), -EINVAL);
}

static void lists_add_up(void **state)
{
	struct port_list a = {}, b = {};

	(void)state;
	port_list_add(&a, 7);
	port_list_add_range(&b, 8, 9);
	port_list_add_range(&b, 9, 8);
	port_list_add_all(&a, &b);
	assert_int_equal(port_list_count(&a), 3);
	assert_true(port_list_has(&a, 9));
	assert_false(port_list_has(&a, 10));
}

/* Ports between others are added, fewer of them first, until it fits. */
static void a_list_that_is_too_long(void **state)
{
	struct port_list list = {}, read = {};
	char *text;
	int port;

	(void)state;
	for (port = 20000; port < 22000; port += 2)
		port_list_add(&list, port);
	port_list_add(&list, 60000);
	text = port_list_format_within(&list, 6006);
	assert_int_equal(strlen(text), 6005);
	free(text);
	text = port_list_format_within(&list, 6004);
	assert_string_equal(text, "20000-21998,60000");
	free(text);
	port_list_add(&list, 22010);
	text = port_list_format_within(&list, 4000);
	assert_string_equal(text, "20000-21998,22010,60000");
	assert_int_equal(port_list_parse(&read, text), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_one_form),
		cmocka_unit_test(what_is_no_list),
		cmocka_unit_test(lists_add_up),
		cmocka_unit_test(a_list_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
