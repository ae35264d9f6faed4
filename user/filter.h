/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked for: one filter, for the rows of a snapshot here and, as struct event_filter, for
 * single events in the kernel. Pure.
 */
#ifndef PORTTRACE_FILTER_H
#define PORTTRACE_FILTER_H

#include "snapshot.h"

/* Sets: what is in none of a kind is not asked about. */
enum {
	FILTER_IPV4 = 1 << 0,
	FILTER_IPV6 = 1 << 1,
	FILTER_TCP = 1 << 0,
	FILTER_UDP = 1 << 1,
};

/*
 * Which rows to keep. Zeroed: all. Overflow rows have no addresses that could be asked about, and
 * are always kept, but for their protocol.
 */
struct filter {
	struct address_filter {
		uint8_t addr[16]; /* as in struct route_key */
		uint8_t prefix;	  /* bits, of the 128 */
		bool set;
	} src, dst;
	uint16_t dport_low, dport_high; /* inclusive; both 0: any */
	uint16_t sport_low, sport_high; /* the same, of events: a route has many */
	uint8_t families;		/* FILTER_IPV4, FILTER_IPV6; 0: both */
	uint8_t protos;			/* FILTER_TCP, FILTER_UDP; 0: both */
	/* Of the process whose sockets, or whose call. */
	uint32_t pid;	   /* 0: any */
	char comm[16];	   /* cut off as the kernel does; "": any */
	char cgroup[4096]; /* path in the cgroup2 hierarchy, printable, and all below; "": any */
	uint64_t cgroup_inode;
};

bool filter_keeps(const struct filter *filter, const struct route_key *key);

/* Whether it asks about processes. */
bool filter_has_process(const struct filter *filter);

/* Whether it asks about anything. */
bool filter_asks(const struct filter *filter);

/* comm and cgroup: printable, as the cgroup of the filter is; or NULL. */
bool filter_keeps_process(const struct filter *filter, uint32_t pid, const char *comm,
			  const char *cgroup);

/* Both together: a route of a snapshot, by its owners there. */
bool filter_keeps_route(const struct filter *filter, const struct snapshot *snapshot,
			const struct route_key *key);

/*
 * Drops the rows that the filter does not keep, routes without an owner that it keeps among them,
 * then sums the namespaces again. 0 or -ENOMEM.
 */
int filter_snapshot(const struct filter *filter, struct snapshot *snapshot);

/* The same for the kernel. */
void filter_for_events(const struct filter *filter, struct event_filter *ret_filter);

#endif
