// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of odd size. The kernel's search passes over one port: over the first one, or, if it
 * happens to start there, over the last one; and where it starts changes with each success. So
 * all free ports are granted in the end, but for one at most, which is the first or the last. It
 * is the first that does not count as headroom.
 */
#include "mix_figures.h"

#include <stdio.h>
#include <string.h>

/* ---- Ports ---- */

static bool is_odd(const struct port_range *range)
{
	return range->low != range->high && (range->high - range->low) % 2 == 0;
}

static bool is_in(const struct port_range *range, unsigned int port)
{
	return port >= range->low && port <= range->high;
}

/* The ends of an odd range: one is passed over, the other one only if the search starts anew. */
static unsigned int missed_end(const struct port_range *range)
{
	/* The search in three ports can only start at the first. */
	return range->high - range->low == 2 ? range->high : range->low;
}

static unsigned int visited_end(const struct port_range *range)
{
	return missed_end(range) == range->low ? range->high : range->low;
}

static bool is_visited(const struct port_range *range, unsigned int port)
{
	return is_in(range, port) && !(is_odd(range) && port == missed_end(range));
}

static bool is_fast(const struct mix *mix, unsigned int port)
{
	return (port - mix->plan.range.low) % 2 == 0;
}

/* The kernel takes each end from the socket if it is within the namespace's range. */
static struct port_range effective_range(const struct mix *mix, const struct port_range *own)
{
	struct port_range range = mix->plan.range;

	if (is_in(&range, own->low))
		range.low = own->low;
	if (is_in(&range, own->high))
		range.high = own->high;
	return range;
}

static bool is_usable(const struct mix *mix, unsigned int port)
{
	return !mix->is_reserved[port] && !mix->is_blocked[port];
}

/* ---- Connections ---- */

/* Where a port is blocked, all of its connections look like bound ones before 6.17.8. */
static bool counts_as_bound(const struct mix *mix, const struct connection *connection)
{
	return connection->is_bound || (mix->is_blocked[connection->port] && !mix->forgets_binder);
}

/*
 * Nothing in a TIME_WAIT of that kind tells whether its connection was accepted. porttrace knows
 * it only if it saw it begin.
 */
static bool must_be_remembered(const struct mix *mix, const struct connection *connection)
{
	return connection->state == TIME_WAIT && counts_as_bound(mix, connection);
}

static bool is_there(const struct connection *connection, const struct moment *moment)
{
	return connection->is_of_route && connection->state != GONE &&
	       !(moment->is_after && connection->is_taken_over);
}

static const struct connection *holder(const struct mix *mix, unsigned int port,
				       const struct moment *moment)
{
	unsigned int i;

	for (i = 0; i < moment->nr_connections; i++)
		if (mix->connections[i].port == port && is_there(&mix->connections[i], moment))
			return &mix->connections[i];
	return NULL;
}

static bool is_loopback(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_LOOPBACK(ip) || (IN6_IS_ADDR_V4MAPPED(ip) && ip->s6_addr[12] == 127);
}

static bool is_reusable(const struct mix *mix, const struct connection *connection)
{
	const struct mix_plan *plan = &mix->plan;

	if (connection->state != TIME_WAIT || connection->is_unreusable || plan->is_young)
		return false;
	return plan->tw_reuse == 1 ||
	       (plan->tw_reuse == 2 && (is_loopback(&mix->src) || is_loopback(&mix->dst)));
}

/* By the rules, before the filling. */
static bool should_be_free(const struct mix *mix, unsigned int port)
{
	const struct connection *connection = holder(mix, port, &mix->before);

	return is_usable(mix, port) && (!connection || is_reusable(mix, connection));
}

/* By what the kernel granted; by the rules only where its search may not have looked. */
static bool was_free(const struct mix *mix, unsigned int port)
{
	const struct port_range *range = &mix->plan.range;

	if (mix->grants.has[port])
		return true;
	return is_odd(range) && (port == range->low || port == range->high) &&
	       should_be_free(mix, port);
}

