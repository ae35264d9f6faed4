/* SPDX-License-Identifier: GPL-2.0-only */
/* Output that is read piece by piece. */
#ifndef LIVE_TEXT_H
#define LIVE_TEXT_H

#include <stddef.h>
#include <sys/types.h>

struct text {
	char *bytes; /* ends with NUL once something was read */
	size_t used, size;
};

/* What read() returns; what was read is appended. */
ssize_t text_read(struct text *text, int fd);

/* Reads to the end of a descriptor that does not block: 0, or a negative errno. */
int text_read_all(struct text *text, int fd, int limit_ms);

void text_free(struct text *text);

#endif
