/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for places in ELF files, and the frames of a stack by the files' own tables: what elfutils
 * is for, and the only place that knows it.
 *
 * The files are those of other people's programs. Whatever is in them, elfutils decides how long
 * it takes and how much memory; see user/stack.h for who bears that.
 */
#ifndef PORTTRACE_SYMBOL_H
#define PORTTRACE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "porttrace.h"
#include "stack_frames.h"

struct build_id {
	uint8_t bytes[20]; /* as the kernel tells it: padded with zeros, or cut */
	bool is_known;
};

/* Files that are kept open, with what was read of them. */
struct symbol_files;

struct symbol_files *symbol_files_new(void); /* NULL: no memory */
void symbol_files_free(struct symbol_files *files);

/* So many or so large that it is time to begin anew. */
bool symbol_files_full(const struct symbol_files *files);

struct symbol_file;

/*
 * The file behind the descriptor, which is closed, or kept. name: what to call it. NULL: no ELF
 * file, no memory. Good until the files are freed.
 */
struct symbol_file *symbol_file_get(struct symbol_files *files, int fd, const char *name);

/* NULL: no file of that build id was met. */
struct symbol_file *symbol_file_find(struct symbol_files *files, const struct build_id *id);

const struct build_id *symbol_file_id(const struct symbol_file *file);

/*
 * Where the file's addresses begin, if the byte at that offset of it is mapped at that address.
 * False: that offset is in none of its segments.
 */
bool symbol_file_bias(const struct symbol_file *file, uint64_t offset, uint64_t address,
		      uint64_t *ret_bias);

/*
 * Adds the names of what is at that offset of the file: of functions that were inlined there, and
 * then of the function itself. is_return: the code at the offset itself is not meant, but what is
 * right before it. False: there is no name.
 */
bool symbol_file_names(struct symbol_file *file, uint64_t offset, bool is_return,
		       struct stack_frames *frames);

/* A descriptor of its own, or a negative errno. */
int symbol_file_dup(const struct symbol_file *file);

const char *symbol_file_name(const struct symbol_file *file);

#endif
