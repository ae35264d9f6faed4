// SPDX-License-Identifier: GPL-2.0-only
/* Elements that are connections, and what is left when those have been closed. */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"
#include "sandbox.h"

/* Connections beyond it are not completed: one more than the listener has room for. */
#define STUFFED_BACKLOG 1

/* Host 8 of the addresses that are not the route's own: nobody connects from there. */
#define FOREIGN_HOST 8

/* ---- Of the route ---- */

static struct connection *open_in_route(struct mix *mix)
{
	struct way way = way_of_route(mix);

	/* The same port search, whether the program chose the address or left it to the kernel. */
	if (mix->nr_connections && random_chance(&mix->random, 25))
		way.binding = BOUND_ADDRESS;
	return mix_open(mix, &way);
}

static void make_established(struct mix *mix)
{
	open_in_route(mix);
}

static void make_fin_wait2(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (!connection)
		return;
	mix_shut_down(connection->client);
	mix_await_tcp_state(connection->client, TCP_FIN_WAIT2);
	connection->state = OTHER;
}

static void make_close_wait(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (!connection)
		return;
	mix_shut_down(connection->server);
	mix_await_tcp_state(connection->client, TCP_CLOSE_WAIT);
	connection->state = OTHER;
}

static void make_time_wait(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (connection)
		mix_close(mix, connection, true);
}

static void make_time_wait_without_timestamps(struct mix *mix)
{
	struct connection *connection;

	sandbox_sysctl("net/ipv4/tcp_timestamps", "0");
	connection = open_in_route(mix);
	sandbox_sysctl("net/ipv4/tcp_timestamps", "1");
	if (!connection)
		return;
	mix_close(mix, connection, true);
	connection->is_unreusable = true;
}

/* A TIME_WAIT in its FIN_WAIT2 form. Not with close() alone: see kinds_close.c. */
static void make_orphan(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (!connection)
		return;
	mix_shut_down(connection->client);
	mix_await_tcp_state(connection->client, TCP_FIN_WAIT2);
	close(connection->client);
	connection->client = -1;
	connection->state = TIME_WAIT;
	connection->is_unreusable = true;
	mix_note_time_wait(mix);
}

/* The TIME_WAIT is the server's: the port is free again. */
static void make_server_closed(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (connection)
		mix_close(mix, connection, false);
}

static void make_reset(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (!connection)
		return;
	mix_reset(connection->client);
	close(connection->server);
	connection->client = connection->server = -1;
	connection->state = GONE;
}

static void dissolve(struct connection *connection)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (connect(connection->client, &nobody, sizeof(nobody)) < 0)
		plan_failed("connect() to AF_UNSPEC");
	close(connection->server);
	connection->server = -1;
	connection->state = GONE;
}

/* The socket stays, the port does not. */
static void make_dissolved(struct mix *mix)
{
	struct connection *connection = open_in_route(mix);

	if (connection)
		dissolve(connection);
}

static void make_refused(struct mix *mix)
{
	struct way way = way_of_route(mix);
	long long took_ns;
	int fd;

	way.dport = CLOSED_PORT;
	fd = mix_begin(&way, &took_ns);
	if (fd < 0)
		mix_refused(mix, "a connection to a closed port", -fd);
	else
		mix_await_tcp_state(fd, TCP_CLOSE);
}

/* One that is not taken, as far as chance allows. */
static uint16_t draw_port(struct mix *mix, unsigned int low, unsigned int high)
{
	unsigned int port, tries = 0;

	do
		port = random_between(&mix->random, low, high);
	while (mix->is_taken[port] && ++tries < MIX_TRIES);
	return port;
}

static struct connection *open_bound(struct mix *mix, enum binding binding)
{
	struct way way = way_of_route(mix);

	way.binding = binding;
	way.port = draw_port(mix, mix->ports.low, mix->ports.high);
	return mix_open(mix, &way);
}

static void make_bound0_connected(struct mix *mix)
{
	open_bound(mix, BOUND_PORT0);
}

static void make_bound_port_connected(struct mix *mix)
{
	open_bound(mix, BOUND_PORT);
}

/* On a port that no search ever comes to. */
static void make_bound_outside_connected(struct mix *mix)
{
	struct way way = way_of_route(mix);

	way.binding = BOUND_PORT;
	way.port = draw_port(mix, LOWEST_PORT - 9000, LOWEST_PORT - 1000);
	mix_open(mix, &way);
}

static void make_bound_time_wait(struct mix *mix)
{
	struct connection *connection = open_bound(mix, BOUND_PORT0);

	if (connection)
		mix_close(mix, connection, true);
}

static void make_bound_close_wait(struct mix *mix)
{
	struct connection *connection = open_bound(mix, BOUND_PORT0);

	if (!connection)
		return;
	mix_shut_down(connection->server);
	mix_await_tcp_state(connection->client, TCP_CLOSE_WAIT);
	connection->state = OTHER;
}

/* A port asked for by number stays with the socket. */
static void make_bound_dissolved(struct mix *mix)
{
	struct connection *connection = open_bound(mix, BOUND_PORT);

	if (connection)
		dissolve(connection);
}

