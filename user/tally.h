/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows that are found by their key, and of which there is a limited number, however many keys there
 * are: the search trees of the C library, with an end to their growth. Pure.
 */
#ifndef PORTTRACE_TALLY_H
#define PORTTRACE_TALLY_H

#include <stddef.h>

struct tally {
	void *tree; /* of tsearch(3) */
	size_t nr;
	size_t most; /* rows */
	size_t size; /* of one, in bytes */
	int (*compare)(const void *a, const void *b); /* of two rows, by their keys alone */
	void (*done)(void *row); /* before its memory is given back; NULL: nothing is to be done */
};

/* The row with the key of that one, or NULL. */
void *tally_find(const struct tally *tally, const void *row);

/*
 * The row with the key of that one, which becomes a copy of it if it is new. -E2BIG: it would be new,
 * and there is no room; -ENOMEM.
 */
int tally_get(struct tally *tally, const void *row, void **ret_row);

/* All of them, sorted, tally->nr pointers: the caller's to free; NULL when out of memory. */
void **tally_list(const struct tally *tally, int (*order)(const void *a, const void *b));

/*
 * Keeps the first so many by an order (of two rows). What goes is given to gone(), if that is not
 * NULL, before. -ENOMEM.
 */
int tally_keep(struct tally *tally, size_t keep, int (*order)(const void *a, const void *b),
	       void (*gone)(void *arg, const void *row), void *arg);

void tally_done(struct tally *tally);

#endif
