// SPDX-License-Identifier: GPL-2.0-only
/* The mixes that have names: each is about one thing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mix.h"
#include "mix_plan.h"
#include "plan.h"

enum {
	F4 = 1 << MIX_4,
	F6 = 1 << MIX_6,
	MAPPED = 1 << MIX_MAPPED,
	ALL = F4 | F6 | MAPPED,
};

#define LOW 30000
#define USUAL_SIZE 40

struct named_mix {
	const char *name;
	unsigned int families;
	const char *of;		/* elements: "NAME:COUNT NAME:COUNT ..."; NULL: some of all */
	unsigned int low, size; /* 0: as usual */
	const char *reserved;
	unsigned int tw_reuse;
	bool is_young, src_is_site, dst_is_site, settles_late, is_autobind;
	bool is_random; /* the kernel may refuse some of it */
	unsigned int src, dst;
	unsigned int nr_stuffed;
	struct port_range own_ranges[MAX_OWN_RANGES];
};

static const struct named_mix tcp_mixes[] = {
	{ "established", ALL, .of = "established:6" },
	{ "even-low-reserved", F4, .of = "established:6", .reserved = "30000" },
	{ "odd-low", F4, .of = "established:6", .low = LOW + 1 },
	{ "odd-size", ALL, .of = "established:6", .size = 41 },
	{ "odd-size-ends-reserved", F4, .of = "established:6", .size = 41,
	  .reserved = "30000,30040" },
	{ "used-up", F4 | F6, .of = "established:29", .size = 30 },
	{ "half-closed", F4 | F6, .of = "fin-wait2:5 close-wait:7" },
	{ "syn-sent", ALL, .of = "time-wait:3", .nr_stuffed = 9 },
	{ "other-routes", ALL, .of = "other-port:9 other-source:8 other-family:5" },
	{ "nothing-left-of-it", F4 | F6, .of = "reset:5 dissolved:4 refused:3 server-closed:6" },
	{ "other-address", ALL, .of = "established:6 time-wait:5 other-source:7", .src = 2,
	  .dst = 9 },
	{ "settled-late", F4 | F6, .of = "established:25 bound-elsewhere:9 time-wait:5",
	  .settles_late = true, .reserved = "30004-30019" },

	/* TIME_WAIT, which the kernel takes over or not */
	{ "time-wait", ALL, .of = "time-wait:9 established:3" },
	{ "time-wait-reused", ALL, .of = "time-wait:9 established:3", .tw_reuse = 1,
	  .dst_is_site = true },
	{ "time-wait-loopback", ALL, .of = "time-wait:9 established:3", .tw_reuse = 2 },
	{ "time-wait-not-loopback", ALL, .of = "time-wait:9 established:3", .tw_reuse = 2,
	  .dst_is_site = true },
	{ "time-wait-loopback-source", F4 | F6, .of = "time-wait:9", .tw_reuse = 2, .src = 2,
	  .dst_is_site = true },
	{ "time-wait-loopback-destination", F4 | F6, .of = "time-wait:9", .tw_reuse = 2, .src = 2,
	  .src_is_site = true },
	{ "time-wait-young", F4 | F6, .of = "time-wait:9", .tw_reuse = 1, .is_young = true },
	{ "time-wait-without-timestamps", F4 | F6,
	  .of = "time-wait-without-timestamps:5 time-wait:4", .tw_reuse = 1 },
	{ "time-wait-orphan", F4 | F6, .of = "orphan:5 time-wait:4", .tw_reuse = 1 },
	{ "time-wait-of-others", F4 | F6,
	  .of = "other-time-wait:5 other-server-closed:4 time-wait:3", .tw_reuse = 1 },
	{ "time-wait-odd-size", F4, .of = "time-wait:35", .size = 41, .tw_reuse = 1 },

	/* Reserved ports, within the range and beside it */
	{ "reserved", F4 | F6, .of = "established:6",
	  .reserved = "80,29990-30001,30010-30014,30030,30038-30050" },
	{ "reserved-and-bound", F4, .of = "bound-elsewhere:9 established:4",
	  .reserved = "30010-30029" },

	/* Listeners */
	{ "listener-elsewhere", F4 | F6, .of = "listener-elsewhere:5 established:3" },
	{ "listener-wildcard", F4, .of = "listener-wildcard:5 established:3" },
	{ "listener-dual", F4, .of = "listener-dual:5 established:3" },
	{ "listener-v6only", F4 | F6, .of = "listener-v6only:5 established:3" },
	{ "listener-auto", F4 | F6, .of = "listener-auto:5 established:3" },
	{ "listener-left", F4, .of = "listener-left:5 established:3" },
	{ "accepted", F4 | F6, .of = "accepted:5 established:3" },
	{ "accepted-time-wait", F4 | F6, .of = "accepted-time-wait:5 time-wait:3", .tw_reuse = 1 },

	/* Bound, and not connected */
	{ "bound-elsewhere", F4 | F6, .of = "bound-elsewhere:7 established:3" },
	{ "bound-here", F4 | F6, .of = "bound-here:7 established:3" },
	{ "bound-reuseaddr", F4, .of = "bound-reuseaddr:7 established:3" },
	{ "bound-reuse-both", F4, .of = "bound-reuse-both:7 established:3" },
	{ "bound-reuseport", F4, .of = "bound-reuseport:7 established:3" },
	{ "bound-left", F4, .of = "bound-left:7 established:3" },
	{ "bound0", F4 | F6, .of = "bound0:7 bound0-elsewhere:3 established:3" },
	{ "bound0-left", F4, .of = "bound0-left:7 established:3" },

	/* Bound, and then connected */
	{ "bound0-connected", ALL, .of = "bound0-connected:7 established:3" },
	{ "bound-port-connected", ALL, .of = "bound-port-connected:5 bound-outside-connected:4" },
	{ "bound-half-closed", F4, .of = "bound-close-wait:5 bound-dissolved:3" },
	{ "bound-time-wait", F4 | F6, .of = "bound-time-wait:5 time-wait:4", .tw_reuse = 1 },
	{ "bound-elsewhere-connected", F4, .of = "other-bound0:5 other-bound-time-wait:4" },

	/* Bound on a port which connections have: what frees it differs with the kernel. */
	{ "joined", ALL, .of = "established:9 joined:3" },
	{ "joined-time-wait", F4 | F6, .of = "time-wait:9 joined:3", .tw_reuse = 1 },
	{ "joined-listener", F4, .of = "established:9 joined-listener:3" },
	{ "joined-left", ALL, .of = "established:9 joined-left:3" },
	{ "joined-left-time-wait", F4 | F6, .of = "time-wait:9 joined-left:3", .tw_reuse = 1 },

	/* IP_LOCAL_PORT_RANGE */
	{ "own-range", ALL, .of = "own-range:4 established:5 own-range-time-wait:3",
	  .own_ranges = { { 30005, 30016 } } },
	{ "own-range-reused", F4, .of = "own-range:4 own-range-time-wait:3", .tw_reuse = 1,
	  .own_ranges = { { 30005, 30016 } } },
	{ "own-range-odd-size", F4 | F6, .of = "own-range:4 established:5",
	  .own_ranges = { { 30005, 30015 } } },
	{ "own-range-blocked", F4, .of = "own-range:4 bound-elsewhere:9", .reserved = "30007-30010",
	  .own_ranges = { { 30005, 30024 } } },
	/* Each with room for all, wherever the TIME_WAITs are: else some kernel now and then has none. */
	{ "own-range-three", F4, .of = "own-range:9 time-wait:2", .tw_reuse = 1,
	  .own_ranges = { { 30003, 30016 }, { 30008, 30019 }, { 30025, 30039 } } },
	{ "own-range-beyond", F4, .of = "own-range:4 established:5",
	  .own_ranges = { { 29000, 30015 } } },
	{ "own-range-beyond-late", F4, .of = "own-range:40 established:5", .settles_late = true,
	  .own_ranges = { { 29000, 30015 }, { 30025, 31000 } } },
	{ "own-range-open-end", F4, .of = "own-range:6 established:5",
	  .own_ranges = { { 30010, 0 }, { 0, 30019 } } },

	{ "neighbours", F4 | F6, .of = "udp-neighbour:9 established:3" },
	{ "wide", F4, .of = "established:10", .size = 1000 },
	{ EVERYTHING, ALL, .size = 200, .tw_reuse = 1, .is_random = true,
	  .own_ranges = { { 30050, 30069 } } },
	{},
};

