/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between bpf/ and user/: map keys, map values, limits. The only header that both
 * sides include; whoever includes it has __u8 ... __u64 (vmlinux.h or linux/types.h) already.
 *
 * The BPF side writes, user space reads, except where a member says otherwise. Numbers are in
 * host byte order. Addresses are 16 bytes in network order, IPv4 as IPv4-mapped IPv6
 * (::ffff:a.b.c.d), so that an IPv4 socket and an AF_INET6 socket with a mapped address are
 * on the same route, as they are for the kernel (INET_MATCH compares addresses, not families).
 */
#ifndef PORTTRACE_H
#define PORTTRACE_H

#define PORTTRACE_IPPROTO_TCP 6
#define PORTTRACE_IPPROTO_UDP 17

/* The program's own call. A listen() that has to find a port itself is CALL_LISTEN. */
enum porttrace_call {
	CALL_CONNECT = 0,
	CALL_BIND,
	CALL_LISTEN,
	CALL_SENDTO, /* sendto(), sendmsg(), sendmmsg() */
	NR_CALLS,
};

/* Why no port was to be had. docs/counting.md has the rule for each. */
enum porttrace_cause {
	CAUSE_OTHER = 0,
	CAUSE_RANGE_EXHAUSTED,
	CAUSE_SOCKET_RANGE_EXHAUSTED,
	CAUSE_TUPLE_IN_USE,
	CAUSE_BIND_RANGE_EXHAUSTED,
	CAUSE_PORT_IN_USE,
	CAUSE_PORT_TAKEN_BY_CONNECTION,
	CAUSE_ADDRESS_NOT_LOCAL,
	NR_CAUSES,
};

/*
 * What competes for one set of local ports. A port that bind(), listen() or a UDP socket takes
 * is taken for its local address whatever the destination: dst and dport are then all zero.
 */
struct route_key {
	__u8 src[16];
	__u8 dst[16];
	__u32 netns; /* inode number of the network namespace, as in /proc/PID/ns/net */
	__u16 dport;
	__u8 proto;    /* IPPROTO_TCP or IPPROTO_UDP; an MPTCP subflow is TCP */
	__u8 overflow; /* 1: all routes of (netns, proto) that found no room; addresses zero */
};
_Static_assert(sizeof(struct route_key) == 40, "route_key has no padding");

/*
 * Searches by duration: bucket 0 is below 1.024 microseconds, bucket i is
 * [2^(i+9), 2^(i+10)) ns, the last one takes all from 16.8 ms up.
 */
#define SEARCH_BUCKETS 16
#define SEARCH_BUCKET0_LOG2 10

/*
 * One route's counters, one copy per CPU; the sum over the CPUs is the figure. allocations and
 * bound_connects may be taken back on another CPU than the one that counted them (see
 * tracepoint.bpf.c), so that a single copy can be negative modulo 2^64. The sum is right.
 */
struct route_counters {
	__u64 allocations;    /* ports given to a socket */
	__u64 bound_connects; /* connect() of a socket that had its port already */
	__u64 time_waits;     /* connections of this route that left a TIME_WAIT behind */
	__u64 failures;
	__u64 search_ns; /* sum over the searches below, failed ones included */
	__u64 searches[SEARCH_BUCKETS];
};
_Static_assert(sizeof(struct route_counters) == 168, "route_counters has no padding");

struct failure_key {
	struct route_key route;
	__u8 call;  /* enum porttrace_call */
	__u8 cause; /* enum porttrace_cause */
	__u16 err;  /* errno as the program sees it, positive */
};
_Static_assert(sizeof(struct failure_key) == 44, "failure_key has no padding");

/* What could not be kept, since the start. Nothing else is ever dropped. */
struct lost_counters {
	__u64 routes;   /* events counted in an overflow row: the route map was full */
	__u64 failures; /* failures without a row of their own: counted per route all the same */
	__u64 calls;    /* calls not followed to their end: the map of calls was full */
	__u64 returns;  /* returns that the kernel did not report (a kretprobe ran out) */
	__u64 walks;    /* kernel lists longer than the bound of our walk */
};

/* Sizes of the maps. User space may lower MAX_ROUTES before loading, see user/probe.c. */
#define MAX_ROUTES 65536
#define MAX_OVERFLOW_ROUTES 1024 /* two protocols of 512 namespaces, then one row for all */
#define MAX_FAILURES 16384
#define MAX_CALLS 16384 /* threads inside one of the calls at the same moment */

#endif
