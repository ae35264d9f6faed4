// SPDX-License-Identifier: GPL-2.0-only
/* Which of two twins comes first. */
#include "twins.bpf.h"

/*
 * An event that one of two twins has handled. What tells it from others: the thread, which softirqs
 * have only borrowed; the socket; and the hash of its connection, since memory of sockets is used
 * again at once.
 */
struct noted_event {
	__u64 sk; /* 0: none */
	__u64 thread_and_hash;
};

/*
 * One is enough for softirqs, which do not interrupt each other. Tasks are interrupted by softirqs,
 * and by other tasks where they can be preempted. An event whose twin was skipped stays until
 * the next one takes its place.
 */
#define NOTED_TASKS 8 /* a power of two */

struct noted {
	struct noted_event of_softirq;
	struct noted_event of_tasks[NOTED_TASKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct noted);
} noted_events SEC(".maps");

/* Which one it would be, and in *ret_place where it is noted. sk is read directly: it is typed. */
static struct noted_event event_of(const struct sock *sk, struct noted_event **ret_place)
{
	__u32 only = 0;
	struct noted *noted = bpf_map_lookup_elem(&noted_events, &only);
	__u64 thread = bpf_get_current_pid_tgid();

	if (!noted)
		*ret_place = NULL;
	else if (sk->sk_lock.owned)
		*ret_place = &noted->of_tasks[thread & (NOTED_TASKS - 1)];
	else /* a softirq leaves the packets of a locked socket to the task that locked it */
		*ret_place = &noted->of_softirq;
	return (struct noted_event){
		.sk = (__u64)sk,
		.thread_and_hash = thread ^ (__u64)sk->__sk_common.skc_hash << 32,
	};
}

__hidden bool is_first_twin(const struct sock *sk)
{
	struct noted_event *place, event = event_of(sk, &place);

	if (!place)
		return true;
	if (place->sk == event.sk && place->thread_and_hash == event.thread_and_hash) {
		place->sk = 0;
		return false;
	}
	*place = event;
	return true;
}
