// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that this host accepted, in all their states: they are on nobody's route. Each is the
 * other end of one that was opened here; the two are told apart by nothing but their ports.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "plan.h"
#include "sandbox.h"

#define LOW 30000
#define HIGH 30999

enum mode {
	ACCEPTED,
	SERVER_CLOSES,	   /* and then the client: the TIME_WAIT is the server's */
	SERVER_SHUTS_DOWN, /* FIN_WAIT2 here, CLOSE_WAIT there */
	CLIENT_SHUTS_DOWN,
	CLIENT_CLOSES, /* and then the server: the TIME_WAIT is the route's */
	QUEUED,	       /* not accepted yet */
	NR_MODES,
};

/* Of each; the queue has room for one more than its length. */
static const unsigned int how_many[NR_MODES] = { 5, 7, 3, 2, 4, 1 };

static const struct place {
	const char *listens, *connects;
	const char *src; /* as the tracer shows the route */
	const char *dst;
	const char *bound; /* and the row of the listener */
	uint16_t port;
} places[] = {
	{ "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", 7001 },
	{ "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", 30500 },
	{ "0.0.0.0", "127.0.0.9", "127.0.0.1", "127.0.0.9", "0.0.0.0", 30501 },
	/* The accepted ones of this are mapped addresses. */
	{ "::", "127.0.0.1", "127.0.0.1", "127.0.0.1", "::", 30502 },
	{ "::", "::1", "::1", "::1", "::", 30503 },
};

#define NR_PLACES (sizeof(places) / sizeof(places[0]))
#define NR_IPV4_PLACES 3
#define NR_BOUND_ROWS 3
#define NR_IPV4_BOUND_ROWS 2

static unsigned int nr_places, nr_bound_rows;
static int listeners[NR_PLACES];

static void end_first(int first, int second)
{
	close(first);
	net_await_end(second);
	close(second);
}

static void half_close(int first, int second)
{
	if (shutdown(first, SHUT_WR) < 0)
		plan_failed("shutdown()");
	net_await_end(second);
}

static void make_one(unsigned int i, enum mode mode)
{
	int client = net_connect(places[i].connects, places[i].port), server;

	if (mode == QUEUED)
		return;
	server = net_accept(listeners[i]);
	switch (mode) {
	case SERVER_CLOSES:
		end_first(server, client);
		break;
	case CLIENT_CLOSES:
		end_first(client, server);
		break;
	case SERVER_SHUTS_DOWN:
		half_close(server, client);
		break;
	case CLIENT_SHUTS_DOWN:
		half_close(client, server);
		break;
	default:
		break;
	}
}

static void make_all(unsigned int i)
{
	enum mode mode;
	unsigned int k;

	for (mode = 0; mode < NR_MODES; mode++)
		for (k = 0; k < how_many[mode]; k++)
			make_one(i, mode);
}

static void report(unsigned int nr_rows, bool is_closed)
{
	unsigned int established = how_many[ACCEPTED] + (is_closed ? 0 : how_many[QUEUED]), i;
	unsigned int other = how_many[SERVER_SHUTS_DOWN] + how_many[CLIENT_SHUTS_DOWN];
	unsigned int time_waits = how_many[SERVER_CLOSES] + how_many[CLIENT_CLOSES];

	sandbox_await_time_waits(nr_places * time_waits);
	load_begin_step();
	/* All listeners but the first are in the range, and so are the connections they left. */
	printf("netns %lu blocked=%u time_wait=%u\n", sandbox_inum(), nr_places - 1,
	       nr_places * time_waits);
	for (i = 0; i < nr_places; i++)
		printf("route tcp %s %s %u occupancy=census used=%u established=%u time_wait=%u "
		       "other=%u bound=0\n",
		       places[i].src, places[i].dst, places[i].port,
		       established + how_many[CLIENT_CLOSES] + other, established,
		       how_many[CLIENT_CLOSES], other);
	load_say_rows(sandbox_inum(), nr_rows);
	load_end_step(is_closed);
}

/* n: the listener's backlog. */
void load_accepted(unsigned int n, bool is_unwatched)
{
	unsigned int nr_rows, i;

	sandbox_enter(LOW, HIGH);
	nr_places = net_has_ipv6() ? NR_PLACES : NR_IPV4_PLACES;
	nr_bound_rows = net_has_ipv6() ? NR_BOUND_ROWS : NR_IPV4_BOUND_ROWS;
	/* A bind() is counted in a row of its own, if somebody is there to count it. */
	nr_rows = nr_places + (is_unwatched ? 0 : nr_bound_rows);
	for (i = 0; i < nr_places; i++)
		listeners[i] = net_listen(places[i].listens, places[i].port, n);
	for (i = 0; i < nr_places; i++)
		make_all(i);
	report(nr_rows, false);
	/* Those that were not accepted are reset. */
	for (i = 0; i < nr_places; i++)
		close(listeners[i]);
	report(nr_rows, true);
}
