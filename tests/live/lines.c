// SPDX-License-Identifier: GPL-2.0-only
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory)
{
	if (!memory) {
		fputs("live: no memory\n", stderr);
		exit(1);
	}
	return memory;
}

void lines_vadd(struct lines *lines, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	/* Room for a power of two of them. */
	if (!(lines->nr & (lines->nr - 1)))
		lines->text = or_die(realloc(lines->text,
					     (lines->nr ? lines->nr * 2 : 1) *
						     sizeof(*lines->text)));
	lines->text[lines->nr++] = or_die(text);
}

void lines_add(struct lines *lines, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lines_vadd(lines, format, args);
	va_end(args);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_sort(struct lines *lines)
{
	if (lines->nr)
		qsort(lines->text, lines->nr, sizeof(*lines->text), compare_text);
}

void lines_free(struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->nr; i++)
		free(lines->text[i]);
	free(lines->text);
	*lines = (struct lines){};
}

/* Which comes first; a list that is at its end has only later ones. */
static int compare_at(const struct lines *a, size_t at_a, const struct lines *b, size_t at_b)
{
	if (at_a == a->nr)
		return 1;
	if (at_b == b->nr)
		return -1;
	return strcmp(a->text[at_a], b->text[at_b]);
}

bool lines_compare(const struct lines *expected, const struct lines *found,
		   void (*differs)(const char *prefix, const char *line))
{
	size_t e = 0, f = 0;
	bool same = true;

	while (e < expected->nr || f < found->nr) {
		int order = compare_at(expected, e, found, f);

		if (order < 0)
			differs("expected", expected->text[e]);
		else if (order > 0)
			differs("found   ", found->text[f]);
		same &= !order;
		e += order <= 0;
		f += order >= 0;
	}
	return same;
}

const char *lines_next(const char *text, char line[LINE_SIZE])
{
	size_t length = strcspn(text, "\n");

	snprintf(line, LINE_SIZE, "%.*s", (int)length, text);
	return text[length] ? text + length + 1 : NULL;
}
