/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of `check` are made of: a host with one network namespace, in which all is well. */
#ifndef PORTTRACE_CHECK_CASE_H
#define PORTTRACE_CHECK_CASE_H

#include "unit.h"

#include "check.h"

/* The namespace, which is our own, and the host's. */
#define CASE_NETNS 100
#define CASE_INIT 1

struct check_case {
	struct snapshot *now, *before; /* before: NULL, unless a test makes it */
	struct host *host, *host_before;
	struct netns *netns;	     /* of now; good until another is added */
	struct host_netns *settings; /* the same, of host */
	struct findings *findings;
};

/* With that range, in the namespace and on the host. Goes with case_end(). */
struct check_case case_begin(int32_t low, int32_t high);
void case_end(struct check_case *c);

/* A process with so many sockets of that route. */
void case_add_owner(struct check_case *c, struct route_key key, uint32_t pid, const char *comm,
		    int64_t sockets);

void case_add_listener(struct check_case *c, uint16_t port, uint32_t pid, const char *comm);

/* Computes occupancy and findings, for which nothing may be added any more. */
void case_run(struct check_case *c);

/* As it was run; NULL: there is none. */
const struct finding *case_find(const struct check_case *c, const char *id);

/* There is such a finding, and that is what it says. */
void assert_finding(const struct check_case *c, const char *id, enum severity severity,
		    const char *title);
void assert_no_finding(const struct check_case *c, const char *id);

/* It has that setting, and proposes nothing else under that key. */
void assert_setting(const struct check_case *c, const char *id, const char *key,
		    const char *value);

/* Some fix of it has that text in it. */
void assert_fix(const struct check_case *c, const char *id, const char *text);
void assert_no_fix(const struct check_case *c, const char *id, const char *text);

#endif
