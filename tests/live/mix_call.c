// SPDX-License-Identifier: GPL-2.0-only
/* For accept4(). */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"
#include "wait.h"

/* uapi/linux/in.h since 4.2 and 6.3; the C library's may be older. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define STATE_LIMIT_MS 10000

/* ---- What a socket says of itself ---- */

static union address local_address(int fd)
{
	union address local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, &local.sa, &len) < 0)
		plan_failed("getsockname: %s", strerror(errno));
	return local;
}

uint16_t mix_port(int fd)
{
	union address local = local_address(fd);

	return address_port(&local);
}

struct in6_addr mix_local_ip(int fd)
{
	union address local = local_address(fd);

	return address_ip(&local);
}

int mix_tcp_state(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		plan_failed("TCP_INFO: %s", strerror(errno));
	return info.tcpi_state;
}

struct wanted_state {
	int fd, state;
};

static bool is_in_state(const void *arg)
{
	const struct wanted_state *wanted = arg;

	return mix_tcp_state(wanted->fd) == wanted->state;
}

void mix_await_tcp_state(int fd, int state)
{
	const struct wanted_state wanted = { fd, state };

	if (!wait_until(is_in_state, &wanted, STATE_LIMIT_MS))
		plan_failed("a connection did not get into state %d, it is in %d", state,
			    mix_tcp_state(fd));
}

/* ---- Opening ---- */

bool is_own_range(const struct port_range *range)
{
	return range->low || range->high;
}

int mix_domain_of(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_V4MAPPED(ip) ? AF_INET : AF_INET6;
}

static void set_option(int fd, int level, int option, uint32_t value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		plan_failed("socket option %d of level %d: %s", option, level, strerror(errno));
}

static int open_socket(int domain, int type)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		plan_failed("no socket: %s", strerror(errno));
	return fd;
}

/* 0 or a negative errno. */
static int bind_to(int fd, int domain, const struct in6_addr *ip, uint16_t port)
{
	union address local = address_with(domain, ip, port);

	return bind(fd, &local.sa, address_len(&local)) ? -errno : 0;
}

static int bind_for(int fd, const struct way *way)
{
	if (way->binding == UNBOUND)
		return 0;
	if (way->binding == BOUND_ADDRESS)
		set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind_to(fd, way->domain, &way->src, way->binding == BOUND_PORT ? way->port : 0);
}

static int connect_to(int fd, const struct way *way)
{
	union address to = address_with(way->domain, &way->dst, way->dport);

	return connect(fd, &to.sa, address_len(&to)) ? -errno : 0;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* A descriptor or a negative errno: -EADDRINUSE from bind(), -EADDRNOTAVAIL from connect(). */
static int try_way(const struct way *way, int flags, long long *ret_took_ns)
{
	int fd = open_socket(way->domain, SOCK_STREAM | flags), err;
	long long begun_ns;

	if (is_own_range(&way->own_range))
		set_option(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE,
			   (uint32_t)way->own_range.high << 16 | way->own_range.low);
	err = bind_for(fd, way);
	begun_ns = now_ns();
	if (!err)
		err = connect_to(fd, way);
	*ret_took_ns = now_ns() - begun_ns;
	if (!err || err == -EINPROGRESS)
		return fd;
	close(fd);
	return err;
}

int mix_begin(const struct way *way, long long *ret_took_ns)
{
	int fd = try_way(way, SOCK_NONBLOCK, ret_took_ns);

	if (fd < 0 && fd != -EADDRNOTAVAIL)
		plan_failed("connect: %s", strerror(-fd));
	return fd;
}

int mix_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		plan_failed("accept: %s", strerror(errno));
	return fd;
}

int mix_domain(struct mix *mix)
{
	switch (mix->plan.family) {
	case MIX_4:
		return AF_INET;
	case MIX_4_AND_MAPPED:
		return random_chance(&mix->random, 50) ? AF_INET : AF_INET6;
	default:
		return AF_INET6;
	}
}

struct way way_of_route(struct mix *mix)
{
	struct way way = {
		.domain = mix_domain(mix),
		.binding = mix->plan.src ? BOUND_ADDRESS : UNBOUND,
		.src = mix->src,
		.dst = mix->dst,
		.dport = ROUTE_PORT,
	};

	return way;
}

void mix_refused(struct mix *mix, const char *what, int error)
{
	if (!mix->plan.is_random || (error != EADDRINUSE && error != EADDRNOTAVAIL))
		plan_failed("%s: %s", what, strerror(error));
	mix->nr_refused++;
}

/* A server's TIME_WAIT makes way for the next connection of the same client port. */
static void forget_time_wait_of_server(struct mix *mix, const struct connection *new)
{
	struct connection *old = mix->connections;

	for (; old < mix->connections + mix->nr_connections; old++) {
		if (!old->is_closed_by_server || old->port != new->port ||
		    old->dport != new->dport || memcmp(&old->src, &new->src, sizeof(old->src)) ||
		    memcmp(&old->dst, &new->dst, sizeof(old->dst)))
			continue;
		old->is_closed_by_server = false;
		mix->nr_time_waits--;
	}
}

