/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User stacks by the unwind tables of the files that are mapped (CFI), from the registers and the
 * copy of the stack that were taken. The process is not stopped, and its memory is not read.
 */
#ifndef PORTTRACE_UNWIND_H
#define PORTTRACE_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "porttrace.h"
#include "symbol.h"

struct unwound_frame {
	uint64_t address;
	uint64_t offset;	  /* in the file */
	struct symbol_file *file; /* NULL: memory without a file, or with one that is no ELF file */
	const char *file_name;	  /* NULL: memory without a file */
	bool is_return;		  /* the call is right before the address */
	bool has_table;		  /* how to get further out from here is certain */
};

#define MAX_UNWOUND_FRAMES 128

struct unwound_stack {
	struct unwound_frame frames[MAX_UNWOUND_FRAMES]; /* innermost first */
	size_t nr_frames;
	bool complete; /* the last one is where the thread began */
};

/* What is mapped in the processes that were met last. */
struct unwinder;

struct unwinder *unwinder_new(struct symbol_files *files); /* NULL: no memory */
void unwinder_free(struct unwinder *unwinder);		    /* NULL is fine */

/*
 * Without any frames if the process is gone and was not met before, runs another program by now,
 * or was of another architecture. What it points to is good until the next call.
 */
void unwind(struct unwinder *unwinder, const struct porttrace_stack *stack,
	    struct process_key process, struct unwound_stack *ret_stack);

#endif