static const struct named_mix udp_mixes[] = {
	{ "here", F4 | F6, .of = "here:5 here-number:4", .src = 1 },
	{ "left", F4 | F6, .of = "here-left:5 dissolved:4", .src = 1 },
	{ "odd-size", F4, .of = "here:5", .src = 1, .size = 41 },
	{ "elsewhere", F4 | F6, .of = "elsewhere:9", .src = 1 },
	{ "wildcard", F4 | F6, .of = "wildcard:7", .src = 1 },
	{ "dual", F4 | F6, .of = "dual:7", .src = 1 },
	{ "v6only", F4 | F6, .of = "v6only:7", .src = 1 },
	{ "two-on-a-port", F4 | F6, .of = "two-here:4 two-elsewhere:3 two-wildcard:3", .src = 1 },
	{ "connected", F4 | F6, .of = "here-connected:4 autobound:5", .src = 1 },
	{ "reserved", F4, .of = "here:3", .src = 1,
	  .reserved = "80,29990-30001,30010-30014,30030" },
	{ "bind-wildcard", F4 | F6, .of = "elsewhere:5 autobound:4 here-number:3" },
	{ "autobind", F4 | F6, .of = "elsewhere:5 autobound:4 here-number:3", .is_autobind = true },
	{ "autobind-v6only", F4 | F6, .of = "v6only:5 dual:4", .is_autobind = true },
	{ "neighbours", F4, .of = "tcp-neighbour:9", .src = 1 },
	{ EVERYTHING, F4 | F6, .size = 120, .src = 1, .is_random = true },
	{},
};

