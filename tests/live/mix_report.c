// SPDX-License-Identifier: GPL-2.0-only
/* What porttrace should have said, in the lines that mix_result.c of the driver reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "mix_figures.h"
#include "mix_plan.h"
#include "plan.h"
#include "sandbox.h"

/* Of fewer, a median says nothing. */
#define MIN_TIMED 100

static void finish(const char *word)
{
	puts(word);
	if (fflush(stdout) || ferror(stdout))
		plan_failed("cannot write the report");
}

/* ---- What is where, before it is known how much ---- */

static void print_route_name(const struct mix *mix)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	ip_text(&mix->src, src);
	ip_text(&mix->dst, dst);
	if (mix->plan.is_udp)
		printf("route udp %s - -", src);
	else
		printf("route tcp %s %s %d", src, dst, ROUTE_PORT);
}

void report_ready(const struct mix *mix)
{
	printf("netns %lu\n", sandbox_inum());
	print_route_name(mix);
	printf("\n");
	mix_plan_print(&mix->plan);
	printf("note %u elements were refused\n", mix->nr_refused);
	finish("ready");
}

void report_filled(void)
{
	finish("filled");
}

/* ---- The two moments ---- */

static void print_netns(const struct mix *mix, const struct moment *moment)
{
	const struct mix_plan *plan = &mix->plan;

	printf("netns %lu range=%u-%u reserved=%u tw_reuse=%u", sandbox_inum(), plan->range.low,
	       plan->range.high, figures_reserved(mix), plan->tw_reuse);
	if (!plan->is_udp)
		printf(" blocked=%u time_wait=%u", figures_blocked(mix), moment->nr_time_waits);
	putchar('\n');
}

/* "NAME=LOW..HIGH": HIGH, but for what porttrace admits to have missed. */
static void print_with_misses(const char *name, unsigned int high, unsigned int may_be_missed)
{
	if (may_be_missed)
		printf(" %s=%u..%u", name, high - may_be_missed, high);
	else
		printf(" %s=%u", name, high);
}

static void print_tcp(const struct mix *mix, const struct moment *moment)
{
	struct figures figures = figures_of_route(mix, moment);

	print_route_name(mix);
	print_with_misses("time_wait", figures.states[TIME_WAIT], figures.remembered);
	print_with_misses("bound", figures.bound, figures.remembered);
	printf(" occupancy=census capacity=%u used=%u established=%u other=%u reclaimable=%u "
	       "headroom=%u fast_headroom=%u",
	       figures.capacity, figures.used, figures.states[ESTABLISHED], figures.states[OTHER],
	       figures.reclaimable, figures.headroom, figures.fast_headroom);
	printf("%s\n", moment->is_after && !figures.headroom ? " eta_s=0" : "");
}

static void print_own_range(const struct mix *mix, const struct port_range *own,
			    const struct moment *moment)
{
	struct figures figures = figures_of_own_range(mix, own, moment);

	printf("own %u-%u capacity=%u used=%u reclaimable=%u headroom=%u\n", own->low, own->high,
	       figures.capacity, figures.used, figures.reclaimable, figures.headroom);
}

/* TIME_WAITs do not keep the range that their socket had. */
static bool has_live_socket(const struct mix *mix, const struct port_range *own)
{
	unsigned int i;

	for (i = 0; i < mix->nr_connections; i++) {
		const struct connection *connection = &mix->connections[i];

		if (connection->is_of_route && connection->state != GONE &&
		    connection->state != TIME_WAIT &&
		    !memcmp(&connection->own_range, own, sizeof(*own)))
			return true;
	}
	return false;
}

static void print_own_ranges(const struct mix *mix, const struct moment *moment)
{
	unsigned int i;

	for (i = 0; i < mix->plan.nr_own_ranges; i++)
		if (has_live_socket(mix, &mix->plan.own_ranges[i]))
			print_own_range(mix, &mix->plan.own_ranges[i], moment);
}

static void print_udp(const struct mix *mix, const struct moment *moment)
{
	unsigned int headroom = moment->is_after ? 0 : mix->grants.nr;

	print_route_name(mix);
	printf(" occupancy=census capacity=%u used=%u headroom=%u established=%u other=%u%s\n",
	       moment->nr_used + headroom, moment->nr_used, headroom, moment->nr_connected,
	       moment->nr_other, headroom ? "" : " eta_s=0");
}

static void print_moment(const struct mix *mix, const char *name, const struct moment *moment)
{
	puts(name);
	print_netns(mix, moment);
	if (mix->plan.is_udp) {
		print_udp(mix, moment);
		return;
	}
	print_tcp(mix, moment);
	print_own_ranges(mix, moment);
}

/* ---- How long connect() took ---- */

static int compare_ns(const void *a, const void *b)
{
	long long left = *(const long long *)a, right = *(const long long *)b;

	return (left > right) - (left < right);
}

static double median_us(const long long *took_ns, unsigned int nr)
{
	static long long sorted[NR_PORTS];

	memcpy(sorted, took_ns, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), compare_ns);
	return sorted[nr / 2] / 1e3;
}

/* The halves of the range: the search comes to the second one when the first is used up. */
static void print_times(const struct mix *mix)
{
	const struct grants *grants = &mix->grants;
	unsigned int nr_fast = figures_of_route(mix, &mix->before).fast_headroom;

	if (mix->plan.is_udp || mix->own_grants.nr || nr_fast < MIN_TIMED ||
	    grants->nr < nr_fast + MIN_TIMED)
		return;
	printf("time connect() of %u ports: median %.1f us in the fast half, %.1f us after it\n",
	       mix->plan.range.high - mix->plan.range.low + 1, median_us(grants->took_ns, nr_fast),
	       median_us(grants->took_ns + nr_fast, grants->nr - nr_fast));
}

void report_all(const struct mix *mix)
{
	print_moment(mix, "before", &mix->before);
	print_moment(mix, "after", &mix->after);
	printf("note %u were granted\n", mix->grants.nr);
	print_times(mix);
	finish("end");
}
