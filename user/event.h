/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of one event: what the kernel sent, with what was found out about it here. No I/O, no
 * libbpf: an event can be live, recorded or made up. What is not known is NULL, "" or NOT_KNOWN.
 */
#ifndef PORTTRACE_EVENT_H
#define PORTTRACE_EVENT_H

#include "snapshot.h"
#include "stack.h"
#include "who.h"

/* Who has the port that was asked for. Of several, one. */
struct event_holder {
	const struct port_holder *socket;
	uint32_t pid;	    /* 0: not known, or the kernel's own */
	char comm[16];	    /* printable */
	const char *cgroup; /* borrowed for good */
	double expires_s;   /* what is left of a TIME_WAIT, or NAN */
};

struct event {
	const struct porttrace_event *what; /* borrowed, as the others */
	struct timespec wall;		    /* CLOCK_REALTIME */
	char comm[16];			    /* printable */
	const char *user;
	const char *cgroup;
	const char *netns; /* its name */
	bool has_holder;
	struct event_holder holder;
	/* Of the route, counted that many seconds away from the event, before or after it. */
	int64_t headroom;
	double headroom_age_s;
	/* Ports of the range that no automatic connect() gets, and why; counted so far away, too. */
	int64_t blocked;
	int64_t blocked_by_bind_before_connect;
	double blocked_age_s;
	const struct stack_names *stack; /* NULL: not asked for */
};

/* Words of the contract: "failure", "allocation", "time_wait". */
const char *event_name(const struct event *event);

/* "bind_before_connect", or NULL: how this program came to fail. */
const char *event_pattern(const struct event *event);

/* Sets what a snapshot tells; NULL: nothing is known. */
void event_set_headroom(struct event *event, const struct snapshot *snapshot);

/* The search has just found none: that is its headroom. A snapshot tells only what is blocked. */
bool event_knows_headroom(const struct porttrace_event *event);

/* Whether a snapshot can tell anything. */
bool event_has_use_for_snapshot(const struct porttrace_event *event);

/* Failures of one kind that were held back. key NULL: of several; netns 0: not known. */
struct held_back {
	struct timespec wall;
	const struct event_limit_key *key;
	uint32_t netns; /* inode number */
	uint64_t count;
};

/* The figures of the last line. */
struct event_summary {
	uint64_t nr[NR_EVENT_KINDS]; /* events that were shown */
	uint64_t held_back;	     /* failures: by the limit */
	uint64_t lost[NR_EVENT_KINDS]; /* events that found no room */
	/* Calls that were not seen; and with all that may not have been, in spite of a twin. NOT_KNOWN:
	 * this kernel does not tell. */
	int64_t missed, missed_at_most;
};

uint64_t event_summary_lost(const struct event_summary *summary);

#endif
