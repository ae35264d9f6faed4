// SPDX-License-Identifier: GPL-2.0-only
#include "calls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "events.h"
#include "gate.h"
#include "plan.h"

/* uapi/linux/in.h since 4.2 and 6.3; the C library's may be older. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define NR_PORTS 65536

/*
 * What is known of a socket. Kept here, since getsockname() does not tell: the kernel leaves the
 * port in the address of a socket that has lost it (inet_put_port() clears inet_num only).
 */
struct endpoint {
	enum ledger_proto proto;
	struct in6_addr local; /* as bound, or the wildcard */
	bool has_port;
	bool keeps_port; /* asked for by number: stays when a connection fails */
	bool has_own_range;
	struct route *connection; /* the route that the socket was last connected on */
};

/* By descriptor. */
static struct endpoint *endpoints;
static int nr_endpoints;

/* Ports that bind() or listen() gave to somebody, by protocol. Never cleared. */
static bool is_bound[2][NR_PORTS];

static struct endpoint *endpoint(int fd)
{
	int wanted = nr_endpoints ? nr_endpoints : 64;

	while (wanted <= fd)
		wanted *= 2;
	if (wanted > nr_endpoints) {
		endpoints = realloc(endpoints, wanted * sizeof(*endpoints));
		if (!endpoints)
			plan_failed("no memory for %d sockets", wanted);
		nr_endpoints = wanted;
	}
	return &endpoints[fd];
}

int calls_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	*endpoint(fd) = (struct endpoint){
		.proto = (type & ~SOCK_NONBLOCK) == SOCK_STREAM ? LEDGER_TCP : LEDGER_UDP,
		.local = ip_any(domain),
	};
	return fd;
}

uint16_t calls_port(int fd)
{
	union address local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, &local.sa, &len) < 0)
		plan_failed("getsockname: %s", strerror(errno));
	return address_port(&local);
}

/* Into the ledger, and into the list of events. sport: the port that was asked for, or 0. */
static void enter_failure(int fd, struct route *route, enum ledger_call call,
			  enum ledger_cause cause, int error, uint16_t sport)
{
	ledger_failure(route, call, cause, error);
	events_failure(route, call, cause, error, fd, sport);
}

/* ---- bind() and listen() ---- */

static void take_local(int fd, enum ledger_call call, bool asked_for_number)
{
	struct endpoint *end = endpoint(fd);
	struct route *route = ledger_local(end->proto, &end->local);
	uint16_t port = calls_port(fd);

	route->allocations++;
	events_allocation(route, call, port);
	is_bound[end->proto][port] = true;
	end->has_port = true;
	end->keeps_port = asked_for_number;
}

static enum ledger_cause why_no_bind(enum ledger_proto proto, uint16_t port, int error)
{
	if (error == EADDRNOTAVAIL)
		return LEDGER_ADDRESS_NOT_LOCAL;
	if (error != EADDRINUSE)
		return LEDGER_OTHER;
	if (!port)
		return LEDGER_BIND_RANGE_EXHAUSTED;
	return is_bound[proto][port] ? LEDGER_PORT_IN_USE : LEDGER_PORT_TAKEN_BY_CONNECTION;
}

int calls_bind(int fd, const union address *to)
{
	int err = gate()->bind(fd, to);
	struct endpoint *end = endpoint(fd);
	struct in6_addr ip = address_ip(to);
	uint16_t port = address_port(to);

	if (err) {
		enter_failure(fd, ledger_local(end->proto, &ip), LEDGER_BIND,
			      why_no_bind(end->proto, port, -err), -err, port);
		return err;
	}
	end->local = ip;
	take_local(fd, LEDGER_BIND, port != 0);
	return 0;
}

void calls_others_bound(enum ledger_proto proto, uint16_t first, uint16_t last)
{
	unsigned int port;

	for (port = first; port <= last; port++)
		is_bound[proto][port] = true;
}

int calls_bind_address(int fd, const union address *to)
{
	int on = 1, err;

	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)))
		return -errno;
	err = gate()->bind(fd, to);
	if (!err)
		endpoint(fd)->local = address_ip(to);
	return err;
}

int calls_listen(int fd, int backlog)
{
	int err = gate()->listen(fd, backlog);
	struct endpoint *end = endpoint(fd);

	if (err == -EADDRINUSE)
		enter_failure(fd, ledger_local(end->proto, &end->local), LEDGER_LISTEN,
			      end->has_port ? LEDGER_PORT_IN_USE : LEDGER_BIND_RANGE_EXHAUSTED,
			      -err, end->has_port ? calls_port(fd) : 0);
	else if (err)
		plan_failed("listen: %s", strerror(-err));
	else if (!end->has_port)
		take_local(fd, LEDGER_LISTEN, false);
	return err;
}

/* ---- TCP connections ---- */

/*
 * After a failure the kernel has forgotten the source again. All destinations are on lo then,
 * where an unbound socket starts from the loopback address.
 */
static struct route *connection_of(int fd, const union address *to)
{
	struct in6_addr src, dst = address_ip(to);
	union address local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, &local.sa, &len) < 0)
		plan_failed("getsockname: %s", strerror(errno));
	src = address_ip(&local);
	if (ip_is_any(&src))
		src = endpoint(fd)->local;
	if (ip_is_any(&src))
		src = ip_loopback_for(&dst);
	return ledger_connection(&src, &dst, address_port(to));
}

static enum ledger_cause why_no_connection(const struct endpoint *end)
{
	if (end->has_port)
		return LEDGER_TUPLE_IN_USE;
	return end->has_own_range ? LEDGER_SOCKET_RANGE_EXHAUSTED : LEDGER_RANGE_EXHAUSTED;
}

