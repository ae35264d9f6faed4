// SPDX-License-Identifier: GPL-2.0-only
/* Mixes that are drawn. */
#include <stdio.h>
#include <string.h>

#include "mix.h"
#include "mix_plan.h"

/* Ranges: most are small, so that they are used up in many ways. */
static const struct {
	unsigned int percent, low, high;
} sizes[] = {
	{ 60, 20, 60 },
	{ 30, 61, 160 },
	{ 10, 161, 400 },
};

/* What is reserved beside the range. */
#define MARGIN 30

/* Kinds of elements in one mix. */
#define MAX_KINDS 12

static unsigned int draw_size(struct random *random)
{
	unsigned int percent = random_below(random, 100), i;

	for (i = 0; percent >= sizes[i].percent; i++)
		percent -= sizes[i].percent;
	return random_between(random, sizes[i].low, sizes[i].high);
}

static void draw_range(struct random *random, struct mix_plan *plan)
{
	unsigned int size = draw_size(random);

	plan->range.low =
		random_between(random, LOWEST_PORT + MARGIN, NR_PORTS - 1 - size - MARGIN);
	plan->range.high = plan->range.low + size - 1;
}

static void draw_reserved(struct random *random, struct mix_plan *plan)
{
	unsigned int nr = random_chance(random, 50) ? 0 : random_between(random, 1, 4), used = 0;

	while (nr--) {
		unsigned int low = random_between(random, plan->range.low - MARGIN,
						  plan->range.high + MARGIN / 2);
		unsigned int more = random_chance(random, 50) ? 0 : random_below(random, 8);

		used += snprintf(plan->reserved + used, sizeof(plan->reserved) - used,
				 more ? "%s%u-%u" : "%s%u", used ? "," : "", low, low + more);
	}
}

static void draw_own_ranges(struct random *random, struct mix_plan *plan)
{
	unsigned int nr = random_between(random, 1, MAX_OWN_RANGES);

	while (plan->nr_own_ranges < nr) {
		struct port_range *own = &plan->own_ranges[plan->nr_own_ranges++];

		own->low = random_between(random, plan->range.low, plan->range.high - 1);
		own->high = random_between(random, own->low, plan->range.high);
		if (random_chance(random, 20))
			own->low = plan->range.low - random_between(random, 1, MARGIN);
		else if (random_chance(random, 20))
			own->high = plan->range.high + random_between(random, 1, MARGIN);
		else if (random_chance(random, 20))
			*(random_chance(random, 50) ? &own->low : &own->high) = 0;
	}
}

/* Two ranges that are the same are one. */
static void drop_equal_own_ranges(struct mix_plan *plan)
{
	unsigned int i, k;

	for (i = 0; i < plan->nr_own_ranges; i++)
		for (k = plan->nr_own_ranges; --k > i;)
			if (!memcmp(&plan->own_ranges[i], &plan->own_ranges[k],
				    sizeof(plan->own_ranges[i])))
				plan->own_ranges[k] = plan->own_ranges[--plan->nr_own_ranges];
}

/* ---- Elements ---- */

static unsigned int length(const struct element *table)
{
	unsigned int nr = 0;

	while (table[nr].name)
		nr++;
	return nr;
}

static const struct element *draw_element(struct random *random, const struct mix_plan *plan)
{
	const struct element *table;

	if (plan->is_udp)
		table = elements_udp;
	else
		table = random_chance(random, 55) ? elements_connect : elements_bind;
	return &table[random_below(random, length(table))];
}

static bool is_possible(const struct mix_plan *plan, const struct element *element)
{
	unsigned int i;

	if (element->features == MIX_OWN_RANGE && !plan->nr_own_ranges)
		return false;
	if (element->features && !has_feature(element->features))
		return false;
	for (i = 0; i < plan->nr_steps; i++)
		if (plan->steps[i].element == element)
			return false;
	return true;
}

static void draw_elements(struct random *random, struct mix_plan *plan)
{
	unsigned int size = plan->range.high - plan->range.low + 1;
	unsigned int nr = random_between(random, 1, MAX_KINDS);
	/* Some leave nothing of the range. */
	unsigned int left = size * random_between(random, 5, 110) / 100;

	while (nr-- && left) {
		const struct element *element = draw_element(random, plan);
		unsigned int count = random_between(random, 1, left / 2 + 1);

		if (!is_possible(plan, element))
			continue;
		plan_add(plan, element, count);
		left -= count;
	}
}

/* ---- The mix ---- */

static void draw_family(struct random *random, struct mix_plan *plan)
{
	static const enum mix_family families[] = {
		MIX_4, MIX_4, MIX_4, MIX_6, MIX_6, MIX_6, MIX_MAPPED, MIX_4_AND_MAPPED,
	};

	plan->is_udp = random_chance(random, 20);
	/* A mapped UDP socket is looked for a port as the IPv6 one that it is. */
	plan->family = families[random_below(random, plan->is_udp ? 6 : 8)];
	if (!has_feature(MIX_IPV6))
		plan->family = MIX_4;
}

static void draw_tcp(struct random *random, struct mix_plan *plan)
{
	plan->tw_reuse = random_below(random, 3);
	plan->is_young = random_chance(random, 15) && has_feature(MIX_REUSE_DELAY);
	if (random_chance(random, 30) && has_feature(MIX_STEP_WIDTH))
		plan->step_width = random_between(random, 1, 200);
	plan->src_is_site = random_chance(random, 50);
	plan->dst_is_site = random_chance(random, 50);
	plan->settles_late = random_chance(random, 15);
	plan->src = random_chance(random, 50) ? 0 : random_between(random, 1, 3);
	plan->dst = random_chance(random, 50) ? 1 : 9;
	if (random_chance(random, 10))
		plan->nr_stuffed = random_between(random, 1, 10);
	if (random_chance(random, 30) && has_feature(MIX_OWN_RANGE))
		draw_own_ranges(random, plan);
	drop_equal_own_ranges(plan);
}

static void draw_udp(struct random *random, struct mix_plan *plan)
{
	plan->src = random_chance(random, 50);
	plan->dst = 1;
	plan->src_is_site = plan->dst_is_site = random_chance(random, 50);
	plan->is_autobind = !plan->src && random_chance(random, 50);
}

void mix_plan_draw(uint64_t seed, struct mix_plan *ret_plan)
{
	struct random random = { .state = seed };

	*ret_plan = (struct mix_plan){ .name = RANDOM, .is_random = true, .is_mixed_up = true };
	draw_family(&random, ret_plan);
	draw_range(&random, ret_plan);
	draw_reserved(&random, ret_plan);
	if (ret_plan->is_udp)
		draw_udp(&random, ret_plan);
	else
		draw_tcp(&random, ret_plan);
	draw_elements(&random, ret_plan);
}