/* ---- Elements ---- */

static const struct element *find_element(const struct element *table, const char *name, int len)
{
	for (; table->name; table++)
		if (!strncmp(table->name, name, len) && !table->name[len])
			return table;
	return NULL;
}

static const struct element *element_named(bool is_udp, const char *name, int len)
{
	const struct element *element;

	if (is_udp)
		return find_element(elements_udp, name, len);
	element = find_element(elements_connect, name, len);
	return element ? element : find_element(elements_bind, name, len);
}

void plan_add(struct mix_plan *plan, const struct element *element, unsigned int count)
{
	if (plan->nr_steps == MAX_STEPS)
		plan_failed("more than %u kinds of elements", MAX_STEPS);
	plan->steps[plan->nr_steps++] = (struct mix_step){ element, count };
}

static void parse_elements(struct mix_plan *plan, const char *text)
{
	int len, used;
	unsigned int count;

	while (*text) {
		const struct element *element;

		len = strcspn(text, ":");
		element = element_named(plan->is_udp, text, len);
		if (!element || sscanf(text + len, ":%u%n", &count, &used) != 1)
			plan_failed("no element \"%s\"", text);
		plan_add(plan, element, count);
		text += len + used;
		text += strspn(text, " ");
	}
}

static void add_table(struct mix_plan *plan, const struct element *table)
{
	for (; table->name; table++)
		if (!table->features || has_feature(table->features))
			plan_add(plan, table, 2);
}

static void add_all_elements(struct mix_plan *plan)
{
	if (plan->is_udp) {
		add_table(plan, elements_udp);
		return;
	}
	add_table(plan, elements_connect);
	add_table(plan, elements_bind);
}

/* ---- The mixes ---- */

static const char *const family_names[] = {
	[MIX_4] = "4",
	[MIX_6] = "6",
	[MIX_MAPPED] = "-mapped",
	[MIX_4_AND_MAPPED] = "4-and-mapped",
};

static void copy_own_ranges(const struct named_mix *mix, struct mix_plan *plan)
{
	while (plan->nr_own_ranges < MAX_OWN_RANGES &&
	       is_own_range(&mix->own_ranges[plan->nr_own_ranges])) {
		plan->own_ranges[plan->nr_own_ranges] = mix->own_ranges[plan->nr_own_ranges];
		plan->nr_own_ranges++;
	}
}

static void fill_in(const struct named_mix *mix, struct mix_plan *plan)
{
	unsigned int low = mix->low ? mix->low : LOW;

	plan->range = (struct port_range){
		.low = low,
		.high = low + (mix->size ? mix->size : USUAL_SIZE) - 1,
	};
	snprintf(plan->reserved, sizeof(plan->reserved), "%s", mix->reserved ? mix->reserved : "");
	plan->tw_reuse = mix->tw_reuse;
	plan->is_young = mix->is_young;
	plan->src_is_site = mix->src_is_site;
	plan->dst_is_site = mix->dst_is_site;
	plan->settles_late = mix->settles_late;
	plan->is_autobind = mix->is_autobind;
	plan->is_random = mix->is_random;
	plan->src = mix->src;
	plan->dst = mix->dst ? mix->dst : 1;
	plan->nr_stuffed = mix->nr_stuffed;
	copy_own_ranges(mix, plan);
	if (mix->of)
		parse_elements(plan, mix->of);
	else
		add_all_elements(plan);
}

