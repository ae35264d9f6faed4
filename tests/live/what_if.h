/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `porttrace check --what-if` says what there would be; then the settings are made, by the program
 * census-load in its own namespace, and ports are taken until the kernel refuses.
 */
#ifndef LIVE_WHAT_IF_H
#define LIVE_WHAT_IF_H

#include "headroom.h"

/* Calls visit for the name of each case. */
void what_if_each(void (*visit)(const char *name, void *arg), void *arg);

/* All that setup->only allows. */
void what_if_run(const struct headroom_setup *setup);

#endif
