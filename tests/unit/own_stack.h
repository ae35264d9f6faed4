/* SPDX-License-Identifier: GPL-2.0-only */
/* Stacks to make names of, taken without any kernel's help: of the test itself, or of its child. */
#ifndef PORTTRACE_OWN_STACK_H
#define PORTTRACE_OWN_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/types.h>

#include "porttrace.h"

struct process_key key_of(pid_t pid);

/* A key that was somebody's, who has ended. */
struct process_key key_of_the_dead(void);

/* Registers and a copy of the stack of the caller; no frames of the kernel's walk. */
void take_own_stack(struct porttrace_stack *stack);

/* The same of a thread that is stopped and traced. */
void take_traced_stack(pid_t pid, struct porttrace_stack *stack);

/* Where it was. */
uint64_t pc_of(const struct porttrace_stack *stack);

/* Of the running program. False: it has none. */
bool own_build_id(uint8_t id[20]);

/* Of a function of the running program, from the beginning of its file. */
uint64_t own_offset(const void *code);

/* Calls take_own_stack() from own_inner(), called by own_middle(), called by own_outer(). */
void own_outer(struct porttrace_stack *stack);

#endif
