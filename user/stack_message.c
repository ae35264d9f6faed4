// SPDX-License-Identifier: GPL-2.0-only
#include "stack_message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Then the names, each with a zero at its end. */
struct answer_head {
	uint32_t nr_user, nr_user_certain, nr_kernel;
	uint8_t user_cut, kernel_cut;
};

static uint32_t write_names(const struct stack_frames *frames, char *buffer, size_t *used)
{
	size_t i, length;

	for (i = 0; i < frames->nr_names; i++) {
		length = strlen(frames->names[i]) + 1;
		if (length > STACK_ANSWER_BYTES - *used)
			break;
		memcpy(buffer + *used, frames->names[i], length);
		*used += length;
	}
	return (uint32_t)i;
}

size_t stack_answer_write(const struct stack_names *names, char *buffer)
{
	size_t used = sizeof(struct answer_head);
	struct answer_head head = {};

	head.nr_user = write_names(&names->user, buffer, &used);
	head.nr_user_certain = (uint32_t)names->user.nr_certain;
	head.nr_kernel = write_names(&names->kernel, buffer, &used);
	head.user_cut = names->user.cut || head.nr_user < names->user.nr_names;
	head.kernel_cut = names->kernel.cut || head.nr_kernel < names->kernel.nr_names;
	memcpy(buffer, &head, sizeof(head));
	return used;
}

static int read_names(struct stack_frames *frames, uint32_t nr, const char **at, const char *end)
{
	uint32_t i;
	const char *zero;

	for (i = 0; i < nr; i++) {
		zero = memchr(*at, '\0', (size_t)(end - *at));
		if (!zero)
			return -EPROTO;
		stack_frames_add(frames, *at);
		*at = zero + 1;
	}
	return 0;
}

int stack_answer_read(struct stack_names *names, const char *buffer, size_t size)
{
	const char *at = buffer + sizeof(struct answer_head), *end = buffer + size;
	struct answer_head head;

	if (size < sizeof(head))
		return -EPROTO;
	memcpy(&head, buffer, sizeof(head));
	if (head.nr_user > MAX_STACK_NAMES || head.nr_kernel > MAX_STACK_NAMES ||
	    read_names(&names->user, head.nr_user, &at, end) ||
	    read_names(&names->kernel, head.nr_kernel, &at, end))
		return -EPROTO;
	names->user.nr_certain = head.nr_user_certain < head.nr_user ? head.nr_user_certain :
								       head.nr_user;
	names->kernel.nr_certain = head.nr_kernel;
	names->user.cut |= head.user_cut;
	names->kernel.cut |= head.kernel_cut;
	return 0;
}
