/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: everything that is shown is computed from one snapshot, or from two of them, by the
 * pure functions here. No I/O, no libbpf, no curses: a snapshot can be live, recorded or made up.
 *
 * Counters count since `start`. What was not measured is NOT_KNOWN, and never 0.
 */
#ifndef PORTTRACE_SNAPSHOT_H
#define PORTTRACE_SNAPSHOT_H

#include <endian.h>
#include <linux/types.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "porttrace.h"

/* A figure that was not measured: NOT_KNOWN for counts, NAN for rates. */
#define NOT_KNOWN INT64_C(-1)

/* The latest wall clock that is taken from outside: past 2200, and no overflow in ns. */
#define MAX_WALL_SECONDS (INT64_C(1) << 33)

/* Words of the contract, "connect", "range_exhausted", "tcp"; "?" for what is none of them. */
const char *call_name(uint8_t call);
const char *cause_name(uint8_t cause);
const char *proto_name(uint8_t proto);

/* What the figures of a route's occupancy rest on. */
enum occupancy_source {
	OCCUPANCY_UNKNOWN,
	OCCUPANCY_CENSUS,     /* counted for this snapshot */
	OCCUPANCY_CARRIED,    /* counted before, and carried forward by the counters of events */
	OCCUPANCY_INCOMPLETE, /* counted, but some lists could not be walked to their end */
};

/* Sockets of a route that have a range of their own (IP_LOCAL_PORT_RANGE), as such one sees it. */
struct own_range {
	uint16_t low, high; /* as the program set it; both 0: no entry */
	int64_t capacity;
	int64_t used;
	int64_t reclaimable;
	int64_t headroom;
};

/*
 * The ports that were taken in the last seconds, less those reclaimable: what the ETA is made of. Not
 * headroom, which changes with settings and with what others bind.
 */
#define TREND_SECONDS 5.0
#define TREND_SAMPLES 8
struct trend {
	double at_s[TREND_SAMPLES]; /* CLOCK_MONOTONIC, oldest first */
	int64_t taken[TREND_SAMPLES];
	int nr;
};

/* The entries that are set come first. Either end can be 0: that end is the namespace's. */
static inline bool own_range_is_set(const struct own_range *own)
{
	return own->low || own->high;
}

/*
 * The sockets of a route now, and what is left of its ports: the words are those of the contract,
 * docs/headroom.md has the rules. A figure that is not known, or has no meaning for such a route,
 * is NOT_KNOWN. What the census counts is above, what occupancy_compute() makes of it below.
 */
struct occupancy {
	enum occupancy_source source;
	int64_t established, time_wait, other, bound;
	int64_t on_device; /* of them, bound to a device: they are not among the used */
	int64_t time_wait_left[NR_LEFT_STEPS]; /* by what is left of them: all known, or none */
	int64_t used_in_half[NR_HALVES], reclaimable_in_half[NR_HALVES];
	struct own_range own[MAX_OWN_RANGES];
	int64_t carried; /* allocations since the census */

	int64_t capacity, used, reclaimable;
	int64_t fast_capacity; /* TCP: of capacity, what is searched first */
	int64_t headroom, fast_headroom;
	struct trend trend;
	double eta_s; /* until headroom is 0; NAN: it is not falling */
};

struct route {
	struct route_key key;
	uint64_t allocations;
	uint64_t bound_connects;
	uint64_t time_waits;
	uint64_t failures;
	int64_t search_ns; /* sum; NOT_KNOWN where the back-end cannot see searches */
	int64_t searches;  /* how many, or NOT_KNOWN */
	uint64_t search_buckets[SEARCH_BUCKETS];
	struct occupancy occupancy;
	int64_t orphans; /* TIME_WAITs of which it is not known whose they were, or NOT_KNOWN */
	double allocations_per_s; /* set by snapshot_set_rates(); NAN without a predecessor */
	double failures_per_s;
};

/*
 * The order of rows: by namespace, then by the bytes of the key. Many are compared, so it is done by
 * words; whose first byte counts most.
 */
static inline int route_key_compare(const struct route_key *x, const struct route_key *y)
{
	uint64_t a, b;
	size_t i;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	for (i = 0; i < sizeof(*x); i += sizeof(a)) {
		memcpy(&a, (const char *)x + i, sizeof(a));
		memcpy(&b, (const char *)y + i, sizeof(b));
		if (a != b)
			return be64toh(a) < be64toh(b) ? -1 : 1;
	}
	return 0;
}

/* That of failures. */
static inline int failure_key_compare(const struct failure_key *x, const struct failure_key *y)
{
	return memcmp(x, y, sizeof(*x));
}

/* A key without destination: bind(), listen(), UDP, overflow. */
bool route_has_destination(const struct route_key *key);

/* Of the last failure of a kind, as far as single events tell: not every one is told of. */
struct last_failure {
	struct timespec wall; /* CLOCK_REALTIME; all zero: nothing is known */
	uint32_t pid;	      /* 0: not known */
	uint16_t sport;	      /* the port asked for; 0: any */
	char comm[16];	      /* printable */
	const char *cgroup;   /* path, which lives as long as the snapshot, or NULL */
};

