// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "plan.h"

#define END_LIMIT_MS 20000

static int family_of(const char *ip)
{
	return strchr(ip, ':') ? AF_INET6 : AF_INET;
}

static int open_socket(const char *ip, int type)
{
	int fd = socket(family_of(ip), type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		plan_failed("no socket: %s", strerror(errno));
	return fd;
}

int net_try_listen(const char *ip, uint16_t port, int backlog)
{
	union address address = address_of(family_of(ip), ip, port);
	int fd = open_socket(ip, SOCK_STREAM);

	if (!bind(fd, &address.sa, address_len(&address)) && !listen(fd, backlog))
		return fd;
	if (errno != EADDRINUSE)
		plan_failed("cannot listen on %s port %u: %s", ip, port, strerror(errno));
	close(fd);
	return -1;
}

int net_listen(const char *ip, uint16_t port, int backlog)
{
	int fd = net_try_listen(ip, port, backlog);

	if (fd < 0)
		plan_failed("%s port %u is in use", ip, port);
	return fd;
}

int net_bind(const char *ip, int type)
{
	union address address = address_of(family_of(ip), ip, 0);
	int fd = open_socket(ip, type);

	if (bind(fd, &address.sa, address_len(&address)) < 0)
		plan_failed("cannot bind to %s: %s", ip, strerror(errno));
	return fd;
}

int net_try_connect(const char *ip, uint16_t port)
{
	union address address = address_of(family_of(ip), ip, port);
	int fd = open_socket(ip, SOCK_STREAM);

	if (!connect(fd, &address.sa, address_len(&address)))
		return fd;
	if (errno != EADDRNOTAVAIL)
		plan_failed("cannot connect to %s port %u: %s", ip, port, strerror(errno));
	close(fd);
	return -1;
}

int net_connect(const char *ip, uint16_t port)
{
	int fd = net_try_connect(ip, port);

	if (fd < 0)
		plan_failed("no port is left for %s port %u", ip, port);
	return fd;
}

void net_connect_from(int fd, const char *ip, uint16_t port)
{
	union address address = address_of(family_of(ip), ip, port);

	if (connect(fd, &address.sa, address_len(&address)) < 0)
		plan_failed("cannot connect to %s port %u: %s", ip, port, strerror(errno));
}

int net_accept(int listener)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	int fd = -1;

	if (poll(&ready, 1, END_LIMIT_MS) == 1)
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		plan_failed("no connection to accept: %s", strerror(errno));
	return fd;
}

uint16_t net_local_port(int fd)
{
	union address address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.sa, &len) < 0)
		plan_failed("a socket without a name: %s", strerror(errno));
	return address_port(&address);
}

void net_reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) < 0)
		plan_failed("SO_LINGER: %s", strerror(errno));
	close(fd);
}

void net_await_end(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	char byte;

	if (poll(&readable, 1, END_LIMIT_MS) != 1)
		plan_failed("the other end has not closed the connection");
	if (read(fd, &byte, sizeof(byte)) > 0)
		plan_failed("a byte that nobody wrote");
}

bool net_has_ipv6(void)
{
	return !access("/proc/sys/net/ipv6", F_OK);
}
