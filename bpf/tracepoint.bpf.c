// SPDX-License-Identifier: GPL-2.0-only
/*
 * Back-end tracepoint: for hardened kernels with neither trampolines nor kprobes.
 *
 * TCP connections are followed by sock:inet_sock_set_state, which also fires for connections
 * that the kernel opens itself and for io_uring; bind(), listen() and UDP by their system calls.
 *
 * connect() goes CLOSE -> SYN_SENT, searches for a port, and goes back to CLOSE if there is none.
 * The search itself has no event, so its success has none either: the allocation is counted at
 * SYN_SENT and taken back at the failure, which follows in the same thread. While a thread
 * searches, the figure is one too high.
 *
 * What this cannot see is in the table of user/backend.c, which `porttrace probes` prints.
 */
#include "calls.bpf.h"
#include "count.bpf.h"
#include "events.bpf.h"
#include "filter.bpf.h"
#include "owners.bpf.h"
#include "time_wait.bpf.h"
#include "twins.bpf.h"
#include <bpf/bpf_tracing.h>

/*
 * Searches that fail may have begun before porttrace, which has not counted them then. User space sets
 * this once none can be that old.
 */
volatile bool saw_searches_begin = false;

/* A connect() under way. What comes later is told apart by what the socket was like before. */
struct attempt {
	struct route_key route;
	struct sock *sk;
	__u64 began_ns; /* CLOCK_MONOTONIC; 0 without events_details */
	int err;       /* sk_err: that of an earlier connection, if it had one (tcp_disconnect()) */
	__be16 sport;  /* inet_sport: its port, or that of an earlier one (inet_put_port()) */
	__u16 had_port; /* the one that it was bound to, or 0 */
	bool failed;
	__u8 seen_by; /* enum twin: which of them have seen it begin */
};

/*
 * One entry a thread. Added at SYN_SENT if need be, removed at the exit of connect(). Threads of the kernel
 * have no exit: theirs are overwritten, or evicted as the oldest when the map is full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_CALLS);
	__type(key, __u64);
	__type(value, struct attempt);
} attempts SEC(".maps");

/*
 * An allocation that is to be told of (events_all), until its port is known: at the exit of the
 * system call, or at the next change of state, whichever comes first and takes the entry away. User
 * space reads what is left in the end. Full: event_losses.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* MAX_CALLS with events_all */
	__type(key, __u64);	/* address of the socket */
	__type(value, struct untold_allocation);
} untold_allocations SEC(".maps");

static __be16 source_port(const struct sock *sk)
{
	return BPF_CORE_READ((const struct inet_sock *)sk, inet_sport);
}

static void remember(const struct attempt *attempt)
{
	__u64 thread = bpf_get_current_pid_tgid();

	if (bpf_map_update_elem(&attempts, &thread, attempt, BPF_ANY))
		lose_call();
}

/*
 * The functions that are not inlined are so for the stack: what the others have in theirs would
 * otherwise be on it while they run.
 */
static __noinline void tell_later(const struct sock *sk, const struct route_key *route)
{
	struct untold_allocation untold = {
		.time_ns = bpf_ktime_get_ns(),
		.route = *route,
		.netns_inum = BPF_CORE_READ(net_of(sk), ns.inum),
		.own_range = own_port_range_of(sk),
		.options = options_of(sk),
		.call = connecting_call(sk),
	};
	__u64 key = (unsigned long)sk;

	/* What is left in the end is told of as it is. */
	if (!is_wanted_route(route) || !is_wanted_task())
		return;
	get_caller(&untold.caller);
	/* One that is there still has not been told of, and will not be: its socket is another one. */
	if (!bpf_map_update_elem(&untold_allocations, &key, &untold, BPF_NOEXIST))
		return;
	lose_event(EVENT_ALLOCATION);
	bpf_map_update_elem(&untold_allocations, &key, &untold, BPF_EXIST);
}

static void tell_not(const struct sock *sk)
{
	__u64 key = (unsigned long)sk;

	bpf_map_delete_elem(&untold_allocations, &key);
}

/* The socket has its port, or had it: inet_sport outlives the connection. */
static __noinline void tell(void *ctx, const struct sock *sk,
			    const struct untold_allocation *untold)
{
	struct happening happening = {
		.ctx = ctx,
		.sk = sk,
		.route = &untold->route,
		.caller = &untold->caller,
		.duration_ns = NOT_MEASURED,
		.sport = bpf_ntohs(source_port(sk)),
		.kind = EVENT_ALLOCATION,
		.call = untold->call,
	};

	send_event(&happening);
}

