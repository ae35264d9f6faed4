// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel still grants, found out by asking until it refuses. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"
#include "wait.h"

/* A SYN that was lost is sent again after a second, and two seconds later. */
#define HANDSHAKE_LIMIT_MS 15000

static void grant(struct grants *grants, uint16_t port, long long took_ns)
{
	if (grants->has[port] || grants->nr == NR_PORTS)
		plan_failed("port %u was granted twice", port);
	grants->has[port] = true;
	grants->took_ns[grants->nr] = took_ns;
	grants->ports[grants->nr++] = port;
}

static void fill(struct mix *mix, const struct way *way, struct grants *grants)
{
	long long took_ns;
	int fd;

	while ((fd = mix_begin(way, &took_ns)) >= 0) {
		grant(grants, mix_port(fd), took_ns);
		if (grants == &mix->grants)
			mix_note(mix, fd, way);
	}
}

/* ---- TCP ---- */

/* The first own range of sockets that are still there, or none. */
static struct port_range live_own_range(const struct mix *mix)
{
	unsigned int i;

	for (i = 0; i < mix->nr_connections; i++) {
		const struct connection *connection = &mix->connections[i];

		if (connection->client >= 0 && connection->state != GONE &&
		    is_own_range(&connection->own_range))
			return connection->own_range;
	}
	return (struct port_range){};
}

/* TIME_WAITs of the route whose ports were granted are no more. */
static void take_over_time_waits(struct mix *mix, unsigned int nr_before)
{
	unsigned int i;

	for (i = 0; i < nr_before; i++) {
		struct connection *connection = &mix->connections[i];

		if (!connection->is_of_route || connection->state != TIME_WAIT ||
		    !mix->grants.has[connection->port])
			continue;
		connection->is_taken_over = true;
		mix->nr_time_waits--;
	}
}

static bool is_under_way(const struct connection *connection)
{
	return mix_tcp_state(connection->client) == TCP_SYN_SENT;
}

static bool are_complete(const void *arg)
{
	const struct mix *mix = arg;
	unsigned int i;

	for (i = 0; i < mix->nr_connections; i++) {
		const struct connection *connection = &mix->connections[i];

		if (connection->client >= 0 && connection->state == ESTABLISHED &&
		    is_under_way(connection))
			return false;
	}
	return true;
}

/* What has become of the connections that mix_begin() began. */
static void see_states(struct mix *mix, unsigned int from)
{
	unsigned int i;

	for (i = from; i < mix->nr_connections; i++) {
		struct connection *connection = &mix->connections[i];
		int state = mix_tcp_state(connection->client);

		if (state != TCP_ESTABLISHED && state != TCP_SYN_SENT)
			plan_failed("a connection came into state %d", state);
		connection->state = state == TCP_ESTABLISHED ? ESTABLISHED : OTHER;
	}
}

void fill_await_handshakes(struct mix *mix, unsigned int from)
{
	if (!mix->plan.nr_stuffed && !wait_until(are_complete, mix, HANDSHAKE_LIMIT_MS))
		plan_failed("connections are still under way");
	see_states(mix, from);
}

void fill_route(struct mix *mix)
{
	unsigned int nr_before = mix->nr_connections;
	struct way way = way_of_route(mix);

	way.own_range = live_own_range(mix);
	if (is_own_range(&way.own_range)) {
		mix->filled_own_range = way.own_range;
		fill(mix, &way, &mix->grants);
		mix->own_grants = mix->grants;
		way.own_range = (struct port_range){};
	}
	fill(mix, &way, &mix->grants);
	fill_await_handshakes(mix, nr_before);
	take_over_time_waits(mix, nr_before);
}

void fill_probe(struct mix *mix)
{
	static struct grants free_of_binders;
	struct way way = way_of_route(mix);
	unsigned int port;

	way.dport = PROBE_PORT;
	fill(mix, &way, &free_of_binders);
	for (port = mix->ports.low; port <= mix->ports.high; port++)
		mix->is_blocked[port] = !free_of_binders.has[port];
}

/* ---- UDP ---- */

static int try_udp(struct mix *mix)
{
	int domain = mix_domain(mix), fd;
	union address local = address_with(domain, &mix->src, 0);

	if (mix->plan.is_autobind)
		return mix_connect_udp(mix);
	fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		plan_failed("no UDP socket: %s", strerror(errno));
	if (!bind(fd, &local.sa, address_len(&local))) {
		mix->udp_fds[mix->nr_udp_fds++ % MAX_CONNECTIONS] = fd;
		return fd;
	}
	if (errno != EADDRINUSE)
		plan_failed("bind() of a UDP socket: %s", strerror(errno));
	close(fd);
	return -EADDRINUSE;
}

void fill_udp(struct mix *mix)
{
	int fd;

	while ((fd = try_udp(mix)) >= 0)
		grant(&mix->grants, mix_port(fd), 0);
}
