/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the current task called from. Nothing here decides what is worth a stack. */
#ifndef PORTTRACE_STACK_BPF_H
#define PORTTRACE_STACK_BPF_H

#include "kernel.bpf.h"

/*
 * Fills in *stack, which may be memory of a ring buffer, for the task that is inside a system call
 * now. ctx is the program's own. has_kernel_stack: the program runs within the functions that are
 * worth to be told (a system call's exit is not). A thread of the kernel has no user stack; in a
 * softirq it would be that of whoever was interrupted: do not call this there.
 */
__hidden void take_stack(void *ctx, bool has_kernel_stack, struct porttrace_stack *stack);

#endif
