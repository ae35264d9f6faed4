// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose the sockets are: processes, found through their descriptors; and for TIME_WAIT, which is
 * nobody's in the kernel, the process that closed the connection, remembered from that moment.
 *
 * User space runs two iterators, one over all tasks, one over the remembered TIME_WAITs; both
 * add up into one map, by route and process. No lock is taken and no file is referred to.
 */
#include "count.bpf.h"
#include "holder.bpf.h"
#include "census.bpf.h"
#include "events.bpf.h"
#include "owners.bpf.h"
#include <bpf/bpf_tracing.h>

/* Entries that one read() of user space goes over: some 0.2 ms. */
#define ENTRIES_A_READ 1024

/* Descriptors that are read at once, and how often in one read(). */
#define FDS_AT_ONCE 64
#define BLOCKS_A_READ 32

#define PF_KTHREAD 0x00200000

/* Whether struct owner_sockets tells what was bound, of each TIME_WAIT as well. Set before loading. */
const volatile bool owners_tell_bound = false;

/* Written by user space before each run. */
__u32 owners_run = 0;
__u64 owners_dropped = 0; /* routes of processes that found no room; since the start */

/* Who closed a connection last, until it is a TIME_WAIT. Evicted as the oldest when full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_CLOSERS);
	__type(key, __u64);
	__type(value, struct closer);
} closers SEC(".maps");

/*
 * One entry a TIME_WAIT, by its address. Added when it begins; removed by the iterator when it is
 * gone. Full: it is nobody's, and counted as dropped.
 */
struct time_wait_owner {
	struct process_key process;
	__u32 hash;
	__u32 run : 31;	       /* the last one that counted it */
	__u32 asked_for_port : 1; /* by its number */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TIME_WAIT_OWNERS);
	__type(key, __u64);
	__type(value, struct time_wait_owner);
} time_wait_owners SEC(".maps");

/* One entry a process that has been met. Added here, removed by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__type(key, struct process_key);
	__type(value, struct process);
} processes SEC(".maps");

/* One entry a route and process. Added here, removed by user space. Full: owners_dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_OWNER_ROWS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct owner_key);
	__type(value, struct owner_sockets);
} owners SEC(".maps");

static const struct owner_sockets no_sockets;

/* ---- Processes ---- */

static __always_inline void describe(struct task_struct *task, bool is_typed,
				     struct process *process)
{
	if (is_typed)
		__builtin_memcpy(process->comm, task->group_leader->comm, sizeof(process->comm));
	else
		BPF_CORE_READ_STR_INTO(&process->comm, task, group_leader, comm);
	process->cgroup = cgroup_of(task, is_typed);
}

__hidden void describe_process(struct task_struct *task, struct process *process)
{
	describe(task, false, process);
}

static __always_inline void note_process(struct task_struct *task, bool is_typed,
					 const struct process_key *key)
{
	struct process *known = bpf_map_lookup_elem(&processes, key), process = {};

	describe(task, is_typed, &process);
	process.run = owners_run;
	if (known)
		*known = process;
	else if (bpf_map_update_elem(&processes, key, &process, BPF_ANY))
		__sync_fetch_and_add(&owners_dropped, 1);
}

/* ---- Sockets ---- */

__hidden enum kin kin_of_socket(const struct sock *sk, bool connect_only)
{
	__u8 locks;

	if (connect_only)
		return CONNECTED;
	locks = userlocks_of(sk);
	if (locks & SOCK_CONNECT_BIND)
		return CONNECTED;
	if (locks & SOCK_BINDPORT_LOCK)
		return BOUND;
	return was_accepted(sk) ? NOT_OF_ROUTE : BOUND_TO_ANY;
}

static bool is_connect_only(const struct inet_bind_bucket *tb)
{
	return tb && BPF_CORE_READ(tb, fastreuse) < 0 && BPF_CORE_READ(tb, fastreuseport) < 0;
}

/* Of the socket that is looked at; read by member as if it was the kernel's. */
static struct sock_copy copied_socket;

static void route_of_copy(const struct sock_common *skc, struct route_key *key)
{
	key->netns = netns_id_of(net_at(skc->skc_net), false);
	ends_of(skc, key);
}

/* Of the task whose descriptors are gone over, see `fds`. */
static void note_habit(void);

