/* SPDX-License-Identifier: GPL-2.0-only */
/* Single events: what every handler tells of. Definitions and maps are in events.bpf.c. */
#ifndef PORTTRACE_EVENTS_BPF_H
#define PORTTRACE_EVENTS_BPF_H

#include "kernel.bpf.h"

/* Which kinds are sent at all; set before loading, so that nothing is left of it in `top`. */
extern const volatile bool events_failures;
extern const volatile bool events_all; /* allocations and entries into TIME_WAIT as well */
extern const volatile bool events_stacks;
extern const volatile bool events_details; /* how long calls took, and what they did before */

/* What happened, as a handler knows it. Pointers are to what lives until the event is sent. */
struct happening {
	void *ctx; /* of the BPF program, for its stack; NULL: of no use */
	const struct sock *sk;
	const struct route_key *route;
	const struct caller *caller;	  /* NULL: the current task */
	const struct sock_common *holder; /* of the port; NULL: none */
	__u64 duration_ns;		  /* or NOT_MEASURED */
	__u16 sport;
	__u16 err;
	__u8 kind; /* enum porttrace_event_kind, and so on as in struct porttrace_event */
	__u8 call;
	__u8 cause;
	bool sees_kernel_stack; /* the program runs where the search failed */
};

/* Sends it, if it is asked for. */
__hidden void send_event(const struct happening *happening);

/* There is no room to send it later. */
__hidden void lose_event(enum porttrace_event_kind kind);

/* The current task, with its time of start. */
__hidden void get_caller(struct caller *caller);

/* Whether events of the current task are asked for: by process, name, cgroup. */
__hidden bool is_wanted_task(void);

/* No filter asks for a process, so that events of nobody known are asked for, too. */
__hidden bool wants_all_tasks(void);

/*
 * That task connects a socket that it had bound without a port number: such a port is lost for all
 * other routes.
 */
__hidden void note_bind_before_connect(struct task_struct *task);

#endif
