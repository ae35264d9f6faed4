// SPDX-License-Identifier: GPL-2.0-only
/* Which of two twins comes first. */
#include "twins.bpf.h"

const volatile bool tracepoints_preempt = false;
const volatile bool twins_preempt = false;

/*
 * An event that one of two twins has handled. What tells it from others: who, the thread, which
 * softirqs have only borrowed; the socket; and the hash of its connection, since memory of sockets is
 * used again at once. One whose twin was skipped stays until the next one takes its place: it is no
 * event of its own program's, so that one miss cannot put all that follow out of step.
 */
struct noted_event {
	__u64 sk; /* 0: none */
	__u64 thread;
	__u32 hash;
	__u32 who; /* enum twin */
};

/*
 * One is enough for softirqs, which neither interrupt each other nor change their CPU; and one for
 * tasks, where none can be preempted between two twins.
 */
enum noted_place {
	NOTED_OF_SOFTIRQ,
	NOTED_OF_TASK,
	NR_NOTED_PLACES,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_NOTED_PLACES);
	__type(key, __u32);
	__type(value, struct noted_event);
} noted_of_cpu SEC(".maps");

/* Else one entry a thread, from one twin to the other. Evicted as the oldest when full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_NOTED_TASKS);
	__type(key, __u64);
	__type(value, struct noted_event);
} noted_of_tasks SEC(".maps");

static bool is_handled(const struct noted_event *noted, const struct noted_event *event)
{
	return noted->sk == event->sk && noted->thread == event->thread &&
	       noted->hash == event->hash && noted->who != event->who;
}

static bool is_first_of_cpu(__u32 place, const struct noted_event *event)
{
	struct noted_event *noted = bpf_map_lookup_elem(&noted_of_cpu, &place);

	if (!noted)
		return true;
	if (is_handled(noted, event)) {
		noted->sk = 0;
		return false;
	}
	*noted = *event;
	return true;
}

static bool is_first_of_thread(const struct noted_event *event)
{
	const struct noted_event *noted = bpf_map_lookup_elem(&noted_of_tasks, &event->thread);

	if (noted && is_handled(noted, event)) {
		bpf_map_delete_elem(&noted_of_tasks, &event->thread);
		return false;
	}
	bpf_map_update_elem(&noted_of_tasks, &event->thread, event, BPF_ANY);
	return true;
}

/* sk is read directly: it is typed. */
__hidden bool is_first_twin(const struct sock *sk, enum twin who)
{
	const struct noted_event event = {
		.sk = (__u64)sk,
		.thread = bpf_get_current_pid_tgid(),
		.hash = sk->__sk_common.skc_hash,
		.who = who,
	};

	/* A softirq leaves the packets of a locked socket to the task that locked it. */
	if (!sk->sk_lock.owned)
		return is_first_of_cpu(NOTED_OF_SOFTIRQ, &event);
	return twins_preempt ? is_first_of_thread(&event) : is_first_of_cpu(NOTED_OF_TASK, &event);
}
