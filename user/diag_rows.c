// SPDX-License-Identifier: GPL-2.0-only
/* Sockets, as sock_diag lists them, become what the census would count of them. */
#include "diag.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "address.h"
#include "occupancy.h"

struct rows {
	struct diag_sockets *sockets;
	struct snapshot *snapshot;
	uint32_t netns;
	const struct diag_settings *settings, *supposed;
	struct port_list blocked;
	/* Listeners by port: 1 + index of the first one, and for each socket, of the next. 0: none. */
	uint32_t *first, *next;
	bool *kept; /* it is on a route */
};

static bool is_tcp(const struct diag_socket *socket)
{
	return socket->key.proto == PORTTRACE_IPPROTO_TCP;
}

/* ---- Sets of ports ---- */

static struct ports *set_of(const struct rows *rows, const struct port_set_key *key)
{
	struct snapshot *snapshot = rows->snapshot;
	struct ports *ports;
	size_t i;

	/* Sockets of one address are next to each other. */
	for (i = snapshot->nr_ports; i > 0; i--)
		if (!memcmp(&snapshot->ports[i - 1].key, key, sizeof(*key)))
			return &snapshot->ports[i - 1];
	ports = snapshot_add_ports(snapshot);
	if (ports)
		ports->key = *key;
	return ports;
}

static int add_port(const struct rows *rows, struct port_set_key key, uint16_t port)
{
	struct ports *ports;

	key.netns = rows->netns;
	ports = set_of(rows, &key);
	if (!ports)
		return -ENOMEM;
	ports->bits[port / 64] |= UINT64_C(1) << port % 64;
	return 0;
}

static int add_reserved(const struct rows *rows)
{
	const struct port_set_key key = { .netns = rows->netns, .kind = PORTS_RESERVED };
	struct ports *ports = set_of(rows, &key);

	if (!ports)
		return -ENOMEM;
	memcpy(ports->bits, rows->settings->reserved->bits, sizeof(ports->bits));
	return 0;
}

static int add_udp_port(const struct rows *rows, const struct diag_socket *socket)
{
	struct port_set_key key = { .kind = PORTS_UDP, .v6only = socket->v6only };

	memcpy(key.addr, socket->key.src, sizeof(key.addr));
	return add_port(rows, key, socket->port);
}

/* A listener's port, or one that is bound and nothing else, is nobody's. */
static int note_ports(struct rows *rows)
{
	const struct diag_sockets *sockets = rows->sockets;
	int err = add_reserved(rows);
	size_t i;

	for (i = 0; i < sockets->nr && !err; i++) {
		const struct diag_socket *socket = &sockets->sockets[i];
		uint16_t port = socket->port;

		if (!is_tcp(socket)) {
			err = add_udp_port(rows, socket);
		} else if (socket->state == TCP_LISTEN || socket->state == TCP_CLOSE) {
			port_list_add(&rows->blocked, port);
			err = add_port(rows, (struct port_set_key){ .kind = PORTS_TCP_BLOCKED },
				       port);
		}
		if (is_tcp(socket) && socket->state == TCP_LISTEN) {
			rows->next[i] = rows->first[port];
			rows->first[port] = i + 1;
		}
	}
	return err;
}

/* ---- Routes ---- */

static bool accepts(const struct diag_socket *listener, const uint8_t addr[16])
{
	bool same_family = address_is_ipv4(listener->key.src) == address_is_ipv4(addr);

	if (!address_is_any(listener->key.src))
		return !memcmp(listener->key.src, addr, 16);
	return same_family || (!address_is_ipv4(listener->key.src) && !listener->v6only);
}

/* The kernel does not say; a listener on its port that accepts such ones does. */
static bool is_accepted(const struct rows *rows, const struct diag_socket *socket)
{
	uint32_t at = rows->first[socket->port];

	if (socket->state == TCP_SYN_RECV || socket->state == DIAG_REQUEST)
		return true;
	for (; at; at = rows->next[at - 1])
		if (accepts(&rows->sockets->sockets[at - 1], socket->key.src))
			return true;
	return false;
}

/* A connect() would find that port, but for this socket. */
static bool is_usable(const struct rows *rows, const struct diag_settings *settings, uint16_t port)
{
	return port >= settings->range_low && port <= settings->range_high &&
	       port != occupancy_missed_port(settings->range_low, settings->range_high) &&
	       !port_list_has(settings->reserved, port) && !port_list_has(&rows->blocked, port);
}

/* Whether it had timestamps, and how long ago that was, is not told. */
static bool may_be_reclaimable(const struct diag_settings *settings,
			       const struct diag_socket *socket)
{
	if (!socket->is_time_wait || !settings->tw_reuse || socket->state == TCP_FIN_WAIT2)
		return false;
	return settings->tw_reuse != 2 || address_is_loopback(socket->key.src) ||
	       address_is_loopback(socket->key.dst);
}

static void count_port(const struct rows *rows, const struct diag_settings *settings,
		       const struct diag_socket *socket, int64_t used[NR_HALVES],
		       int64_t reclaimable[NR_HALVES])
{
	bool slow = (socket->port ^ settings->range_low) & 1;

	if (socket->is_on_device || !is_usable(rows, settings, socket->port))
		return;
	used[slow ? HALF_SLOW : HALF_FAST]++;
	if (may_be_reclaimable(settings, socket))
		reclaimable[HALF_FAST] = reclaimable[HALF_SLOW] = NOT_KNOWN;
}

