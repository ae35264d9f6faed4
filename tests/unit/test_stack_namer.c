// SPDX-License-Identifier: GPL-2.0-only
/* The process that makes the names may come to any harm: the one that asks does not. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "own_stack.h"
#include "stack.h"

static struct porttrace_stack stack;

/* The only child there is; 0: none. */
static pid_t child(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "r");
	assert_non_null(file);
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static void check_named(struct stack_namer *namer)
{
	struct stack_names *names;

	own_outer(&stack);
	names = stack_namer_names(namer, &stack, key_of(getpid()));
	assert_non_null(names);
	assert_true(names->user.nr_names > 4);
	assert_string_equal(names->user.names[0], "take_own_stack");
	assert_string_equal(names->user.names[3], "own_outer");
	stack_names_free(names);
}

static void check_not_named(struct stack_namer *namer)
{
	struct stack_names *names;

	own_outer(&stack);
	stack.user[0] = (struct user_frame){ .status = FRAME_BUILD_ID, .build_id = { 1, 2 },
					     .offset = 3 };
	stack.nr_user = 1;
	names = stack_namer_names(namer, &stack, key_of(getpid()));
	assert_non_null(names);
	assert_int_equal(names->user.nr_names, 1);
	assert_string_equal(names->user.names[0], "[0102000000000000]+0x3");
	assert_true(names->user.cut);
	stack_names_free(names);
}

static void names_come_from_a_process_of_their_own(void **state)
{
	struct stack_namer *namer = stack_namer_new();

	(void)state;
	assert_non_null(namer);
	assert_true(child() > 0);
	check_named(namer);
	check_named(namer);
	stack_namer_free(namer);
	assert_int_equal(child(), 0);
}

static void one_that_dies_is_replaced(void **state)
{
	struct stack_namer *namer = stack_namer_new();

	(void)state;
	assert_non_null(namer);
	kill(child(), SIGKILL);
	check_named(namer);
	stack_namer_free(namer);
}

static void one_that_hangs_is_given_up(void **state)
{
	struct stack_namer *namer = stack_namer_new();
	time_t began = time(NULL);
	pid_t first = child();

	(void)state;
	assert_non_null(namer);
	kill(first, SIGSTOP);
	check_not_named(namer);
	assert_true(time(NULL) - began < 5);
	assert_int_equal(child(), 0);
	/* No other one is started right away: this must not cost as much again. */
	check_not_named(namer);
	assert_int_equal(child(), 0);
	stack_namer_free(namer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_from_a_process_of_their_own),
		cmocka_unit_test(one_that_dies_is_replaced),
		cmocka_unit_test(one_that_hangs_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