/* Calls visit for each mix and each of its families, until it says true. */
static bool each_of(const struct named_mix *table, bool is_udp,
		    bool (*visit)(const struct mix_plan *plan, void *arg), void *arg)
{
	const struct named_mix *mix;
	enum mix_family family;

	for (mix = table; mix->name; mix++) {
		for (family = MIX_4; family <= MIX_MAPPED; family++) {
			struct mix_plan plan = { .is_udp = is_udp, .family = family };

			if (!(mix->families & 1u << family))
				continue;
			snprintf(plan.name, sizeof(plan.name), "%s%s-%s", is_udp ? "udp" : "tcp",
				 family_names[family], mix->name);
			fill_in(mix, &plan);
			if (visit(&plan, arg))
				return true;
		}
	}
	return false;
}

static bool each(bool (*visit)(const struct mix_plan *plan, void *arg), void *arg)
{
	return each_of(tcp_mixes, false, visit, arg) || each_of(udp_mixes, true, visit, arg);
}

struct search {
	const char *name;
	struct mix_plan *plan;
};

static bool take_if_named(const struct mix_plan *plan, void *arg)
{
	struct search *search = arg;

	if (strcmp(plan->name, search->name))
		return false;
	*search->plan = *plan;
	return true;
}

bool mix_plan_find(const char *name, uint64_t seed, struct mix_plan *ret_plan)
{
	struct search search = { name, ret_plan };

	if (!strcmp(name, RANDOM))
		mix_plan_draw(seed, ret_plan);
	else if (!each(take_if_named, &search))
		return false;
	ret_plan->seed = seed;
	return true;
}

/* ---- In words ---- */

static const struct {
	unsigned int feature;
	const char *name; /* as the driver calls it, see cases.c */
} feature_names[] = {
	{ MIX_IPV6, "IPv6" },
	{ MIX_OWN_RANGE, "IP_LOCAL_PORT_RANGE" },
	{ MIX_REUSE_DELAY, "TW_REUSE_DELAY" },
};

#define NR_FEATURES (sizeof(feature_names) / sizeof(feature_names[0]))

static unsigned int features_of(const struct mix_plan *plan)
{
	unsigned int features = plan->family == MIX_4 ? 0 : MIX_IPV6, i;

	for (i = 0; i < plan->nr_steps; i++)
		features |= plan->steps[i].element->features;
	return features | (plan->is_young ? MIX_REUSE_DELAY : 0);
}

const char *mix_plan_lacks(const struct mix_plan *plan)
{
	size_t i;

	for (i = 0; i < NR_FEATURES; i++)
		if (features_of(plan) & feature_names[i].feature &&
		    !has_feature(feature_names[i].feature))
			return feature_names[i].name;
	return NULL;
}

static bool print_name(const struct mix_plan *plan, void *arg)
{
	(void)arg;
	puts(plan->name);
	return false;
}

void mix_plan_list(void)
{
	each(print_name, NULL);
}

void mix_plan_print(const struct mix_plan *plan)
{
	unsigned int i;

	printf("note mix %s %llu: %s%s, range %u-%u, reserved \"%s\", tw_reuse %u, step %u%s%s%s\n",
	       plan->name, (unsigned long long)plan->seed, plan->is_udp ? "udp" : "tcp",
	       family_names[plan->family], plan->range.low, plan->range.high, plan->reserved,
	       plan->tw_reuse, plan->step_width, plan->is_young ? ", young" : "",
	       plan->settles_late ? ", settled late" : "", plan->is_autobind ? ", autobind" : "");
	printf("note elements");
	for (i = 0; i < plan->nr_steps; i++)
		printf(" %s:%u", plan->steps[i].element->name, plan->steps[i].count);
	printf("; %u in SYN_SENT; own ranges", plan->nr_stuffed);
	for (i = 0; i < plan->nr_own_ranges; i++)
		printf(" %u-%u", plan->own_ranges[i].low, plan->own_ranges[i].high);
	putchar('\n');
}
