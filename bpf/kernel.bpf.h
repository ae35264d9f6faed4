/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the kernel's own structures: helpers that more than one BPF file needs, and one
 * flavour per kernel change, with the version of that change above it. Nothing here counts.
 */
#ifndef PORTTRACE_KERNEL_BPF_H
#define PORTTRACE_KERNEL_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "porttrace.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_MPTCP 262

#define EPERM 1
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EADDRINUSE 98
#define EADDRNOTAVAIL 99

/* include/net/sock.h; CONNECT_BIND came with 6.17.8 and 6.18 ("tcp: Update bind bucket state
 * on port release") and is never set before. */
#define SOCK_BINDPORT_LOCK 8
#define SOCK_CONNECT_BIND 16

/* include/linux/net.h: enum sock_type */
#define SOCK_RAW 3

/* 5.17 to 6.0: netns_ipv4.tcp_death_row is a pointer, embedded before and after. */
struct netns_ipv4___death_row_pointer {
	struct inet_timewait_death_row *tcp_death_row;
} __attribute__((preserve_access_index));

/* Before 6.8: `struct local_ports { seqlock_t lock; int range[2]; }`; then high << 16 | low. */
struct local_ports___two_ints {
	int range[2];
} __attribute__((preserve_access_index));

/* IP_LOCAL_PORT_RANGE: { lo, hi } when it came (6.3, and 6.1 stable), one u32 since 6.8. */
struct inet_sock___two_ends {
	struct {
		__u16 lo;
		__u16 hi;
	} local_port_range;
} __attribute__((preserve_access_index));

/* Up to 6.5 bits of their own; then of inet_flags, with these numbers (enum in inet_sock.h). */
struct inet_sock___bits {
	__u8 freebind : 1;
	__u8 bind_address_no_port : 1;
} __attribute__((preserve_access_index));

#define INET_FLAGS_FREEBIND 11
#define INET_FLAGS_BIND_ADDRESS_NO_PORT 18

/* Before 5.19: the number itself; since then a reference count, one more than that. */
struct inet_timewait_death_row___count {
	atomic_t tw_count;
} __attribute__((preserve_access_index));

/* Before 6.13: the number of references; then file_ref_t, one less than there are. */
struct file___count {
	atomic_long_t f_count;
} __attribute__((preserve_access_index));

/* Before 5.19 (cae3873c5b3a): the node of a listener in lhash2; then skc_nulls_node. */
struct inet_connection_sock___listen_node {
	struct hlist_node icsk_listen_portaddr_node;
} __attribute__((preserve_access_index));

/* Before 6.8 the owners of a bind bucket are on the bucket itself, then on its bhash2 list. */
struct inet_bind_bucket___owners {
	struct hlist_head owners;
} __attribute__((preserve_access_index));

/*
 * How a member is read depends on what the verifier knows of the pointer. One is typed that is an
 * argument of a program at a trampoline or at a typed tracepoint, and what members lead to from there:
 * that is a load. All others are read by a helper, some 85 instructions each time: so what is
 * needed together is copied at once. is_typed: a constant, at the latest for the verifier.
 */
#define READ(is_typed, from, member) \
	((is_typed) ? (from)->member : BPF_CORE_READ(from, member))

/* possible_net_t has one member: of a copy, where BPF_CORE_READ() would read again. */
#define net_at(possible_net) (*(struct net *const *)&(possible_net))

/* Room for a copy of what all sockets have in common: the kernel's has 136 bytes, vmlinux.h's fewer. */
struct sock_copy {
	char room[144];
} __attribute__((aligned(8)));

/* One that cannot be read is all zero. */
static inline const struct sock_common *copy_socket(const void *sk, struct sock_copy *copy)
{
	bpf_probe_read_kernel(copy, bpf_core_type_size(struct sock_common), sk);
	return (const void *)copy;
}

static inline struct net *net_of(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net);
}

