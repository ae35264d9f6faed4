/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census and the search for owners, beside a load that changes while they run: the program
 * census-load, which says at each step what is to be shown.
 */
#ifndef LIVE_CENSUS_H
#define LIVE_CENSUS_H

#include <stdbool.h>

#include "headroom.h"

/* Calls visit for the name of each case. */
void census_each(void (*visit)(const char *name, void *arg), void *arg);

/* All that setup->only allows; own_machine: an emulated one, for which some would take too long. */
void census_run(const struct headroom_setup *setup, bool own_machine);

#endif
