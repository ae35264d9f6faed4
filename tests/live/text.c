// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "wait.h"

#define FIRST_SIZE 4096

ssize_t text_read(struct text *text, int fd)
{
	ssize_t got;

	if (text->used + 1 >= text->size) {
		size_t size = text->size ? text->size * 2 : FIRST_SIZE;
		char *grown = realloc(text->bytes, size);

		if (!grown) {
			errno = ENOMEM;
			return -1;
		}
		text->bytes = grown;
		text->size = size;
	}
	got = read(fd, text->bytes + text->used, text->size - text->used - 1);
	if (got > 0)
		text->used += got;
	text->bytes[text->used] = '\0';
	return got;
}

int text_read_all(struct text *text, int fd, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms, left_ms;

	while ((left_ms = end_ms - now_ms()) > 0) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&readable, 1, left_ms) != 1)
			continue;
		got = text_read(text, fd);
		if (!got)
			return 0;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){};
}
