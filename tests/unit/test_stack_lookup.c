// SPDX-License-Identifier: GPL-2.0-only
/* Names of stacks that the test made itself: the functions and their order are known. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "own_stack.h"
#include "stack_lookup.h"

static struct porttrace_stack stack;
static struct stack_lookup *lookup;
static struct stack_names names;

static int set_up(void **state)
{
	(void)state;
	lookup = stack_lookup_new();
	return !lookup;
}

static void forget_names(void)
{
	stack_frames_done(&names.user);
	stack_frames_done(&names.kernel);
	names = (struct stack_names){};
}

static int tear_down(void **state)
{
	(void)state;
	forget_names();
	stack_lookup_free(lookup);
	return 0;
}

static void look_up(struct process_key process)
{
	forget_names();
	stack_lookup_names(lookup, &stack, process, &names);
}

/* A frame as the kernel's walk tells it. */
static void add_walked(const uint8_t id[20], uint64_t offset)
{
	struct user_frame *frame = &stack.user[stack.nr_user++];

	frame->status = FRAME_BUILD_ID;
	memcpy(frame->build_id, id, 20);
	frame->offset = offset;
}

static void check_own_names(void)
{
	assert_true(names.user.nr_names >= 5);
	assert_string_equal(names.user.names[0], "take_own_stack");
	assert_string_equal(names.user.names[1], "own_inner");
	assert_string_equal(names.user.names[2], "own_middle");
	assert_string_equal(names.user.names[3], "own_outer");
}

static void the_functions_of_a_stack_are_named_in_order(void **state)
{
	(void)state;
	own_outer(&stack);
	look_up(key_of(getpid()));
	check_own_names();
	assert_string_equal(names.user.names[4], "the_functions_of_a_stack_are_named_in_order");
	assert_string_equal(names.user.names[names.user.nr_names - 1], "_start");
	assert_false(names.user.cut);
	assert_int_equal(names.user.nr_certain, names.user.nr_names);
	/* The same from what is kept. */
	look_up(key_of(getpid()));
	check_own_names();
}

static void a_stack_that_was_copied_in_part_is_cut(void **state)
{
	(void)state;
	own_outer(&stack);
	stack.nr_copied = 0;
	look_up(key_of(getpid()));
	assert_int_equal(names.user.nr_names, 1);
	assert_string_equal(names.user.names[0], "take_own_stack");
	assert_true(names.user.cut);
}

static void what_was_copied_goes_on_by_frame_pointers(void **state)
{
	uint8_t id[20];

	(void)state;
	if (!own_build_id(id))
		skip();
	own_outer(&stack);
	stack.nr_copied = 0;
	add_walked(id, own_offset((const void *)pc_of(&stack)));
	add_walked(id, own_offset((const void *)own_outer) + 8);
	look_up(key_of(getpid()));
	assert_int_equal(names.user.nr_names, 2);
	assert_string_equal(names.user.names[1], "own_outer");
	assert_int_equal(names.user.nr_certain, 1);
	assert_true(names.user.cut);
}

static void of_the_dead_there_are_build_ids(void **state)
{
	char expected[128];
	uint8_t id[20];
	size_t i;

	(void)state;
	if (!own_build_id(id))
		skip();
	own_outer(&stack);
	add_walked(id, 0x1234);
	look_up(key_of_the_dead());
	for (i = 0; i < 20; i++)
		sprintf(expected + 2 * i + 1, "%02x", id[i]);
	expected[0] = '[';
	strcpy(expected + 41, "]+0x1234");
	assert_int_equal(names.user.nr_names, 1);
	assert_string_equal(names.user.names[0], expected);
	assert_true(names.user.cut);
}

static void of_the_dead_there_are_names_from_files_met_before(void **state)
{
	uint8_t id[20];

	(void)state;
	if (!own_build_id(id))
		skip();
	own_outer(&stack);
	look_up(key_of(getpid()));
	add_walked(id, own_offset((const void *)own_outer) + 4);
	look_up(key_of_the_dead());
	assert_int_equal(names.user.nr_names, 1);
	assert_string_equal(names.user.names[0], "own_outer");
}

/* After an execve(): the same process, with other maps. */
static void maps_of_another_program_are_not_believed(void **state)
{
	static const uint8_t other[20] = { 0xab, 0xcd };

	(void)state;
	own_outer(&stack);
	add_walked(other, 0x10);
	look_up(key_of(getpid()));
	assert_int_equal(names.user.nr_names, 1);
	assert_string_equal(names.user.names[0], "[abcd000000000000]+0x10");
}

