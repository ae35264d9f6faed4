// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets in TIME_WAIT that end at known times. Those that were closed at both ends all last 60 s;
 * in FIN_WAIT2 each lasts as long as its program wants (TCP_LINGER2), by the same timer.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "plan.h"
#include "sandbox.h"

#define SERVER "127.0.0.1"
#define PORT 7001
#define BACKLOG 128

#define LOW 30000
#define HIGH 30999

#define NR_STEPS 6
#define STEP_S 10

/* Near the end of its step, so that there is time until one is in the step before. */
#define LAST_SECOND 9

/* In FIN_WAIT2, of each step, and in TIME_WAIT. */
static const unsigned int how_many[NR_STEPS] = { 2, 3, 4, 5, 6, 7 };
#define NR_CLOSED 8

static int listener;

static void open_both(int ends[2])
{
	ends[0] = net_connect(SERVER, PORT);
	ends[1] = net_accept(listener);
}

/* The other end stays as it is, in CLOSE_WAIT, and on nobody's route. */
static void close_one_end(int last_s)
{
	int ends[2];

	open_both(ends);
	if (setsockopt(ends[0], IPPROTO_TCP, TCP_LINGER2, &last_s, sizeof(last_s)) < 0)
		plan_failed("TCP_LINGER2");
	close(ends[0]);
	net_await_end(ends[1]);
}

static void close_both(void)
{
	int ends[2];

	open_both(ends);
	close(ends[0]);
	net_await_end(ends[1]);
	close(ends[1]);
}

void load_left(unsigned int n, bool is_unwatched)
{
	unsigned int step, i, nr = NR_CLOSED;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	listener = net_listen(SERVER, PORT, BACKLOG);
	for (step = 0; step < NR_STEPS; step++)
		for (i = 0; i < how_many[step]; i++, nr++)
			close_one_end(step * STEP_S + LAST_SECOND);
	for (i = 0; i < NR_CLOSED; i++)
		close_both();
	sandbox_await_time_waits(nr);
	load_begin_step();
	printf("netns %lu time_wait=%u\n", sandbox_inum(), nr);
	printf("route tcp %s %s %u occupancy=census time_wait=%u established=0 other=0 "
	       "time_wait_left=%u-%u-%u-%u-%u-%u\n",
	       SERVER, SERVER, PORT, nr, how_many[0], how_many[1], how_many[2], how_many[3],
	       how_many[4], how_many[5] + NR_CLOSED);
	load_end_step(true);
}
