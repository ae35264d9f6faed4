/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of a report: what a recording says, from its first item to its last, in one pass. No
 * I/O. Memory is bounded whatever the recording has: of each kind of row the most telling ones are
 * kept, and the rest is counted.
 *
 * Times are CLOCK_REALTIME in ns since 1970, as that was at the start (see report_clock.c); NOT_KNOWN
 * where there is none. Counts are sums of what was between two snapshots, so that they are right for a
 * part of a recording as well.
 */
#ifndef PORTTRACE_REPORT_H
#define PORTTRACE_REPORT_H

#include "event.h"
#include "filter.h"
#include "recording.h"
#include "report_window.h"
#include "tally.h"
#include "timeline.h"

#define REPORT_MAX_ROUTES (2 * MAX_ROUTES)
#define REPORT_MAX_CALLERS 4096
#define REPORT_MAX_STACKS 4096
#define REPORT_STACK_BYTES 8192 /* of one, folded */
#define REPORT_MAX_OWNERS 4096
#define REPORT_MAX_KINDS 4096
#define REPORT_MAX_EPISODES 1024
#define REPORT_MAX_TEXTS 16384 /* paths of cgroups */
#define REPORT_MAX_CLOCK_STEPS 64

/* What is asked for. */
struct report_want {
	const struct filter *filter;
	const char *netns; /* name or number; NULL: all */
	struct report_window window;
};

/* ---- Rows ---- */

/* Who held sockets of a route when least was left. */
#define REPORT_HOLDERS 3
struct report_holder {
	uint32_t pid; /* 0: not known */
	char comm[16];
	const char *cgroup; /* or NULL; lives as long as the report */
	int64_t sockets, time_waits;
};

/* A time without a free port, as far as it was seen: it may have been longer. */
struct report_episode {
	struct route_key key;
	int64_t from_ns, to_ns; /* the first and the last moment for which that is known; */
	bool is_between;	/* or it was at some time between, which only counters tell */
	int64_t until_ns;	/* when there was room again; NOT_KNOWN: not in this recording */
	uint64_t counted, told;	/* failures of that time: by the counters, and single ones */
};

struct report_route {
	struct route_key key; /* first */
	uint32_t seen;	      /* number of the last snapshot that has it */

	int64_t allocations, bound_connects, time_waits, failures;
	int64_t searches, search_ns; /* or NOT_KNOWN */
	double most_allocations_per_s;
	int64_t most_allocations_ns;

	int64_t most_used, most_used_ns;
	int64_t most_time_wait, most_time_wait_ns;
	int64_t least_headroom, least_headroom_ns;
	int64_t capacity; /* when headroom was the least */
	struct report_holder holders[REPORT_HOLDERS]; /* then; those that are set come first */
	char *why;	  /* advice of that moment, if little was left; or NULL */

	/* Without a free port: how often, and for how long in all. */
	uint64_t episodes;
	int64_t exhausted_ns, longest_ns; /* of those times whose length is known; NOT_KNOWN: none */
	int64_t first_exhausted_ns, last_exhausted_ns;
	struct report_episode open; /* if is_open */
	bool is_open;
	bool is_fresh; /* something was seen of it since the snapshot before */
	struct report_route *next_open, *before_open;
	/* A search found nothing, and at which moment first; NOT_KNOWN: that is not known. */
	bool was_empty;
	int64_t empty_ns;
};

/* Failures of one kind. In the key only namespace and protocol are known of the route. */
struct report_kind {
	struct failure_key key; /* first */
	uint64_t counted;	/* by the counters of snapshots, exactly */
	uint64_t told;		/* by single events */
	uint64_t held;		/* not told of, but counted one by one */
	int64_t first_ns, last_ns; /* of those told, or else of the snapshots that counted them */
};

/* Failures of one kind by one process, of those told. */
struct report_caller {
	struct {
		const char *cgroup; /* or NULL */
		struct failure_key kind; /* as in struct report_kind */
		uint32_t pid;	    /* 0: not known */
		char comm[16];
	} key; /* without padding that is not zero */
	uint64_t count;
	int64_t first_ns, last_ns;
	/* Of the last one. */
	struct route_key route;
	uint16_t sport;
	bool binds_before_connect;
	bool has_holder;
	uint32_t holder_pid;
	char holder_comm[16];
	const char *holder_state;
};

