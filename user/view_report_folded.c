// SPDX-License-Identifier: GPL-2.0-only
#include "view_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *folded;
	uint64_t count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->folded, ((const struct line *)b)->folded);
}

static int by_count(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return by_text(a, b);
}

/* Of one place, calls may have failed in several ways. Returns how many lines there are then. */
static size_t add_up(struct line *lines, size_t nr)
{
	size_t i, last = 0;

	if (!nr)
		return 0;
	qsort(lines, nr, sizeof(*lines), by_text);
	for (i = 1; i < nr; i++)
		if (by_text(&lines[i], &lines[last]))
			lines[++last] = lines[i];
		else
			lines[last].count += lines[i].count;
	qsort(lines, last + 1, sizeof(*lines), by_count);
	return last + 1;
}

int view_report_folded(FILE *out, const struct report *report)
{
	size_t i, nr = report->stacks.nr;
	struct line *lines = calloc(nr + 1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		const struct report_stack *stack = report->list.stacks[i];

		lines[i] = (struct line){ stack->folded, stack->count };
	}
	nr = add_up(lines, nr);
	for (i = 0; i < nr; i++)
		fprintf(out, "%s %" PRIu64 "\n", lines[i].folded, lines[i].count);
	free(lines);
	return 0;
}
