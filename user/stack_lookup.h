/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the names of a stack, in the process that calls. user/stack.h does it in another one. */
#ifndef PORTTRACE_STACK_LOOKUP_H
#define PORTTRACE_STACK_LOOKUP_H

#include <stdbool.h>

#include "stack.h"

struct stack_lookup;

struct stack_lookup *stack_lookup_new(void);	  /* NULL: no memory */
void stack_lookup_free(struct stack_lookup *lookup); /* NULL is fine */

/* Reads what every stack needs, so that the first one does not wait for it. */
void stack_lookup_prepare(struct stack_lookup *lookup);

/* So much is kept that it is time to begin anew. */
bool stack_lookup_full(const struct stack_lookup *lookup);

/*
 * Adds to *names, which is empty. lookup NULL: looks nothing up, but says what the stack itself
 * tells, build ids and addresses.
 */
void stack_lookup_names(struct stack_lookup *lookup, const struct porttrace_stack *stack,
			struct process_key process, struct stack_names *names);

#endif
