// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stack_frames.h"
#include "stack_message.h"

static void check_place(const char *file, const uint8_t *id, uint64_t offset, const char *expected)
{
	struct stack_frames frames = {};

	stack_frames_add_place(&frames, file, id, offset);
	assert_int_equal(frames.nr_names, 1);
	assert_string_equal(frames.names[0], expected);
	stack_frames_done(&frames);
}

static void a_place_has_file_build_id_and_offset(void **state)
{
	uint8_t id[20];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)(0xa0 + i);
	check_place("libfoo.so.1", id, 0x1234,
		    "libfoo.so.1[a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3]+0x1234");
	check_place(NULL, id, 0, "[a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3]+0x0");
	check_place("libfoo.so.1", NULL, 0x1234, "libfoo.so.1+0x1234");
	memset(id + 16, 0, 4);
	check_place("md5", id, 1, "md5[a0a1a2a3a4a5a6a7a8a9aaabacadaeaf]+0x1");
	memset(id + 8, 0, 8);
	check_place("lld", id, 1, "lld[a0a1a2a3a4a5a6a7]+0x1");
}

static void names_are_made_printable(void **state)
{
	struct stack_frames frames = {};
	char *name = malloc(10000);

	(void)state;
	stack_frames_add(&frames, "evil\033[2J\n");
	assert_string_equal(frames.names[0], "evil?[2J?");
	memset(name, 'x', 9999);
	name[9999] = '\0';
	stack_frames_add(&frames, name);
	assert_int_equal(strlen(frames.names[1]), 255);
	stack_frames_add_address(&frames, 0xffffffff81000000);
	assert_string_equal(frames.names[2], "0xffffffff81000000");
	stack_frames_done(&frames);
	free(name);
}

static void a_list_that_is_full_is_cut(void **state)
{
	struct stack_frames frames = {};
	int i;

	(void)state;
	for (i = 0; i < MAX_STACK_NAMES; i++)
		stack_frames_add(&frames, "f");
	assert_false(frames.cut);
	stack_frames_add(&frames, "f");
	assert_true(frames.cut);
	assert_int_equal(frames.nr_names, MAX_STACK_NAMES);
	stack_frames_done(&frames);
}

static void names_done(struct stack_names *names)
{
	stack_frames_done(&names->user);
	stack_frames_done(&names->kernel);
}

static void an_answer_arrives_as_it_was_written(void **state)
{
	struct stack_names names = {}, read = {};
	char *buffer = malloc(STACK_ANSWER_BYTES);
	size_t size;

	(void)state;
	stack_frames_add(&names.user, "connect");
	stack_frames_add(&names.user, "");
	stack_frames_add(&names.user, "main");
	stack_frames_add(&names.kernel, "tcp_v4_connect");
	names.user.nr_certain = 2;
	names.user.cut = true;
	size = stack_answer_write(&names, buffer);
	assert_int_equal(stack_answer_read(&read, buffer, size), 0);
	assert_int_equal(read.user.nr_names, 3);
	assert_string_equal(read.user.names[0], "connect");
	assert_string_equal(read.user.names[2], "main");
	assert_int_equal(read.user.nr_certain, 2);
	assert_true(read.user.cut);
	assert_int_equal(read.kernel.nr_names, 1);
	assert_string_equal(read.kernel.names[0], "tcp_v4_connect");
	assert_false(read.kernel.cut);
	names_done(&names);
	names_done(&read);
	free(buffer);
}

/* The child may have been made to write anything. */
static void an_answer_of_garbage_is_refused(void **state)
{
	struct stack_names names = {};
	char *buffer = malloc(STACK_ANSWER_BYTES);
	size_t i, size;
	int round;

	(void)state;
	srandom(1);
	assert_int_equal(stack_answer_read(&names, buffer, 0), -EPROTO);
	for (round = 0; round < 2000; round++) {
		size = (size_t)random() % 200;
		for (i = 0; i < size; i++)
			buffer[i] = (char)(random() % 3 ? 0 : random());
		stack_answer_read(&names, buffer, size);
		assert_true(names.user.nr_certain <= MAX_STACK_NAMES);
		names_done(&names);
	}
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_has_file_build_id_and_offset),
		cmocka_unit_test(names_are_made_printable),
		cmocka_unit_test(a_list_that_is_full_is_cut),
		cmocka_unit_test(an_answer_arrives_as_it_was_written),
		cmocka_unit_test(an_answer_of_garbage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