static enum kin kin_of_descriptor(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const void *)sk;
	enum kin kin = kin_of_socket(sk, is_connect_only(BPF_CORE_READ(icsk, icsk_bind_hash)));

	if (kin == BOUND_TO_ANY)
		note_habit();
	return kin;
}

/*
 * The route that a process' socket is on. NOT_OF_ROUTE: on none. What has no destination is on a row
 * of its own, as if it was CONNECTED.
 */
static enum kin route_of_descriptor(const struct sock *sk, struct route_key *key)
{
	const struct sock_common *skc;
	__u8 state;

	key->proto = protocol_of(sk);
	if (!key->proto)
		return NOT_OF_ROUTE;
	skc = copy_socket(sk, &copied_socket);
	if (!skc->skc_num || !is_watched_netns(net_at(skc->skc_net)))
		return NOT_OF_ROUTE;
	route_of_copy(skc, key);
	state = skc->skc_state;
	if (key->proto != PORTTRACE_IPPROTO_UDP && state != TCP_LISTEN && state != TCP_CLOSE)
		return kin_of_descriptor(sk);
	forget_destination(key);
	return CONNECTED;
}

static struct owner_sockets *entry_of(const struct owner_key *key)
{
	struct owner_sockets *entry = bpf_map_lookup_elem(&owners, key);

	if (!entry) {
		bpf_map_update_elem(&owners, key, &no_sockets, BPF_NOEXIST);
		entry = bpf_map_lookup_elem(&owners, key);
	}
	if (!entry)
		owners_dropped++;
	else if (entry->run != owners_run)
		*entry = (struct owner_sockets){ .run = owners_run };
	return entry;
}

/* One entry a file that has been met in a process and that others refer to. Full: oldest out. */
struct shared_file {
	__u64 file;
	__u64 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SHARED_FILES);
	__type(key, struct shared_file);
	__type(value, __u32); /* the run */
} shared_files SEC(".maps");

/* Others than one descriptor refer to it. */
static bool is_shared(const struct file *file)
{
	const struct file___count *old = (const void *)file;

	if (bpf_core_field_exists(old->f_count))
		return BPF_CORE_READ(old, f_count.counter) > 1;
	return BPF_CORE_READ(file, f_ref.refcnt.counter) > 0; /* 6.13: one less than there are */
}

/* A copy made by dup(), whose original has been counted; not one made by fork(). */
static bool is_copy(struct file *file, __u32 pid)
{
	struct shared_file key = { (unsigned long)file, pid };
	const __u32 *run;
	__u32 now = owners_run;

	if (!is_shared(file))
		return false;
	run = bpf_map_lookup_elem(&shared_files, &key);
	if (run && *run == now)
		return true;
	bpf_map_update_elem(&shared_files, &key, &now, BPF_ANY);
	return false;
}

static const void *socket_file_ops;

static struct sock *socket_of_file(struct file *file)
{
	struct socket *socket;

