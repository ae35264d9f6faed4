// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handlers, and the map of calls that are under way.
 *
 * A call is followed by its thread, not by its CPU (the search reschedules, cond_resched() in
 * __inet_hash_connect()) and not by its socket (freed ones are reused within microseconds).
 * One thread has one entry at a time: bind() and the port search within it share it.
 */
#include "calls.bpf.h"
#include "count.bpf.h"
#include "events.bpf.h"
#include "holder.bpf.h"

/* The programs that follow calls of tasks are attached twice. Set before loading. */
const volatile bool calls_have_twins = false;

/* What follows them runs where the kernel searches, not at the border of user space. The same. */
const volatile bool calls_see_kernel_stack = false;

/* The sockets that calls begin with are typed: see READ(). The same. */
const volatile bool calls_are_typed = false;

struct call {
	struct sock *sk;
	__u64 began_ns;	       /* CLOCK_MONOTONIC; 0 without events_details */
	__u64 search_start_ns; /* CLOCK_MONOTONIC; 0: no search seen yet */
	__u64 search_ns;       /* or NOT_MEASURED */
	struct route_key route;
	__u16 asked_port; /* or the one it has already; 0: any */
	__u8 call;	  /* enum porttrace_call */
	bool had_port;
	bool by_search; /* begun by the port search: no function around it is hooked */
	bool is_unread; /* the address that was asked for */
	__u8 padding[2];
};

/* One entry a thread inside a call. Added at its enter, removed at its exit. Full: lost.calls. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CALLS);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/*
 * Threads whose connect() has failed in its search, until that call returns: what else it returns
 * EADDRNOTAVAIL for is told apart by that. Evicted as the oldest when full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FAILED_SEARCHES);
	__type(key, __u64);
	__type(value, __u8);
} failed_searches SEC(".maps");

static void note_failed_search(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u8 yes = 1;

	bpf_map_update_elem(&failed_searches, &thread, &yes, BPF_ANY);
}

static bool forget_failed_search(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return !bpf_map_delete_elem(&failed_searches, &thread);
}

static void begin(struct call *call)
{
	__u64 thread = bpf_get_current_pid_tgid();
	long err;

	if (events_details)
		call->began_ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&calls, &thread, call, BPF_NOEXIST);
	if (!err)
		return;
	if (!bpf_map_update_elem(&calls, &thread, call, BPF_ANY))
		lose_return(); /* there was an entry: its exit was never reported */
	else
		lose_call();
}

static struct call *current_call(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&calls, &thread);
}

__hidden bool is_followed(const struct sock *sk)
{
	const struct call *call;

	/* Without a twin, an entry is one whose exit was missed: begin() counts that. */
	if (!calls_have_twins)
		return false;
	call = current_call();
	return call && call->sk == sk;
}

/*
 * The call is over, whatever came of it. Worked on in its place in the map until then, which nobody
 * but this thread looks at: the stack of a program is short.
 */
static void end_call(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &thread);
}

#define AUTOBINDS (1 << CALL_CONNECT | 1 << CALL_SENDTO)

/* NULL: none of that kind. Another one was left over: its exit was missed, and its socket may be gone. */
static const struct call *call_that_ends(__u32 kinds)
{
	const struct call *call = current_call();

	if (!call || kinds & 1 << call->call)
		return call;
	lose_return();
	end_call();
	return NULL;
}

__hidden enum porttrace_cause why_no_port(const struct sock *sk)
{
	__u32 range = port_range_of(net_of(sk)), own = own_port_range_of(sk);
	__u16 low = range, high = range >> 16;
	__u16 own_low = own, own_high = own >> 16;

	/* An end outside the namespace's range is ignored (inet_sk_get_local_port_range()). */
	if ((own_low > low && own_low <= high) || (own_high >= low && own_high < high))
		return CAUSE_SOCKET_RANGE_EXHAUSTED;
	return CAUSE_RANGE_EXHAUSTED;
}

__hidden enum porttrace_call connecting_call(const struct sock *sk)
{
	/* Set by tcp_sendmsg_fastopen() before it connects; TCP_FASTOPEN_CONNECT sets it after. */
	return BPF_CORE_READ((const struct tcp_sock *)sk, fastopen_req) ? CALL_SENDTO :
									  CALL_CONNECT;
}

/* ---- Of the socket that a call begins with ---- */

static bool route_of_argument(const struct sock *sk, struct route_key *key)
{
	return calls_are_typed ? route_of_typed(sk, key) : route_of(sk, key);
}

