/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cases of cases.h. One `top` and two `trace` watch all of them, each in a network namespace
 * of its own; what they say of that namespace is compared with what the workload did there.
 */
#ifndef LIVE_BESIDE_H
#define LIVE_BESIDE_H

#include "setup.h"

/* All that setup->only allows, but those with a porttrace of their own. */
void beside_run(const struct live_setup *setup);

/* These. */
void beside_run_lone(const struct live_setup *setup);

/* Calls visit for the name of each test. */
void beside_each(void (*visit)(const char *name, void *arg), void *arg);

#endif
