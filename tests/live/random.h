/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that look random and are the same again for the same seed, on every machine. */
#ifndef LIVE_RANDOM_H
#define LIVE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state; /* at first: the seed */
};

/* 0 ... nr - 1 */
unsigned int random_below(struct random *random, unsigned int nr);

/* Both ends included. */
unsigned int random_between(struct random *random, unsigned int low, unsigned int high);

bool random_chance(struct random *random, unsigned int percent);

#endif