static __u16 port_of_argument(const struct sock *sk)
{
	return READ(calls_are_typed, sk, __sk_common.skc_num);
}

static __u16 protocol_of_argument(const struct sock *sk)
{
	return READ(calls_are_typed, sk, sk_protocol);
}

/* ---- connect() ---- */

/* Where it goes to is known by now, and stays as it is during the search. */
__hidden int on_connect_search_enter(struct sock *sk)
{
	struct call call = {
		.sk = sk,
		.search_start_ns = bpf_ktime_get_ns(),
	};

	if (!is_watched(sk) || !route_of_argument(sk, &call.route) ||
	    call.route.proto != PORTTRACE_IPPROTO_TCP)
		return 0;
	call.asked_port = port_of_argument(sk);
	call.had_port = call.asked_port;
	begin(&call);
	return 0;
}

/* It looked at all ports there are. */
static bool has_searched(enum porttrace_cause cause)
{
	return cause == CAUSE_RANGE_EXHAUSTED || cause == CAUSE_SOCKET_RANGE_EXHAUSTED ||
	       cause == CAUSE_BIND_RANGE_EXHAUSTED;
}

/* Where the search itself is not seen, a call that searches takes hardly any longer than that. */
static __u64 duration_of(const struct call *call, enum porttrace_cause cause, __u64 search_ns)
{
	if (search_ns != NOT_MEASURED || !has_searched(cause) || !call->began_ns)
		return search_ns;
	return bpf_ktime_get_ns() - call->began_ns;
}

static void fail(void *ctx, const struct call *call, const struct refusal *refusal, __u16 err,
		 __u64 search_ns)
{
	struct happening happening = {
		.ctx = ctx,
		.sk = call->sk,
		.route = &call->route,
		.holder = refusal->holder,
		.duration_ns = duration_of(call, refusal->cause, search_ns),
		.sport = call->asked_port,
		.err = err,
		.kind = EVENT_FAILURE,
		.call = call->call,
		.cause = refusal->cause,
		.sees_kernel_stack = calls_see_kernel_stack,
	};

	count_failure(&call->route, call->call, refusal->cause, err, search_ns);
	send_event(&happening);
}

static void succeed(void *ctx, const struct call *call, __u64 search_ns)
{
	struct happening happening = {
		.ctx = ctx,
		.sk = call->sk,
		.route = &call->route,
		.duration_ns = search_ns,
		.kind = EVENT_ALLOCATION,
		.call = call->call,
		.sees_kernel_stack = calls_see_kernel_stack,
	};

	count(&call->route, TALLY_ALLOCATION, search_ns);
	if (!events_all)
		return;
	happening.sport = local_port(call->sk);
	send_event(&happening);
}

static void connect_failed(void *ctx, struct call *call, int ret, __u64 search_ns)
{
	struct refusal refusal = { .cause = CAUSE_OTHER };

	/* Of IPv4 nobody will ask. */
	if (ret == -EADDRNOTAVAIL && !is_ipv4(call->route.dst))
		note_failed_search();
	if (ret == -EADDRNOTAVAIL && call->had_port) {
		refusal.cause = CAUSE_TUPLE_IN_USE;
		search_ns = NOT_MEASURED; /* there was nothing to search for */
	} else if (ret == -EADDRNOTAVAIL) {
		refusal.cause = why_no_port(call->sk);
	}
	fail(ctx, call, &refusal, -ret, search_ns);
}

/* A port that was asked for by number is the program's own. One that connect() got is none here. */
__hidden void note_bound_connect(const struct sock *sk)
{
	if (events_details && !(userlocks_of(sk) & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND)))
		note_bind_before_connect((void *)bpf_get_current_task());
}

static void connect_ends(void *ctx, struct call *call, int ret, __u64 search_ns)
{
	if (ret < 0 || events_all)
		call->call = connecting_call(call->sk);
	if (call->had_port)
		note_bound_connect(call->sk);
	if (ret < 0)
		connect_failed(ctx, call, ret, search_ns);
	else if (call->had_port)
		count(&call->route, TALLY_BOUND_CONNECT, NOT_MEASURED);
	else
		succeed(ctx, call, search_ns);
}

__hidden int on_connect_search_exit(void *ctx, int ret)
{
	__u64 now = bpf_ktime_get_ns();
	struct call *call = current_call();

	if (!call)
		return 0;
	connect_ends(ctx, call, ret, now - call->search_start_ns);
	end_call();
	return 0;
}