struct failure {
	struct failure_key key;
	uint64_t count;
	double per_s; /* as in struct route */
	struct last_failure last;
};

/* One network namespace. What could not be read of it is NOT_KNOWN. */
struct netns {
	uint32_t inum;
	uint32_t id; /* another one, if it is another namespace of the same number */
	char name[64]; /* "init", the name in /run/netns, or "" */
	int32_t range_low, range_high;
	int64_t reserved; /* ports of the range in ip_local_reserved_ports */
	int64_t blocked;  /* ports of the range that no automatic connect() gets */
	/* Of them: with a connection whose program had bound its socket without a port number. */
	int64_t blocked_by_bind_before_connect;
	int64_t time_wait, time_wait_max; /* sockets, accepted ones included */
	int64_t tw_reuse, tw_reuse_delay_ms, tcp_timestamps;
	uint64_t allocations; /* sums of its routes, by snapshot_sum_netns() */
	uint64_t failures;
	double allocations_per_s, failures_per_s; /* as in struct route */
	int64_t least_headroom; /* of its routes; NOT_KNOWN: of none it is known */
	bool own_range_misses_none; /* see struct census_netns */
	bool is_counted;	    /* by the last census */
	bool is_incomplete;	    /* see OCCUPANCY_INCOMPLETE */
};

/* Of all that the search for a port goes by, but for lists of ports. */
static inline bool netns_same_settings(const struct netns *a, const struct netns *b)
{
	return a->range_low == b->range_low && a->range_high == b->range_high &&
	       a->tw_reuse == b->tw_reuse && a->tw_reuse_delay_ms == b->tw_reuse_delay_ms;
}

/* A set of ports, bit p % 64 of bits[p / 64]; see bpf/porttrace.h. */
struct ports {
	struct port_set_key key;
	uint64_t bits[65536 / 64];
};

static inline bool ports_has(const struct ports *ports, uint16_t port)
{
	return ports->bits[port / 64] >> port % 64 & 1;
}

/*
 * What the census counts of a TCP route if it is asked to suppose other settings (see what_if.h): as
 * in struct occupancy, by these. A route without a row has no socket.
 */
struct supposed_route {
	struct route_key key;
	int64_t used_in_half[NR_HALVES], reclaimable_in_half[NR_HALVES];
	struct own_range own[MAX_OWN_RANGES]; /* capacity and headroom are not set */
};

/* Sockets of a route that one process has, or had before they came to TIME_WAIT. */
struct owner {
	struct owner_key key;
	int64_t sockets;    /* descriptors */
	int64_t time_waits; /* that it closed, as far as that was seen */
	int64_t bound; /* of all these: bound before they connected, to any port; or NOT_KNOWN */
};

struct owner_process {
	struct process_key key;
	char comm[16];	    /* printable; may be empty */
	const char *cgroup; /* path, which lives as long as the snapshot; NULL: not known */
};

/* How the owners were looked for last. */
struct owners_facts {
	bool is_fresh; /* for this snapshot */
	double age_s;  /* NAN: never */
	double cost_ms;
};

/* What the last census was like. */
struct census_facts {
	bool is_fresh;	/* made for this snapshot */
	double age_s;	/* since it began; NAN: there was none */
	double cost_ms; /* of processor time */
	int64_t sockets;
	bool is_incomplete; /* see OCCUPANCY_INCOMPLETE; in which namespace is not known */
	bool lists_all;	    /* the namespaces that there are */
};

/* What was lost since the start. NOT_KNOWN: this kernel does not tell, or nothing to lose yet. */
struct losses {
	int64_t routes;
	int64_t failures;
	int64_t calls;
	int64_t returns;
	int64_t walks;
	int64_t census; /* not since the start: what the last census could not count */
	int64_t events; /* single failures, of which the last of each kind is kept */
	int64_t owners; /* owners of TIME_WAITs, or of routes, that were not kept */
	int64_t missed; /* runs that the kernel refused a program: it was running on that CPU */
	int64_t missed_at_most; /* the same with those that a twin most likely made up for */
	int64_t ended; /* counted in namespaces that ended before a snapshot had them; by `record` */
};

struct snapshot {
	struct timespec wall;	   /* CLOCK_REALTIME */
	struct timespec monotonic; /* CLOCK_MONOTONIC */
	double uptime_s;	   /* since counting began */
	double period_s;	   /* since the snapshot before; NAN for the first */
	char host[65];
	char kernel[65];
	const char *probe; /* name of the back-end, which lives as long; "": not known */

