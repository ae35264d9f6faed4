// SPDX-License-Identifier: GPL-2.0-only
/* Names of kernel functions, of a list that the test wrote, and of the kernel's own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_symbol.h"

#define LIST                                   \
	"ffffffff81000000 T first_function\n"  \
	"ffffffff81002000 t second_function\n" \
	"ffffffff81003000 D some_variable\n"   \
	"ffffffffa0000000 t third_function\t[module]\n"
#define FIRST 0xffffffff81000000ULL
#define SECOND 0xffffffff81002000ULL
#define THIRD 0xffffffffa0000000ULL
#define LATER 0xffffffffb0000000ULL
#define LATER_LINE "ffffffffb0000000 t later_function\t[bpf]\n"

#define HIDDEN                                \
	"0000000000000000 T first_function\n" \
	"0000000000000000 t second_function\n"

static char path[32];
static struct kernel_symbols *symbols;

static void write_list(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/porttrace-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	write_list(LIST);
	symbols = kernel_symbols_new(path);
	return !symbols;
}

static int tear_down(void **state)
{
	(void)state;
	kernel_symbols_free(symbols);
	unlink(path);
	return 0;
}

static void check_name(uint64_t address, const char *expected)
{
	const char *name = kernel_symbol_name(symbols, address);

	assert_non_null(name);
	assert_string_equal(name, expected);
}

static void check_list(void)
{
	check_name(FIRST, "first_function");
	check_name(SECOND + 0x123, "second_function");
	check_name(THIRD + 1, "third_function");
	assert_null(kernel_symbol_name(symbols, FIRST - 1));
	assert_null(kernel_symbol_name(symbols, LATER));
}

static void an_address_has_the_name_of_the_function_that_it_is_in(void **state)
{
	(void)state;
	check_list();
}

static void another_reading_finds_what_came_later(void **state)
{
	(void)state;
	check_list();
	write_list(LIST LATER_LINE);
	kernel_symbols_read(symbols);
	check_name(LATER, "later_function");
	check_name(FIRST, "first_function");
}

static void a_reading_without_addresses_leaves_the_names_that_are_known(void **state)
{
	(void)state;
	check_list();
	write_list(HIDDEN);
	kernel_symbols_read(symbols);
	check_list();
	write_list("");
	kernel_symbols_read(symbols);
	check_list();
}

/* As of /proc/kallsyms without CAP_SYSLOG: who opens it now sees less. */
static void the_file_is_opened_once(void **state)
{
	char first[sizeof(path) + 2];

	(void)state;
	check_list();
	snprintf(first, sizeof(first), "%s.1", path);
	write_list(LIST LATER_LINE);
	assert_int_equal(rename(path, first), 0);
	write_list(HIDDEN);
	kernel_symbols_read(symbols);
	unlink(first);
	check_name(LATER, "later_function");
}

/* 0: a process that was root, and has given that away, can name it. */
static int name_without_privileges(uint64_t address, const char *expected)
{
	struct kernel_symbols *kernel = kernel_symbols_new(KALLSYMS);
	const char *name;
	int good;

	if (!kernel)
		return 1;
	kernel_symbols_read(kernel);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	kernel_symbols_read(kernel);
	name = kernel_symbol_name(kernel, address);
	good = name && !strcmp(name, expected);
	kernel_symbols_free(kernel);
	return !good;
}

static uint64_t address_of(const char *function)
{
	FILE *file = fopen(KALLSYMS, "re");
	char line[1024], name[512], type;
	unsigned long long address, found = 0;

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %c %511s", &address, &type, name) == 3 &&
		    !strcmp(name, function))
			found = address;
	if (file)
		fclose(file);
	return found;
}

static void names_outlive_the_privileges_that_they_take(void **state)
{
	uint64_t address = geteuid() ? 0 : address_of("inet_hash_connect");
	pid_t child;
	int status;

	(void)state;
	if (!address)
		skip();
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(name_without_privileges(address, "inet_hash_connect"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_has_the_name_of_the_function_that_it_is_in),
		TEST(another_reading_finds_what_came_later),
		TEST(a_reading_without_addresses_leaves_the_names_that_are_known),
		TEST(the_file_is_opened_once),
		cmocka_unit_test(names_outlive_the_privileges_that_they_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
