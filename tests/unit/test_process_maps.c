// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own_stack.h"
#include "process_maps.h"

static struct process_maps maps;

static void read_own_maps(void)
{
	assert_int_equal(process_maps_open(&maps, key_of(getpid())), 0);
	assert_int_equal(process_maps_read(&maps), 0);
}

static int tear_down(void **state)
{
	(void)state;
	process_maps_done(&maps);
	return 0;
}

static void code_is_found_in_its_file(void **state)
{
	const struct mapping *mapping;
	struct stat found, expected;
	int fd;

	(void)state;
	read_own_maps();
	mapping = process_maps_find(&maps, (uintptr_t)code_is_found_in_its_file);
	assert_non_null(mapping);
	assert_string_equal(mapping->name, "test_process_maps");
	assert_int_equal((uintptr_t)code_is_found_in_its_file - mapping->start + mapping->offset,
			 own_offset((const void *)code_is_found_in_its_file));
	fd = process_maps_open_file(&maps, mapping);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	assert_int_equal(stat("/proc/self/exe", &expected), 0);
	assert_int_equal(found.st_ino, expected.st_ino);
	assert_int_equal(found.st_dev, expected.st_dev);
	close(fd);
}

static void data_is_no_code(void **state)
{
	(void)state;
	read_own_maps();
	assert_null(process_maps_find(&maps, (uintptr_t)&maps));
	assert_null(process_maps_find(&maps, 0));
	assert_null(process_maps_find(&maps, UINT64_MAX));
}

/* To open a device can have effects of its own. */
static void only_regular_files_are_opened(void **state)
{
	int fd = open("/dev/zero", O_RDONLY);
	const struct mapping *mapping;
	void *memory;

	(void)state;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_true(memory != MAP_FAILED);
	read_own_maps();
	mapping = process_maps_find(&maps, (uintptr_t)memory);
	assert_non_null(mapping);
	assert_string_equal(mapping->name, "zero");
	assert_int_equal(process_maps_open_file(&maps, mapping), -EINVAL);
	munmap(memory, 4096);
}

static void a_file_that_was_removed_is_still_the_one(void **state)
{
	char path[] = "/tmp/porttrace-test-XXXXXX";
	int fd = mkstemp(path);
	const struct mapping *mapping;
	char byte = 0;
	void *memory;

	(void)state;
	assert_int_equal(write(fd, "x", 1), 1);
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	unlink(path);
	assert_true(memory != MAP_FAILED);
	read_own_maps();
	mapping = process_maps_find(&maps, (uintptr_t)memory);
	assert_non_null(mapping);
	assert_string_equal(mapping->name, strrchr(path, '/') + 1);
	fd = process_maps_open_file(&maps, mapping);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(fd);
	munmap(memory, 4096);
}

static void another_process_with_the_pid_is_another_one(void **state)
{
	struct process_key key = key_of(getpid());

	(void)state;
	key.started -= 1000;
	assert_int_equal(process_maps_open(&maps, key), -ESRCH);
	assert_int_equal(process_maps_open(&maps, key_of_the_dead()), -ENOENT);
	assert_int_equal(process_maps_open(&maps, (struct process_key){}), -ESRCH);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(code_is_found_in_its_file),
		TEST(data_is_no_code),
		TEST(only_regular_files_are_opened),
		TEST(a_file_that_was_removed_is_still_the_one),
		TEST(another_process_with_the_pid_is_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