	struct route *routes; /* sorted by namespace, then key; see snapshot_sort() */
	size_t nr_routes;
	struct failure *failures; /* sorted by key */
	size_t nr_failures;
	struct netns *netns; /* sorted by inum */
	size_t nr_netns;
	struct ports *ports; /* sorted by key; of the last census */
	size_t nr_ports;
	struct supposed_route *supposed; /* sorted by key; of the last census */
	size_t nr_supposed;
	bool supposes; /* the census was asked to */
	bool without_events; /* nothing was counted but sockets: counters are zero, and mean nothing */
	/* From sock_diag, without what only BPF can tell: reclaimable_in_half may not be known. */
	bool without_bpf;
	struct census_facts census;
	struct owner *owners; /* sorted by route, the one with most sockets first */
	size_t nr_owners;
	struct owner_process *processes; /* sorted by pid */
	size_t nr_processes;
	struct owners_facts owners_facts;
	struct losses lost;
	/* The name of a port, or NULL: how ports are shown. NULL: as numbers. */
	const char *(*service_name)(uint16_t port, uint8_t proto);
	double read_ms; /* what it took to read this snapshot from the kernel */
	struct kept_text *texts; /* see snapshot_keep_text() */

	/* Elements that there is memory for; only for snapshot_add_*(). */
	struct {
		size_t routes, failures, netns, ports, supposed, owners, processes;
	} room;
};

/* NULL when out of memory; free with snapshot_free(), which takes NULL. */
struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *snapshot);

/*
 * Makes it as a new one is, but for the memory of its rows, which is used again; texts that it kept
 * are gone.
 */
void snapshot_clear(struct snapshot *snapshot);

/*
 * Makes it a copy, with texts of its own, in the memory that it has. It is without ports, samples and
 * supposed routes, which nothing is shown of. -ENOMEM.
 */
int snapshot_assign(struct snapshot *snapshot, const struct snapshot *from);

/* Room for one more at the end, zeroed; NULL when out of memory. Sort when all are added. */
struct route *snapshot_add_route(struct snapshot *snapshot);
struct failure *snapshot_add_failure(struct snapshot *snapshot);
struct netns *snapshot_add_netns(struct snapshot *snapshot);
struct ports *snapshot_add_ports(struct snapshot *snapshot);
struct supposed_route *snapshot_add_supposed(struct snapshot *snapshot);
struct owner *snapshot_add_owner(struct snapshot *snapshot);
struct owner_process *snapshot_add_process(struct snapshot *snapshot);

/* A copy that lives as long as the snapshot; NULL when out of memory. */
const char *snapshot_keep_text(struct snapshot *snapshot, const char *text);

/*
 * Brings rows into the order that all functions below rely on. Of rows with one key, as the
 * counters and the census give them, one is left.
 */
void snapshot_sort(struct snapshot *snapshot);

/* Sums each namespace's routes, and finds their least headroom; adds a row, with nothing known, for a namespace without one. */
int snapshot_sum_netns(struct snapshot *snapshot);

/* The rates of each namespace: those of its routes together. Sorted. */
void snapshot_sum_netns_rates(struct snapshot *snapshot);

/* Sets period and rates against the snapshot before, NULL for none. Both sorted. */
void snapshot_set_rates(struct snapshot *snapshot, const struct snapshot *before);

struct totals {
	uint64_t allocations;
	uint64_t failures;
	uint64_t time_waits;
	double allocations_per_s;
	double failures_per_s;
};
struct totals snapshot_totals(const struct snapshot *snapshot);

/*
 * Failures without their routes: one entry for each (namespace, protocol, call, cause, errno), in
 * that order. *ret_failures is the caller's to free. -ENOMEM.
 */
int snapshot_sum_failures(const struct snapshot *snapshot, struct failure **ret_failures,
			  size_t *ret_nr);

/* Everything that was lost, or NOT_KNOWN if nothing is known of it. */
int64_t losses_sum(const struct losses *lost);

/* Whether that number means the same namespace in both. */
bool snapshot_is_same_netns(const struct snapshot *snapshot, const struct snapshot *before,
			    uint32_t inum);

/* NULL: there is none. */
const struct netns *snapshot_find_netns(const struct snapshot *snapshot, uint32_t inum);
const struct route *snapshot_find_route(const struct snapshot *snapshot,
					const struct route_key *key);


const struct failure *snapshot_find_failure(const struct snapshot *snapshot,
					    const struct failure_key *key);

/* As it was in an earlier snapshot; NULL as above. */
const struct failure *snapshot_failure_before(const struct snapshot *snapshot,
					      const struct snapshot *before,
					      const struct failure_key *key);
const struct ports *snapshot_find_ports(const struct snapshot *snapshot,
					const struct port_set_key *key);
const struct supposed_route *snapshot_find_supposed(const struct snapshot *snapshot,
						    const struct route_key *key);

const struct owner_process *snapshot_find_process(const struct snapshot *snapshot,
						   const struct process_key *key);

/* The owners of a route's sockets, *ret_nr of them. */
const struct owner *snapshot_owners(const struct snapshot *snapshot, const struct route_key *key,
				    size_t *ret_nr);

/*
 * Sets each route's orphans, where TIME_WAITs and owners were both counted for this snapshot; else
 * they are those of the snapshot before, which may be NULL. Sorted.
 */
void snapshot_set_orphans(struct snapshot *snapshot, const struct snapshot *before);

/* Takes the owners of the snapshot before, where they were not looked for. -ENOMEM. */
int snapshot_keep_owners(struct snapshot *snapshot, const struct snapshot *before);

#endif
