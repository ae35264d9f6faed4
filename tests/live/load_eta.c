// SPDX-License-Identifier: GPL-2.0-only
/* Takes one port after the other at a constant rate until none is left. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "load.h"
#include "plan.h"
#include "sandbox.h"

#define SERVER "127.0.0.1"
#define PORT 7001
#define BACKLOG 65535

#define LOW 30000
#define NR_PORTS 500
#define PERIOD_NS 20000000LL

#define NS_PER_S 1000000000LL

static long long now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* By the clock, so that what one connection takes does not delay the next ones. */
static void await(long long at_ns)
{
	struct timespec at = { .tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		continue;
}

void load_eta(unsigned int n, bool is_unwatched)
{
	long long start_ns, late_ns = 0, last_us = 0;
	unsigned int i;

	(void)n;
	(void)is_unwatched;
	sandbox_allow_descriptors();
	sandbox_enter(LOW, LOW + NR_PORTS - 1);
	net_listen(SERVER, PORT, BACKLOG);
	printf("netns %lu\n", sandbox_inum());
	load_say("ready");
	load_await_go_on();
	start_ns = now_ns(CLOCK_MONOTONIC);
	for (i = 0; net_try_connect(SERVER, PORT) >= 0; i++) {
		long long took_ns = now_ns(CLOCK_MONOTONIC) - start_ns - i * PERIOD_NS;

		last_us = now_ns(CLOCK_REALTIME) / 1000;
		late_ns = took_ns > late_ns ? took_ns : late_ns;
		await(start_ns + (i + 1) * PERIOD_NS);
	}
	if (i != NR_PORTS)
		plan_failed("%u ports were granted, not %u", i, NR_PORTS);
	printf("figure at most %lld ms late\n", late_ns / 1000000);
	printf("ran-out %lld %lld\n", last_us, late_ns / 1000000);
}