/*
 * What tells this namespace from all others there are, and, since its cookie is made with it
 * (5.12), from all that there were: inode numbers are used again.
 */
static __always_inline __u32 netns_id_of(const struct net *net, bool is_typed)
{
	if (bpf_core_field_exists(net->net_cookie))
		return READ(is_typed, net, net_cookie);
	return READ(is_typed, net, ns.inum);
}

static __always_inline struct inet_hashinfo *tcp_hashinfo_of(struct net *net, bool is_typed)
{
	if (bpf_core_field_exists(net->ipv4.tcp_death_row.hashinfo))
		return READ(is_typed, net, ipv4.tcp_death_row.hashinfo);

	struct netns_ipv4___death_row_pointer *ipv4 = (void *)&net->ipv4;
	struct inet_timewait_death_row *death_row = READ(is_typed, ipv4, tcp_death_row);

	return READ(is_typed, death_row, hashinfo);
}

/* One table for all namespaces, reached through the protocol, up to 6.1; per namespace after. */
static inline struct udp_table *udp_table_of(const struct sock *sk)
{
	const struct proto *proto = BPF_CORE_READ(sk, __sk_common.skc_prot);
	struct net *net = net_of(sk);

	if (bpf_core_field_exists(net->ipv4.udp_table))
		return BPF_CORE_READ(net, ipv4.udp_table);
	return BPF_CORE_READ(proto, h.udp_table);
}

/* A 4-bit bit-field up to 6.1, a u8 of its own since 6.12: the relocation handles both. */
static inline __u8 userlocks_of(const struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks);
}

/* low | high << 16, both inclusive. */
static inline __u32 port_range_of(struct net *net)
{
	struct local_ports___two_ints *ports;
	int range[2] = {};

	if (bpf_core_field_exists(net->ipv4.ip_local_ports.range))
		return BPF_CORE_READ(net, ipv4.ip_local_ports.range);
	ports = (void *)&net->ipv4.ip_local_ports;
	bpf_core_read(&range, sizeof(range), &ports->range);
	return (__u32)range[0] | (__u32)range[1] << 16;
}

/* The socket's own range, low | high << 16 as above; 0 if it has none, or the kernel has not. */
static inline __u32 own_port_range_of(const struct sock *sk)
{
	const struct inet_sock___two_ends *old = (const void *)sk;
	const struct inet_sock *inet = (const void *)sk;

	if (bpf_core_field_exists(inet->local_port_range))
		return BPF_CORE_READ(inet, local_port_range);
	if (bpf_core_field_exists(old->local_port_range))
		return BPF_CORE_READ(old, local_port_range.lo) |
		       (__u32)BPF_CORE_READ(old, local_port_range.hi) << 16;
	return 0;
}

/* OPTION_*: how the socket was set. */
static inline __u8 options_of(const struct sock *sk)
{
	const struct inet_sock___bits *old = (const void *)sk;
	const struct sock_common *skc = &sk->__sk_common;
	const struct inet_sock *inet = (const void *)sk;
	__u8 options = 0;
	bool freebind, no_port;

	if (bpf_core_field_exists(old->freebind)) {
		freebind = BPF_CORE_READ_BITFIELD_PROBED(old, freebind);
		no_port = BPF_CORE_READ_BITFIELD_PROBED(old, bind_address_no_port);
	} else {
		unsigned long flags = BPF_CORE_READ(inet, inet_flags);

		freebind = flags & 1UL << INET_FLAGS_FREEBIND;
		no_port = flags & 1UL << INET_FLAGS_BIND_ADDRESS_NO_PORT;
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuse))
		options |= OPTION_REUSEADDR;
	if (BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuseport))
		options |= OPTION_REUSEPORT;
	if (no_port)
		options |= OPTION_BIND_ADDRESS_NO_PORT;
	if (freebind)
		options |= OPTION_FREEBIND;
	return options;
}

