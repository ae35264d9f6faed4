/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `porttrace who`, beside sockets that are known: the program census-load makes them, and says at
 * each step which port to ask for and what has to come.
 */
#ifndef LIVE_WHO_H
#define LIVE_WHO_H

#include "headroom.h"

/* Calls visit for the name of each case. */
void who_each(void (*visit)(const char *name, void *arg), void *arg);

/* All that setup->only allows. */
void who_run(const struct headroom_setup *setup);

#endif
