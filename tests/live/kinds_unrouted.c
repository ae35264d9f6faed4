// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect() over IPv6 in a namespace where IPv6 is off: there is a way to ::1, and no address to
 * come from, which is EADDRNOTAVAIL as well, though no port was ever looked for.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"
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

/*
 * A thread that tries IPv4, and then IPv6, as programs do: both fail, with the same error and for
 * causes that have nothing to do with each other.
 */
static void run_exhausted_unrouted(const struct job *job)
{
	union address server = job_server(job);
	unsigned int i;

	job_listen(job);
	turn_ipv6_off();
	for (i = 0; i < job->n; i++)
		job_must(calls_connect(job_socket(job, 0), &server), "connect()");
	for (i = 0; i < job->m; i++) {
		int fd = job_socket(job, 0);

		job_must_fail(calls_connect(fd, &server), EADDRNOTAVAIL, "connect() without ports");
		close(fd);
		fd = calls_socket(AF_INET6, job->transport->type, job->transport->protocol);
		if (fd < 0)
			plan_failed("no socket of IPv6: %s", strerror(-fd));
		connect_unrouted(fd);
	}
}

const struct kind kinds_unrouted[] = {
	{ "unrouted", TCP | UDP, V6, run_unrouted,
	  .m = "connect()s for which this host has no address to come from" },
	{ "bound-unrouted", TCP | UDP, V6, run_bound_unrouted,
	  .m = "the same, of sockets that are bound to a port" },
	{ "exhausted-unrouted", TCP, V4 | MAPPED, run_exhausted_unrouted,
	  .n = "connections over IPv4, which take the whole range",
	  .m = "the same, each after a connect() over IPv4 that finds no port",
	  .range_of_n = true },
	{},
};
