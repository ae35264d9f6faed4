/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mix of sockets in a network namespace, and what the kernel makes of it: how many connections
 * of one route it still grants, counted by asking for them. All that the mix reports comes from
 * what its own calls returned.
 *
 * mix_plan.h says which mixes there are. The rest, by file:
 *	mix_place	the namespace, its addresses, and what this kernel can do
 *	mix_call	sockets, bound and connected
 *	mix_connect, mix_bind, mix_udp	the elements that a mix is made of
 *	mix_fill	what is still granted, until the kernel refuses
 *	mix_figures, mix_report	what porttrace should have said
 */
#ifndef LIVE_MIX_H
#define LIVE_MIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "random.h"

/* Below every range of a mix: no search comes across a listener's own port. */
enum {
	ROUTE_PORT = 7001, /* of the route that is looked at */
	OTHER_PORT,
	PROBE_PORT, /* for a route that has no sockets until all else is done */
	CLOSED_PORT,
};

#define LOWEST_PORT 20000

#define NR_PORTS 65536
/* To draw a port that is not taken, before that is given up. */
#define MIX_TRIES 100

#define MAX_CONNECTIONS 4096
#define MAX_STEPS 48
#define MAX_OWN_RANGES 3

struct mix;

/* One kind of socket, or of the traces that one leaves behind. */
struct element {
	const char *name;
	void (*make_one)(struct mix *mix);
	unsigned int features; /* MIX_* that it cannot be made without */
};

/* Each ends with an empty row. */
extern const struct element elements_connect[];
extern const struct element elements_bind[];
extern const struct element elements_udp[];

/* What not every kernel has. */
enum {
	MIX_IPV6 = 1 << 0,
	MIX_OWN_RANGE = 1 << 1,	  /* IP_LOCAL_PORT_RANGE */
	MIX_REUSE_DELAY = 1 << 2, /* net.ipv4.tcp_tw_reuse_delay */
	MIX_STEP_WIDTH = 1 << 3,  /* net.ipv4.ip_local_port_step_width */
};

enum mix_family {
	MIX_4,
	MIX_6,
	MIX_MAPPED, /* AF_INET6 sockets, IPv4-mapped addresses */
	MIX_4_AND_MAPPED,
};

/* Inclusive ends. As an own range of sockets, an end that is 0 is open; both: there is none. */
struct port_range {
	uint16_t low, high;
};

struct mix_plan {
	char name[64];
	uint64_t seed;
	/* What the kernel refuses is left out then. In other mixes nothing may be refused. */
	bool is_random;
	bool is_udp;
	enum mix_family family;
	struct port_range range;
	char reserved[128]; /* as the sysctl takes it */
	unsigned int tw_reuse;
	unsigned int step_width; /* of the search for a port; 7.1 */
	bool is_young;		 /* no TIME_WAIT is old enough to be reused */
	/* Addresses that are not of the loopback kind; of src, if it is not the kernel's choice. */
	bool src_is_site, dst_is_site;
	bool settles_late; /* range and reserved ports are set when all is there */
	bool is_mixed_up;  /* elements are made in a random order */
	bool is_autobind;  /* UDP: connect() finds the ports, else bind() */
	/* Connections that stay in SYN_SENT: the queue of the listener is full. */
	unsigned int nr_stuffed;
	struct port_range own_ranges[MAX_OWN_RANGES];
	unsigned int nr_own_ranges;
	/* Hosts of mix_ip(). src 0: TCP, the kernel's choice; UDP, the wildcard. */
	unsigned int src, dst;
	struct mix_step {
		const struct element *element;
		unsigned int count;
	} steps[MAX_STEPS];
	unsigned int nr_steps;
};

enum connection_state {
	ESTABLISHED,
	OTHER,
	TIME_WAIT,
	GONE,
};

struct connection {
	int client, server; /* -1: closed, or not accepted */
	uint16_t port, dport;
	struct in6_addr src, dst;
	enum connection_state state;
	bool is_of_route;
	bool is_bound;		  /* by its program, before it connected */
	bool is_closed_by_server; /* the server has the TIME_WAIT */
	bool is_unreusable;	  /* a TIME_WAIT without timestamps, or in its FIN_WAIT2 form */
	bool is_taken_over;	  /* a TIME_WAIT whose port was granted */
	struct port_range own_range;
};

/* The ports that a search gave out, in this order. */
struct grants {
	uint16_t ports[NR_PORTS];
	long long took_ns[NR_PORTS];
	unsigned int nr;
	bool has[NR_PORTS];
};

/* When all elements are there, and when no port is left. */
struct moment {
	bool is_after;
	unsigned int nr_connections; /* those made until then */
	unsigned int nr_time_waits;
	/* UDP: sockets on the address of the row, and ports that only they keep from it. */
	unsigned int nr_connected, nr_other, nr_used;
};

struct mix {
	struct mix_plan plan;
	struct random random;
	bool is_unwatched; /* porttrace is not there before all elements are */

	/* What this kernel does, found out by doing it. */
	bool visits_all_of_own_range; /* of an odd size */
	bool forgets_binder; /* a port is free to all again when only connections are left on it */

