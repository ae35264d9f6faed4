// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

/* splitmix64: good from the first number on, whatever the seed. */
static uint64_t next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned int random_below(struct random *random, unsigned int nr)
{
	return next(random) % nr;
}

unsigned int random_between(struct random *random, unsigned int low, unsigned int high)
{
	return low + random_below(random, high - low + 1);
}

bool random_chance(struct random *random, unsigned int percent)
{
	return random_below(random, 100) < percent;
}
