// SPDX-License-Identifier: GPL-2.0-only
/*
 * Back-end kprobe: for kernels without BPF trampolines on their architecture.
 *
 * The same functions as fentry. A kretprobe that has no free instance, because too many threads
 * are parked inside one function, does not report the return; the next call of that thread
 * finds the entry left over and counts it in lost.returns.
 *
 * TIME_WAIT is entered in softirq, too, where a kprobe is skipped while another one's program
 * runs on that CPU (bpf_prog_active), which no kernel before 6.7 reports. A BTF-typed
 * tracepoint is not, hence the one at the end.
 */
#include "calls.bpf.h"
#include "owners.bpf.h"
#include "time_wait.bpf.h"
#include "twins.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("?kprobe/inet_hash_connect")
int BPF_KPROBE(kprobe_connect, void *death_row, struct sock *sk)
{
	return on_connect_search_enter(sk);
}

SEC("?kretprobe/inet_hash_connect")
int BPF_KRETPROBE(kprobe_connect_exit, int ret)
{
	return on_connect_search_exit(ctx, ret);
}

SEC("?kprobe/inet6_hash_connect")
int BPF_KPROBE(kprobe_connect6, void *death_row, struct sock *sk)
{
	return on_connect_search_enter(sk);
}

SEC("?kretprobe/inet6_hash_connect")
int BPF_KRETPROBE(kprobe_connect6_exit, int ret)
{
	return on_connect_search_exit(ctx, ret);
}

SEC("?kretprobe/tcp_v6_connect")
int BPF_KRETPROBE(kprobe_connect6_unrouted, int ret)
{
	return ret == -EADDRNOTAVAIL ? on_user_connect_unrouted(ctx) : 0;
}

SEC("?kprobe/__inet_bind")
int BPF_KPROBE(kprobe_bind, struct sock *sk, void *address)
{
	return on_kernel_bind_enter(sk, address);
}

SEC("?kretprobe/__inet_bind")
int BPF_KRETPROBE(kprobe_bind_exit, int ret)
{
	return on_bind_exit(ctx, ret);
}

SEC("?kprobe/__inet6_bind")
int BPF_KPROBE(kprobe_bind6, struct sock *sk, void *address)
{
	return on_kernel_bind_enter(sk, address);
}

SEC("?kretprobe/__inet6_bind")
int BPF_KRETPROBE(kprobe_bind6_exit, int ret)
{
	return on_bind_exit(ctx, ret);
}

SEC("?kprobe/inet_dgram_connect")
int BPF_KPROBE(kprobe_dgram_connect, struct socket *sock)
{
	return on_autobind_enter(BPF_CORE_READ(sock, sk), CALL_CONNECT);
}

SEC("?kretprobe/inet_dgram_connect")
int BPF_KRETPROBE(kprobe_dgram_connect_exit, int ret)
{
	if (ret == -EADDRNOTAVAIL)
		on_user_connect_unrouted(ctx);
	return on_autobind_exit(ctx, ret);
}

SEC("?kprobe/inet_csk_get_port")
int BPF_KPROBE(kprobe_tcp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?kretprobe/inet_csk_get_port")
int BPF_KRETPROBE(kprobe_tcp_get_port_exit, int ret)
{
	return on_get_port_exit(ctx, ret);
}

SEC("?kprobe/udp_lib_get_port")
int BPF_KPROBE(kprobe_udp_get_port, struct sock *sk, unsigned short port)
{
	return on_get_port_enter(sk, port);
}

SEC("?kretprobe/udp_lib_get_port")
int BPF_KRETPROBE(kprobe_udp_get_port_exit, int ret)
{
	return on_get_port_exit(ctx, ret);
}

static int time_wait(struct sock *sk, int oldstate, int newstate, enum twin who)
{
	if (!may_leave_time_wait(oldstate, newstate) || !is_first_twin(sk, who))
		return 0;
	return on_state_time_wait(sk, oldstate, newstate);
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(kprobe_time_wait, struct sock *sk, int oldstate, int newstate)
{
	if (newstate == TCP_FIN_WAIT1)
		return on_close(sk);
	return time_wait(sk, oldstate, newstate, FIRST_TWIN);
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(kprobe_time_wait_twin, struct sock *sk, int oldstate, int newstate)
{
	if (tracepoints_preempt && newstate == TCP_FIN_WAIT1)
		return on_missed_close(sk);
	return time_wait(sk, oldstate, newstate, SECOND_TWIN);
}