	struct in6_addr src, dst; /* of the route */
	int listeners[CLOSED_PORT - ROUTE_PORT];
	struct port_range ports; /* that elements take by number */

	struct connection connections[MAX_CONNECTIONS];
	unsigned int nr_connections;
	unsigned int nr_time_waits; /* in the namespace */
	unsigned int nr_refused;    /* elements that the kernel did not allow */
	long long first_time_wait_ms, last_time_wait_ms; /* CLOCK_MONOTONIC */

	struct grants grants, own_grants; /* own_grants: those of the first, in filled_own_range */
	struct port_range filled_own_range;
	bool is_reserved[NR_PORTS], is_blocked[NR_PORTS];
	bool is_taken[NR_PORTS]; /* by a connection or a bound socket, at some time */
	struct moment before, after;

	int udp_fds[MAX_CONNECTIONS];
	unsigned int nr_udp_fds;
};

/* ---- mix_place.c ---- */

void place_enter(struct mix *mix);

/* All elements are there: the last settings are made, and what needs to age, ages. */
void place_settle(struct mix *mix);

/* From now on the search finds every port that nobody has bound, whatever the settings were. */
void place_open_range(const struct mix *mix);

bool has_feature(unsigned int feature);

/* host: 1 ... 9; is_site: an address that the kernel does not take for a loopback one. */
struct in6_addr mix_ip(bool is_v6, bool is_site, unsigned int host);

/* Of sockets of the route: AF_INET or AF_INET6. */
int mix_domain(struct mix *mix);

/* ---- mix_call.c ---- */

enum binding {
	UNBOUND,
	BOUND_ADDRESS, /* IP_BIND_ADDRESS_NO_PORT: the port is left to connect() */
	BOUND_PORT0,
	BOUND_PORT,
};

struct way {
	int domain;
	enum binding binding;
	struct in6_addr src; /* unless UNBOUND */
	uint16_t port;	     /* if BOUND_PORT */
	struct in6_addr dst;
	uint16_t dport;
	struct port_range own_range;
};

bool is_own_range(const struct port_range *range);

/* How an ordinary connection of the route is opened. */
struct way way_of_route(struct mix *mix);

/*
 * A connection to one of the listeners, accepted there. NULL: the kernel has no port for it, or
 * the one that was asked for is taken.
 */
struct connection *mix_open(struct mix *mix, const struct way *way);

/*
 * Without waiting for it: a descriptor, or -EADDRNOTAVAIL when there is no port. ret_took_ns: how
 * long connect() took.
 */
int mix_begin(const struct way *way, long long *ret_took_ns);

/* Enters what mix_begin() began. */
struct connection *mix_note(struct mix *mix, int client, const struct way *way);

/* A UDP socket that gets its port from connect(): a descriptor, or -EAGAIN when there is none. */
int mix_connect_udp(struct mix *mix);

enum {
	REUSE_ADDRESS = 1 << 0,
	REUSE_PORT = 1 << 1,
	V6ONLY = 1 << 2,
};

/* A socket on that port, 0 for any; -1: the kernel did not allow it. type: SOCK_STREAM ... */
int mix_bind(struct mix *mix, int type, const struct in6_addr *ip, uint16_t port,
	     unsigned int flags);

/* The two halves of it; the first one returns a negative errno. */
int mix_try_bind(int type, const struct in6_addr *ip, uint16_t port, unsigned int flags);
int mix_note_bound(struct mix *mix, int type, int fd);

/* To a port by number; tries some if the first is taken. */
int mix_bind_any_number(struct mix *mix, int type, const struct in6_addr *ip, unsigned int flags);

/* An element could not be made: fatal, unless the mix is random. */
void mix_refused(struct mix *mix, const char *what, int error);

/* False: another socket listens there. */
bool mix_listen(struct mix *mix, int fd, int backlog);

int mix_accept(int listener);
int mix_domain_of(const struct in6_addr *ip);
uint16_t mix_port(int fd);
struct in6_addr mix_local_ip(int fd);
void mix_shut_down(int fd);
void mix_reset(int fd);

/* TCP_* */
int mix_tcp_state(int fd);
void mix_await_tcp_state(int fd, int state);

/* The side that closes first is left with a TIME_WAIT. */
void mix_close(struct mix *mix, struct connection *connection, bool client_first);
void mix_note_time_wait(struct mix *mix);

/* ---- mix_connect.c, mix_udp.c ---- */

/* Only at the end: nothing is accepted after it. */
void make_stuffed(struct mix *mix, unsigned int count);

/* What UDP sockets there are. */
void udp_note(const struct mix *mix, struct moment *moment);

/* ---- mix_fill.c ---- */

/* Waits for what mix_begin() began, from that connection on. */
void fill_await_handshakes(struct mix *mix, unsigned int from);

/*
 * Opens connections of the route until the kernel has no port for the next one: first in an own
 * range, if the route has sockets with one, then in the whole range.
 */
void fill_route(struct mix *mix);

/* Until no UDP socket gets a port. */
void fill_udp(struct mix *mix);

/* Finds out which ports are blocked, by a route that nobody else uses. */
void fill_probe(struct mix *mix);

/* ---- mix_report.c ---- */

void report_ready(const struct mix *mix);
void report_filled(void);
void report_all(const struct mix *mix);

#endif
