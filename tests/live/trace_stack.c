// SPDX-License-Identifier: GPL-2.0-only
/*
 * `trace --stack` beside programs whose functions are known: main() calls outer(), that middle(),
 * that inner(), and that bind() or connect(), which fails. tests/stack/caller.c is compiled with
 * frame pointers, without, and stripped.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "child.h"
#include "json.h"
#include "outcome.h"
#include "text.h"
#include "trace.h"
#include "trace_cases.h"
#include "wait.h"

#define CALL_LIMIT_MS 30000

/* The functions of the program, innermost first, from the call of the C library on. */
#define NR_FUNCTIONS 5

struct stack_case {
	const char *program; /* beside the workload */
	const char *call;
	bool is_stripped;
};

static const struct stack_case cases[] = {
	{ "caller-fp-static", "bind", false },
	{ "caller-fp-static", "connect", false },
	{ "caller-nofp-static", "bind", false },
	{ "caller-nofp-static", "connect", false },
	{ "caller-stripped-static", "bind", true },
	{ "caller-stripped-static", "connect", true },
};

/* ---- The program ---- */

static struct child *start_caller(const struct stack_case *stack_case,
				  const struct live_setup *setup)
{
	const char *slash = strrchr(setup->workload, '/');
	int length = slash ? (int)(slash + 1 - setup->workload) : 0;
	bool binds = !strcmp(stack_case->call, "bind");
	char path[512];
	/* An address that no host has (RFC 5737); a namespace that has no ports. */
	const char *const argv[] = { path, stack_case->call, binds ? "198.51.100.77" : "127.0.0.1",
				     "7001", "stay", binds ? NULL : "exhausted", NULL };

	snprintf(path, sizeof(path), "%.*s%s", length, setup->workload, stack_case->program);
	return child_start(argv);
}

struct answer {
	struct child *child;
	struct text text;
};

static bool has_answered(const void *arg)
{
	struct answer *answer = (struct answer *)(uintptr_t)arg;

	while (text_read(&answer->text, answer->child->out) > 0)
		;
	return (answer->text.used && strchr(answer->text.bytes, '\n')) ||
	       child_has_ended(answer->child);
}

/* It prints the errno. */
static bool has_failed(struct child *child, char *ret_why, int size)
{
	struct answer answer = { .child = child };
	char expected[16];
	bool good;

	snprintf(expected, sizeof(expected), "%d\n", EADDRNOTAVAIL);
	good = wait_until(has_answered, &answer, CALL_LIMIT_MS) && answer.text.used &&
	       !strcmp(answer.text.bytes, expected);
	if (!good)
		snprintf(ret_why, size, "the call did not fail as it should: '%s', %s",
			 answer.text.used ? answer.text.bytes : "", child_first_words(child));
	text_free(&answer.text);
	return good;
}

/* ---- Its stack ---- */

static struct json_object *find_failure(const struct trace *trace, pid_t pid)
{
	size_t i;

	for (i = 0; i < trace->nr_lines; i++)
		if (json_number_of(trace->lines[i], "pid") == pid)
			return trace->lines[i];
	return NULL;
}

/* "caller-stripped-static[40 digits]+0x1234", and not the frame before once more. */
static bool is_place(const char *program, const char *name, unsigned long long *last)
{
	size_t length = strlen(program);
	unsigned long long offset;
	char id[48], rest;

	if (strncmp(name, program, length) ||
	    sscanf(name + length, "[%40[0-9a-f]]+0x%llx%c", id, &offset, &rest) != 2 ||
	    strlen(id) != 40 || offset == *last)
		return false;
	*last = offset;
	return true;
}

static bool is_expected_frame(const struct stack_case *stack_case, size_t i, const char *name,
			      unsigned long long *last)
{
	const char *const functions[NR_FUNCTIONS] = { stack_case->call, "inner", "middle", "outer",
						      "main" };

	if (stack_case->is_stripped)
		return is_place(stack_case->program, name, last);
	return !strcmp(name, functions[i]);
}

