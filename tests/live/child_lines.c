// SPDX-License-Identifier: GPL-2.0-only
#include "child_lines.h"

#include <poll.h>
#include <string.h>

#include "wait.h"

/* So often the time is looked at. */
#define WAIT_MS 100

char *child_lines_next(struct child_lines *lines, int limit_ms)
{
	long long end_ms = now_ms() + limit_ms;
	char *line, *end;

	while (now_ms() < end_ms) {
		struct pollfd readable = { .fd = lines->child->out, .events = POLLIN };

		line = lines->said.bytes ? lines->said.bytes + lines->read : NULL;
		end = line ? strchr(line, '\n') : NULL;
		if (end) {
			*end = '\0';
			lines->read = end + 1 - lines->said.bytes;
			return line;
		}
		if (poll(&readable, 1, WAIT_MS) == 1 && !text_read(&lines->said, lines->child->out))
			return NULL;
	}
	return NULL;
}

void child_lines_done(struct child_lines *lines)
{
	text_free(&lines->said);
}