/* Reads the address that a program asked for. Its struct sockaddr_in is a prefix of sin6. */
static void asked_address(const struct sockaddr_in6 *address, struct call *call)
{
	__u16 family = address->sin6_family;

	call->is_unread = family == AF_UNREAD;
	call->asked_port = bpf_ntohs(address->sin6_port);
	if (family == AF_INET6)
		__builtin_memcpy(call->route.src, address->sin6_addr, 16);
	else
		/* sin_addr is where sin6_flowinfo is; AF_UNSPEC with INADDR_ANY is allowed too. */
		map_ipv4(call->route.src, address->sin6_flowinfo);
}

__hidden int on_bind_enter(struct sock *sk, const struct sockaddr_in6 *address)
{
	struct call call = {
		.sk = sk,
		.search_ns = NOT_MEASURED,
		.call = CALL_BIND,
	};

	if (!is_watched(sk) || is_raw(sk) || !route_of_argument(sk, &call.route))
		return 0;
	forget_destination(&call.route);
	asked_address(address, &call);
	call.had_port = port_of_argument(sk);
	begin(&call);
	return 0;
}

__hidden bool has_unread_address(void)
{
	const struct call *call = current_call();

	return call && call->is_unread;
}

__hidden void on_bind_address(const struct sockaddr_in6 *address)
{
	struct call *call = current_call();

	if (call && call->call == CALL_BIND)
		asked_address(address, call);
}

__hidden int on_kernel_bind_enter(struct sock *sk, const void *kernel_address)
{
	struct sockaddr_in6 address = {};

	bpf_probe_read_kernel(&address, sizeof(address), kernel_address);
	return on_bind_enter(sk, &address);
}

/* Where connect() was to go to, on a route that begins where the socket is bound. */
static void asked_destination(const struct sockaddr_in6 *to, struct route_key *route)
{
	route->dport = bpf_ntohs(to->sin6_port);
	__builtin_memcpy(route->dst, to->sin6_addr, 16);
}

__hidden int on_connect_unrouted(void *ctx, struct sock *sk, const struct sockaddr_in6 *to)
{
	const struct refusal refusal = { .cause = CAUSE_ADDRESS_NOT_LOCAL };
	struct call call = { .sk = sk, .call = CALL_CONNECT };

	/* IPv4 has other errors for that, and a mapped address is IPv4. */
	if (!is_watched(sk) || to->sin6_family != AF_INET6 || is_ipv4(to->sin6_addr) ||
	    is_raw(sk) || !route_of(sk, &call.route) || forget_failed_search())
		return 0;
	if (call.route.proto == PORTTRACE_IPPROTO_TCP)
		asked_destination(to, &call.route);
	else
		forget_destination(&call.route);
	call.asked_port = local_port(sk);
	fail(ctx, &call, &refusal, EADDRNOTAVAIL, NOT_MEASURED);
	return 0;
}

__hidden int on_kernel_connect_unrouted(void *ctx, struct sock *sk, const void *kernel_address)
{
	struct sockaddr_in6 to = {};

	bpf_probe_read_kernel(&to, sizeof(to), kernel_address);
	return on_connect_unrouted(ctx, sk, &to);
}

__hidden int on_user_connect_unrouted(void *ctx)
{
	struct syscall_arguments arguments;
	struct sockaddr_in6 to = {};
	struct sock *sk = NULL;

	if (get_syscall_arguments(NR_CONNECT, &arguments))
		sk = socket_of(arguments.first);
	if (!sk || bpf_probe_read_user(&to, sizeof(to), (void *)arguments.second))
		return 0;
	return on_connect_unrouted(ctx, sk, &to);
}

/* Whether that errno of bind() is about a port at all: the others are wrong arguments. */
static bool is_refusal(int err)
{
	return err == EADDRINUSE || err == EADDRNOTAVAIL || err == EACCES || err == EPERM ||
	       err == ENOMEM;
}

static __always_inline void why_bind_failed(const struct call *call, int err, struct refusal *refusal)
{
	if (err == EADDRNOTAVAIL)
		refusal->cause = CAUSE_ADDRESS_NOT_LOCAL;
	else if (err == EADDRINUSE && !call->asked_port)
		refusal->cause = CAUSE_BIND_RANGE_EXHAUSTED;
	else if (err == EADDRINUSE)
		why_port_refused(call->sk, call->route.src, call->asked_port, refusal);
}

static __always_inline void bind_failed(void *ctx, const struct call *call, int err)
{
	struct refusal refusal = { .cause = CAUSE_OTHER };

	if (!is_refusal(err))
		return;
	why_bind_failed(call, err, &refusal);
	fail(ctx, call, &refusal, err, call->search_ns);
}