static void garbage_of_the_walk_is_not_told(void **state)
{
	static const uint8_t id[20] = { 1 };

	(void)state;
	memset(&stack, 0, sizeof(stack));
	add_walked(id, 0x10);
	add_walked(id, 0xffffaa53a2204000);
	add_walked(id, 0x20);
	look_up(key_of_the_dead());
	assert_int_equal(names.user.nr_names, 1);
	stack.user[1].status = FRAME_ADDRESS;
	look_up(key_of_the_dead());
	assert_int_equal(names.user.nr_names, 1);
}

static void no_stack_has_no_names(void **state)
{
	(void)state;
	memset(&stack, 0, sizeof(stack));
	look_up(key_of(getpid()));
	assert_int_equal(names.user.nr_names, 0);
	assert_false(names.user.cut);
	assert_int_equal(names.kernel.nr_names, 0);
}

static void kernel_functions_are_named_or_told_by_address(void **state)
{
	(void)state;
	memset(&stack, 0, sizeof(stack));
	stack.kernel[0] = 0x10;
	stack.nr_kernel = 1;
	look_up(key_of(getpid()));
	assert_int_equal(names.kernel.nr_names, 1);
	assert_string_equal(names.kernel.names[0], "0x10");
}

/* Numbers of a kind that leads somewhere, now and then. */
static uint64_t random_word(void)
{
	uint64_t word = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();

	switch (random() % 6) {
	case 0:
		return stack.registers[7] + (word & 0x3ff8);
	case 1:
		return (uint64_t)(uintptr_t)own_outer + (word & 0xfff);
	case 2:
		return (uint64_t)(uintptr_t)printf + (word & 0xffff);
	case 3:
		return word & 0xffff;
	case 4:
		return pc_of(&stack) + (word & 0xfff);
	default:
		return word;
	}
}

static void spoil(const uint8_t id[20])
{
	uint64_t word;
	size_t i;

	for (i = 0; i < 17; i++)
		if (!(random() % 4))
			stack.registers[i] = random_word();
	for (i = 0; i + 8 <= sizeof(stack.copy); i += 8) {
		word = random_word();
		if (!(random() % 3))
			memcpy(stack.copy + i, &word, 8);
	}
	stack.nr_copied = (uint32_t)random() % (random() % 8 ? sizeof(stack.copy) + 1 : ~0U);
	stack.nr_user = (uint32_t)random() % (random() % 8 ? MAX_USER_FRAMES : ~0U);
	stack.nr_kernel = (uint32_t)random() % (random() % 8 ? MAX_KERNEL_FRAMES : ~0U);
	for (i = 0; i < MAX_USER_FRAMES; i++) {
		stack.user[i].status = (int32_t)(random() % 4);
		memcpy(stack.user[i].build_id, id, 20);
		stack.user[i].offset = random() % 2 ? (uint64_t)random() % 100000 : random_word();
	}
	for (i = 0; i < MAX_KERNEL_FRAMES; i++)
		stack.kernel[i] = random_word();
	/* Otherwise nothing would be unwound. */
	if (random() % 4)
		stack.nr_user = 0;
}

static void no_bytes_do_any_harm(void **state)
{
	struct process_key self = key_of(getpid()), dead = key_of_the_dead();
	uint8_t id[20];
	int round;

	(void)state;
	own_build_id(id);
	srandom(20);
	for (round = 0; round < 500; round++) {
		own_outer(&stack);
		spoil(id);
		look_up(random() % 8 ? self : dead);
		assert_true(names.user.nr_names <= MAX_STACK_NAMES);
		assert_true(names.user.nr_certain <= names.user.nr_names);
		forget_names();
		stack_lookup_names(NULL, &stack, self, &names);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_functions_of_a_stack_are_named_in_order),
		TEST(a_stack_that_was_copied_in_part_is_cut),
		TEST(what_was_copied_goes_on_by_frame_pointers),
		TEST(of_the_dead_there_are_build_ids),
		TEST(of_the_dead_there_are_names_from_files_met_before),
		TEST(maps_of_another_program_are_not_believed),
		TEST(garbage_of_the_walk_is_not_told),
		TEST(no_stack_has_no_names),
		TEST(kernel_functions_are_named_or_told_by_address),
		TEST(no_bytes_do_any_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
