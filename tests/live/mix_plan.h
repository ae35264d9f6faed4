/* SPDX-License-Identifier: GPL-2.0-only */
/* Which mixes there are: those that have names, and those that are drawn. */
#ifndef LIVE_MIX_PLAN_H
#define LIVE_MIX_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "mix.h"

#define EVERYTHING "everything"
#define RANDOM "random"

/* False: there is none of that name. */
bool mix_plan_find(const char *name, uint64_t seed, struct mix_plan *ret_plan);

/* Any mix; the same one for the same seed, on kernels with the same features. */
void mix_plan_draw(uint64_t seed, struct mix_plan *ret_plan);

void plan_add(struct mix_plan *plan, const struct element *element, unsigned int count);

/* The first feature that this kernel lacks for it, or NULL. */
const char *mix_plan_lacks(const struct mix_plan *plan);

/* The names, one a line. */
void mix_plan_list(void);

/* In words, as notes of the report. */
void mix_plan_print(const struct mix_plan *plan);

#endif