__hidden int on_bind_exit(void *ctx, int ret)
{
	const struct call *call = call_that_ends(1 << CALL_BIND);

	if (!call)
		return 0;
	/* Without a port still: IP_BIND_ADDRESS_NO_PORT. connect() will take one. */
	if (ret < 0)
		bind_failed(ctx, call, -ret);
	else if (!call->had_port && local_port(call->sk))
		succeed(ctx, call, call->search_ns);
	end_call();
	return 0;
}

/* Automatic binds ask for the address that the socket has, and for any port. */
static int begin_autobind(struct sock *sk, enum porttrace_call kind)
{
	struct call call = {
		.sk = sk,
		.search_ns = NOT_MEASURED,
		.call = kind,
	};

	if (!is_watched(sk) || !route_of_argument(sk, &call.route))
		return 0;
	forget_destination(&call.route);
	call.asked_port = port_of_argument(sk);
	call.had_port = call.asked_port;
	begin(&call);
	return 0;
}

__hidden int on_autobind_enter(struct sock *sk, enum porttrace_call kind)
{
	/* Of other families begin_autobind() makes no route. */
	if (protocol_of_argument(sk) != PORTTRACE_IPPROTO_UDP || port_of_argument(sk))
		return 0;
	return begin_autobind(sk, kind);
}

__hidden int on_autobind_exit(void *ctx, int ret)
{
	const struct call *call = call_that_ends(AUTOBINDS);
	struct refusal refusal = {};

	if (!call)
		return 0;
	/* A send that fails with EAGAIN for want of buffer space has a port by then. */
	if (local_port(call->sk)) {
		succeed(ctx, call, call->search_ns);
	} else if (ret == -EAGAIN) {
		refusal.cause = why_no_port(call->sk);
		fail(ctx, call, &refusal, EAGAIN, call->search_ns);
	}
	end_call();
	return 0;
}

__hidden int on_listen_enter(struct sock *sk)
{
	__u16 protocol = protocol_of_argument(sk);

	return protocol == PORTTRACE_IPPROTO_TCP || protocol == IPPROTO_MPTCP ?
		       begin_autobind(sk, CALL_LISTEN) :
		       0;
}

/*
 * A socket with a port fails, too, and only if another one listens there: any other conflict would
 * have failed its bind() (inet_csk_bind_conflict()).
 */
static __always_inline void listen_failed(void *ctx, const struct call *call)
{
	struct refusal refusal = { .cause = CAUSE_BIND_RANGE_EXHAUSTED };

	if (call->had_port) {
		why_port_refused(call->sk, call->route.src, call->asked_port, &refusal);
		refusal.cause = CAUSE_PORT_IN_USE;
	}
	fail(ctx, call, &refusal, EADDRINUSE, call->search_ns);
}

__hidden int on_listen_exit(void *ctx, int ret)
{
	const struct call *call = call_that_ends(1 << CALL_LISTEN);

	if (!call)
		return 0;
	if (ret == -EADDRINUSE)
		listen_failed(ctx, call);
	else if (!call->had_port && local_port(call->sk))
		succeed(ctx, call, call->search_ns);
	end_call();
	return 0;
}

/* Begins the calls that have no hook of their own around the search. */
static void begin_by_search(struct sock *sk)
{
	struct call *call;

	if (protocol_of_argument(sk) == PORTTRACE_IPPROTO_UDP)
		on_autobind_enter(sk, CALL_SENDTO);
	else if (READ(calls_are_typed, sk, __sk_common.skc_state) == TCP_LISTEN)
		on_listen_enter(sk);
	call = current_call();
	if (call && call->sk == sk)
		call->by_search = true;
}

__hidden int on_get_port_enter(struct sock *sk, __u16 port)
{
	struct call *call = current_call();

	if (!call || call->sk != sk) {
		begin_by_search(sk);
		call = current_call();
	}
	/* A port that was asked for by number is looked up, not searched for. */
	if (!port && call && call->sk == sk)
		call->search_start_ns = bpf_ktime_get_ns();
	return 0;
}

__hidden int on_get_port_exit(void *ctx, int ret)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	if (call->search_start_ns && call->search_ns == NOT_MEASURED)
		call->search_ns = bpf_ktime_get_ns() - call->search_start_ns;
	if (!call->by_search)
		return 0;
	/* As the program will see it: by version, a failure is 1 or -EADDRINUSE here. */
	if (call->call == CALL_LISTEN)
		return on_listen_exit(ctx, ret ? -EADDRINUSE : 0);
	return on_autobind_exit(ctx, ret ? -EAGAIN : 0);
}
