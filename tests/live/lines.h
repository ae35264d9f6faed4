/* SPDX-License-Identifier: GPL-2.0-only */
/* A bag of text lines, and the difference of two. */
#ifndef LIVE_LINES_H
#define LIVE_LINES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct lines {
	char **text; /* each without its newline; owned */
	size_t nr;
};

__attribute__((format(printf, 2, 3))) void lines_add(struct lines *lines, const char *format, ...);

__attribute__((format(printf, 2, 0))) void lines_vadd(struct lines *lines, const char *format,
						      va_list args);

void lines_sort(struct lines *lines);
void lines_free(struct lines *lines);

/*
 * Both sorted. Calls differs() for each line that only one of them has, or has more often, with
 * the prefix that says which; true when there was none.
 */
bool lines_compare(const struct lines *expected, const struct lines *found,
		   void (*differs)(const char *prefix, const char *line));

/* Copies the line that text begins with, cut, and returns the text after it, or NULL. */
#define LINE_SIZE 512
const char *lines_next(const char *text, char line[LINE_SIZE]);

#endif
