/* SPDX-License-Identifier: GPL-2.0-only */
/* The members of a line of `trace --json`, as they are written there; read_event_json.c has what they mean. */
#ifndef PORTTRACE_READ_EVENT_MEMBERS_H
#define PORTTRACE_READ_EVENT_MEMBERS_H

#include "event.h"
#include "read_json_row.h"

#define CGROUP_SIZE 4096

struct holder_members {
	int8_t given;
	int64_t pid, uid, sport, dport;
	char comm[16], state[16], src[64], dst[64], cgroup[CGROUP_SIZE];
	double expires_s;
};

struct option_members {
	int8_t reuseaddr, reuseport, bind_address_no_port, freebind;
	int64_t low, high; /* 0: no range of its own */
};

struct event_members {
	struct key_members key;
	struct timespec wall;
	char event[16], call[16], err[32], cause[40], pattern[32];
	char comm[16], user[64], netns_name[64], cgroup[CGROUP_SIZE];
	int64_t sport, pid, tid, uid, duration_ns;
	int64_t headroom, blocked, blocked_by_bind;
	double headroom_age_s, blocked_age_s;
	struct option_members options;
	struct holder_members holder;
	struct stack_names *stack; /* where it goes to */
	int8_t has_stack, stack_cut;
	int64_t stack_certain;
	int64_t count, nr[NR_EVENT_KINDS], held_back, lost[NR_EVENT_KINDS], missed, missed_at_most;
};

/*
 * What is not in the line is NOT_KNOWN, NAN or "". stack: where the frames go to; the caller's to free, in
 * any case. -EBADMSG or -ENOMEM with the reader's reason.
 */
int read_event_members(struct json_reader *reader, struct stack_names *stack,
		       struct event_members *ret_members);

#endif