static __noinline void tell_now(void *ctx, const struct sock *sk)
{
	__u64 key = (unsigned long)sk;
	const struct untold_allocation *found = bpf_map_lookup_elem(&untold_allocations, &key);
	struct untold_allocation untold;

	if (!found)
		return;
	untold = *found;
	/* Else another CPU tells of it. */
	if (!bpf_map_delete_elem(&untold_allocations, &key))
		tell(ctx, sk, &untold);
}

/*
 * The other twin has begun to follow this very attempt. Not so one that is left over since the exit of
 * its connect() was missed, or since there was none: this twin has seen that one, too.
 */
static bool is_begun(const struct sock *sk, enum twin who)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct attempt *attempt = bpf_map_lookup_elem(&attempts, &thread);

	if (!attempt || attempt->sk != sk || attempt->failed || attempt->seen_by & who)
		return false;
	attempt->seen_by |= who;
	return true;
}

/*
 * Not of a socket in which no earlier connection has left a port or an error: if it has none either when
 * it is closed again, its search has failed, and all else can be read then. Twins know each other's
 * work by it.
 */
static bool needs_memory(const struct attempt *attempt)
{
	return events_details || tracepoints_preempt || !saw_searches_begin ||
	       attempt->had_port || attempt->sport || attempt->err;
}

static bool describe_attempt(struct sock *sk, struct attempt *attempt)
{
	const struct inet_sock *inet = typed_inet_of(sk);

	if (!inet || !is_watched(sk) || !route_of_typed(&inet->sk, &attempt->route))
		return false;
	attempt->sk = sk;
	attempt->err = sk->sk_err;
	attempt->sport = inet->inet_sport;
	attempt->had_port = sk->__sk_common.skc_num;
	return true;
}

static __noinline int connect_begins(struct sock *sk, enum twin who)
{
	struct attempt attempt = { .seen_by = who };

	if ((tracepoints_preempt && is_begun(sk, who)) || !describe_attempt(sk, &attempt))
		return 0;
	if (events_details)
		attempt.began_ns = bpf_ktime_get_ns();
	if (attempt.had_port)
		note_bound_connect(sk);
	else if (events_all)
		tell_later(sk, &attempt.route);
	count(&attempt.route, attempt.had_port ? TALLY_BOUND_CONNECT : TALLY_ALLOCATION,
	      NOT_MEASURED);
	if (needs_memory(&attempt))
		remember(&attempt);
	return 0;
}

static struct attempt *current_attempt(const struct sock *sk)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct attempt *attempt = bpf_map_lookup_elem(&attempts, &thread);

	return attempt && attempt->sk == sk && attempt->sport == source_port(sk) ? attempt : NULL;
}

/* One that needed no memory until now, when it has failed; NULL: it is none of these. */
static __noinline struct attempt *attempt_of_new(struct sock *sk)
{
	struct attempt attempt = {};

	if (!describe_attempt(sk, &attempt) || needs_memory(&attempt))
		return NULL;
	remember(&attempt);
	return current_attempt(sk);
}

/*
 * Only what was counted as it began is taken back: not a search that had begun before porttrace.
 * Once there is a port, sk_err is cleared (tcp_connect_init()), and whatever then ends the
 * connection sets it: refused, timed out, reset. If it is as before, nothing but the search failed.
 */
static __noinline void search_failed(void *ctx, const struct sock *sk, const struct attempt *attempt)
{
	struct happening happening = {
		.ctx = ctx,
		.sk = sk,
		.route = &attempt->route,
		.duration_ns = NOT_MEASURED,
		.err = EADDRNOTAVAIL,
		.kind = EVENT_FAILURE,
		.call = connecting_call(sk),
		.cause = why_no_port(sk),
		.sees_kernel_stack = true,
	};

	count_back(&attempt->route, TALLY_ALLOCATION);
	count_failure(&attempt->route, happening.call, happening.cause, EADDRNOTAVAIL,
		      NOT_MEASURED);
	if (events_all)
		tell_not(sk);
	if (attempt->began_ns)
		happening.duration_ns = bpf_ktime_get_ns() - attempt->began_ns;
	send_event(&happening);
}