	if (BPF_CORE_READ(file, f_op) != socket_file_ops)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* ---- Descriptors ---- */

/*
 * By reading the tables of descriptors, and not by the iterator of files: that has a reference to
 * each file for a moment, so that a program which closes it just then does not, and a port is still
 * taken when it listens there again.
 */
static volatile struct { /* else the compiler makes variables of its members, unknown to BTF */
	struct task_struct *task;
	const void *files; /* of the last task: threads share them */
	struct file **table;
	struct process_key process;
	__u64 session; /* one pass of an iterator over all tasks */
	__u32 fd, end;
} fds;

/*
 * A process that porttrace has not seen connect may have done so before. Before 6.17.8 nothing tells
 * such a socket for certain from one whose port another program bound later: see kin_of_socket().
 */
static void note_habit(void)
{
	const struct inet_timewait_sock *tw = NULL;

	if (events_details && bpf_core_field_exists(tw->tw_connect_bind))
		note_bind_before_connect(fds.task);
}

static struct file *fd_block[FDS_AT_ONCE];

/* Global, as the next one is, so that the verifier checks it once, and not for each iteration. */
__noinline int look_at_file(__u64 address)
{
	struct file *file = (void *)address;
	struct owner_key key = { .process = { fds.process.pid, fds.process.started } };
	struct owner_sockets *entry;
	struct sock *sk = socket_of_file(file);
	enum kin kin;

	if (sk && holders_asked_for) {
		note_holder(file, fds.task, &key.process);
		return 0;
	}
	if (!sk || is_copy(file, key.process.pid))
		return 0;
	kin = route_of_descriptor(sk, &key.route);
	if (kin == NOT_OF_ROUTE)
		return 0;
	entry = entry_of(&key);
	if (!entry)
		return 0;
	if (!entry->sockets++)
		note_process(fds.task, false, &key.process);
	entry->bound += kin == BOUND_TO_ANY;
	return 0;
}

/* The next descriptors; 0 after the last. */
__noinline int fds_step(void)
{
	__u32 i;

	if (fds.fd >= fds.end ||
	    bpf_probe_read_kernel(fd_block, sizeof(fd_block), fds.table + fds.fd))
		return 0;
	for (i = 0; i < FDS_AT_ONCE; i++)
		if (fd_block[i])
			look_at_file((unsigned long)fd_block[i]);
	fds.fd += FDS_AT_ONCE;
	return 1;
}

/* Tables have a multiple of BITS_PER_LONG entries (alloc_fdtable(), NR_OPEN_DEFAULT). */
static void enter_table(struct task_struct *task, const struct files_struct *files)
{
	struct fdtable *table = BPF_CORE_READ(files, fdt);
	struct process_key key;

	if (fds.task != task)
		fds.fd = 0;
	fds.task = task;
	fds.files = files;
	key = process_of(task, false);
	fds.process.pid = key.pid;
	fds.process.started = key.started;
	fds.table = BPF_CORE_READ(table, fd);
	fds.end = BPF_CORE_READ(table, max_fds);
}

/* One run goes over so many descriptors; with 1, the next read() comes back to the same task. */
SEC("?iter/task")
int owners_of_sockets(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	const struct files_struct *files;
	int i;

	if (!task)
		return 0;
	if (fds.session != ctx->meta->session_id) {
		fds.session = ctx->meta->session_id;
		fds.task = NULL;
		fds.files = NULL;
	}
	files = BPF_CORE_READ(task, files);
	if (!files || (files == fds.files && task != fds.task) ||
	    (BPF_CORE_READ(task, group_leader) != task &&
	     files == BPF_CORE_READ(task, group_leader, files)))
		return 0;
	/* Others are known by ours. */
	if (!socket_file_ops)
		socket_file_ops = BPF_CORE_READ(file_of(census_socket), f_op);
	enter_table(task, files);
	for (i = 0; i < BLOCKS_A_READ; i++) {
		if (!fds_step()) {
			fds.task = NULL;
			return 0;
		}
	}
	return 1;
}

/* ---- TIME_WAIT ---- */

static const struct closer unknown_closer;

/*
 * The memory of sockets is used again at once: so mostly there is an entry, and to write into it is
 * cheaper than to exchange it. Nobody else looks at it before the FIN is sent.
 */
static struct closer *closer_entry(const struct sock *sk)
{
	__u64 key = (unsigned long)sk;
	struct closer *closer = bpf_map_lookup_elem(&closers, &key);

