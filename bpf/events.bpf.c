// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single events, sent through a ring buffer: what `trace` prints.
 *
 * First the filter, then the limit, then the buffer. A client that fails in a loop does so 50,000
 * times a second: of one kind of failure on one route only so many are sent in a second. What is
 * held back is counted for each kind, what finds no room is counted, and the counters of count.bpf.c
 * have all of it.
 */
#include "events.bpf.h"
#include "filter.bpf.h"
#include "holder.bpf.h"
#include "owners.bpf.h"
#include "stack.bpf.h"

const volatile bool events_failures = false;
const volatile bool events_all = false;
const volatile bool events_stacks = false;
const volatile bool events_details = false;
const volatile struct event_filter event_filter = {};

/* Failures of one kind that are sent in a second, and EVENT_KINDS_LIMIT times as many of all; 0: all. */
const volatile __u32 events_a_second = 0;

/* When so many bytes wait in the buffer, its reader is woken up, whatever they are. */
const volatile __u64 events_wake_bytes = 0;

struct event_losses event_losses = {};

/* User space sets the size before loading. Full: event_losses.no_room. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

/* Of all kinds together; nothing is held in it. */
static struct event_limit all_kinds;

/* One entry a kind of failure. Evicted as the oldest when full: then it begins anew. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_EVENT_LIMITS);
	__type(key, struct event_limit_key);
	__type(value, struct event_limit);
} event_limits SEC(".maps");

/* A process that has connected what it had bound. Evicted as the oldest when full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_BIND_CONNECTORS);
	__type(key, struct process_key);
	__type(value, __u8);
} bind_connectors SEC(".maps");

/* ---- Who ---- */

/*
 * Typed reads are worth it where each connection is told of. Elsewhere only what fails is, and of each
 * load of a pointer from the current task the verifier of 6.3 to 6.19 looks up to four names up, among
 * all of the kernel's types one by one (btf_nested_type_is_trusted()): half of the time of a start.
 */
#define CALLER_IS_TYPED (CURRENT_IS_TYPED && events_all)

__hidden void get_caller(struct caller *caller)
{
	__u64 thread = bpf_get_current_pid_tgid();

	caller->process = process_of(current_task(), CALLER_IS_TYPED);
	caller->tid = thread;
	caller->uid = bpf_get_current_uid_gid();
	caller->cgroup = cgroup_of(current_task(), CALLER_IS_TYPED);
	bpf_get_current_comm(caller->comm, sizeof(caller->comm));
}

__hidden void note_bind_before_connect(struct task_struct *task)
{
	struct process_key process = process_of(task, false);
	__u8 yes = 1;

	if (!bpf_map_lookup_elem(&bind_connectors, &process))
		bpf_map_update_elem(&bind_connectors, &process, &yes, BPF_ANY);
}

static bool binds_before_connect(void)
{
	struct process_key process = process_of(current_task(), CALLER_IS_TYPED);

	return bpf_map_lookup_elem(&bind_connectors, &process);
}

/* ---- The filter ---- */

/* More levels than any host nests its containers. */
#define MAX_CGROUP_DEPTH 32

static bool is_in_cgroup(struct task_struct *task)
{
	struct cgroup_subsys_state *css;
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	int i;

	for (i = 0; i < MAX_CGROUP_DEPTH && cgroup; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == event_filter.cgroup)
			return true;
		css = BPF_CORE_READ(cgroup, self.parent);
		cgroup = css ? BPF_CORE_READ(css, cgroup) : NULL;
	}
	return false;
}