static int connect_ends(void *ctx, struct sock *sk)
{
	/* First, since of a thread without an exit there may be an older one of a socket at that place. */
	struct attempt *attempt = attempt_of_new(sk);

	if (!attempt)
		attempt = current_attempt(sk);
	/* Once, whichever of the twins comes first. */
	if (!attempt || attempt->failed || attempt->err != BPF_CORE_READ(sk, sk_err))
		return 0;
	attempt->failed = true;
	/* Only the system call's result tells whether the tuple was in use. */
	if (!attempt->had_port)
		search_failed(ctx, sk, attempt);
	return 0;
}

static bool begins_connect(int oldstate, int newstate)
{
	return oldstate == TCP_CLOSE && newstate == TCP_SYN_SENT;
}

static bool ends_connect(int oldstate, int newstate)
{
	return oldstate == TCP_SYN_SENT && newstate == TCP_CLOSE;
}

static int state_changes(void *ctx, struct sock *sk, int oldstate, int newstate, enum twin who)
{
	if (begins_connect(oldstate, newstate))
		return connect_begins(sk, who);
	if (ends_connect(oldstate, newstate))
		return connect_ends(ctx, sk);
	if (may_leave_time_wait(oldstate, newstate) && is_first_twin(sk, who))
		return on_state_time_wait(sk, oldstate, newstate);
	return 0;
}

static int state_changed(void *ctx, struct sock *sk, int oldstate, int newstate, enum twin who)
{
	state_changes(ctx, sk, oldstate, newstate, who);
	/*
	 * What had its port by now, if nothing above has taken it away. In whatever task a packet has
	 * interrupted: its stack is of no use.
	 */
	if (events_all && oldstate == TCP_SYN_SENT)
		tell_now(NULL, sk);
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tp_state, struct sock *sk, int oldstate, int newstate)
{
	if (newstate == TCP_FIN_WAIT1)
		return on_close(sk);
	return state_changed(ctx, sk, oldstate, newstate, FIRST_TWIN);
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tp_state_twin, struct sock *sk, int oldstate, int newstate)
{
	/* Softirqs interrupt connect() and close(), but no softirq calls them. */
	if (!tracepoints_preempt && !may_leave_time_wait(oldstate, newstate))
		return 0;
	if (newstate == TCP_FIN_WAIT1)
		return on_missed_close(sk);
	return state_changed(ctx, sk, oldstate, newstate, SECOND_TWIN);
}

/* A connect() of a bound socket that failed. */
static __noinline void tuple_is_in_use(void *ctx, const struct attempt *attempt, enum porttrace_call call)
{
	struct happening happening = {
		.ctx = ctx,
		.sk = attempt->sk,
		.route = &attempt->route,
		.duration_ns = NOT_MEASURED, /* there was nothing to search for */
		.sport = attempt->had_port,
		.err = EADDRNOTAVAIL,
		.kind = EVENT_FAILURE,
		.call = call,
		.cause = CAUSE_TUPLE_IN_USE,
	};

	count_back(&attempt->route, TALLY_BOUND_CONNECT);
	count_failure(&attempt->route, call, CAUSE_TUPLE_IN_USE, EADDRNOTAVAIL, NOT_MEASURED);
	send_event(&happening);
}

static void settle_attempt(void *ctx, enum porttrace_call call, long ret)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct attempt *attempt = bpf_map_lookup_elem(&attempts, &thread);

	/* One that has not failed is of an earlier call: of a send that connected. */
	if (call == CALL_CONNECT && ret == -EADDRNOTAVAIL && (!attempt || !attempt->failed))
		on_user_connect_unrouted(ctx);
	if (!attempt)
		return;
	if (attempt->had_port && attempt->failed && ret == -EADDRNOTAVAIL)
		tuple_is_in_use(ctx, attempt, call);
	else if (events_all && !attempt->had_port && !attempt->failed)
		tell_now(ctx, attempt->sk);
	bpf_map_delete_elem(&attempts, &thread);
}

/* sockaddr_in is shorter, and may end where the program's memory does. False: it is not there. */
static bool read_address(struct sockaddr_in6 *address, unsigned long from)
{
	return !bpf_probe_read_user(address, sizeof(*address), (void *)from) ||
	       !bpf_probe_read_user(address, 16, (void *)from);
}

