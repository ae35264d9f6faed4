// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements that are sockets which somebody bound. The kernel gives their ports to no automatic
 * connect(), whatever the address and the family are.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"

#define BACKLOG 16

/* An address that the route does not start from: hosts 4 ... 6 are nobody's source. */
static struct in6_addr elsewhere(struct mix *mix)
{
	bool is_v6 = !IN6_IS_ADDR_V4MAPPED(&mix->dst);

	if (mix->plan.is_random && has_feature(MIX_IPV6))
		is_v6 = random_chance(&mix->random, 50);
	return mix_ip(is_v6, is_v6 || random_chance(&mix->random, 50),
		      random_between(&mix->random, 4, 6));
}

static void listen_if_bound(struct mix *mix, int fd)
{
	if (fd >= 0)
		mix_listen(mix, fd, BACKLOG);
}

static int bind_number(struct mix *mix, const struct in6_addr *ip, unsigned int flags)
{
	return mix_bind_any_number(mix, SOCK_STREAM, ip, flags);
}

/* ---- Listeners ---- */

static void make_listener_elsewhere(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	listen_if_bound(mix, bind_number(mix, &ip, 0));
}

static void make_listener_wildcard(struct mix *mix)
{
	struct in6_addr any = ip_any(AF_INET);

	listen_if_bound(mix, bind_number(mix, &any, REUSE_ADDRESS));
}

static void make_listener_dual(struct mix *mix)
{
	listen_if_bound(mix, bind_number(mix, &in6addr_any, 0));
}

static void make_listener_v6only(struct mix *mix)
{
	listen_if_bound(mix, bind_number(mix, &in6addr_any, V6ONLY));
}

/* The port is found by listen(). */
static void make_listener_auto(struct mix *mix)
{
	int fd = socket(mix_domain(mix), SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || listen(fd, BACKLOG) < 0)
		mix->nr_refused++;
}

static void make_listener_left(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);
	int fd = bind_number(mix, &ip, 0);

	listen_if_bound(mix, fd);
	if (fd >= 0)
		close(fd);
}

/* ---- Connections that were accepted, and outlive their listener ---- */

static struct connection *open_to_new_listener(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);
	int listener = bind_number(mix, &ip, REUSE_ADDRESS);
	struct connection *connection;
	struct way way = { .domain = mix_domain_of(&ip), .dst = ip };

	if (listener < 0 || !mix_listen(mix, listener, BACKLOG))
		return NULL;
	way.dport = mix_port(listener);
	connection = mix_open(mix, &way);
	if (connection)
		connection->server = mix_accept(listener);
	close(listener);
	return connection;
}

static void make_accepted(struct mix *mix)
{
	open_to_new_listener(mix);
}

/* The accepted side has the TIME_WAIT, on the port of its listener. */
static void make_accepted_time_wait(struct mix *mix)
{
	struct connection *connection = open_to_new_listener(mix);

	if (connection)
		mix_close(mix, connection, false);
}

/* ---- Bound to a port by number ---- */

static void make_bound_elsewhere(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	bind_number(mix, &ip, 0);
}

static void make_bound_here(struct mix *mix)
{
	bind_number(mix, &mix->src, 0);
}

static void make_bound_reuseaddr(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	bind_number(mix, &ip, REUSE_ADDRESS);
}

static void make_bound_reuse_both(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	bind_number(mix, &ip, REUSE_ADDRESS | REUSE_PORT);
}

/* Two sockets on one port. */
static void make_bound_reuseport(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);
	int fd = bind_number(mix, &ip, REUSE_PORT);

	if (fd >= 0)
		mix_bind(mix, SOCK_STREAM, &ip, mix_port(fd), REUSE_PORT);
}

static void make_bound_left(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);
	int fd = bind_number(mix, &ip, 0);

	if (fd >= 0)
		close(fd);
}

/* ---- Bound to port 0 ---- */

static void make_bound0(struct mix *mix)
{
	mix_bind(mix, SOCK_STREAM, &mix->src, 0, 0);
}

static void make_bound0_elsewhere(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	mix_bind(mix, SOCK_STREAM, &ip, 0, REUSE_ADDRESS);
}

static void make_bound0_left(struct mix *mix)
{
	int fd = mix_bind(mix, SOCK_STREAM, &mix->src, 0, 0);

	if (fd >= 0)
		close(fd);
}

/* ---- On a port that connections have already ---- */

/* Of a connection that is still there, if only as a TIME_WAIT. */
static uint16_t port_in_use(struct mix *mix)
{
	unsigned int i, start;

	if (!mix->nr_connections)
		return 0;
	start = random_below(&mix->random, mix->nr_connections);
	for (i = 0; i < mix->nr_connections; i++) {
		struct connection *connection =
			&mix->connections[(start + i) % mix->nr_connections];

		if (connection->state != GONE && !connection->is_bound)
			return connection->port;
	}
	return 0;
}

static int join(struct mix *mix, unsigned int flags)
{
	int fd = -EADDRINUSE, i;

	for (i = 0; i < MIX_TRIES && fd == -EADDRINUSE; i++) {
		struct in6_addr ip = elsewhere(mix);
		uint16_t port = port_in_use(mix);

		if (port)
			fd = mix_try_bind(SOCK_STREAM, &ip, port, flags);
	}
	return mix_note_bound(mix, SOCK_STREAM, fd);
}

static void make_joined(struct mix *mix)
{
	join(mix, random_chance(&mix->random, 50) ? REUSE_ADDRESS : 0);
}

static void make_joined_left(struct mix *mix)
{
	int fd = join(mix, random_chance(&mix->random, 50) ? REUSE_PORT : 0);

	if (fd >= 0)
		close(fd);
}

static void make_joined_listener(struct mix *mix)
{
	listen_if_bound(mix, join(mix, 0));
}

/* ---- What must make no difference ---- */

static void make_udp_neighbour(struct mix *mix)
{
	mix_bind_any_number(mix, SOCK_DGRAM, &mix->src, 0);
}

const struct element elements_bind[] = {
	{ "listener-elsewhere", make_listener_elsewhere, 0 },
	{ "listener-wildcard", make_listener_wildcard, 0 },
	{ "listener-dual", make_listener_dual, MIX_IPV6 },
	{ "listener-v6only", make_listener_v6only, MIX_IPV6 },
	{ "listener-auto", make_listener_auto, 0 },
	{ "listener-left", make_listener_left, 0 },
	{ "accepted", make_accepted, 0 },
	{ "accepted-time-wait", make_accepted_time_wait, 0 },
	{ "bound-elsewhere", make_bound_elsewhere, 0 },
	{ "bound-here", make_bound_here, 0 },
	{ "bound-reuseaddr", make_bound_reuseaddr, 0 },
	{ "bound-reuse-both", make_bound_reuse_both, 0 },
	{ "bound-reuseport", make_bound_reuseport, 0 },
	{ "bound-left", make_bound_left, 0 },
	{ "bound0", make_bound0, 0 },
	{ "bound0-elsewhere", make_bound0_elsewhere, 0 },
	{ "bound0-left", make_bound0_left, 0 },
	{ "joined", make_joined, 0 },
	{ "joined-left", make_joined_left, 0 },
	{ "joined-listener", make_joined_listener, 0 },
	{ "udp-neighbour", make_udp_neighbour, 0 },
	{},
};
