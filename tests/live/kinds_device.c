// SPDX-License-Identifier: GPL-2.0-only
/* Sockets that are bound to a device: those of two devices are not in each other's way. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "events.h"
#include "kinds.h"
#include "plan.h"
#include "sandbox.h"
#include "stranger.h"

static char second_device[IFNAMSIZ];

/* Of the first stranger, for the second one. */
static const uint16_t *ports_of_connections;

static bool is_tcp(const struct job *job)
{
	return job->transport->type == SOCK_STREAM;
}

static int socket_on(const struct job *job, const char *device)
{
	int fd = job_socket(job, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) < 0)
		plan_failed("SO_BINDTODEVICE %s: %s", device, strerror(errno));
	return fd;
}

/* No address is on both devices, but this one. */
static union address any_address(const struct job *job, uint16_t port)
{
	return address_of(job->family->domain,
			  job->family->domain == AF_INET ? "0.0.0.0" : "::", port);
}

/* ---- What the others do ---- */

static void hold_on(const struct job *job, const char *device, uint16_t port)
{
	union address at = any_address(job, port);
	int fd = socket_on(job, device);

	job_must(calls_bind(fd, &at), "bind() on a device");
	if (is_tcp(job))
		job_must(calls_listen(fd, 1), "listen()");
}

static void hold_all_on(const struct job *job, const char *device, uint16_t *ports,
			unsigned int nr_ports)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		ports[i] = FIRST_BOUND_PORT + i;
		hold_on(job, device, ports[i]);
	}
}

static void hold_on_lo(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	hold_all_on(job, "lo", ports, nr_ports);
}

static void hold_on_second(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	hold_all_on(job, second_device, ports, nr_ports);
}

static void connect_on_lo(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	union address server = job_server(job);
	unsigned int i;

	if (is_tcp(job))
		job_listen(job);
	for (i = 0; i < nr_ports; i++) {
		int fd = socket_on(job, "lo");

		job_must(calls_connect(fd, &server), "connect() on lo");
		ports[i] = calls_port(fd);
	}
}

static void hold_the_same_on_second(const struct job *job, uint16_t *ports, unsigned int nr_ports)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		ports[i] = ports_of_connections[i];
		hold_on(job, second_device, ports[i]);
	}
}

/* ---- What the workload does then ---- */

static void ask_on(const struct job *job, const char *device, uint16_t port)
{
	union address taken = any_address(job, port);
	int fd = socket_on(job, device);

	job_must_fail(calls_bind(fd, &taken), EADDRINUSE, "bind() on a device");
	close(fd);
}

static void held_by(const struct stranger *stranger, const char *state)
{
	events_holder("holder.pid=%d holder.comm=%s holder.state=%s", stranger->pid, STRANGER_COMM,
		      state);
}

static void run_on_device(const struct job *job)
{
	const char *state = is_tcp(job) ? "listen" : "bound";
	struct stranger on_lo, on_second;
	unsigned int i;

	sandbox_add_tap(second_device);
	on_lo = stranger_start(job, hold_on_lo, job->n);
	on_second = stranger_start(job, hold_on_second, job->n);
	calls_others_bound(LEDGER_TCP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	calls_others_bound(LEDGER_UDP, FIRST_BOUND_PORT, FIRST_BOUND_PORT + job->n - 1);
	for (i = 0; i < job->m; i++) {
		held_by(i % 2 ? &on_second : &on_lo, state);
		ask_on(job, i % 2 ? second_device : "lo", on_lo.ports[i % job->n]);
	}
}

static void run_connection_on_device(const struct job *job)
{
	struct stranger on_lo, on_second;
	unsigned int i;

	sandbox_add_tap(second_device);
	on_lo = stranger_start(job, connect_on_lo, job->n);
	ports_of_connections = on_lo.ports;
	on_second = stranger_start(job, hold_the_same_on_second, job->n);
	held_by(&on_lo, "established");
	for (i = 0; i < job->m; i++)
		ask_on(job, "lo", on_second.ports[i % job->n]);
}

const struct kind kinds_device[] = {
	{ "held-on-device", TCP | UDP, V4 | V6, run_on_device,
	  .n = "ports that two other processes have, each on a device of its own",
	  .m = "bind()s to these ports, on one of the devices" },
	{ "held-by-connection-on-device", TCP | UDP, V4 | V6, run_connection_on_device,
	  .n = "connections on lo, whose ports a third process has bound on another device",
	  .m = "bind()s to these ports on lo" },
	{},
};
