/* SPDX-License-Identifier: GPL-2.0-only */
/* How rules of `check` are written. Only for the files that have such rules. */
#ifndef PORTTRACE_CHECK_RULE_H
#define PORTTRACE_CHECK_RULE_H

#include "check.h"

/* What a rule looks at, and the finding that it makes. */
struct check {
	struct check_facts facts;
	const struct check_rule *rule;
	const struct netns *netns;	   /* NULL: a rule of the host */
	const struct host_netns *settings; /* of that namespace; NULL: not known */
	const struct route *route;	   /* NULL: no rule of a route */
	struct findings *findings;
	struct finding *finding; /* made last */
	struct finding spare;	 /* when out of memory */
	int err;
};

/* A rule is one of three kinds: it is run for each route, each namespace, or once. */
struct check_rule {
	const char *id;
	void (*route)(struct check *check);
	void (*netns)(struct check *check);
	void (*host)(struct check *check);
	const char *fact;
};

/* Ends with a rule without id. */
extern const struct check_rule check_rules[];

/* Makes a finding; the others add to the one that was made last. */
__attribute__((format(printf, 3, 4))) void check_add(struct check *check, enum severity severity,
						     const char *format, ...);
__attribute__((format(printf, 2, 3))) void check_fix(struct check *check, const char *format, ...);
/* A setting, and the command for it as a fix. */
__attribute__((format(printf, 3, 4))) void check_set(struct check *check, const char *key,
						     const char *format, ...);

/* What the program of that TCP route can do, as the fix that comes first. */
void check_fix_program(struct check *check, const struct route *route);

/* What goes before a command for that namespace: "nsenter --net=/proc/1/ns/net "; or "". */
const char *check_enter(struct check *check, uint32_t inum);

/* A text that lives as long as the findings; "" when out of memory. */
__attribute__((format(printf, 2, 3))) const char *check_text(struct check *check,
							     const char *format, ...);

/* "tcp 10.0.0.5 > 10.0.0.9:3306"; of a route without destination "udp 10.0.0.5". */
const char *check_route_text(struct check *check, const struct route *route);

/* A setting of the namespace, or NOT_KNOWN. */
int64_t check_value(const struct check *check, enum host_setting setting);

/* Ports of its range; 0: not known. */
int64_t check_range_size(const struct check *check);

/* Whether its search for a port can be given more by a larger range. */
bool check_can_widen(const struct check *check);

/* Proposes to reserve what somebody has chosen there, and then that range. */
void check_widen(struct check *check);

/*
 * Proposes to reserve, besides what is reserved, what somebody has chosen in that range: ports of
 * services, and all outside the present range that have a socket. Before that range is set.
 */
void check_reserve(struct check *check, int32_t low, int32_t high);

/*
 * Proposes that list, or the least one around it that the kernel takes in one write; nothing where
 * what is reserved already could not be read.
 */
void check_set_reserved(struct check *check, const struct port_list *reserved);

/* The routes of the namespace, *ret_nr of them. */
const struct route *check_netns_routes(const struct check *check, size_t *ret_nr);

/* Share of a whole in percent, rounded down. */
static inline int64_t percent(int64_t part, int64_t whole)
{
	return whole > 0 ? part * 100 / whole : 0;
}

/* The rules, by file. */
void check_route_exhausted(struct check *check);
void check_route_near_exhaustion(struct check *check);
void check_route_past_fast_half(struct check *check);
void check_route_ends_soon(struct check *check);
void check_route_rate(struct check *check);
void check_own_range_exhausted(struct check *check);

void check_udp_exhausted(struct check *check);
void check_udp_near_exhaustion(struct check *check);

void check_failures(struct check *check);
void check_ports_taken(struct check *check);

void check_bind_before_connect(struct check *check);
void check_ports_blocked(struct check *check);
void check_reserved_eats_range(struct check *check);

void check_service_ports(struct check *check);
void check_node_ports(struct check *check);

void check_range_narrow(struct check *check);
void check_range_parity(struct check *check);

void check_tw_reuse(struct check *check);
void check_tw_reuse_without_timestamps(struct check *check);
void check_tw_buckets(struct check *check);
void check_fin_timeout(struct check *check);
void check_somaxconn(struct check *check);

void check_differs_from_host(struct check *check);
void check_not_checked(struct check *check);

void check_file_gone(struct check *check);
void check_file_refused(struct check *check);
void check_file_differs(struct check *check);

void check_kernel_search(struct check *check);

#endif