static inline void map_ipv4(__u8 addr[16], __be32 ipv4)
{
	__builtin_memset(addr, 0, 10);
	addr[10] = 0xff;
	addr[11] = 0xff;
	__builtin_memcpy(addr + 12, &ipv4, 4);
}

static inline bool is_ipv4(const __u8 addr[16])
{
	const __u32 *words = (const __u32 *)addr;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

/* The local address that the socket is bound to, or chose when it connected. */
static inline void local_address(const struct sock_common *skc, __u8 addr[16])
{
	if (BPF_CORE_READ(skc, skc_family) == AF_INET6 &&
	    bpf_core_field_exists(skc->skc_v6_rcv_saddr))
		bpf_core_read(addr, 16, &skc->skc_v6_rcv_saddr);
	else
		map_ipv4(addr, BPF_CORE_READ(skc, skc_rcv_saddr));
}

static inline void remote_address(const struct sock_common *skc, __u8 addr[16])
{
	if (BPF_CORE_READ(skc, skc_family) == AF_INET6 &&
	    bpf_core_field_exists(skc->skc_v6_daddr))
		bpf_core_read(addr, 16, &skc->skc_v6_daddr);
	else
		map_ipv4(addr, BPF_CORE_READ(skc, skc_daddr));
}

/* The same of a copy, or of what is typed. */
static inline void address_of(const struct sock_common *skc, bool local, __u8 addr[16])
{
	if (skc->skc_family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_rcv_saddr))
		__builtin_memcpy(addr, local ? &skc->skc_v6_rcv_saddr : &skc->skc_v6_daddr, 16);
	else
		map_ipv4(addr, local ? skc->skc_rcv_saddr : skc->skc_daddr);
}

static inline __u16 local_port(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_num);
}

/* Of a copy, or of what is typed: the two ends, and the port of the other one. */
static inline void ends_of(const struct sock_common *skc, struct route_key *route)
{
	route->dport = bpf_ntohs(skc->skc_dport);
	address_of(skc, true, route->src);
	address_of(skc, false, route->dst);
}

/*
 * What is an inet_sock of TCP, typed as the socket is; or NULL. Pointers are read through this one: the
 * verifier does not trust it, and so does not ask whether it may trust what they lead to, which takes
 * it long (btf_nested_type_is_trusted(), 6.3 to 6.19).
 */
static inline const struct inet_sock *typed_inet_of(const struct sock *typed_sk)
{
	const struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)typed_sk);

	return tcp ? &tcp->inet_conn.icsk_inet : NULL;
}

/* IPPROTO_TCP, IPPROTO_UDP, or 0 for what porttrace does not count. */
static inline __u8 counted_protocol(__u16 family, __u16 protocol)
{
	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (protocol == IPPROTO_MPTCP)
		return PORTTRACE_IPPROTO_TCP;
	if (protocol == PORTTRACE_IPPROTO_TCP || protocol == PORTTRACE_IPPROTO_UDP)
		return protocol;
	return 0;
}

static inline __u8 protocol_of(const struct sock *sk)
{
	return counted_protocol(BPF_CORE_READ(sk, __sk_common.skc_family),
				BPF_CORE_READ(sk, sk_protocol));
}

/* What a raw socket has as its protocol is that of what it sends: it has no port. */
static inline bool is_raw(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_type) == SOCK_RAW;
}

/* 5.11: of the current task the verifier knows that it is one, in programs of all types. */
#define CURRENT_IS_TYPED \
	bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

static inline struct task_struct *current_task(void)
{
	if (CURRENT_IS_TYPED)
		return bpf_get_current_task_btf();
	return (void *)bpf_get_current_task();
}

