/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up the report share. */
#ifndef PORTTRACE_REPORT_PART_H
#define PORTTRACE_REPORT_PART_H

#include "report.h"

/* One snapshot, against the one before. */
struct report_step {
	const struct snapshot *now, *before; /* before may be empty, never NULL */
	bool is_baseline; /* what it has was counted before the report begins */
	int64_t ns, before_ns;
};

static inline int64_t wall_ns(const struct timespec *wall)
{
	return wall->tv_sec * INT64_C(1000000000) + wall->tv_nsec;
}

/* Remembers that there was no memory; of anything else nothing. Returns err. */
int report_note(struct report *report, int err);

/* Whether failures of that cause are for want of a free port. */
bool is_exhaustion(uint8_t cause);

/* A copy of a path that lives as long as the report; NULL: of nothing, or no room. */
const char *report_text(struct report *report, const char *text);

/* Whether that namespace is asked for. netns NULL: it has no name. */
bool report_wants_netns(const struct report *report, uint32_t inum, const char *name);

/* report_route.c: each route of a snapshot, and then report_end_routes(). */
void report_add_route(struct report *report, const struct report_step *step,
		      const struct route *now, const struct route *before);
void report_end_routes(struct report *report);

/* Some calls on a route found no port: counted by counters until that moment, or told of then. */
void report_exhausted(struct report *report, const struct route_key *key, int64_t ns,
		      uint64_t counted, uint64_t told);

/* The same of those held back, which are told of up to a second later. */
void report_exhausted_before(struct report *report, const struct route_key *key, int64_t ns,
			     uint64_t told);
void report_close_episodes(struct report *report);

/* report_failure.c */
void report_add_failure(struct report *report, const struct report_step *step,
			const struct failure *now, uint64_t count);
void report_add_told(struct report *report, const struct event *event);
void report_add_held_failures(struct report *report, const struct held_back *held);

/* report_owner.c: TIME_WAITs by owner, and namespaces. */
void report_add_owners(struct report *report, const struct report_step *step);
void report_add_time_wait(struct report *report, const struct event *event);
void report_add_netns(struct report *report, const struct report_step *step,
		      const struct netns *netns);
/* An event says what it is called; NULL: it does not. */
void report_netns_named(struct report *report, uint32_t inum, const char *name);

/* What the trees of rows are by. */
int report_compare_texts(const void *a, const void *b);
int report_compare_routes(const void *a, const void *b);
int report_compare_kinds(const void *a, const void *b);
int report_compare_callers(const void *a, const void *b);
int report_compare_stacks(const void *a, const void *b);
int report_compare_owners(const void *a, const void *b);
int report_compare_netns(const void *a, const void *b);
void report_done_route(void *row);
void report_done_stack(void *row);
void report_done_text(void *row);

/* The order in which they matter. */
int report_order_routes(const void *a, const void *b);
int report_order_kinds(const void *a, const void *b);
int report_order_callers(const void *a, const void *b);
int report_order_stacks(const void *a, const void *b);
int report_order_owners(const void *a, const void *b);

#endif
