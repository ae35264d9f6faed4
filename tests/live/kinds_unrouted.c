// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect() over IPv6 in a namespace where IPv6 is off: there is a way to ::1, and no address to
 * come from, which is EADDRNOTAVAIL as well, though no port was ever looked for.
 */
#include <errno.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "sandbox.h"

static union address nowhere(void)
{
	return address_of(AF_INET6, "::1", SERVER_PORT);
}

static void turn_ipv6_off(void)
{
	sandbox_sysctl("net/ipv6/conf/all/disable_ipv6", "1");
}

static void connect_unrouted(int fd)
{
	union address to = nowhere();

	job_must_fail(calls_connect_unrouted(fd, &to), EADDRNOTAVAIL, "connect() without IPv6");
	close(fd);
}

static void run_unrouted(const struct job *job)
{
	unsigned int i;

	turn_ipv6_off();
	for (i = 0; i < job->m; i++)
		connect_unrouted(job_socket(job, 0));
}

static void run_bound_unrouted(const struct job *job)
{
	unsigned int i;

	turn_ipv6_off();
	for (i = 0; i < job->m; i++) {
		union address any = address_of(AF_INET6, "::", FIRST_BOUND_PORT + i);
		int fd = job_socket(job, 0);

		job_must(calls_bind(fd, &any), "bind()");
		connect_unrouted(fd);
	}
}

const struct kind kinds_unrouted[] = {
	{ "unrouted", TCP | UDP, V6, run_unrouted,
	  .m = "connect()s for which this host has no address to come from" },
	{ "bound-unrouted", TCP | UDP, V6, run_bound_unrouted,
	  .m = "the same, of sockets that are bound to a port" },
	{},
};
