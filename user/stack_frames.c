// SPDX-License-Identifier: GPL-2.0-only
#include "stack_frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"

/* C++ and Rust know longer ones; what is cut off then is the arguments of templates. */
#define MAX_NAME 256

void stack_frames_add(struct stack_frames *frames, const char *name)
{
	char text[MAX_NAME];
	char **more, *copy;

	if (frames->nr_names == MAX_STACK_NAMES) {
		frames->cut = true;
		return;
	}
	printable_copy(text, sizeof(text), name);
	copy = strdup(text);
	more = copy ? realloc(frames->names, (frames->nr_names + 1) * sizeof(*more)) : NULL;
	if (!more) {
		free(copy);
		frames->cut = true;
		return;
	}
	frames->names = more;
	frames->names[frames->nr_names++] = copy;
}

void stack_frames_add_address(struct stack_frames *frames, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	stack_frames_add(frames, text);
}

/*
 * The kernel fills up with zeros, and does not tell the length: linkers make 20 bytes (SHA-1), 16
 * (MD5, UUID), or 8 (xxHash).
 */
static size_t build_id_length(const uint8_t *build_id)
{
	static const uint8_t zeros[12];

	if (!memcmp(build_id + 8, zeros, 12))
		return 8;
	return memcmp(build_id + 16, zeros, 4) ? 20 : 16;
}

void stack_frames_add_place(struct stack_frames *frames, const char *file,
			    const uint8_t *build_id, uint64_t offset)
{
	char id[2 * 20 + 1] = "", text[MAX_NAME];
	size_t i, length = build_id ? build_id_length(build_id) : 0;

	for (i = 0; i < length; i++)
		sprintf(id + 2 * i, "%02x", build_id[i]);
	snprintf(text, sizeof(text), "%.128s%s%s%s+0x%" PRIx64, file ? file : "", id[0] ? "[" : "",
		 id, id[0] ? "]" : "", offset);
	stack_frames_add(frames, text);
}

void stack_frames_done(struct stack_frames *frames)
{
	size_t i;

	for (i = 0; i < frames->nr_names; i++)
		free(frames->names[i]);
	free(frames->names);
	*frames = (struct stack_frames){};
}
