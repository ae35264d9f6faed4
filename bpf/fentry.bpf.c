// SPDX-License-Identifier: GPL-2.0-only
/*
 * Back-end fentry: BPF trampolines at the allocating functions themselves.
 *
 * Sees all that porttrace counts, in-kernel callers and io_uring included. This file is compiled
 * twice: fentry_twin.bpf.c makes the twins.
 *
 * __inet_bind() and not inet_bind(): MPTCP calls the former for its subflows since 6.x.
 */
#include "calls.bpf.h"
#include "owners.bpf.h"
#include "time_wait.bpf.h"
#include "twins.bpf.h"
#include <bpf/bpf_tracing.h>

#ifdef TWIN
#define FENTRY(name, args...) BPF_PROG(fentry_##name##_twin, args)
#define WHO SECOND_TWIN
#else
#define FENTRY(name, args...) BPF_PROG(fentry_##name, args)
#define WHO FIRST_TWIN
#endif

SEC("?fentry/inet_hash_connect")
int FENTRY(connect, void *death_row, struct sock *sk)
{
	return is_followed(sk) ? 0 : on_connect_search_enter(sk);
}

SEC("?fexit/inet_hash_connect")
int FENTRY(connect_exit, void *death_row, struct sock *sk, int ret)
{
	return on_connect_search_exit(ctx, ret);
}

SEC("?fentry/inet6_hash_connect")
int FENTRY(connect6, void *death_row, struct sock *sk)
{
	return is_followed(sk) ? 0 : on_connect_search_enter(sk);
}

SEC("?fexit/inet6_hash_connect")
int FENTRY(connect6_exit, void *death_row, struct sock *sk, int ret)
{
	return on_connect_search_exit(ctx, ret);
}

/* Without a twin: that a search has failed is forgotten by the first that asks. */
#ifdef TWIN
#define UNROUTED(ret) false
#else
#define UNROUTED(ret) ((ret) == -EADDRNOTAVAIL)

SEC("?fexit/tcp_v6_connect")
int FENTRY(connect6_unrouted, struct sock *sk, void *address, int len, int ret)
{
	return UNROUTED(ret) ? on_kernel_connect_unrouted(ctx, sk, address) : 0;
}
#endif

SEC("?fentry/__inet_bind")
int FENTRY(bind, struct sock *sk, void *address)
{
	return is_followed(sk) ? 0 : on_kernel_bind_enter(sk, address);
}

SEC("?fexit/__inet_bind")
int FENTRY(bind_exit, struct sock *sk, void *address, int len, __u32 flags, int ret)
{
	return on_bind_exit(ctx, ret);
}

SEC("?fentry/__inet6_bind")
int FENTRY(bind6, struct sock *sk, void *address)
{
	return is_followed(sk) ? 0 : on_kernel_bind_enter(sk, address);
}

SEC("?fexit/__inet6_bind")
int FENTRY(bind6_exit, struct sock *sk, void *address, int len, __u32 flags, int ret)
{
	return on_bind_exit(ctx, ret);
}

SEC("?fentry/inet_dgram_connect")
int FENTRY(dgram_connect, struct socket *sock)
{
	struct sock *sk = sock->sk;

	return is_followed(sk) ? 0 : on_autobind_enter(sk, CALL_CONNECT);
}

SEC("?fexit/inet_dgram_connect")
int FENTRY(dgram_connect_exit, struct socket *sock, void *address, int len, int flags,
	     int ret)
{
	if (UNROUTED(ret))
		on_kernel_connect_unrouted(ctx, BPF_CORE_READ(sock, sk), address);
	return on_autobind_exit(ctx, ret);
}

SEC("?fentry/inet_csk_get_port")
int FENTRY(tcp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?fexit/inet_csk_get_port")
int FENTRY(tcp_get_port_exit, struct sock *sk, unsigned short port, int ret)
{
	return on_get_port_exit(ctx, ret);
}

SEC("?fentry/udp_lib_get_port")
int FENTRY(udp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?fexit/udp_lib_get_port")
int FENTRY(udp_get_port_exit, struct sock *sk, unsigned short port, unsigned int hash2,
	     int ret)
{
	return on_get_port_exit(ctx, ret);
}

/* Once a connection, by whoever closes or shuts it down; with FIN_WAIT1 or LAST_ACK set already. */
SEC("?fentry/tcp_send_fin")
int FENTRY(close, struct sock *sk)
{
	return sk->__sk_common.skc_state == TCP_FIN_WAIT1 ? on_close(sk) : 0;
}

static int time_wait(struct sock *sk, const struct inet_timewait_sock *tw)
{
	return is_first_twin(sk, WHO) ? on_time_wait(sk, tw) : 0;
}

/* Called with the new TIME_WAIT at hand, and only then: tcp_time_wait() itself may get none. */
SEC("?fentry/inet_twsk_hashdance")
int FENTRY(time_wait, struct inet_timewait_sock *tw, struct sock *sk)
{
	return time_wait(sk, tw);
}

/* The same function since 6.8. */
SEC("?fentry/inet_twsk_hashdance_schedule")
int FENTRY(time_wait_schedule, struct inet_timewait_sock *tw, struct sock *sk)
{
	return time_wait(sk, tw);
}
