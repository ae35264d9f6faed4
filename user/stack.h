/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stacks with names, from what bpf/stack.bpf.c took.
 *
 * Files of other people's processes are read for that, with elfutils, in a process of its own
 * that is given up when it takes too long, or too much, or dies: it never harms who calls.
 */
#ifndef PORTTRACE_USER_STACK_H
#define PORTTRACE_USER_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "porttrace.h"
#include "stack_frames.h"

struct stack_names {
	struct stack_frames user;
	struct stack_frames kernel;
};

struct stack_namer;

/*
 * Starts the process that makes the names, and waits until it is ready: some 50 ms. Do this before
 * the first stack is taken, and before there are threads. NULL: no memory. What is kept of files and
 * processes is bounded.
 */
struct stack_namer *stack_namer_new(void);
void stack_namer_free(struct stack_namer *namer); /* NULL is fine */

/*
 * Names for the stack of that process, which need not be there any more; process.pid 0: not known.
 * Takes up to two seconds, in the worst case. NULL: no memory.
 */
struct stack_names *stack_namer_names(struct stack_namer *namer,
				      const struct porttrace_stack *stack,
				      struct process_key process);
void stack_names_free(struct stack_names *names); /* NULL is fine */

#endif