/* The cgroup in the cgroup2 hierarchy, by its inode number. */
static __always_inline __u64 cgroup_of(const struct task_struct *task, bool is_typed)
{
	return is_typed ? task->cgroups->dfl_cgrp->kn->id :
			  BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline struct process_key process_of(const struct task_struct *task, bool is_typed)
{
	__u64 started = is_typed ? task->group_leader->start_time :
				   BPF_CORE_READ(task, group_leader, start_time);

	return (struct process_key){ .pid = READ(is_typed, task, tgid), .started = started >> 20 };
}

/* The file behind a descriptor of the current task, or NULL. */
static inline struct file *file_of(unsigned long fd)
{
	struct files_struct *open_files = READ(CURRENT_IS_TYPED, current_task(), files);
	struct fdtable *table = READ(CURRENT_IS_TYPED, open_files, fdt);
	struct file **files, *file = NULL;

	if (!table || (__u32)fd >= READ(CURRENT_IS_TYPED, table, max_fds))
		return NULL;
	files = READ(CURRENT_IS_TYPED, table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &files[(__u32)fd]);
	return file;
}

/*
 * The socket behind a descriptor of the current task, or NULL. What a file has as its own is taken for
 * a socket if it names that file where a socket does: half the reads that its inode would take.
 */
static inline struct sock *socket_of(unsigned long fd)
{
	struct file *file = file_of(fd);
	char copy[48] __attribute__((aligned(8)));
	const struct socket *socket = (const void *)copy;

	if (!file)
		return NULL;
	bpf_probe_read_kernel(copy, bpf_core_field_offset(struct socket, sk) + sizeof(socket->sk),
			      BPF_CORE_READ(file, private_data));
	return socket->file == file ? socket->sk : NULL;
}

/* x86-64, and arm64 unless its pages have 64 KiB; neither with KASAN. Before 5.15 only, see below. */
#define THREAD_SIZE 16384

/* Registers of the program: at the top of the kernel's own stack, which begins at its entry. */
static inline const struct pt_regs *registers_of_current(void)
{
	const struct task_struct *task;
	unsigned long top;

	/* 5.15 */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (const void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (const void *)bpf_get_current_task();
	top = (unsigned long)BPF_CORE_READ(task, stack) + THREAD_SIZE;
	return (const void *)(top - bpf_core_type_size(struct pt_regs));
}

/*
 * The first two arguments of the system call that the current task is in, at its exit still, if it
 * is that call of a 64-bit program. False: it is another one.
 */
struct syscall_arguments {
	unsigned long first, second;
};

#if defined(__TARGET_ARCH_x86)

#define USER_CS 0x33 /* arch/x86/include/asm/segment.h: __USER_CS, of 64-bit code */
#define NR_CONNECT 42
#define NR_BIND 49

static inline bool is_64_bit(const struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, cs) == USER_CS;
}

static inline bool get_syscall_arguments(unsigned long nr, struct syscall_arguments *arguments)
{
	const struct pt_regs *regs = registers_of_current();

	if (!is_64_bit(regs) || BPF_CORE_READ(regs, orig_ax) != nr)
		return false;
	arguments->first = BPF_CORE_READ(regs, di);
	arguments->second = BPF_CORE_READ(regs, si);
	return true;
}

#elif defined(__TARGET_ARCH_arm64)

#define PSR_MODE32_BIT 0x10 /* arch/arm64/include/uapi/asm/ptrace.h */
#define NR_CONNECT 203
#define NR_BIND 200

static inline bool is_64_bit(const struct pt_regs *regs)
{
	return !(BPF_CORE_READ(regs, user_regs.pstate) & PSR_MODE32_BIT);
}

/* The result takes the place of the first argument before the exit is told: orig_x0 has it. */
static inline bool get_syscall_arguments(unsigned long nr, struct syscall_arguments *arguments)
{
	const struct pt_regs *regs = registers_of_current();

	if (!is_64_bit(regs) || BPF_CORE_READ(regs, syscallno) != (int)nr)
		return false;
	arguments->first = BPF_CORE_READ(regs, orig_x0);
	arguments->second = BPF_CORE_READ(regs, user_regs.regs[1]);
	return true;
}

#endif

#endif
