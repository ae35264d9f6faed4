// SPDX-License-Identifier: GPL-2.0-only
/* One socket that has a port, in our own words: for lists of them, and for events. */
#include "holder.bpf.h"
#include "owners.bpf.h"

/* A request for a connection, until the handshake is done, is no full socket either. */
static bool is_full(__u8 state)
{
	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

static void describe_addresses(const struct sock_common *skc, struct port_holder *holder)
{
	struct net *net = BPF_CORE_READ(skc, skc_net.net);

	holder->netns = netns_id_of(net, false);
	holder->inum = BPF_CORE_READ(net, ns.inum);
	holder->port = BPF_CORE_READ(skc, skc_num);
	holder->device = BPF_CORE_READ(skc, skc_bound_dev_if);
	holder->v6only = BPF_CORE_READ_BITFIELD_PROBED(skc, skc_ipv6only);
	local_address(skc, holder->src);
	/* Where it has none, what it was connected to before may still be there. */
	if (holder->state == TCP_LISTEN || holder->state == TCP_CLOSE)
		return;
	holder->dport = bpf_ntohs(BPF_CORE_READ(skc, skc_dport));
	remote_address(skc, holder->dst);
}

static void describe_file(const struct sock *sk, struct port_holder *holder)
{
	const struct socket *socket = BPF_CORE_READ(sk, sk_socket);

	holder->socket = (unsigned long)socket;
	if (socket)
		holder->inode = BPF_CORE_READ(socket, file, f_inode, i_ino);
}

static void describe_time_wait(const struct inet_timewait_sock *tw, struct port_holder *holder)
{
	holder->is_time_wait = true;
	holder->state = BPF_CORE_READ(tw, tw_substate);
	holder->expires = BPF_CORE_READ(tw, tw_timer.expires) - bpf_jiffies64();
	find_closer(tw, BPF_CORE_READ(tw, __tw_common.skc_hash), &holder->closer, holder->comm);
}

__hidden bool describe_holder(const struct sock_common *skc, struct port_holder *holder)
{
	const struct sock *sk = (const void *)skc;
	__u8 state = BPF_CORE_READ(skc, skc_state);

	__builtin_memset(holder, 0, sizeof(*holder));
	holder->sk = (unsigned long)skc;
	holder->state = state;
	holder->proto = is_full(state) ? protocol_of(sk) : PORTTRACE_IPPROTO_TCP;
	holder->uid = is_full(state) ? BPF_CORE_READ(sk, sk_uid.val) : UID_UNKNOWN;
	describe_addresses(skc, holder);
	if (is_full(state))
		describe_file(sk, holder);
	if (state == TCP_TIME_WAIT)
		describe_time_wait((const void *)skc, holder);
	return holder->proto && holder->port;
}
