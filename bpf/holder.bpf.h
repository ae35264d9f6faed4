/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells about a port: who has it, and who opened a connection. */
#ifndef PORTTRACE_HOLDER_BPF_H
#define PORTTRACE_HOLDER_BPF_H

#include "kernel.bpf.h"

/* Why a bind() or listen() did not get its port, and who has it. */
struct refusal {
	enum porttrace_cause cause;
	/* A socket that is in the way, TIME_WAIT included; NULL: it is gone. Not held in any way. */
	const struct sock_common *holder;
};

/*
 * The same as one number: holder | cause. Sockets are aligned, so that a cause fits into the lower bits
 * of an address. high, low: the halves of the address asked for, as they are in memory.
 */
#define CAUSE_MASK 7ULL
_Static_assert(NR_CAUSES <= CAUSE_MASK + 1, "a cause fits");
__u64 why_port_refused_to(__u64 sk_address, __u64 high, __u64 low, __u64 port);

/*
 * sk: the socket that asked; addr: the address it asked for; port: host order, not 0. Inline: eight
 * calls within each other are all that a program may have.
 */
static inline void why_port_refused(const struct sock *sk, const __u8 addr[16], __u16 port,
				    struct refusal *refusal)
{
	__u64 halves[2], found;

	__builtin_memcpy(halves, addr, sizeof(halves));
	found = why_port_refused_to((unsigned long)sk, halves[0], halves[1], port);
	refusal->cause = found & CAUSE_MASK;
	refusal->holder = (const void *)(found & ~CAUSE_MASK);
}

/*
 * This host accepted the connection, and did not open it. An accepted socket has for good the
 * interface on which its handshake arrived, where others have that for multicast, which TCP has no
 * use for: newinet->mc_index and newnp->mcast_oif in tcp_v4_syn_recv_sock() and
 * tcp_v6_syn_recv_sock(), all versions.
 */
__hidden bool was_accepted(const struct sock *sk);

/* The same of one that is typed: see READ(). */
__hidden bool was_accepted_typed(const struct inet_sock *inet);

/*
 * Fills all of *holder from a socket, full or TIME_WAIT; true if it is of a protocol that is
 * counted, and has a port. Reads with a helper that cannot fault: the socket need not be held.
 */
__hidden bool describe_holder(const struct sock_common *skc, struct port_holder *holder);

/*
 * The TIME_WAIT that took the place of this socket's connection in the established hash, or NULL.
 * inet: typed. Holds while tcp_time_wait() is closing the socket: the addresses, the destination port and
 * the hash are still in it, and the source port in inet_sport.
 */
__hidden const struct inet_timewait_sock *find_time_wait(const struct inet_sock *inet);

#endif
