/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headroom equals what happens: mixes of sockets are made, each in a namespace of its own, one
 * line of porttrace is read, and then each mix takes ports until the kernel refuses.
 */
#ifndef LIVE_HEADROOM_H
#define LIVE_HEADROOM_H

#include <stdbool.h>
#include <stdint.h>

struct headroom_setup {
	const char *porttrace, *probe;
	const char *workload;	  /* the program mix is beside it */
	const char *only, *lacks; /* as in the options of the driver */
	uint64_t seed;		  /* of the first random mix; the others follow */
	unsigned int nr_random;
	bool few; /* of those with a name, only the ones that say most about the back-end */
};

/* Calls visit for the name of each case. False: the names cannot be had. */
bool headroom_each(const struct headroom_setup *setup, void (*visit)(const char *name, void *arg),
		   void *arg);

/* All that `only` allows. */
void headroom_run(const struct headroom_setup *setup);

#endif
