/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of names that a stack becomes. Does no input or output. */
#ifndef PORTTRACE_STACK_FRAMES_H
#define PORTTRACE_STACK_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Innermost first. Printable ASCII. docs/stacks.md has the forms: "name", "name [inlined]",
 * "file[build id]+0xoffset", "0xaddress".
 */
struct stack_frames {
	char **names;
	size_t nr_names;
	/*
	 * The first so many are certain. The others were found by frame pointers alone: right for a
	 * program that has them, but for the direct caller of a function without a frame.
	 */
	size_t nr_certain;
	bool cut; /* there may be frames further out that could not be had */
};

/* A list never becomes longer: what does not fit, or finds no memory, sets cut. */
#define MAX_STACK_NAMES 256

void stack_frames_add(struct stack_frames *frames, const char *name);
void stack_frames_add_address(struct stack_frames *frames, uint64_t address);

/* file: NULL if it is not known. build_id: 20 bytes, or NULL. */
void stack_frames_add_place(struct stack_frames *frames, const char *file,
			    const uint8_t *build_id, uint64_t offset);

void stack_frames_done(struct stack_frames *frames);

#endif
