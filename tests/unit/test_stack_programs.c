// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that are stopped in their connect(), as the kernel side would find them there: with
 * frame pointers, without, and without symbols.
 */
#include "unit.h"

#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_stack.h"
#include "stack_lookup.h"

static pid_t start(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	close(STDOUT_FILENO);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		execl(path, path, "connect", "127.0.0.1", "9", NULL);
	_exit(127);
}

static bool is_in_connect(pid_t pid)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_connect;
}

static void run_to_connect(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Without it, what it stops for is not told. */
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), 0);
	do {
		assert_true(WIFSTOPPED(status));
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	} while (!WIFSTOPPED(status) || !is_in_connect(pid));
}

static void look_up(const char *name, struct stack_names *names)
{
	static struct porttrace_stack stack;
	struct stack_lookup *lookup = stack_lookup_new();
	char path[256];
	pid_t pid;

	assert_non_null(lookup);
	snprintf(path, sizeof(path), "%s/%s", STACK_CALLERS, name);
	pid = start(path);
	run_to_connect(pid);
	take_traced_stack(pid, &stack);
	stack_lookup_names(lookup, &stack, key_of(pid), names);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	stack_lookup_free(lookup);
}

static void names_done(struct stack_names *names)
{
	stack_frames_done(&names->user);
	stack_frames_done(&names->kernel);
}

static void check_names(const char *program)
{
	static const char *const expected[] = { "connect", "inner", "middle", "outer", "main" };
	struct stack_names names = {};
	size_t i;

	look_up(program, &names);
	assert_true(names.user.nr_names > 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(names.user.names[i], expected[i]);
	assert_string_equal(names.user.names[names.user.nr_names - 1], "_start");
	assert_false(names.user.cut);
	names_done(&names);
}

static void a_program_with_frame_pointers_is_named(void **state)
{
	(void)state;
	check_names("caller-fp");
}

static void a_program_without_frame_pointers_is_named(void **state)
{
	(void)state;
	check_names("caller-nofp");
}

static void a_static_program_is_named(void **state)
{
	(void)state;
	check_names("caller-fp-static");
	check_names("caller-nofp-static");
}

/* The C library has a table of the functions that it offers; the program has none at all. */
static void a_stripped_program_is_told_by_build_id(void **state)
{
	struct stack_names names = {};
	char id[64], rest;
	unsigned long long offset, last = 0;
	size_t i;

	(void)state;
	look_up("caller-stripped", &names);
	assert_true(names.user.nr_names > 5);
	assert_string_equal(names.user.names[0], "connect");
	for (i = 1; i < 5; i++) {
		assert_int_equal(sscanf(names.user.names[i], "caller-stripped[%40[0-9a-f]]+0x%llx%c",
					id, &offset, &rest),
				 2);
		assert_int_equal(strlen(id), 40);
		assert_true(offset != last);
		last = offset;
	}
	assert_false(names.user.cut);
	names_done(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_with_frame_pointers_is_named),
		cmocka_unit_test(a_program_without_frame_pointers_is_named),
		cmocka_unit_test(a_static_program_is_named),
		cmocka_unit_test(a_stripped_program_is_told_by_build_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