/*
 * A place in a program where calls failed, by one kind of call and for one cause:
 * "comm;outermost;...;innermost". Whichever namespace, protocol and errno it was.
 */
struct report_stack {
	char *folded;	    /* by these three */
	uint8_t call, cause;
	bool is_certain;    /* all frames of the last one */
	uint64_t count;
};

/* Processes of one name in one cgroup. */
struct report_owner {
	char comm[16];	    /* "": it is not known whose */
	const char *cgroup; /* or NULL */
	uint32_t pid;	    /* of one of them; 0: not known */
	int64_t processes;  /* most at once */
	int64_t most, most_ns; /* of their TIME_WAITs at once */
	int64_t sum;	       /* of all looks at the owners */
	uint64_t entered;      /* by single events, where these were recorded */
	int64_t now, now_processes; /* in the snapshot that is being read */
};

struct report_netns {
	uint32_t inum; /* first */
	char name[64];
	int32_t range_low, range_high; /* as in the last snapshot */
	int64_t reserved, tw_reuse, time_wait_max;
	int64_t most_blocked, most_blocked_by_bind;
	int64_t most_time_wait, most_time_wait_ns;
};

/* A namespace that had the name which is asked for. */
struct report_named {
	uint32_t inum; /* first */
	bool is_wanted; /* it has it */
};

/* Failures told of before the window, which the first snapshot in it counts; by kind, and by route. */
struct report_early {
	struct failure_key key; /* first; of a route nothing else is set */
	uint64_t count;
};

/* What a recording may have been limited to. */
#define REPORT_FILTERS 10
extern const char *const report_filter_names[REPORT_FILTERS];

/* ---- The clock ---- */

/* Between two snapshots the wall clock was set, or the host was suspended. */
struct report_clock_step {
	int64_t from_ns, to_ns;
	double by_s; /* how much it went on beyond the time that passed; < 0: back */
};

struct report_clock {
	struct report_clock_step steps[REPORT_MAX_CLOCK_STEPS];
	size_t nr_steps;
	int64_t shift_ns, old_shift_ns; /* what it is ahead of time: now, and up to the last snapshot */
	bool is_expected;	        /* report_expect() has looked at the next snapshot, */
	int64_t next_ns;		/* which is of that moment */
	/* Of the events since the last one, if the clock was set: the latest time, and whether it has been. */
	int64_t latest_ns;
	bool is_set;
};

/* ---- The report ---- */

struct report_losses {
	struct losses snapshot; /* in that time; of censuses, the most that one could not count */
	bool has_snapshot;
	uint64_t held;		/* single failures: counted, not told of one by one; */
	uint64_t held_or_others; /* of these, those that may not be what is asked for */
	uint64_t events;	/* single events, lost in between */
	struct event_summary summary;
	bool has_summary;
	/* Of this report: what had no row of its own. */
	uint64_t routes, callers, stacks, owners, kinds, episodes, texts, clock_steps, netns;
	uint64_t not_placed; /* see report_not_placed() */
};

struct report {
	struct report_want want;
	int64_t since_ns, until_ns; /* of the window; NOT_KNOWN: no end of it there */

	bool has_header, is_cut;
	bool is_backwards; /* what is asked for ends before it begins */
	bool has_other_routes; /* than those that are asked for */
	bool has_netns;	   /* there is a namespace as it is asked for, in the window or not */
	bool is_past; /* it was not read on: all that came was later than the window */
	unsigned long damaged_line; /* the first one that could not be read; 0: none */
	char host[65], kernel[65], probe[65], porttrace[32];
	char **command; /* its words; NULL: there was none, or it is not known */
	size_t nr_words;
	char *recorded_only[REPORT_FILTERS]; /* the filters of the recording itself, or NULL */
	double interval_s; /* as it was asked for; NAN: not known */
	int64_t start_ns, end_ns; /* of what the window has */
	int64_t counted_from_ns, counted_to_ns; /* between which counters count */
	double counted_s;			/* for how long, by snapshots' own count of time */
	int64_t first_snapshot_ns, last_snapshot_ns;
	double longest_gap_s; /* between two snapshots */
	uint64_t snapshots, events, looks_at_owners, time_waits_told;
	bool searches_known, searches_unknown; /* of some route */

