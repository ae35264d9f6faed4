/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the census, which know each other: the walk (census.bpf.c), namespaces and sets of
 * ports (census_netns.bpf.c), what is counted on a route (census_route.bpf.c), and the list of the
 * sockets on one port (census_port.bpf.c).
 */
#ifndef PORTTRACE_CENSUS_BPF_H
#define PORTTRACE_CENSUS_BPF_H

#include "kernel.bpf.h"
#include "owners.bpf.h"

/* Of this run; user space writes the number before each, and zeroes the totals. */
extern __u32 census_run;
extern struct census_totals census_totals;

/* Instead of counting, list the sockets on this port; 0: count. Set before loading. */
extern const volatile __u16 census_only_port;

/* Jiffies in a second. Set before loading. */
extern const volatile __u32 census_hz;

/* Settings to count by once more; which ports these reserve, as in struct port_set. */
extern const volatile struct census_supposed census_supposed;
extern __u64 census_supposed_reserved[65536 / 64];

/* A descriptor of the task that reads the iterators: a UDP socket. User space writes it. */
extern int census_socket;

/* ---- Namespaces ---- */

/* From now on this is a namespace, and so is what looks like it. */
__hidden void begin_netns(struct net *net);

__hidden bool is_netns(struct net *net);

/* The entry of a namespace that this run has met, or NULL. */
__hidden struct census_netns *find_netns(struct net *net);

/* The same, made if need be. NULL: it is none, or there is no room. */
__hidden struct census_netns *note_netns(struct net *net);

/* Settings and figures as they are now, without an entry. */
__hidden void read_netns(struct net *net, struct census_netns *netns);

__hidden void add_port(const struct port_set_key *key, __u16 port);

/* ---- Routes ---- */

/* The port whose owners are walked over, and its namespace. */
struct census_port {
	struct net *net;
	struct census_netns netns;
	__u16 port;
	bool known;	   /* the namespace is there, and looked at */
	bool in_vrf;	   /* ports of an L3 master device are other ports */
	bool connect_only; /* its bucket has nothing but automatic connections */
	bool own_usable;   /* and it is not reserved: free to sockets with a range of their own */
	bool usable;	   /* and within the range: free to others */
	bool is_supposed;  /* by census_supposed; what is counted on it goes to rows of their own */
	enum half half;
	__u64 now_ms, now_s; /* CLOCK_MONOTONIC */
	__u64 now_jiffies;
};

/* Fills what the bucket (a copy) decides; and notes the port if nobody gets it any more. */
__hidden void judge_port(struct census_port *here, const struct inet_bind_bucket *tb);

/* The same port as it would be by census_supposed. */
__hidden void suppose_port(const struct census_port *here, struct census_port *supposed);

/* An owner of that port. skc: a copy of it; address: where it is. */
__hidden void count_owner(const struct census_port *here, const struct sock_common *skc,
			  const struct sock *address, enum kin kin);

/* The same of UDP, which has no buckets. */
__hidden void count_udp(const struct census_port *here, const struct sock_common *skc);

/* ---- One port ---- */

/* An owner of that port, TCP or UDP, for the list; address: where it is. */
__hidden void list_holder(const struct census_port *here, const struct sock_common *address);

#endif