	if (closer)
		return closer;
	bpf_map_update_elem(&closers, &key, &unknown_closer, BPF_ANY);
	return bpf_map_lookup_elem(&closers, &key);
}

static void note_closer(const struct sock *sk, struct task_struct *task)
{
	struct process_key process = process_of(task, CURRENT_IS_TYPED);
	struct closer *closer = closer_entry(sk);

	note_process(task, CURRENT_IS_TYPED, &process);
	if (!closer) {
		__sync_fetch_and_add(&owners_dropped, 1);
		return;
	}
	closer->hash = sk->__sk_common.skc_hash;
	closer->caller.process = process;
	if (events_all) {
		closer->is_wanted = is_wanted_task();
		get_caller(&closer->caller);
	}
}

__hidden int on_close(struct sock *sk)
{
	const struct inet_sock *inet = typed_inet_of(sk);
	struct task_struct *task = current_task();

	if (inet && is_watched(sk) && !(READ(CURRENT_IS_TYPED, task, flags) & PF_KTHREAD) &&
	    !was_accepted_typed(inet))
		note_closer(sk, task);
	return 0;
}

__hidden int on_missed_close(struct sock *sk)
{
	return closer_of(sk) ? 0 : on_close(sk);
}

__hidden const struct closer *closer_of(const struct sock *sk)
{
	__u64 key = (unsigned long)sk;
	const struct closer *closer = bpf_map_lookup_elem(&closers, &key);

	if (!closer || closer->hash != sk->__sk_common.skc_hash)
		return NULL;
	return closer;
}

__hidden void remember_owner(const struct sock *sk, const struct inet_timewait_sock *tw)
{
	const struct closer *closer = closer_of(sk);
	struct time_wait_owner owner = {
		.hash = sk->__sk_common.skc_hash,
		.asked_for_port = !!(BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK),
	};
	__u64 key = (unsigned long)tw;

	if (closer)
		owner.process = closer->caller.process;
	if (bpf_map_update_elem(&time_wait_owners, &key, &owner, BPF_ANY))
		__sync_fetch_and_add(&owners_dropped, 1);
}

__hidden enum kin kin_of_time_wait(const struct inet_timewait_sock *tw, __u32 hash,
				   bool connect_only)
{
	__u64 key = (unsigned long)tw;
	const struct time_wait_owner *owner;

	if (connect_only)
		return CONNECTED;
	if (bpf_core_field_exists(tw->tw_connect_bind) &&
	    BPF_CORE_READ_BITFIELD_PROBED(tw, tw_connect_bind))
		return CONNECTED;
	owner = bpf_map_lookup_elem(&time_wait_owners, &key);
	if (!owner || owner->hash != hash)
		return NOT_OF_ROUTE;
	return owner->asked_for_port ? BOUND : BOUND_TO_ANY;
}

__hidden void find_closer(const struct inet_timewait_sock *tw, __u32 hash,
			  struct process_key *ret_process, char ret_comm[16])
{
	__u64 key = (unsigned long)tw;
	const struct time_wait_owner *owner = bpf_map_lookup_elem(&time_wait_owners, &key);
	struct process_key closer = {}; /* on the stack: before 5.18, no key is elsewhere */
	const struct process *process = NULL;

	if (owner && owner->hash == hash) {
		closer = owner->process;
		process = bpf_map_lookup_elem(&processes, &closer);
	}
	*ret_process = closer;
	__builtin_memset(ret_comm, 0, 16);
	if (process)
		__builtin_memcpy(ret_comm, process->comm, 16);
}

/* The memory may be another TIME_WAIT's by now, or nobody's. */
static bool is_still_there(const struct sock_common *skc, __u32 hash)
{
	return skc->skc_state == TCP_TIME_WAIT && skc->skc_hash == hash &&
	       skc->skc_nulls_node.pprev;
}

static bool is_bound_to_any(const struct inet_timewait_sock *tw, __u32 hash)
{
	bool connect_only = is_connect_only(BPF_CORE_READ(tw, tw_tb));

	return kin_of_time_wait(tw, hash, connect_only) == BOUND_TO_ANY;
}

/* skc: a copy of it. */
static void count_time_wait(const struct sock_common *skc, const struct inet_timewait_sock *tw,
			    const struct process_key *whose)
{
	struct owner_key key = { .route.proto = PORTTRACE_IPPROTO_TCP, .process = *whose };
	struct owner_sockets *entry;
	struct process *process;

	route_of_copy(skc, &key.route);
	entry = entry_of(&key);
	if (!entry)
		return;
	if (owners_tell_bound)
		entry->bound += is_bound_to_any(tw, skc->skc_hash);
	if (entry->time_waits++)
		return;
	process = bpf_map_lookup_elem(&processes, whose);
	if (process)
		process->run = owners_run;
}

SEC("?iter/bpf_map_elem")
int owners_of_time_waits(struct bpf_iter__bpf_map_elem *ctx)
{
	struct time_wait_owner *owner = ctx->value;
	const __u64 *address = ctx->key;
	struct process_key whose;
	const struct sock_common *skc;
	__u64 key;
	__u8 byte = 0;

	if (!owner || !address)
		return 0;
	key = *address;
	skc = copy_socket((const void *)key, &copied_socket);
	if (!is_still_there(skc, owner->hash))
		bpf_map_delete_elem(&time_wait_owners, &key);
	else if (owner->run != owners_run) {
		owner->run = owners_run;
		whose = owner->process;
		if (whose.pid)
			count_time_wait(skc, (const void *)key, &whose);
	}
	/* At which the read() of user space returns, so that it can be preempted. */
	if (ctx->meta->seq_num % ENTRIES_A_READ == ENTRIES_A_READ - 1)
		bpf_seq_write(ctx->meta->seq, &byte, sizeof(byte));
	return 0;
}
