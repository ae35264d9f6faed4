// SPDX-License-Identifier: GPL-2.0-only
#include "tally.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

void *tally_find(const struct tally *tally, const void *row)
{
	void *const *found = tfind(row, &tally->tree, tally->compare);

	return found ? *found : NULL;
}

int tally_get(struct tally *tally, const void *row, void **ret_row)
{
	void *copy;

	*ret_row = tally_find(tally, row);
	if (*ret_row)
		return 0;
	if (tally->nr >= tally->most)
		return -E2BIG;
	copy = malloc(tally->size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, row, tally->size);
	if (!tsearch(copy, &tally->tree, tally->compare)) {
		free(copy);
		return -ENOMEM;
	}
	tally->nr++;
	*ret_row = copy;
	return 0;
}

struct listing {
	void **rows;
	size_t nr;
};

static void list_one(const void *node, VISIT visit, void *arg)
{
	struct listing *listing = arg;

	if (visit == postorder || visit == leaf)
		listing->rows[listing->nr++] = *(void *const *)node;
}

static int by_order(const void *a, const void *b, void *order)
{
	int (*compare)(const void *, const void *) =
		*(int (**)(const void *, const void *))order;

	return compare(*(void *const *)a, *(void *const *)b);
}

void **tally_list(const struct tally *tally, int (*order)(const void *a, const void *b))
{
	struct listing listing = { .rows = calloc(tally->nr + 1, sizeof(*listing.rows)) };

	if (!listing.rows)
		return NULL;
	twalk_r(tally->tree, list_one, &listing);
	qsort_r(listing.rows, listing.nr, sizeof(*listing.rows), by_order, &order);
	return listing.rows;
}

static void drop(struct tally *tally, void *row)
{
	tdelete(row, &tally->tree, tally->compare);
	tally->nr--;
	if (tally->done)
		tally->done(row);
	free(row);
}

int tally_keep(struct tally *tally, size_t keep, int (*order)(const void *a, const void *b),
	       void (*gone)(void *arg, const void *row), void *arg)
{
	size_t i, nr = tally->nr;
	void **rows;

	if (nr <= keep)
		return 0;
	rows = tally_list(tally, order);
	if (!rows)
		return -ENOMEM;
	for (i = keep; i < nr; i++) {
		if (gone)
			gone(arg, rows[i]);
		drop(tally, rows[i]);
	}
	free(rows);
	return 0;
}

void tally_done(struct tally *tally)
{
	void *row;

	/* The root of the tree points to a row first. */
	while (tally->tree) {
		row = *(void **)tally->tree;
		drop(tally, row);
	}
}