static void count_state(struct occupancy *occupancy, const struct diag_socket *socket)
{
	unsigned int step = socket->left_ms / (LEFT_STEP_S * 1000);

	if (socket->is_time_wait) {
		occupancy->time_wait++;
		occupancy->time_wait_left[step < NR_LEFT_STEPS ? step : NR_LEFT_STEPS - 1]++;
	} else if (socket->state == TCP_ESTABLISHED) {
		occupancy->established++;
	} else {
		occupancy->other++;
	}
	occupancy->on_device += socket->is_on_device;
}

static struct route *begin_route(const struct rows *rows, const struct diag_socket *socket)
{
	struct route *route = snapshot_add_route(rows->snapshot);
	struct occupancy *occupancy;

	if (!route)
		return NULL;
	route->key = socket->key;
	route->key.netns = rows->netns;
	route->searches = route->search_ns = NOT_KNOWN;
	occupancy = &route->occupancy;
	occupancy->source = OCCUPANCY_INCOMPLETE;
	occupancy->established = occupancy->time_wait = occupancy->other = 0;
	if (!is_tcp(socket))
		return route;
	memset(occupancy->time_wait_left, 0, sizeof(occupancy->time_wait_left));
	memset(occupancy->used_in_half, 0, sizeof(occupancy->used_in_half));
	memset(occupancy->reclaimable_in_half, 0, sizeof(occupancy->reclaimable_in_half));
	return route;
}

static struct supposed_route *begin_supposed(const struct rows *rows,
					     const struct diag_socket *socket)
{
	struct supposed_route *route = snapshot_add_supposed(rows->snapshot);

	if (!route)
		return NULL;
	route->key = socket->key;
	route->key.netns = rows->netns;
	return route;
}

static bool is_same_route(const struct diag_socket *a, const struct diag_socket *b)
{
	return !route_key_compare(&a->key, &b->key);
}

/* All sockets of one route, from `from` on; *ret_next: the first one of another. */
static int add_route(const struct rows *rows, size_t from, size_t *ret_next)
{
	const struct diag_socket *sockets = rows->sockets->sockets, *first = &sockets[from];
	struct supposed_route *supposed = NULL;
	struct route *route = begin_route(rows, first);
	size_t i;

	if (route && is_tcp(first) && rows->supposed)
		supposed = begin_supposed(rows, first);
	if (!route || (is_tcp(first) && rows->supposed && !supposed))
		return -ENOMEM;
	for (i = from; i < rows->sockets->nr && is_same_route(first, &sockets[i]); i++) {
		/* While it becomes a TIME_WAIT, a connection is there twice. */
		if (is_tcp(first) && i > from && sockets[i].port == sockets[i - 1].port)
			continue;
		count_state(&route->occupancy, &sockets[i]);
		if (is_tcp(first))
			count_port(rows, rows->settings, &sockets[i],
				   route->occupancy.used_in_half,
				   route->occupancy.reclaimable_in_half);
		if (supposed)
			count_port(rows, rows->supposed, &sockets[i], supposed->used_in_half,
				   supposed->reclaimable_in_half);
	}
	*ret_next = i;
	return 0;
}

static int compare_sockets(const void *a, const void *b)
{
	const struct diag_socket *x = a, *y = b;
	int order = route_key_compare(&x->key, &y->key);

	return order ? order : (x->port > y->port) - (x->port < y->port);
}

/* Leaves those that are on a route: UDP's, and connections that were opened from here. */
static void keep_on_routes(struct rows *rows)
{
	struct diag_sockets *sockets = rows->sockets;
	size_t i, kept = 0;

	/* As long as listeners are asked for, they stay where they are. */
	for (i = 0; i < sockets->nr; i++) {
		const struct diag_socket *socket = &sockets->sockets[i];

		rows->kept[i] = !is_tcp(socket) || (route_has_destination(&socket->key) &&
						    !is_accepted(rows, socket));
	}
	for (i = 0; i < sockets->nr; i++)
		if (rows->kept[i] && kept++ != i)
			sockets->sockets[kept - 1] = sockets->sockets[i];
	sockets->nr = kept;
	if (sockets->nr)
		qsort(sockets->sockets, sockets->nr, sizeof(*sockets->sockets), compare_sockets);
}

static int add_rows(struct rows *rows)
{
	size_t next = 0;
	int err = note_ports(rows);

	if (err)
		return err;
	keep_on_routes(rows);
	while (!err && next < rows->sockets->nr)
		err = add_route(rows, next, &next);
	if (!err)
		snapshot_sort(rows->snapshot);
	return err;
}

int diag_add_rows(struct diag_sockets *sockets, uint32_t netns,
		  const struct diag_settings *settings, const struct diag_settings *supposed,
		  struct snapshot *snapshot)
{
	struct rows rows = {
		.sockets = sockets,
		.snapshot = snapshot,
		.netns = netns,
		.settings = settings,
		.supposed = supposed,
		.first = calloc(65536, sizeof(*rows.first)),
		.next = calloc(sockets->nr + 1, sizeof(*rows.next)),
		.kept = calloc(sockets->nr + 1, sizeof(*rows.kept)),
	};
	int err = rows.first && rows.next && rows.kept ? add_rows(&rows) : -ENOMEM;

	snapshot->supposes = supposed;
	free(rows.first);
	free(rows.next);
	free(rows.kept);
	return err;
}