SEC("?tracepoint/syscalls/sys_enter_bind")
int tp_bind(struct syscall_trace_enter *ctx)
{
	struct sockaddr_in6 address = {};
	struct sock *sk = socket_of(ctx->args[0]);

	if (!sk)
		return 0;
	if (!read_address(&address, ctx->args[1]))
		address.sin6_family = AF_UNREAD;
	return on_bind_enter(sk, &address);
}

/* What was not in memory then is now: the kernel has read it. */
static void read_address_again(void)
{
	struct syscall_arguments arguments;
	struct sockaddr_in6 address = {};

	if (get_syscall_arguments(NR_BIND, &arguments) && read_address(&address, arguments.second))
		on_bind_address(&address);
}

SEC("?tracepoint/syscalls/sys_exit_bind")
int tp_bind_exit(struct syscall_trace_exit *ctx)
{
	if (has_unread_address())
		read_address_again();
	return on_bind_exit(ctx, ctx->ret);
}

SEC("?tracepoint/syscalls/sys_enter_listen")
int tp_listen(struct syscall_trace_enter *ctx)
{
	struct sock *sk = socket_of(ctx->args[0]);

	return sk ? on_listen_enter(sk) : 0;
}

SEC("?tracepoint/syscalls/sys_exit_listen")
int tp_listen_exit(struct syscall_trace_exit *ctx)
{
	return on_listen_exit(ctx, ctx->ret);
}

/* connect() and the sends: only UDP takes a port there without another event. */
static int autobind_enter(unsigned long fd, enum porttrace_call call)
{
	struct sock *sk = socket_of(fd);

	return sk ? on_autobind_enter(sk, call) : 0;
}

SEC("?tracepoint/syscalls/sys_enter_connect")
int tp_connect(struct syscall_trace_enter *ctx)
{
	return autobind_enter(ctx->args[0], CALL_CONNECT);
}

SEC("?tracepoint/syscalls/sys_exit_connect")
int tp_connect_exit(struct syscall_trace_exit *ctx)
{
	settle_attempt(ctx, CALL_CONNECT, ctx->ret);
	return on_autobind_exit(ctx, ctx->ret);
}

static int send_exit(void *ctx, long ret)
{
	/* A fast-open send that connected. */
	if (ret == -EADDRNOTAVAIL)
		settle_attempt(ctx, CALL_SENDTO, ret);
	return on_autobind_exit(ctx, ret);
}

SEC("?tracepoint/syscalls/sys_enter_sendto")
int tp_sendto(struct syscall_trace_enter *ctx)
{
	/*
	 * Without an address the socket is connected, and has its port, or the call is wrong:
	 * that it takes a port before it fails is not worth a look at each send() of this host.
	 */
	return ctx->args[4] ? autobind_enter(ctx->args[0], CALL_SENDTO) : 0;
}

SEC("?tracepoint/syscalls/sys_exit_sendto")
int tp_sendto_exit(struct syscall_trace_exit *ctx)
{
	return send_exit(ctx, ctx->ret);
}

/* message: struct msghdr or mmsghdr of the program; both begin with the address. */
static int sendmsg_enter(unsigned long fd, unsigned long message)
{
	unsigned long name = 1;

	bpf_probe_read_user(&name, sizeof(name), (void *)message);
	return name ? autobind_enter(fd, CALL_SENDTO) : 0;
}

SEC("?tracepoint/syscalls/sys_enter_sendmsg")
int tp_sendmsg(struct syscall_trace_enter *ctx)
{
	return sendmsg_enter(ctx->args[0], ctx->args[1]);
}

SEC("?tracepoint/syscalls/sys_exit_sendmsg")
int tp_sendmsg_exit(struct syscall_trace_exit *ctx)
{
	return send_exit(ctx, ctx->ret);
}

SEC("?tracepoint/syscalls/sys_enter_sendmmsg")
int tp_sendmmsg(struct syscall_trace_enter *ctx)
{
	return sendmsg_enter(ctx->args[0], ctx->args[1]);
}

SEC("?tracepoint/syscalls/sys_exit_sendmmsg")
int tp_sendmmsg_exit(struct syscall_trace_exit *ctx)
{
	return send_exit(ctx, ctx->ret);
}
