/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workload did, by route, and its report. Holds numbers only; calls.h decides what
 * counts where.
 */
#ifndef LIVE_LEDGER_H
#define LIVE_LEDGER_H

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>

enum ledger_proto {
	LEDGER_TCP,
	LEDGER_UDP,
};

enum ledger_call {
	LEDGER_BIND,
	LEDGER_CONNECT,
	LEDGER_LISTEN,
	LEDGER_SENDTO, /* sendto(), sendmsg(), sendmmsg() */
	NR_LEDGER_CALLS,
};

enum ledger_cause {
	LEDGER_ADDRESS_NOT_LOCAL,
	LEDGER_BIND_RANGE_EXHAUSTED,
	LEDGER_OTHER,
	LEDGER_PORT_IN_USE,
	LEDGER_PORT_TAKEN_BY_CONNECTION,
	LEDGER_RANGE_EXHAUSTED,
	LEDGER_SOCKET_RANGE_EXHAUSTED,
	LEDGER_TUPLE_IN_USE,
	NR_LEDGER_CAUSES,
};

/* As a tracer has them. */
extern const char *const ledger_proto_names[];
extern const char *const ledger_call_names[NR_LEDGER_CALLS];
extern const char *const ledger_cause_names[NR_LEDGER_CAUSES];

/* A row of the report. Only ledger.c looks at what names it. */
struct route {
	unsigned long allocations;
	unsigned long bound_connects;
	unsigned long time_waits;
	unsigned long failures;
	/* Compared as bytes: no padding, and what is not used is 0. */
	struct route_key {
		uint8_t proto;	 /* enum ledger_proto */
		uint8_t has_dst; /* else neither dst nor dport */
		uint16_t dport;	 /* host order */
		struct in6_addr src, dst;
	} key;
};

_Static_assert(sizeof(struct route_key) == 36, "struct route_key has no padding");

/*
 * The row of a TCP connection, and the row of a port that was taken for all destinations. Made
 * when there is none yet; they live as long as the program.
 */
struct route *ledger_connection(const struct in6_addr *src, const struct in6_addr *dst,
				uint16_t dport);
struct route *ledger_local(enum ledger_proto proto, const struct in6_addr *src);

/* error: positive errno, as the program saw it. */
void ledger_failure(struct route *route, enum ledger_call call, enum ledger_cause cause,
		    int error);

/* TCP connections that were tried and had a port. */
unsigned long ledger_nr_connections(void);

void ledger_print(FILE *out);

/* ---- Between a process and those that it forks ---- */

/* A forked process begins with what its parent had entered. */
void ledger_clear(void);

/* Into a pipe, all at once. */
void ledger_hand_over(int fd);

/* Enters all that comes through the pipe, until its other end is closed. */
void ledger_take_over(int fd);

#endif