static bool is_of_route(const struct mix *mix, const struct connection *connection)
{
	return connection->dport == ROUTE_PORT &&
	       !memcmp(&connection->src, &mix->src, sizeof(mix->src)) &&
	       !memcmp(&connection->dst, &mix->dst, sizeof(mix->dst));
}

struct connection *mix_note(struct mix *mix, int client, const struct way *way)
{
	struct connection connection = {
		.client = client,
		.server = -1,
		.port = mix_port(client),
		.dport = way->dport,
		.src = mix_local_ip(client),
		.dst = way->dst,
		.is_bound = way->binding == BOUND_PORT0 || way->binding == BOUND_PORT,
		.own_range = way->own_range,
	};

	if (mix->nr_connections == MAX_CONNECTIONS)
		plan_failed("more than %u connections", MAX_CONNECTIONS);
	/* The first one shows where connections of the route come from. */
	if (!mix->nr_connections)
		mix->src = connection.src;
	connection.is_of_route = is_of_route(mix, &connection);
	forget_time_wait_of_server(mix, &connection);
	mix->is_taken[connection.port] = true;
	mix->connections[mix->nr_connections] = connection;
	return &mix->connections[mix->nr_connections++];
}

struct connection *mix_open(struct mix *mix, const struct way *way)
{
	struct connection *connection;
	long long took_ns;
	int fd = try_way(way, 0, &took_ns);

	if (fd < 0) {
		mix_refused(mix, "a connection", -fd);
		return NULL;
	}
	connection = mix_note(mix, fd, way);
	if (way->dport >= ROUTE_PORT && way->dport < CLOSED_PORT)
		connection->server = mix_accept(mix->listeners[way->dport - ROUTE_PORT]);
	return connection;
}

/* ---- Sockets that are only bound ---- */

int mix_try_bind(int type, const struct in6_addr *ip, uint16_t port, unsigned int flags)
{
	int domain = mix_domain_of(ip);
	int fd = open_socket(domain, type), err;

	if (flags & REUSE_ADDRESS)
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (flags & REUSE_PORT)
		set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (domain == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, flags & V6ONLY ? 1 : 0);
	err = bind_to(fd, domain, ip, port);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int mix_note_bound(struct mix *mix, int type, int fd)
{
	if (fd < 0) {
		mix_refused(mix, "bind()", -fd);
		return -1;
	}
	mix->is_taken[mix_port(fd)] = true;
	if (type == SOCK_DGRAM)
		mix->udp_fds[mix->nr_udp_fds++ % MAX_CONNECTIONS] = fd;
	return fd;
}

int mix_bind(struct mix *mix, int type, const struct in6_addr *ip, uint16_t port,
	     unsigned int flags)
{
	return mix_note_bound(mix, type, mix_try_bind(type, ip, port, flags));
}

int mix_bind_any_number(struct mix *mix, int type, const struct in6_addr *ip, unsigned int flags)
{
	int fd = -EADDRINUSE, i;

	for (i = 0; i < MIX_TRIES && fd == -EADDRINUSE; i++) {
		uint16_t port = random_between(&mix->random, mix->ports.low, mix->ports.high);

		fd = mix_try_bind(type, ip, port, flags);
	}
	return mix_note_bound(mix, type, fd);
}

bool mix_listen(struct mix *mix, int fd, int backlog)
{
	if (!listen(fd, backlog))
		return true;
	mix_refused(mix, "listen()", errno);
	return false;
}

int mix_connect_udp(struct mix *mix)
{
	int domain = mix_domain(mix), fd = open_socket(domain, SOCK_DGRAM);
	union address to = address_with(domain, &mix->dst, OTHER_PORT);

	if (connect(fd, &to.sa, address_len(&to)) < 0) {
		if (errno != EAGAIN)
			plan_failed("connect() of a UDP socket: %s", strerror(errno));
		close(fd);
		return -EAGAIN;
	}
	mix->udp_fds[mix->nr_udp_fds++ % MAX_CONNECTIONS] = fd;
	return fd;
}

/* ---- Closing ---- */

void mix_shut_down(int fd)
{
	if (shutdown(fd, SHUT_WR) < 0)
		plan_failed("shutdown: %s", strerror(errno));
}

void mix_reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		plan_failed("SO_LINGER: %s", strerror(errno));
	close(fd);
}

void mix_note_time_wait(struct mix *mix)
{
	mix->last_time_wait_ms = now_ms();
	if (!mix->nr_time_waits++)
		mix->first_time_wait_ms = mix->last_time_wait_ms;
}

static void close_in_order(int first, int second)
{
	char byte;

	close(first);
	if (recv(second, &byte, sizeof(byte), 0) != 0)
		plan_failed("the peer did not close its end in order");
	close(second);
}

void mix_close(struct mix *mix, struct connection *connection, bool client_first)
{
	if (client_first) {
		close_in_order(connection->client, connection->server);
		connection->state = TIME_WAIT;
	} else {
		close_in_order(connection->server, connection->client);
		connection->state = GONE;
		connection->is_closed_by_server = true;
	}
	connection->client = connection->server = -1;
	mix_note_time_wait(mix);
}