	uint64_t failures_told;
	int64_t allocations, bound_connects, time_waits;
	int64_t searches, search_ns;
	uint64_t search_buckets[SEARCH_BUCKETS];
	uint64_t failed_buckets[SEARCH_BUCKETS]; /* of failed calls, of those told */
	uint64_t failed_searches, failed_unmeasured;
	struct timeline timeline;
	struct report_losses lost;
	struct report_route rest; /* routes that had no row: the sums of what they counted */

	struct tally routes, kinds, callers, stacks, owners, netns, texts;
	struct tally early; /* since the last snapshot, as long as they are before the window */
	struct tally named; /* namespaces that are, or were, the one that is asked for */
	struct report_episode *episodes; /* by their start, once it is finished */
	size_t nr_episodes;
	struct report_route *open;
	uint32_t round; /* number of the snapshot that is being read */
	struct snapshot *before;
	int64_t before_ns; /* of that; NOT_KNOWN: there is none */
	struct report_clock clock;
	struct snapshot *names; /* of the namespaces; for the views, see report_fields.h */
	int err; /* the first -ENOMEM */

	/* By report_finish(): rows, in the order in which they matter. */
	struct {
		void **routes, **kinds, **callers, **stacks, **owners, **netns;
	} list;
};

/* NULL when out of memory. The filter and the texts that are wanted have to live as long. */
struct report *report_new(const struct report_want *want);
void report_free(struct report *report); /* NULL is fine */

/*
 * What the next snapshot will be, for what comes before it: the events that it counts. By itself it
 * adds nothing, and report_add_snapshot() does it as well, but then too late for these.
 */
void report_expect(struct report *report, const struct snapshot *next);

/* In the order of the recording. 0 or -ENOMEM. */
int report_add_header(struct report *report, const struct recording_header *header);
int report_add_snapshot(struct report *report, const struct snapshot *snapshot);
int report_add_event(struct report *report, const struct event *event);
int report_add_held(struct report *report, const struct held_back *held);
int report_add_lost(struct report *report, const struct timespec *wall, uint64_t count);
int report_add_summary(struct report *report, const struct event_summary *summary);

/* So many lines of events were added before report_expect(), since there was no more room for them. */
void report_not_placed(struct report *report, uint64_t lines);

/* Whether all that comes now is later than the window, so that nothing of it counts. */
bool report_is_past(const struct report *report);

/* The recording is damaged from that line on, and what is there is not in the report. */
void report_damaged(struct report *report, unsigned long line);

/* Then, once. is_cut: the recording has no end of its own. 0 or -ENOMEM. */
int report_finish(struct report *report, bool is_cut);

/* ---- What the figures mean together ---- */

/*
 * Failures of a kind, of all, of an episode. The counters are exact, but end with the last snapshot,
 * and know nothing of processes; single events, with those held back, may go on after it, if a
 * recording was cut, and be fewer, if some were lost.
 */
uint64_t report_kind_count(const struct report_kind *kind);
uint64_t report_failures(const struct report *report);
uint64_t report_episode_failures(const struct report_episode *episode);

/* How long that time lasted, as far as it was seen; NOT_KNOWN. */
int64_t report_episode_ns(const struct report_episode *episode);

/* For how long that route was without a free port; 0: never, NOT_KNOWN. */
int64_t report_exhausted_ns(const struct report_route *route);

/* Whether that route was without a free port. */
bool report_is_exhausted(const struct report_route *route);

/* Whether nobody knows that. Rows without a destination need no headroom: that calls failed is sign enough. */
bool report_is_unknown(const struct report_route *route);

/* What counters counted of that route; NOT_KNOWN: no snapshot of that time has it. */
int64_t report_counted(const struct report_route *route, int64_t count);

/* How many routes were; and of how many it is not known, since no snapshot has their headroom. */
size_t report_exhausted_routes(const struct report *report);
size_t report_unknown_routes(const struct report *report);

/* Whether there is such a network namespace as is asked for: else nothing is known of it. */
bool report_has_netns(const struct report *report);

/* Whether it is known that there were none, where there is none. */
bool report_knows_exhaustion(const struct report *report);

/* Whether failures were counted, or told of, as they are asked for: else there being none says nothing. */
bool report_knows_failures(const struct report *report);

/* Single events that were lost, and that were missed (or NOT_KNOWN), in that time. */
uint64_t report_lost_events(const struct report *report);
int64_t report_missed_events(const struct report *report);

/* Whether only a part of the time is asked for. */
bool report_has_window(const struct report *report);

/* Seconds that the report is about; NAN: not known. */
double report_seconds(const struct report *report);

#endif
