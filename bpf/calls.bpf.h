/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handlers: all that a back-end may call, besides count.bpf.h. They decide what happened;
 * a back-end only translates its own context into their arguments.
 *
 * on_X_enter() and on_X_exit() belong to one thread's pass through one call. An exit whose enter
 * was not seen is ignored, so both may be called for sockets that porttrace does not count.
 */
#ifndef PORTTRACE_CALLS_BPF_H
#define PORTTRACE_CALLS_BPF_H

#include "kernel.bpf.h"

/*
 * Twins. The kernel skips a program on a CPU on which it is running already, and programs are
 * interrupted there: by the softirq of a packet, and by other tasks where programs can be preempted
 * (trampolines always, tracepoints since 7.0, a46023d5616e). So what can be interrupted is
 * attached twice, as twins, which the kernel runs one right after the other, by version in either
 * order. The second does only what the first could not do. An event is lost if both were skipped.
 *
 * For calls of a task: the other twin has begun to follow this thread's call on that socket.
 */
__hidden bool is_followed(const struct sock *sk);

/*
 * For events that softirqs have, too: false for the second of two twins that were both run. Known
 * by CPU: a task that is moved to another one just between the two counts twice. sk: typed by BTF,
 * as tracepoints and trampolines have it.
 */
__hidden bool is_first_twin(const struct sock *sk);

/* ctx, wherever it is asked for: that of the BPF program, whose stack goes with an event. */

/* TCP: the search for a source port, inet_hash_connect() and inet6_hash_connect(). */
__hidden int on_connect_search_enter(struct sock *sk);
__hidden int on_connect_search_exit(void *ctx, int ret);

/* bind(). address: as the program gave it, copied; or still where the kernel keeps it. */
__hidden int on_bind_enter(struct sock *sk, const struct sockaddr_in6 *address);
__hidden int on_kernel_bind_enter(struct sock *sk, const void *kernel_address);
__hidden int on_bind_exit(void *ctx, int ret);

/* The UDP calls that take a port when the socket has none. call: CALL_CONNECT or CALL_SENDTO. */
__hidden int on_autobind_enter(struct sock *sk, enum porttrace_call call);
__hidden int on_autobind_exit(void *ctx, int ret);

/* listen(), which takes a port as well, or finds that another socket listens on its own. */
__hidden int on_listen_enter(struct sock *sk);
__hidden int on_listen_exit(void *ctx, int ret);

/*
 * The search itself within bind(), listen() or an automatic bind: gives the duration, and
 * stands for the whole call where no other function of that call is hooked (listen, sendto).
 * ret: 0 or, by version, 1 or -EADDRINUSE (inet_csk_get_port(), udp_lib_get_port()).
 */
__hidden int on_get_port_enter(struct sock *sk, __u16 port);
__hidden int on_get_port_exit(void *ctx, int ret);

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

/* range_exhausted, or socket_range_exhausted if the socket's own range limited the search. */
__hidden enum porttrace_cause why_no_port(const struct sock *sk);

/* A connect() of a socket that has a port already: whether it was bound without a number. */
__hidden void note_bound_connect(const struct sock *sk);

/* connect, or sendto for a fast-open sendmsg() that connects. */
__hidden enum porttrace_call connecting_call(const struct sock *sk);

#endif