/* ---- The figures ---- */

static void add_port(const struct mix *mix, unsigned int port, const struct moment *moment,
		     struct figures *figures)
{
	const struct connection *connection = holder(mix, port, moment);

	if (!is_usable(mix, port))
		return;
	figures->capacity++;
	if (connection)
		figures->used++;
	if (!was_free(mix, port) || (moment->is_after && mix->grants.has[port]))
		return;
	figures->headroom++;
	if (connection)
		figures->reclaimable++;
	if (is_fast(mix, port))
		figures->fast_headroom++;
}

static void add_connection(const struct mix *mix, const struct connection *connection,
			   struct figures *figures)
{
	if (must_be_remembered(mix, connection)) {
		if (mix->is_unwatched)
			return;
		figures->remembered++;
	}
	figures->states[connection->state]++;
	figures->bound += counts_as_bound(mix, connection);
}

/*
 * What was granted before the first port of the other parity. That is known where the search
 * visits all ports, and had not been kept in an own range before.
 */
static unsigned int granted_fast(const struct mix *mix, const struct figures *figures)
{
	unsigned int nr = 0;

	if (is_odd(&mix->plan.range) || mix->own_grants.nr)
		return figures->fast_headroom;
	while (nr < mix->grants.nr && is_fast(mix, mix->grants.ports[nr]))
		nr++;
	return nr;
}

struct figures figures_of_route(const struct mix *mix, const struct moment *moment)
{
	const struct port_range *range = &mix->plan.range;
	struct figures figures = {};
	unsigned int i;

	for (i = 0; i < moment->nr_connections; i++)
		if (is_there(&mix->connections[i], moment))
			add_connection(mix, &mix->connections[i], &figures);
	for (i = range->low; i <= range->high; i++)
		if (is_visited(range, i))
			add_port(mix, i, moment, &figures);
	if (!moment->is_after)
		figures.fast_headroom = granted_fast(mix, &figures);
	return figures;
}

/* What the search in that range granted; before 6.8 an odd one is searched like any other. */
static unsigned int granted_in_own(const struct mix *mix, const struct port_range *range)
{
	const struct grants *grants = &mix->own_grants;

	if (mix->visits_all_of_own_range || !is_odd(range))
		return grants->nr;
	return grants->nr - grants->has[missed_end(range)] +
	       (!grants->has[visited_end(range)] && was_free(mix, visited_end(range)));
}

struct figures figures_of_own_range(const struct mix *mix, const struct port_range *own,
				    const struct moment *moment)
{
	struct port_range range = effective_range(mix, own);
	struct figures figures = {};
	unsigned int port;

	for (port = range.low; port <= range.high; port++)
		if (mix->visits_all_of_own_range || is_visited(&range, port))
			add_port(mix, port, moment, &figures);
	if (!moment->is_after && !memcmp(own, &mix->filled_own_range, sizeof(*own)))
		figures.headroom = granted_in_own(mix, &range);
	return figures;
}

static unsigned int count_in_range(const struct mix *mix, const bool has[NR_PORTS])
{
	unsigned int count = 0, port;

	for (port = mix->plan.range.low; port <= mix->plan.range.high; port++)
		count += has[port];
	return count;
}

unsigned int figures_reserved(const struct mix *mix)
{
	return count_in_range(mix, mix->is_reserved);
}

unsigned int figures_blocked(const struct mix *mix)
{
	return count_in_range(mix, mix->is_blocked);
}

bool figures_check(const struct mix *mix)
{
	const struct port_range *range = &mix->plan.range;
	bool good = true;
	unsigned int port;

	for (port = range->low; port <= range->high; port++) {
		if (was_free(mix, port) == should_be_free(mix, port))
			continue;
		printf("port %u was %sgranted, against the rules\n", port,
		       mix->grants.has[port] ? "" : "not ");
		good = false;
	}
	return good;
}
