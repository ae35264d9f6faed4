/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries into TIME_WAIT: what the back-ends tell, and time_wait.bpf.c decides. Sockets are typed. */
#ifndef PORTTRACE_TIME_WAIT_BPF_H
#define PORTTRACE_TIME_WAIT_BPF_H

#include "kernel.bpf.h"

/* A connection of this socket left a TIME_WAIT behind, its FIN_WAIT2 form included. */
__hidden int on_time_wait(struct sock *sk, const struct inet_timewait_sock *tw);

/*
 * The same from sock:inet_sock_set_state. That the socket closes there is no proof (a reset, a
 * timeout and a full tcp_max_tw_buckets look alike): the TIME_WAIT itself is looked for.
 */
__hidden int on_state_time_wait(struct sock *sk, int oldstate, int newstate);

/* Whether such a change of state can come with a TIME_WAIT at all. */
static inline bool may_leave_time_wait(int oldstate, int newstate)
{
	return newstate == TCP_CLOSE && (oldstate == TCP_FIN_WAIT2 || oldstate == TCP_CLOSING);
}

#endif