static bool check_user_stack(const struct stack_case *stack_case, struct json_object *line)
{
	unsigned long long last = 0;
	struct json_object *stack;
	size_t i, nr = 0;

	if (json_object_object_get_ex(line, "stack", &stack) &&
	    json_object_is_type(stack, json_type_array))
		nr = json_object_array_length(stack);
	if (nr < NR_FUNCTIONS || json_number_of(line, "stack_certain") != (long long)nr ||
	    strcmp(trace_text_of(line, "stack_cut"), "false"))
		return false;
	for (i = 0; i < NR_FUNCTIONS; i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(stack, i));

		if (!is_expected_frame(stack_case, i, name, &last))
			return false;
	}
	return true;
}

/*
 * Where the back-end runs within the kernel's functions, it is known which they are. On 5.10 the
 * kernel cannot walk its stack at the return of a kretprobe, and tells of none.
 */
static bool has_kernel_stack(const struct stack_case *stack_case, const struct live_setup *setup)
{
	struct utsname names;

	if (setup_is_tracepoint(setup))
		return !strcmp(stack_case->call, "connect");
	return strcmp(setup->probe, "kprobe") || uname(&names) ||
	       strncmp(names.release, "5.10.", 5);
}

static bool check_kernel_stack(const struct stack_case *stack_case, const struct live_setup *setup,
			       struct json_object *line)
{
	const char *text = trace_text_of(line, "kernel_stack");
	char entry[32];

	if (!has_kernel_stack(stack_case, setup))
		return !strcmp(text, "-");
	snprintf(entry, sizeof(entry), "\"__sys_%s\"", stack_case->call);
	return strstr(text, entry);
}

static bool check(const struct stack_case *stack_case, const struct live_setup *setup,
		  struct json_object *line, char *ret_why, int size)
{
	if (!line)
		snprintf(ret_why, size, "no line for it");
	else if (!check_user_stack(stack_case, line))
		snprintf(ret_why, size, "stack %s, certain %s, cut %s",
			 trace_text_of(line, "stack"), json_text_of(line, "stack_certain"),
			 json_text_of(line, "stack_cut"));
	else if (!check_kernel_stack(stack_case, setup, line))
		snprintf(ret_why, size, "kernel_stack %s", trace_text_of(line, "kernel_stack"));
	else
		return true;
	return false;
}

static bool run(const void *arg, const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "--stack", NULL };
	const struct stack_case *stack_case = arg;
	struct trace *trace = trace_start(setup, options, ret_why, size);
	struct child *child = trace ? start_caller(stack_case, setup) : NULL;
	bool good = false;

	if (trace && !child)
		snprintf(ret_why, size, "%s: %s", stack_case->program, strerror(errno));
	/* It stays until its stack has names. */
	if (child && has_failed(child, ret_why, size) && trace_sync(trace))
		good = check(stack_case, setup, find_failure(trace, child->pid), ret_why, size);
	child_free(child);
	good = good && trace_stop(trace, SIGINT, ret_why, size);
	trace_free(trace);
	return good;
}

const struct trace_case trace_stack_cases[] = {
	{ .name = "trace-stack-of-bind", .run_with = run, .arg = &cases[0],
	  .is_of_backend = true },
	{ .name = "trace-stack-of-connect", .run_with = run, .arg = &cases[1],
	  .is_of_backend = true },
	{ .name = "trace-stack-without-frame-pointers-of-bind", .run_with = run,
	  .arg = &cases[2] },
	{ .name = "trace-stack-without-frame-pointers-of-connect", .run_with = run,
	  .arg = &cases[3] },
	{ .name = "trace-stack-stripped-of-bind", .run_with = run, .arg = &cases[4] },
	{ .name = "trace-stack-stripped-of-connect", .run_with = run, .arg = &cases[5] },
	{},
};
