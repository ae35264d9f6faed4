// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a mix of sockets in a network namespace of its own, and says so; when it is told to go on,
 * it takes all ports that the kernel still grants to one route, and says so; and then reports what
 * a tracer should have said at the first moment, and at the second. To go on is a byte on stdin.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mix.h"
#include "mix_figures.h"
#include "mix_plan.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

#define PLAN_LIMIT_S 120

/* Well below the 60 seconds of a TIME_WAIT. */
#define MAX_TIME_WAIT_AGE_MS 50000

/* With its notes of all ports it is too large for the stack. */
static struct mix mix;

/* ---- The elements ---- */

static void make_in_order(void)
{
	unsigned int i, k;

	for (i = 0; i < mix.plan.nr_steps; i++)
		for (k = 0; k < mix.plan.steps[i].count; k++)
			mix.plan.steps[i].element->make_one(&mix);
}

/* Each time one of all those that are left. */
static void make_mixed_up(void)
{
	struct mix_plan plan = mix.plan;
	unsigned int left = 0, i, chosen;

	for (i = 0; i < plan.nr_steps; i++)
		left += plan.steps[i].count;
	for (; left; left--) {
		chosen = random_below(&mix.random, left);
		for (i = 0; chosen >= plan.steps[i].count; i++)
			chosen -= plan.steps[i].count;
		plan.steps[i].count--;
		plan.steps[i].element->make_one(&mix);
	}
}

/*
 * The first one is there for its row: porttrace lists no route without sockets. Of a TCP route it
 * shows where the connections come from, too.
 */
static void make_first(void)
{
	struct way way;

	if (mix.plan.is_udp || mix.plan.src)
		mix.src = mix_ip(mix.plan.family == MIX_6, mix.plan.src_is_site, mix.plan.src);
	if (mix.plan.is_udp) {
		mix_bind(&mix, SOCK_DGRAM, &mix.src, 0, 0);
		return;
	}
	way = way_of_route(&mix);
	mix_open(&mix, &way);
}

static void note(struct moment *moment)
{
	moment->nr_connections = mix.nr_connections;
	moment->nr_time_waits = mix.nr_time_waits;
	udp_note(&mix, moment);
}

static void make(void)
{
	unsigned int nr_complete;

	place_enter(&mix);
	make_first();
	if (mix.plan.is_mixed_up)
		make_mixed_up();
	else
		make_in_order();
	nr_complete = mix.nr_connections;
	if (mix.plan.nr_stuffed)
		make_stuffed(&mix, mix.plan.nr_stuffed);
	place_settle(&mix);
	fill_await_handshakes(&mix, nr_complete);
	note(&mix.before);
}

/* ---- What is still granted ---- */

static void fill(void)
{
	mix.after.is_after = true;
	if (mix.plan.is_udp) {
		fill_udp(&mix);
	} else {
		fill_route(&mix);
		sandbox_await_time_waits(mix.nr_time_waits);
	}
	note(&mix.after);
}

static void probe(void)
{
	if (mix.plan.is_udp)
		return;
	if (mix.nr_time_waits && now_ms() - mix.first_time_wait_ms > MAX_TIME_WAIT_AGE_MS)
		plan_failed("too slow: TIME_WAITs are about to end");
	place_open_range(&mix);
	fill_probe(&mix);
}

/* ---- The order of things ---- */

static void await_byte(void)
{
	char byte;
	ssize_t got;

	do
		got = read(STDIN_FILENO, &byte, sizeof(byte));
	while (got < 0 && errno == EINTR);
	if (got != 1)
		exit(PLAN_DONE);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: mix [--unwatched] NAME SEED\n"
		"       mix --check NAME SEED\n"
		"       mix --list\n"
		"The name is one of the list, or " RANDOM ". --unwatched: porttrace starts\n"
		"when all is there. With --check it waits for nobody, and compares what the\n"
		"kernel grants with the rules.\n");
	exit(PLAN_USAGE);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text)
		usage();
	return value;
}

static void find_plan(const char *name, const char *seed)
{
	const char *missing;

	mix.random.state = number(seed);
	if (!mix_plan_find(name, mix.random.state, &mix.plan)) {
		fprintf(stderr, "mix: no mix \"%s\"; --list has them\n", name);
		exit(PLAN_USAGE);
	}
	missing = mix_plan_lacks(&mix.plan);
	if (missing)
		plan_skipped("%s", missing);
}

static int check(void)
{
	make();
	report_ready(&mix);
	fill();
	probe();
	report_all(&mix);
	return mix.plan.is_udp || figures_check(&mix) ? PLAN_DONE : PLAN_FAILED;
}

static int run(void)
{
	make();
	report_ready(&mix);
	await_byte();
	fill();
	report_filled();
	await_byte();
	probe();
	report_all(&mix);
	plan_limit(0);
	await_byte();
	return PLAN_DONE;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "check", no_argument, NULL, 'c' },
		{ "unwatched", no_argument, NULL, 'u' },
		{},
	};
	bool is_check = false;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'l':
			mix_plan_list();
			return PLAN_DONE;
		case 'c':
			is_check = true;
			break;
		case 'u':
			mix.is_unwatched = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	plan_limit(PLAN_LIMIT_S);
	find_plan(argv[optind], argv[optind + 1]);
	return is_check ? check() : run();
}
