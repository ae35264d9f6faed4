/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures that porttrace has to arrive at. */
#ifndef LIVE_MIX_FIGURES_H
#define LIVE_MIX_FIGURES_H

#include "mix.h"

struct figures {
	unsigned int capacity, used, reclaimable, headroom, fast_headroom;
	unsigned int states[GONE + 1];
	unsigned int bound;
	unsigned int
		remembered; /* TIME_WAITs that are known only because they were seen to begin */
};

/* Of the route. */
struct figures figures_of_route(const struct mix *mix, const struct moment *moment);

/* Of the route in a range that sockets of it have of their own; neither states nor bound. */
struct figures figures_of_own_range(const struct mix *mix, const struct port_range *own,
				    const struct moment *moment);

unsigned int figures_reserved(const struct mix *mix);
unsigned int figures_blocked(const struct mix *mix);

/* Whether the kernel granted what it should have; prints where it did not. */
bool figures_check(const struct mix *mix);

#endif
