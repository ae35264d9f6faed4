/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings that are made up, item by item, for the tests of reports. */
#ifndef PORTTRACE_REPORT_CASE_H
#define PORTTRACE_REPORT_CASE_H

#include "event_sample.h"
#include "report.h"

/* 2026-01-31 12:00:00 UTC; seconds are since then. */
#define CASE_START 1769860800
#define CASE_NETNS 42

/* The moment, as a report has it. */
int64_t case_ns(double second);

/* An empty report; filter NULL: none. */
struct report *case_report(const struct filter *filter, const struct report_window *window);

/* A snapshot of that second, with namespace CASE_NETNS; the first one of a run has no period. */
struct snapshot *case_snapshot(double second, bool is_first);

/* A route to 10.0.0.9 and that port, with these counters; of capacity 100. */
struct route *case_route(struct snapshot *snapshot, uint16_t dport, uint64_t allocations,
			 int64_t used);
struct route_key case_key(uint16_t dport);

/* So many failures of that cause of a connect() on the route to that port. */
void case_failure(struct snapshot *snapshot, uint16_t dport, uint8_t cause, uint64_t count);

/* A process with sockets on that route, and TIME_WAITs. */
void case_owner(struct snapshot *snapshot, uint16_t dport, uint32_t pid, const char *comm,
		const char *cgroup, int64_t sockets, int64_t time_waits);

/* Sorts it, gives it to the report, and frees it. */
void case_add(struct report *report, struct snapshot *snapshot);

/* A failure of pid 812 to connect to that port, at that second. */
void case_event(struct event_sample *sample, double second, uint16_t dport);

/* So many failures on the route to that port that were not told of. */
void case_held(struct report *report, double second, uint16_t dport, uint64_t count);

/* The end; fails the test if there is no memory. */
void case_finish(struct report *report);

/* The row of the route to that port, which must be there. */
const struct report_route *case_row(const struct report *report, uint16_t dport);

/*
 * Three seconds: half full, without a free port, half full again; 5 calls failed, of which 2 were told
 * of, with where they came from, and 3 held back. Of a process of that name, in that cgroup.
 */
struct report *case_whole(const char *comm, const char *cgroup);

#endif
