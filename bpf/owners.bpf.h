/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose sockets are: what the handlers of events tell owners.bpf.c, and what the census asks it. */
#ifndef PORTTRACE_OWNERS_BPF_H
#define PORTTRACE_OWNERS_BPF_H

#include "kernel.bpf.h"

/* What kind of owner of a port a TCP socket is, as far as a route is concerned. */
enum kin {
	NOT_OF_ROUTE, /* listens, is bound only, was accepted, or is on its way in or out */
	CONNECTED,    /* an automatic connect() got it its port */
	BOUND,	      /* it had the port before it connected: the one that it asked for */
	BOUND_TO_ANY, /* the same, and it was all one to it which */
};

/*
 * Of a full socket that is connected, or is being so. connect_only: its bind bucket has nothing
 * but automatic connections. Before 6.17.8, one whose port another program bound as well, later,
 * passes for bound to any.
 */
__hidden enum kin kin_of_socket(const struct sock *sk, bool connect_only);

/*
 * Sockets of which these are told are typed, see READ().
 *
 * The current task closes its end of the connection, before the other end did: whoever does that is
 * the last one to have held it, and the only one to be found once it is in TIME_WAIT.
 */
__hidden int on_close(struct sock *sk);

/* The same, unless on_close() has seen it: for the second of two twins (twins.bpf.h). */
__hidden int on_missed_close(struct sock *sk);

/* Whose close() that was; NULL: not known. Holds until the socket is gone. */
struct closer {
	struct caller caller; /* without events_all: the process alone */
	__u32 hash; /* of the connection: the memory of sockets is used again at once */
	bool is_wanted; /* see is_wanted_task() */
	__u8 padding[3];
};
__hidden const struct closer *closer_of(const struct sock *sk);

/* The TIME_WAIT that takes the socket's place, of a connection that was opened here. */
__hidden void remember_owner(const struct sock *sk, const struct inet_timewait_sock *tw);

/*
 * What it was before. hash: its skc_hash; connect_only: as above. In a bucket which somebody has
 * bound, nothing in a TIME_WAIT tells bound from accepted: NOT_OF_ROUTE, unless remember_owner() was
 * told of it.
 */
__hidden enum kin kin_of_time_wait(const struct inet_timewait_sock *tw, __u32 hash,
				   bool connect_only);

/* Who closed its connection: pid 0 and an empty name where remember_owner() did not know. */
__hidden void find_closer(const struct inet_timewait_sock *tw, __u32 hash,
			  struct process_key *ret_process, char ret_comm[16]);

/* ---- Which processes have certain sockets (holder_processes.bpf.c) ---- */

/* Look for the sockets that user space has listed, in all descriptors, and count nothing. */
extern bool holders_asked_for;

/* A socket, by its file, and a process that has a descriptor of it: noted if it is on the list. */
__hidden void note_holder(const struct file *file, struct task_struct *task,
			  const struct process_key *process);

/* Its name and cgroup, as of now. */
__hidden void describe_process(struct task_struct *task, struct process *process);

#endif
