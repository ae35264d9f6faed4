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

/* Of twins (twins.bpf.h): the other one has begun to follow this thread's call on that socket. */
__hidden bool is_followed(const struct sock *sk);

/* ctx, wherever it is asked for: that of the BPF program, whose stack goes with an event. */

/* TCP: the search for a source port, inet_hash_connect() and inet6_hash_connect(). */
__hidden int on_connect_search_enter(struct sock *sk);
__hidden int on_connect_search_exit(void *ctx, int ret);

/*
 * connect() returns EADDRNOTAVAIL: if no search of this thread has failed, IPv6 found no address of
 * this host to come from. The address is that of the call: copied, the kernel's, or to be found by
 * the system call that this task is in.
 */
__hidden int on_connect_unrouted(void *ctx, struct sock *sk, const struct sockaddr_in6 *to);
__hidden int on_kernel_connect_unrouted(void *ctx, struct sock *sk, const void *kernel_address);
__hidden int on_user_connect_unrouted(void *ctx);

/* bind(). address: as the program gave it, copied; or still where the kernel keeps it. */
__hidden int on_bind_enter(struct sock *sk, const struct sockaddr_in6 *address);
__hidden int on_kernel_bind_enter(struct sock *sk, const void *kernel_address);
__hidden int on_bind_exit(void *ctx, int ret);

/* What the address was after all, where it could not be read before: given as of that family. */
#define AF_UNREAD 0xffff
__hidden bool has_unread_address(void);
__hidden void on_bind_address(const struct sockaddr_in6 *address);

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

/* range_exhausted, or socket_range_exhausted if the socket's own range limited the search. */
__hidden enum porttrace_cause why_no_port(const struct sock *sk);

/* A connect() of a socket that has a port already: whether it was bound without a number. */
__hidden void note_bound_connect(const struct sock *sk);

/* connect, or sendto for a fast-open sendmsg() that connects. */
__hidden enum porttrace_call connecting_call(const struct sock *sk);

#endif
