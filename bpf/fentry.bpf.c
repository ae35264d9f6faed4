// SPDX-License-Identifier: GPL-2.0-only
/*
 * Back-end fentry: BPF trampolines at the allocating functions themselves.
 *
 * Sees all that porttrace counts, in-kernel callers and io_uring included. The kernel skips a
 * program that is already running on the CPU and counts that (recursion_misses, 5.12), which
 * user space reports as lost.
 *
 * __inet_bind() and not inet_bind(): MPTCP calls the former for its subflows since 6.x.
 */
#include "calls.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("?fentry/inet_hash_connect")
int BPF_PROG(fentry_connect, void *death_row, struct sock *sk)
{
	return on_connect_search_enter(sk);
}

SEC("?fexit/inet_hash_connect")
int BPF_PROG(fentry_connect_exit, void *death_row, struct sock *sk, int ret)
{
	return on_connect_search_exit(ret);
}

SEC("?fentry/inet6_hash_connect")
int BPF_PROG(fentry_connect6, void *death_row, struct sock *sk)
{
	return on_connect_search_enter(sk);
}

SEC("?fexit/inet6_hash_connect")
int BPF_PROG(fentry_connect6_exit, void *death_row, struct sock *sk, int ret)
{
	return on_connect_search_exit(ret);
}

SEC("?fentry/__inet_bind")
int BPF_PROG(fentry_bind, struct sock *sk, void *address)
{
	return on_kernel_bind_enter(sk, address);
}

SEC("?fexit/__inet_bind")
int BPF_PROG(fentry_bind_exit, struct sock *sk, void *address, int len, __u32 flags, int ret)
{
	return on_bind_exit(ret);
}

SEC("?fentry/__inet6_bind")
int BPF_PROG(fentry_bind6, struct sock *sk, void *address)
{
	return on_kernel_bind_enter(sk, address);
}

SEC("?fexit/__inet6_bind")
int BPF_PROG(fentry_bind6_exit, struct sock *sk, void *address, int len, __u32 flags, int ret)
{
	return on_bind_exit(ret);
}

SEC("?fentry/inet_dgram_connect")
int BPF_PROG(fentry_dgram_connect, struct socket *sock)
{
	return on_autobind_enter(BPF_CORE_READ(sock, sk), CALL_CONNECT);
}

SEC("?fexit/inet_dgram_connect")
int BPF_PROG(fentry_dgram_connect_exit, struct socket *sock, void *address, int len, int flags,
	     int ret)
{
	return on_autobind_exit(ret);
}

SEC("?fentry/inet_csk_get_port")
int BPF_PROG(fentry_tcp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?fexit/inet_csk_get_port")
int BPF_PROG(fentry_tcp_get_port_exit, struct sock *sk, unsigned short port, int ret)
{
	return on_get_port_exit(ret);
}

SEC("?fentry/udp_lib_get_port")
int BPF_PROG(fentry_udp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?fexit/udp_lib_get_port")
int BPF_PROG(fentry_udp_get_port_exit, struct sock *sk, unsigned short port, unsigned int hash2,
	     int ret)
{
	return on_get_port_exit(ret);
}

static int time_wait(struct sock *sk)
{
	return on_time_wait(sk, BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_bind_hash));
}

/* Called with the new TIME_WAIT at hand, and only then: tcp_time_wait() itself may get none. */
SEC("?fentry/inet_twsk_hashdance")
int BPF_PROG(fentry_time_wait, void *tw, struct sock *sk)
{
	return time_wait(sk);
}

/* The same function since 6.8. */
SEC("?fentry/inet_twsk_hashdance_schedule")
int BPF_PROG(fentry_time_wait_schedule, void *tw, struct sock *sk)
{
	return time_wait(sk);
}