static bool is_wanted_comm(const char comm[16])
{
	int i;

	for (i = 0; i < 16; i++) {
		if (comm[i] != event_filter.comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

static bool has_wanted_name(struct task_struct *task)
{
	char comm[16] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	if (is_wanted_comm(comm))
		return true;
	BPF_CORE_READ_STR_INTO(&comm, task, group_leader, comm);
	return is_wanted_comm(comm);
}

__hidden bool wants_all_tasks(void)
{
	return !event_filter.pid && !event_filter.has_comm && !event_filter.cgroup;
}

__hidden bool is_wanted_task(void)
{
	struct task_struct *task = current_task();

	if (event_filter.pid && event_filter.pid != bpf_get_current_pid_tgid() >> 32)
		return false;
	if (event_filter.has_comm && !has_wanted_name(task))
		return false;
	return !event_filter.cgroup || is_in_cgroup(task);
}

static __always_inline bool is_wanted(const struct happening *happening)
{
	if (event_filter.sport_low && (happening->sport < event_filter.sport_low ||
				       happening->sport > event_filter.sport_high))
		return false;
	return is_wanted_route(happening->route);
}

/* ---- The limit ---- */

static const struct event_limit no_limit;

static struct event_limit *limit_of(const struct happening *happening)
{
	struct event_limit_key key = {
		.kind.route = *happening->route,
		.kind.call = happening->call,
		.kind.cause = happening->cause,
		.kind.err = happening->err,
	};
	struct event_limit *limit;
	const struct net *net;

	if (!happening->route->dport)
		key.sport = happening->sport;
	limit = bpf_map_lookup_elem(&event_limits, &key);
	if (limit)
		return limit;
	bpf_map_update_elem(&event_limits, &key, &no_limit, BPF_NOEXIST);
	limit = bpf_map_lookup_elem(&event_limits, &key);
	net = net_of(happening->sk);
	if (limit)
		limit->netns_inum = BPF_CORE_READ(net, ns.inum);
	return limit;
}

/*
 * Several CPUs may each take the last one that is allowed, which does no harm: an event is sent, or
 * it is counted as held back.
 */
static bool take_one(struct event_limit *limit, __u64 second, __u64 most)
{
	if (limit->second != second) {
		limit->second = second;
		limit->sent = 0;
	}
	if (limit->sent >= most)
		return false;
	__sync_fetch_and_add(&limit->sent, 1);
	return true;
}

static bool is_held_back(const struct happening *happening)
{
	__u64 second = bpf_ktime_get_ns() / 1000000000;
	struct event_limit *limit;

	if (!events_a_second || happening->kind != EVENT_FAILURE)
		return false;
	limit = limit_of(happening);
	if (!limit || (take_one(limit, second, events_a_second) &&
		       take_one(&all_kinds, second, EVENT_KINDS_LIMIT * (__u64)events_a_second)))
		return false;
	__sync_fetch_and_add(&limit->held, 1);
	__sync_fetch_and_add(&event_losses.held, 1);
	return true;
}

/* ---- The record ---- */

/*
 * Failures are rare, and somebody waits for them. Of what comes all the time, a buffer that fills up
 * is worth waking up for: user space looks by itself now and then.
 */
static __u64 wake_flag(const struct happening *happening)
{
	if (happening->kind == EVENT_FAILURE ||
	    bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= events_wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/*
 * Inlined: the verifier of 7.2 takes what is behind *happening, two frames further out, for dead when
 * a function of its own reads it ("slot poisoned by dead code elimination").
 */
static __always_inline void fill_event(const struct happening *happening, struct porttrace_event *event)
{
	const struct sock *sk = happening->sk;
	const struct net *net = net_of(sk);

	__builtin_memset(event, 0, sizeof(*event));
	event->time_ns = bpf_ktime_get_ns();
	event->duration_ns = happening->duration_ns;
	if (happening->caller)
		event->caller = *happening->caller;
	else
		get_caller(&event->caller);
	event->route = *happening->route;
	event->netns_inum = BPF_CORE_READ(net, ns.inum);
	event->own_range = own_port_range_of(sk);
	event->sport = happening->sport;
	event->err = happening->err;
	event->kind = happening->kind;
	event->call = happening->call;
	event->cause = happening->cause;
	event->options = options_of(sk);
	/* The ports of UDP are others. */
	if (happening->cause == CAUSE_BIND_RANGE_EXHAUSTED && happening->call == CALL_BIND &&
	    happening->route->proto == PORTTRACE_IPPROTO_TCP)
		event->binds_before_connect = binds_before_connect();
}

__hidden void lose_event(enum porttrace_event_kind kind)
{
	if (kind < NR_EVENT_KINDS)
		__sync_fetch_and_add(&event_losses.no_room[kind], 1);
}

static __always_inline void fill_holder(const struct happening *happening, struct porttrace_event *event,
			struct port_holder *holder)
{
	if (happening->holder)
		event->has_holder = describe_holder(happening->holder, holder);
}

/* One function a size: the verifier has to know it. */
static void send_plain(const struct happening *happening)
{
	struct porttrace_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		lose_event(happening->kind);
		return;
	}
	fill_event(happening, event);
	bpf_ringbuf_submit(event, wake_flag(happening));
}

static void send_with_holder(const struct happening *happening)
{
	struct porttrace_event_holder *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record) {
		lose_event(happening->kind);
		return;
	}
	fill_event(happening, &record->event);
	fill_holder(happening, &record->event, &record->holder);
	bpf_ringbuf_submit(record, wake_flag(happening));
}

static void send_with_stack(const struct happening *happening)
{
	struct porttrace_event_stack *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record) {
		lose_event(happening->kind);
		return;
	}
	fill_event(happening, &record->event);
	fill_holder(happening, &record->event, &record->holder);
	take_stack(happening->ctx, happening->sees_kernel_stack, &record->stack);
	bpf_ringbuf_submit(record, wake_flag(happening));
}

__hidden void send_event(const struct happening *happening)
{
	if (happening->kind == EVENT_FAILURE ? !events_failures : !events_all)
		return;
	if (!is_wanted(happening) || (!happening->caller && !is_wanted_task()) ||
	    is_held_back(happening))
		return;
	if (events_stacks && happening->ctx)
		send_with_stack(happening);
	else if (happening->holder)
		send_with_holder(happening);
	else
		send_plain(happening);
}
