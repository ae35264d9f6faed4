/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's bind tables tell about a port: who has it, and who opened a connection. */
#ifndef PORTTRACE_HOLDER_BPF_H
#define PORTTRACE_HOLDER_BPF_H

#include "kernel.bpf.h"

/*
 * The cause of a bind() or listen() that did not get its port. sk: the socket that asked;
 * addr: the address it asked for; port: host order, not 0.
 */
__hidden enum porttrace_cause why_port_refused(const struct sock *sk, const __u8 addr[16],
					       __u16 port);

/*
 * Certain that this host opened the connection, and did not accept it. An accepted socket shares
 * its listener's bind bucket, which is never connect-only, and does not inherit
 * SOCK_BINDPORT_LOCK (sk_clone_lock()). false also for a connection after bind(ip, 0), which
 * looks like an accepted one. tb: the socket's bind bucket, or NULL if it has none any more.
 */
__hidden bool was_opened_here(const struct sock *sk, const struct inet_bind_bucket *tb);

/*
 * The TIME_WAIT that took the place of this socket's connection in the established hash, or NULL.
 * Holds while tcp_time_wait() is closing the socket: the addresses, the destination port and
 * the hash are still in it, and the source port in inet_sport.
 */
__hidden const struct inet_timewait_sock *find_time_wait(const struct sock *sk);

#endif
