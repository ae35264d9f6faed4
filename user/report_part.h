/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up the report share. */
#ifndef PORTTRACE_REPORT_PART_H
#define PORTTRACE_REPORT_PART_H

#include "report.h"

/* One snapshot, against the one before. */
struct report_step {
	const struct snapshot *now, *before; /* before may be empty, never NULL */
	bool goes_on;	  /* there is one before */
	bool is_baseline; /* what it has was counted before the report begins */
	int64_t ns;
	int64_t from_ns; /* since when it counts, but not from before the window */
};

/*
 * report_clock.c: the moments of a snapshot, and of an event, that have that time. Whether there is a
 * snapshot before this one that it goes on from.
 */
int64_t report_wall_ns(const struct report *report, const struct timespec *wall);
int64_t report_event_ns(struct report *report, const struct timespec *wall);
bool report_goes_on(const struct report *report, const struct snapshot *snapshot);

/* The snapshot that was expected is the last one now. */
void report_passed(struct report *report);

/* Not more than there can be. */
int64_t report_seconds_ns(double seconds);

/* Adds to a sum; one that is larger than there is room for, as only made-up recordings have it, stays so. */
static inline void report_sum(int64_t *sum, int64_t count)
{
	if (__builtin_add_overflow(*sum, count, sum))
		*sum = count < 0 ? INT64_MIN : INT64_MAX;
}

/* The same, if it may be NOT_KNOWN as yet. */
static inline void report_sum_known(int64_t *sum, int64_t count)
{
	if (*sum == NOT_KNOWN)
		*sum = 0;
	report_sum(sum, count);
}

/* Remembers that there was no memory; of anything else nothing. Returns err. */
int report_note(struct report *report, int err);

/* Whether failures of that cause are for want of a free port. */
bool is_exhaustion(uint8_t cause);

/* A copy of a path that lives as long as the report; NULL: of nothing, or no room. */
const char *report_text(struct report *report, const char *text);

/* report_span.c: the window. The first item says what is meant by it. */
void report_begin(struct report *report, int64_t ns);
bool report_is_before(const struct report *report, int64_t ns);
bool report_is_after(const struct report *report, int64_t ns);

/* There is something of that moment. */
void report_extend(struct report *report, int64_t ns);

/* Whether an event of that time is in the window, and at which moment. */
bool report_takes(struct report *report, const struct timespec *wall, int64_t *ret_ns);

/* report_origin.c */
void report_set_host(struct report *report, const char *host, const char *kernel, const char *probe);
void report_done_origin(struct report *report);

/* A namespace of that name (NULL, or "": it has none) has that number now. */
void report_meet_netns(struct report *report, uint32_t inum, const char *name);

/* Whether that namespace is asked for. name: as above; it may be known from before. */
bool report_wants_netns(const struct report *report, uint32_t inum, const char *name);

/* report_route.c: each route of a snapshot, and then report_end_routes(). */
void report_add_route(struct report *report, const struct report_step *step,
		      const struct route *now, const struct route *before);

/* The row of that route, anew if it has none. NULL: no memory, which is noted. */
struct report_route *report_route_row(struct report *report, const struct route_key *key);

/* A search found no port, which no snapshot may have seen; ns NOT_KNOWN: it is not known when. */
void report_no_port(struct report *report, const struct route_key *key, int64_t ns);
void report_finish_routes(struct report *report);

/*
 * report_episode.c: some call on a route found no port: at that moment; between two snapshots, of which
 * the counters know; or of those held back, which are told of up to a second later.
 */
void report_exhausted(struct report *report, const struct route_key *key, int64_t ns);
void report_exhausted_between(struct report *report, const struct route_key *key,
			      const struct report_step *step, uint64_t counted);
void report_exhausted_before(struct report *report, const struct route_key *key, int64_t ns,
			     uint64_t told);

/* There was no port at some moment from one to the other. */
void report_mark_exhausted(struct report *report, struct report_route *row, int64_t after_ns,
			   int64_t before_ns);

/* No route but these that something was seen of since the last snapshot is without ports any more. */
void report_end_routes(struct report *report);
void report_close_episode(struct report *report, struct report_route *row);
void report_close_episodes(struct report *report);

/* report_lost.c */
void report_init_losses(struct report *report);
void report_add_losses(struct report *report, const struct report_step *step);

/* report_failure.c */
void report_add_failure(struct report *report, const struct report_step *step,
			const struct failure *now, uint64_t count);

/* A failure before the window; and how many there were since the last snapshot, of that kind, or route. */
void report_add_early(struct report *report, const struct event *event, int64_t ns);
uint64_t report_early(const struct report *report, const struct failure_key *key);
void report_add_told(struct report *report, const struct event *event, int64_t ns);
void report_add_held_failures(struct report *report, const struct held_back *held, int64_t ns);

/* report_owner.c: TIME_WAITs by owner, and namespaces. */
void report_add_owners(struct report *report, const struct report_step *step);
void report_add_time_wait(struct report *report, const struct event *event);
void report_add_netns(struct report *report, const struct report_step *step,
		      const struct netns *netns);
/* An event says what it is called; NULL: it does not. */
void report_netns_named(struct report *report, uint32_t inum, const char *name);

/* What the trees of rows are by. */
int report_compare_named(const void *a, const void *b);
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
