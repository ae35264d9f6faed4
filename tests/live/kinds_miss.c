// SPDX-License-Identifier: GPL-2.0-only
/* Calls that fail, or seem to, and are no failed allocations: none must be taken for one. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"

#define LINK_LOCAL "fe80::1"

/* ---- No way there: no port is ever looked for ---- */

static void connect_in_vain(const struct job *job, const union address *to, int error)
{
	unsigned int i;

	for (i = 0; i < job->m; i++) {
		int fd = job_socket(job, 0);

		job_must_fail(calls_connect_in_vain(fd, to), error, "connect()");
		close(fd);
	}
}

static void run_unreachable(const struct job *job)
{
	union address foreign = job_foreign(job, SERVER_PORT);

	connect_in_vain(job, &foreign, ENETUNREACH);
}

/* A route that says so: "unreachable" in the words of ip-route(8). */
static void reject(const char *address)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_HOST | RTF_REJECT };
	union address to = address_of(AF_INET, address, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&route.rt_dst, &to.v4, sizeof(route.rt_dst));
	if (fd < 0 || ioctl(fd, SIOCADDRT, &route) < 0)
		plan_failed("no unreachable route: %s", strerror(errno));
	close(fd);
}

static void run_host_unreachable(const struct job *job)
{
	union address foreign = job_foreign(job, SERVER_PORT);
	const char *text = job->family->foreign;
	const char *colon = strrchr(text, ':');

	reject(colon ? colon + 1 : text);
	connect_in_vain(job, &foreign, EHOSTUNREACH);
}

/* Such an address means nothing without a device. */
static void run_no_scope(const struct job *job)
{
	union address to = address_of(AF_INET6, LINK_LOCAL, FIRST_BOUND_PORT);
	unsigned int i;

	for (i = 0; i < job->m; i++)
		job_must_fail(calls_bind_in_vain(job_socket(job, 0), &to), EINVAL, "bind()");
	if (job->transport->type == SOCK_STREAM)
		connect_in_vain(job, &to, EINVAL);
}

/* ---- The socket has what it wants ---- */

static void run_bind_again(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->m; i++) {
		union address to = job_loopback(job, FIRST_BOUND_PORT + i);
		int fd = job_socket(job, 0);

		job_must(calls_bind(fd, &to), "bind()");
		job_must_fail(calls_bind_in_vain(fd, &to), EINVAL, "a second bind()");
	}
}

static void run_connect_again(const struct job *job)
{
	union address server = job_server(job);
	unsigned int i;

	job_listen(job);
	for (i = 0; i < job->m; i++) {
		int fd = job_socket(job, 0);

		job_must(calls_connect(fd, &server), "connect()");
		job_must_fail(calls_connect_in_vain(fd, &server), EISCONN, "a second connect()");
	}
}

/* ---- Addresses that one may bind to all the same ---- */

static void run_freebind(const struct job *job)
{
	int on = 1;
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		union address foreign = job_foreign(job, FIRST_BOUND_PORT + i);
		int fd = job_socket(job, 0);

		if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) < 0)
			plan_failed("IP_FREEBIND: %s", strerror(errno));
		job_must(calls_bind(fd, &foreign), "bind() with IP_FREEBIND");
	}
}

/* ---- EAGAIN that is not about ports ---- */

/* A network device of this namespace, on whose other end nobody answers. */
static void make_deaf_network(const char *own_address)
{
	union address own = address_of(AF_INET, own_address, 0);
	struct ifreq device = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sandbox_add_tap(device.ifr_name);
	memcpy(&device.ifr_addr, &own.v4, sizeof(own.v4));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &device) < 0)
		plan_failed("no address for %s: %s", device.ifr_name, strerror(errno));
	device.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &device) < 0)
		plan_failed("%s does not come up: %s", device.ifr_name, strerror(errno));
	close(fd);
}

/*
 * Packets that wait for an answer to ARP are charged to their socket: its buffer is full soon,
 * and every send after that fails as it would without a port.
 */
static void run_full_buffer(const struct job *job)
{
	const char *foreign = job->family->foreign, *own = "198.51.100.2";
	union address to = address_of(job->family->domain, foreign, SERVER_PORT);
	int size = 1, fd, err = 0;
	unsigned int i;

	make_deaf_network(own);
	fd = job_socket(job, SOCK_NONBLOCK);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		plan_failed("SO_SNDBUF: %s", strerror(errno));
	for (i = 0; i < 1000 && !err; i++)
		err = calls_send(fd, &to, SEND_TO);
	job_must_fail(err, EAGAIN, "sendto() into a full buffer");
	for (i = 0; i < job->m; i++)
		job_must_fail(calls_send(fd, &to, SEND_TO), EAGAIN, "sendto() into a full buffer");
}

const struct kind kinds_miss[] = {
	{ "unreachable", TCP, ALL_FAMILIES, run_unreachable,
	  .m = "connect()s to a network without a route" },
	{ "host-unreachable", TCP, V4 | MAPPED, run_host_unreachable,
	  .m = "connect()s to a host that a route rejects" },
	{ "no-scope", TCP | UDP, V6, run_no_scope,
	  .m = "bind()s to a link-local address without a device, and as many connect()s" },
	{ "bind-again", TCP | UDP, ALL_FAMILIES, run_bind_again,
	  .m = "sockets that bind() twice" },
	{ "connect-again", TCP, ALL_FAMILIES, run_connect_again,
	  .m = "sockets that connect() twice" },
	{ "freebind", TCP | UDP, ALL_FAMILIES, run_freebind,
	  .n = "bind()s to an address that this host does not have, with IP_FREEBIND" },
	{ "full-buffer", UDP, V4 | MAPPED, run_full_buffer,
	  .m = "sendto()s of a socket whose buffer is full" },
	{},
};
