/* SPDX-License-Identifier: GPL-2.0-only */
/* What user/stack.c and the process that it starts tell each other. */
#ifndef PORTTRACE_STACK_MESSAGE_H
#define PORTTRACE_STACK_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "stack.h"

struct stack_request {
	struct porttrace_stack stack;
	struct process_key process;
};

/* The child's first message, of that length: it has read what it needs for all stacks. */
#define STACK_READY_BYTES 1

/* Room for any answer: a SOCK_SEQPACKET socket takes so much at once. */
#define STACK_ANSWER_BYTES (128 * 1024)

/* Bytes written to the buffer of STACK_ANSWER_BYTES; what does not fit is cut. */
size_t stack_answer_write(const struct stack_names *names, char *buffer);

/* Adds to *names, which is empty: 0, or -EPROTO if this is no such answer. */
int stack_answer_read(struct stack_names *names, const char *buffer, size_t size);

#endif
