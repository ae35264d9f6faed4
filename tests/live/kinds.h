/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workload can do. A kind is one behaviour; it is offered over each of its transports
 * and for each of its address families, under the name TRANSPORT FAMILY "-" KIND: "tcp4-connect",
 * "udp-mapped-bind0".
 */
#ifndef LIVE_KINDS_H
#define LIVE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

enum {
	TCP = 1 << 0,
	UDP = 1 << 1,
	MPTCP = 1 << 2,
};

enum {
	V4 = 1 << 0,
	V6 = 1 << 1,
	MAPPED = 1 << 2, /* AF_INET6 sockets, IPv4-mapped addresses */
	ALL_FAMILIES = V4 | V6 | MAPPED,
};

/* Below every range that is used here, so that no search ever comes across them: a listener in
 * the range would take a port from it, and a connect() to a port of the range may hit itself. */
#define SERVER_PORT 7001
#define CLOSED_PORT 7002
#define FIRST_BOUND_PORT 20000

/* Where the kinds with a range of their own have it, and where all others look for ports. */
#define FIRST_OWN_PORT 40000
#define WIDE_RANGE_LOW 32768
#define WIDE_RANGE_HIGH 60999

struct transport {
	unsigned int bit;
	const char *name;
	int type;
	int protocol;
};

struct family {
	unsigned int bit;
	const char *suffix;
	int domain;
	const struct family *server; /* the family of the listener that this one connects to */
	const char *loopback;
	const char *second;  /* another address of this host, where there is one */
	const char *foreign; /* not of this host */
};

struct kind;

struct job {
	const struct kind *kind;
	const struct transport *transport;
	const struct family *family;
	unsigned int n, m;
};

struct kind {
	const char *name;
	unsigned int transports, families;
	void (*run)(const struct job *job);
	/* What N and M are the numbers of; NULL: not looked at. */
	const char *n, *m;

	/* For run_until_full(): takes a port with one call, and fails with -no_port in the end. */
	int (*take)(const struct job *job, int fd);
	int no_port;
	/* The range that the kind needs by default: N ports from FIRST_OWN_PORT on. */
	bool range_of_n;
};

/* Each ends with an empty row. */
extern const struct kind kinds_bind[];
extern const struct kind kinds_busy[];
extern const struct kind kinds_close[];
extern const struct kind kinds_connect[];
extern const struct kind kinds_crowd[];
extern const struct kind kinds_device[];
extern const struct kind kinds_full[];
extern const struct kind kinds_holder[];
extern const struct kind kinds_miss[];
extern const struct kind kinds_mptcp[];
extern const struct kind kinds_pattern[];
extern const struct kind kinds_released[];
extern const struct kind kinds_unrouted[];
extern const struct kind kinds_waiting[];

/* A socket of the job's transport and family. flags: SOCK_NONBLOCK or 0. */
int job_socket(const struct job *job, int flags);

/* A listener on SERVER_PORT of the loopback address. Connections to it need no accept(). */
int job_listen(const struct job *job);

/* The same, and one connection, which fills its queue: it drops every SYN after that. */
int job_listen_full(const struct job *job);

/* Does a call of calls.h that has to succeed; what: its name. */
void job_must(int err, const char *what);

/* Such a call that has to fail, with that error. */
void job_must_fail(int err, int error, const char *what);

union address job_loopback(const struct job *job, uint16_t port);
union address job_second(const struct job *job, uint16_t port);
union address job_foreign(const struct job *job, uint16_t port);

/* Where job_listen() listens, as a client of the job's family calls it. */
union address job_server(const struct job *job);

/* The server's end of the next connection. */
int job_accept(int listener);

/* Connects to a port where nobody listens. */
void job_refused(const struct job *job, int fd);

/* Closes one end, waits until the other has seen it, and closes that. */
void close_client_first(int client, int server);
void close_server_first(int client, int server);

#endif