static struct connection *open_in_own_range(struct mix *mix)
{
	struct way way = way_of_route(mix);

	way.own_range = mix->plan.own_ranges[random_below(&mix->random, mix->plan.nr_own_ranges)];
	return mix_open(mix, &way);
}

static void make_own_range(struct mix *mix)
{
	open_in_own_range(mix);
}

static void make_own_range_time_wait(struct mix *mix)
{
	struct connection *connection = open_in_own_range(mix);

	if (connection)
		mix_close(mix, connection, true);
}

/* ---- Of the route, with nobody to answer ---- */

void make_stuffed(struct mix *mix, unsigned int count)
{
	struct way way = way_of_route(mix);
	unsigned int i;

	mix_listen(mix, mix->listeners[0], STUFFED_BACKLOG);
	for (i = 0; i < STUFFED_BACKLOG + 1 + count; i++) {
		long long took_ns;
		int fd = mix_begin(&way, &took_ns);

		if (fd < 0) {
			mix_refused(mix, "a connection under way", -fd);
			return;
		}
		mix_note(mix, fd, &way);
		if (i <= STUFFED_BACKLOG)
			mix_await_tcp_state(fd, TCP_ESTABLISHED);
	}
}

/* ---- Of other routes ---- */

static struct way way_elsewhere(struct mix *mix)
{
	struct way way = way_of_route(mix);

	way.dport = OTHER_PORT;
	return way;
}

static void make_other_port(struct mix *mix)
{
	struct way way = way_elsewhere(mix);

	mix_open(mix, &way);
}

static void make_other_source(struct mix *mix)
{
	struct way way = way_of_route(mix);

	way.binding = BOUND_ADDRESS;
	way.src = mix_ip(!IN6_IS_ADDR_V4MAPPED(&mix->dst), random_chance(&mix->random, 50),
			 random_between(&mix->random, 1, 3));
	mix_open(mix, &way);
}

/* IPv6 beside IPv4, and the other way round, to a listener of its own. */
static void make_other_family(struct mix *mix)
{
	struct in6_addr ip = mix_ip(IN6_IS_ADDR_V4MAPPED(&mix->dst), true, FOREIGN_HOST);
	struct way way = {
		.domain = mix_domain_of(&ip),
		.dst = ip,
		.dport = CLOSED_PORT + 1,
	};
	int listener = mix_bind(mix, SOCK_STREAM, &ip, way.dport, REUSE_ADDRESS);
	struct connection *connection;

	mix_listen(mix, listener, 1);
	connection = mix_open(mix, &way);
	if (connection)
		connection->server = mix_accept(listener);
	close(listener);
}

static void make_other_time_wait(struct mix *mix)
{
	struct way way = way_elsewhere(mix);
	struct connection *connection = mix_open(mix, &way);

	if (connection)
		mix_close(mix, connection, true);
}

static void make_other_server_closed(struct mix *mix)
{
	struct way way = way_elsewhere(mix);
	struct connection *connection = mix_open(mix, &way);

	if (connection)
		mix_close(mix, connection, false);
}

static void make_other_bound0(struct mix *mix)
{
	struct way way = way_elsewhere(mix);

	way.binding = BOUND_PORT0;
	mix_open(mix, &way);
}

static void make_other_bound_time_wait(struct mix *mix)
{
	struct way way = way_elsewhere(mix);
	struct connection *connection;

	way.binding = BOUND_PORT0;
	connection = mix_open(mix, &way);
	if (connection)
		mix_close(mix, connection, true);
}

const struct element elements_connect[] = {
	{ "established", make_established, 0 },
	{ "fin-wait2", make_fin_wait2, 0 },
	{ "close-wait", make_close_wait, 0 },
	{ "time-wait", make_time_wait, 0 },
	{ "time-wait-without-timestamps", make_time_wait_without_timestamps, 0 },
	{ "orphan", make_orphan, 0 },
	{ "server-closed", make_server_closed, 0 },
	{ "reset", make_reset, 0 },
	{ "dissolved", make_dissolved, 0 },
	{ "refused", make_refused, 0 },
	{ "bound0-connected", make_bound0_connected, 0 },
	{ "bound-port-connected", make_bound_port_connected, 0 },
	{ "bound-outside-connected", make_bound_outside_connected, 0 },
	{ "bound-time-wait", make_bound_time_wait, 0 },
	{ "bound-close-wait", make_bound_close_wait, 0 },
	{ "bound-dissolved", make_bound_dissolved, 0 },
	{ "own-range", make_own_range, MIX_OWN_RANGE },
	{ "own-range-time-wait", make_own_range_time_wait, MIX_OWN_RANGE },
	{ "other-port", make_other_port, 0 },
	{ "other-source", make_other_source, 0 },
	{ "other-family", make_other_family, MIX_IPV6 },
	{ "other-time-wait", make_other_time_wait, 0 },
	{ "other-server-closed", make_other_server_closed, 0 },
	{ "other-bound0", make_other_bound0, 0 },
	{ "other-bound-time-wait", make_other_bound_time_wait, 0 },
	{},
};