/* The attempt is over: a port stays with the socket only if it was asked for by number. */
static void lose_port(int fd)
{
	struct endpoint *end = endpoint(fd);

	end->has_port = end->keeps_port;
}

/* Enters a try to connect. err: 0 also when it is under way. */
static void enter_connect(int fd, const union address *to, enum ledger_call call, int err)
{
	struct route *route = connection_of(fd, to);
	struct endpoint *end = endpoint(fd);

	switch (-err) {
	case EADDRNOTAVAIL:
		enter_failure(fd, route, call, why_no_connection(end), -err,
			      end->has_port ? calls_port(fd) : 0);
		lose_port(fd);
		return;
	case 0:
	case EINTR: /* it goes on without the program */
	case ECONNREFUSED:
	case ETIMEDOUT:
		break;
	default:
		plan_failed("%s: %s", call == LEDGER_SENDTO ? "sendto" : "connect",
			    strerror(-err));
	}
	if (end->has_port) {
		route->bound_connects++;
	} else {
		route->allocations++;
		events_allocation(route, call, calls_port(fd));
	}
	end->connection = route;
	end->has_port = true;
	if (err && err != -EINTR)
		lose_port(fd);
}

/* ---- UDP: any first use finds a port ---- */

static int enter_autobind(int fd, enum ledger_call call, int err)
{
	struct endpoint *end = endpoint(fd);
	struct route *route = ledger_local(end->proto, &end->local);

	if (end->has_port)
		return err;
	if (err == -EAGAIN) {
		enter_failure(fd, route, call, LEDGER_RANGE_EXHAUSTED, -err, 0);
		return err;
	}
	if (err)
		plan_failed("%s on UDP: %s", call == LEDGER_SENDTO ? "sendto" : "connect",
			    strerror(-err));
	route->allocations++;
	events_allocation(route, call, calls_port(fd));
	end->has_port = true;
	return 0;
}

int calls_connect(int fd, const union address *to)
{
	int err = gate()->connect(fd, to);

	if (endpoint(fd)->proto == LEDGER_UDP)
		return enter_autobind(fd, LEDGER_CONNECT, err);
	if (err == -EINPROGRESS)
		err = 0;
	enter_connect(fd, to, LEDGER_CONNECT, err);
	return err;
}

/* Where it begins is what the socket is bound to: the kernel has found nothing else. */
int calls_connect_unrouted(int fd, const union address *to)
{
	int err = gate()->connect(fd, to);
	struct endpoint *end = endpoint(fd);
	struct in6_addr dst = address_ip(to);
	struct route *route;

	if (err != -EADDRNOTAVAIL)
		return err;
	if (end->proto == LEDGER_UDP) {
		enter_autobind(fd, LEDGER_CONNECT, 0);
		route = ledger_local(end->proto, &end->local);
	} else {
		route = ledger_connection(&end->local, &dst, address_port(to));
	}
	enter_failure(fd, route, LEDGER_CONNECT, LEDGER_ADDRESS_NOT_LOCAL, -err,
		      end->has_port ? calls_port(fd) : 0);
	return err;
}

int calls_connect_in_vain(int fd, const union address *to)
{
	return gate()->connect(fd, to);
}

int calls_bind_in_vain(int fd, const union address *to)
{
	return gate()->bind(fd, to);
}

int calls_dissolve(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (connect(fd, &nobody, sizeof(nobody)))
		return -errno;
	lose_port(fd);
	return 0;
}

int calls_await_connect(int fd, int limit_ms)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error;

	if (poll(&writable, 1, limit_ms) != 1)
		plan_failed("a connection is still under way after %d ms", limit_ms);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		plan_failed("SO_ERROR: %s", strerror(errno));
	if (error)
		lose_port(fd);
	return -error;
}

int calls_send(int fd, const union address *to, enum send_how how)
{
	union address address = *to;
	char byte = 'x';
	struct iovec part = { .iov_base = &byte, .iov_len = sizeof(byte) };
	struct mmsghdr message = {
		.msg_hdr = {
			.msg_name = &address,
			.msg_namelen = address_len(to),
			.msg_iov = &part,
			.msg_iovlen = 1,
		},
	};
	long sent = -1;

	switch (how) {
	case SEND_TO:
		sent = gate()->sendto(fd, &byte, sizeof(byte), 0, to);
		return enter_autobind(fd, LEDGER_SENDTO, sent < 0 ? sent : 0);
	case SEND_MSG:
		sent = sendmsg(fd, &message.msg_hdr, 0);
		break;
	case SEND_MMSG:
		sent = sendmmsg(fd, &message, 1, 0);
		break;
	}
	return enter_autobind(fd, LEDGER_SENDTO, sent < 0 ? -errno : 0);
}

int calls_fastopen(int fd, const union address *to)
{
	char byte = 'x';
	int sent = gate()->sendto(fd, &byte, sizeof(byte), MSG_FASTOPEN, to);
	int err = sent < 0 ? sent : 0;

	if (err == -EOPNOTSUPP)
		return err;
	if (err == -EINPROGRESS)
		err = 0;
	enter_connect(fd, to, LEDGER_SENDTO, err);
	return err;
}

int calls_own_range(int fd, uint16_t low, uint16_t high)
{
	uint32_t range = (uint32_t)high << 16 | low;

	if (setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)))
		return -errno;
	endpoint(fd)->has_own_range = true;
	return 0;
}

void calls_close_first(int fd)
{
	struct route *route = endpoint(fd)->connection;

	route->time_waits++;
	events_time_wait(route, calls_port(fd));
	close(fd);
}
