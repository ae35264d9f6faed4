/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that open and close sockets as they are told: the owners. */
#ifndef LIVE_LOAD_WORKER_H
#define LIVE_LOAD_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What they hold sockets of. */
enum owned {
	NEAR,  /* a TCP route */
	FAR,   /* another one */
	NEAR6, /* and one of IPv6 */
	UDP,   /* an address of UDP */
	UDP_ANY,
	BOUND, /* TCP sockets that are bound, and no more */
	LISTENING,
	NR_OWNED,
};

struct owned_route {
	const char *proto, *src;
	const char *dst; /* NULL: it has no destination */
	uint16_t dport;
};

extern const struct owned_route owned_routes[NR_OWNED];

enum work {
	RENAME,	    /* n: of worker_names */
	OPEN,	    /* n sockets */
	OPEN_BOUND, /* n connections, whose port they have before they connect */
	DUP,	    /* the n oldest of these sockets; they are not to be closed one by one */
	CLOSE,	    /* the n youngest ones */
	RESET,
	FORK, /* becomes the worker number n as well */
	EXIT,
};

struct order {
	enum work work;
	enum owned owned;
	unsigned int n;
};

#define NR_WORKERS 6

/* As set with PR_SET_NAME: one byte shorter than the kernel's limit. */
extern const char *const worker_names[];

/* Makes all that they hear their orders by; before the first of them. */
void workers_prepare(void);

/* A process of its own that waits for orders. */
pid_t worker_start(unsigned int number);

/* Returns when it is done; after EXIT, at once. What a FORK makes says its pid. */
pid_t worker_do(unsigned int number, const struct order *order);

#endif
