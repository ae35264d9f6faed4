// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "plan.h"

struct failure {
	enum ledger_proto proto;
	enum ledger_call call;
	enum ledger_cause cause;
	int error;
	unsigned long count;
};

#define MAX_FAILURES 32

const char *const ledger_proto_names[] = {
	[LEDGER_TCP] = "tcp",
	[LEDGER_UDP] = "udp",
};

const char *const ledger_call_names[NR_LEDGER_CALLS] = {
	[LEDGER_BIND] = "bind",
	[LEDGER_CONNECT] = "connect",
	[LEDGER_LISTEN] = "listen",
	[LEDGER_SENDTO] = "sendto",
};

const char *const ledger_cause_names[NR_LEDGER_CAUSES] = {
	[LEDGER_ADDRESS_NOT_LOCAL] = "address_not_local",
	[LEDGER_BIND_RANGE_EXHAUSTED] = "bind_range_exhausted",
	[LEDGER_OTHER] = "other",
	[LEDGER_PORT_IN_USE] = "port_in_use",
	[LEDGER_PORT_TAKEN_BY_CONNECTION] = "port_taken_by_connection",
	[LEDGER_RANGE_EXHAUSTED] = "range_exhausted",
	[LEDGER_SOCKET_RANGE_EXHAUSTED] = "socket_range_exhausted",
	[LEDGER_TUPLE_IN_USE] = "tuple_in_use",
};

/* A tree of struct route: tsearch() keeps tens of thousands of them, sorted. */
static void *routes;
static struct failure failures[MAX_FAILURES];
static unsigned int nr_failures;
/* twalk() hands no argument on. */
static FILE *print_to;
static int hand_over_to;
static unsigned long nr_connections;

static int compare_routes(const void *a, const void *b)
{
	const struct route *left = a, *right = b;

	return memcmp(&left->key, &right->key, sizeof(left->key));
}

static struct route *route_of(const struct route_key *key)
{
	struct route *route = calloc(1, sizeof(*route));
	struct route **found;

	if (!route)
		plan_failed("no memory for a route");
	route->key = *key;
	found = tsearch(route, &routes, compare_routes);
	if (!found)
		plan_failed("no memory for a route");
	if (*found != route)
		free(route);
	return *found;
}

struct route *ledger_connection(const struct in6_addr *src, const struct in6_addr *dst,
				uint16_t dport)
{
	struct route_key key = {
		.proto = LEDGER_TCP,
		.has_dst = 1,
		.dport = dport,
		.src = *src,
		.dst = *dst,
	};

	return route_of(&key);
}

struct route *ledger_local(enum ledger_proto proto, const struct in6_addr *src)
{
	struct route_key key = { .proto = proto, .src = *src };

	return route_of(&key);
}

static struct failure *failure_row(const struct failure *wanted)
{
	unsigned int i;

	for (i = 0; i < nr_failures; i++) {
		const struct failure *row = &failures[i];

		if (row->proto == wanted->proto && row->call == wanted->call &&
		    row->cause == wanted->cause && row->error == wanted->error)
			return &failures[i];
	}
	if (nr_failures == MAX_FAILURES)
		plan_failed("more than %d kinds of failure", MAX_FAILURES);
	failures[nr_failures] = *wanted;
	return &failures[nr_failures++];
}

void ledger_failure(struct route *route, enum ledger_call call, enum ledger_cause cause, int error)
{
	struct failure wanted = {
		.proto = route->key.proto,
		.call = call,
		.cause = cause,
		.error = error,
	};

	route->failures++;
	failure_row(&wanted)->count++;
}

/* A tree walk comes to each row once in order, and at other times. */
static bool is_in_order(VISIT visit)
{
	return visit == postorder || visit == leaf;
}

static void add_connections(const void *node, VISIT visit, int depth)
{
	const struct route *route = *(struct route *const *)node;

	(void)depth;
	if (is_in_order(visit) && route->key.has_dst)
		nr_connections += route->allocations + route->bound_connects;
}

unsigned long ledger_nr_connections(void)
{
	nr_connections = 0;
	twalk(routes, add_connections);
	return nr_connections;
}

static void print_route(const void *node, VISIT visit, int depth)
{
	const struct route *route = *(struct route *const *)node;
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN] = "-", dport[sizeof("65535")] = "-";

	(void)depth;
	if (!is_in_order(visit))
		return;
	ip_text(&route->key.src, src);
	if (route->key.has_dst) {
		ip_text(&route->key.dst, dst);
		snprintf(dport, sizeof(dport), "%u", route->key.dport);
	}
	fprintf(print_to, "route %s %s %s %s ", ledger_proto_names[route->key.proto], src, dst,
		dport);
	fprintf(print_to, "allocations=%lu bound_connects=%lu time_waits=%lu failures=%lu\n",
		route->allocations, route->bound_connects, route->time_waits, route->failures);
}

void ledger_print(FILE *out)
{
	unsigned int i;

	print_to = out;
	twalk(routes, print_route);
	for (i = 0; i < nr_failures; i++)
		fprintf(out, "failure %s %s %s %s %lu\n", ledger_proto_names[failures[i].proto],
			ledger_call_names[failures[i].call], ledger_cause_names[failures[i].cause],
			strerrorname_np(failures[i].error), failures[i].count);
}

/* ---- Between processes ---- */

void ledger_clear(void)
{
	tdestroy(routes, free);
	routes = NULL;
	nr_failures = 0;
}

/* One of the two: a route if the failure has no count. */
struct row {
	struct route route;
	struct failure failure;
};

/* Each row is one write, below PIPE_BUF: it is in the pipe as a whole or not at all. */
static void hand_over(const struct row *row)
{
	if (write(hand_over_to, row, sizeof(*row)) != sizeof(*row))
		plan_failed("cannot hand over a row: %s", strerror(errno));
}

static void hand_over_route(const void *node, VISIT visit, int depth)
{
	const struct row row = { .route = **(struct route *const *)node };

	(void)depth;
	if (is_in_order(visit))
		hand_over(&row);
}

void ledger_hand_over(int fd)
{
	unsigned int i;

	hand_over_to = fd;
	twalk(routes, hand_over_route);
	for (i = 0; i < nr_failures; i++) {
		const struct row row = { .failure = failures[i] };

		hand_over(&row);
	}
}

static void take_over_route(const struct route *theirs)
{
	struct route *ours = route_of(&theirs->key);

	ours->allocations += theirs->allocations;
	ours->bound_connects += theirs->bound_connects;
	ours->time_waits += theirs->time_waits;
	ours->failures += theirs->failures;
}

static void take_over_failure(const struct failure *theirs)
{
	struct failure none = *theirs;

	none.count = 0;
	failure_row(&none)->count += theirs->count;
}

void ledger_take_over(int fd)
{
	struct row row;
	ssize_t got;

	while ((got = read(fd, &row, sizeof(row))) == sizeof(row)) {
		if (row.failure.count)
			take_over_failure(&row.failure);
		else
			take_over_route(&row.route);
	}
	if (got)
		plan_failed("cannot take over a row: %s", got < 0 ? strerror(errno) : "cut off");
}
