/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting: what every back-end calls in the end. Definitions and maps are in count.bpf.c. */
#ifndef PORTTRACE_COUNT_BPF_H
#define PORTTRACE_COUNT_BPF_H

#include "kernel.bpf.h"

/* Which member of struct route_counters an event adds to. */
enum tally {
	TALLY_ALLOCATION,
	TALLY_BOUND_CONNECT,
	TALLY_TIME_WAIT,
};

/* Counting has begun, and this namespace is looked at. Ask before any other work. */
__hidden bool is_watched(const struct sock *sk);

/* The latter alone. */
__hidden bool is_watched_netns(const struct net *net);

/* Fills *key from the socket as it is now; false for a protocol that is not counted. */
__hidden bool route_of(const struct sock *sk, struct route_key *key);

/* The same of one that is typed: see READ(). */
__hidden bool route_of_typed(const struct sock *sk, struct route_key *key);

/* The row of an allocation that has no destination: bind(), listen(), UDP. */
__hidden void forget_destination(struct route_key *key);

/* search_ns: how long the kernel looked for the port, or NOT_MEASURED. */
__hidden void count(const struct route_key *key, enum tally tally, __u64 search_ns);

/* Takes back what count() added before its outcome was known; has no search time. */
__hidden void count_back(const struct route_key *key, enum tally tally);

/* err: as the program sees it, positive. */
__hidden void count_failure(const struct route_key *key, enum porttrace_call call,
			    enum porttrace_cause cause, __u16 err, __u64 search_ns);

__hidden void lose_call(void);
__hidden void lose_return(void);
__hidden void lose_walk(void);

#endif
