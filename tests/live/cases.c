// SPDX-License-Identifier: GPL-2.0-only
#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "features.h"

/* With BIND, LISTEN and UDP by these, the tracepoints of system calls are passed by. */
#define UNSEEN .unseen_by_tracepoints = ALLOCATIONS | FAILURES
/* What cannot be read before the call is over, all see. */
#define BY_FRESH_PAGE .by = "fresh_page"
#define BY_IO_URING .by = "io_uring", .features = FEATURE_IO_URING
#define BY_IO_URING_BIND \
	.by = "io_uring", .features = FEATURE_IO_URING | FEATURE_IO_URING_BIND, UNSEEN
#define BY_IO_URING_UNROUTED BY_IO_URING, .unseen_but_by_fentry = FAILURES
#define BY_IA32_UNROUTED BY_IA32, .unseen_but_by_fentry = FAILURES
#define BY_IA32 .by = "ia32", .features = FEATURE_IA32
#define BY_IA32_UNSEEN BY_IA32, UNSEEN
#define BY_SOCKETCALL .by = "socketcall", .features = FEATURE_IA32
#define BY_SOCKETCALL_UNSEEN BY_SOCKETCALL, UNSEEN

/*
 * Odd and prime where nothing else is asked for, and no two numbers of a case the same, so that
 * figures which are mixed up, doubled or rounded cannot be right by chance.
 */
static const struct live_case cases[] = {
	{ "tcp", "connect", ALL_FAMILIES, .n = 23 },
	{ "tcp", "connect-nonblock", ALL_FAMILIES, .n = 19 },
	{ "tcp", "server-closes", ALL_FAMILIES, .n = 17 },
	{ "tcp", "half-closed", ALL_FAMILIES, .n = 13 },
	{ "tcp", "aborted", ALL_FAMILIES, .n = 11 },
	{ "tcp", "aborted-in-fin-wait", ALL_FAMILIES, .n = 7 },
	{ "tcp", "no-room-for-time-wait", FAMILY_4 | FAMILY_6, .n = 5 },
	{ "tcp", "time-wait-reuse", ALL_FAMILIES, .n = 22 },
	{ "tcp", "refused", ALL_FAMILIES, .n = 29 },
	{ "tcp", "timeout", FAMILY_4 | FAMILY_6, .n = 7 },
	{ "tcp", "reconnect", ALL_FAMILIES, .n = 13 },
	{ "tcp", "exhausted", ALL_FAMILIES, .n = 40, .m = 23 },
	{ "tcp", "exhausted-released", FAMILY_4 | FAMILY_6, .n = 36, .m = 7 },
	{ "tcp", "own-range-exhausted", ALL_FAMILIES, .n = 31, .m = 23,
	  .features = FEATURE_OWN_RANGE },
	{ "tcp", "address-exhausted", ALL_FAMILIES, .n = 38, .m = 19 },
	{ "tcp", "reconnect-exhausted", ALL_FAMILIES, .n = 34, .m = 17 },
	{ "tcp", "dissolved-exhausted", ALL_FAMILIES, .n = 30, .m = 9 },
	{ "tcp", "fastopen", ALL_FAMILIES, .n = 28, .m = 13 },
	{ "tcp", "bind0", ALL_FAMILIES, .n = 26, .m = 11 },
	{ "tcp", "listen", FAMILY_4 | FAMILY_6, .n = 22, .m = 7 },
	{ "tcp", "address-listen", ALL_FAMILIES, .n = 20, .m = 5 },
	{ "tcp", "bind0-connect", ALL_FAMILIES, .n = 23 },
	{ "tcp", "bind-port-connect", ALL_FAMILIES, .n = 19 },
	{ "tcp", "bind-address-connect", ALL_FAMILIES, .n = 17 },
	{ "tcp", "bind0-reconnect", ALL_FAMILIES, .n = 13 },
	{ "tcp", "bind-port-reconnect", ALL_FAMILIES, .n = 11 },
	{ "tcp", "tuple-in-use", ALL_FAMILIES, .n = 13, .m = 23 },
	{ "tcp", "port-in-use", ALL_FAMILIES, .n = 11, .m = 19 },
	{ "tcp", "port-of-connection", ALL_FAMILIES, .n = 7, .m = 17 },
	{ "tcp", "port-of-time-wait", ALL_FAMILIES, .n = 5, .m = 13 },
	{ "tcp", "listen-in-use", ALL_FAMILIES, .n = 7, .m = 11 },
	{ "tcp", "not-local", ALL_FAMILIES, .m = 23 },
	{ "tcp", "not-local-in-threads", FAMILY_4 | FAMILY_6, .m = 5 },
	{ "udp", "not-local-in-threads", FAMILY_4 | FAMILY_6, .m = 7 },
	{ "tcp", "not-permitted", ALL_FAMILIES, .m = 19 },
	{ "udp", "bind0", ALL_FAMILIES, .n = 31, .m = 23 },
	{ "udp", "connect", ALL_FAMILIES, .n = 29, .m = 19 },
	{ "udp", "address-connect", ALL_FAMILIES, .n = 23, .m = 17 },
	{ "udp", "sendto", ALL_FAMILIES, .n = 19, .m = 13 },
	{ "udp", "sendmsg", ALL_FAMILIES, .n = 17, .m = 11 },
	{ "udp", "sendmmsg", ALL_FAMILIES, .n = 13, .m = 7 },
	{ "udp", "port-in-use", ALL_FAMILIES, .n = 11, .m = 23 },
	{ "udp", "port-of-connection", ALL_FAMILIES, .n = 7, .m = 19 },
	{ "udp", "not-local", ALL_FAMILIES, .m = 17 },
	{ "udp", "not-permitted", ALL_FAMILIES, .m = 13 },
	{ "mptcp", "connect", FAMILY_4, .n = 23 },
	{ "mptcp", "exhausted", ALL_FAMILIES, .n = 32, .m = 19 },
	{ "mptcp", "bind0", ALL_FAMILIES, .n = 26, .m = 17 },
	/* The bind() of a subflow is no system call. */
	{ "mptcp", "subflow", FAMILY_4, .n = 13, .unseen_by_tracepoints = ALLOCATIONS },
	{ "tcp", "bind-and-close", ALL_FAMILIES, .n = 31 },
	{ "udp", "bind-and-close", ALL_FAMILIES, .n = 37 },
	/* Near misses: calls that fail, and are no failed allocations. */
	{ "tcp", "unreachable", ALL_FAMILIES, .m = 7 },
	{ "tcp", "host-unreachable", FAMILY_4 | FAMILY_MAPPED, .m = 5 },
	{ "tcp", "no-scope", FAMILY_6, .m = 7 },
	{ "udp", "no-scope", FAMILY_6, .m = 5 },
	{ "tcp", "bind-again", ALL_FAMILIES, .m = 11 },
	{ "udp", "bind-again", ALL_FAMILIES, .m = 7 },
	{ "tcp", "connect-again", ALL_FAMILIES, .m = 13 },
	{ "tcp", "under-way", FAMILY_4 | FAMILY_6, .n = 11 },
	{ "tcp", "signalled", FAMILY_4 | FAMILY_6, .n = 5 },
	{ "tcp", "restarted", FAMILY_4 | FAMILY_6, .n = 2 },
	{ "tcp", "killed", FAMILY_4, .n = 7 },
	{ "tcp", "freebind", ALL_FAMILIES, .n = 13 },
	{ "udp", "freebind", ALL_FAMILIES, .n = 11 },
	{ "udp", "full-buffer", FAMILY_4 | FAMILY_MAPPED, .m = 17, .features = FEATURE_TAP },
	/* Ports that another process has. */
	{ "tcp", "held-by-connection", ALL_FAMILIES, .n = 5, .m = 13 },
	{ "udp", "held-by-connection", ALL_FAMILIES, .n = 3, .m = 11 },
	{ "tcp", "held-by-time-wait", ALL_FAMILIES, .n = 5, .m = 11 },
	{ "tcp", "held-by-close-wait", ALL_FAMILIES, .n = 3, .m = 7 },
	{ "tcp", "held-by-bound", ALL_FAMILIES, .n = 7, .m = 17 },
	{ "udp", "held-by-bound", ALL_FAMILIES, .n = 5, .m = 7 },
	{ "tcp", "held-by-listener", ALL_FAMILIES, .n = 3, .m = 11 },
	{ "tcp", "held-by-accepted", ALL_FAMILIES, .n = 5, .m = 7 },
	{ "tcp", "held-by-two", FAMILY_4 | FAMILY_6, .n = 3, .m = 7 },
	{ "udp", "held-by-two", FAMILY_4 | FAMILY_6, .n = 5, .m = 11 },
	{ "tcp", "held-by-dying", FAMILY_4, .m = 5 },
	{ "udp", "held-by-dying", FAMILY_4, .m = 3 },
	{ "tcp", "bind-before-connect", ALL_FAMILIES, .n = 22, .m = 13 },
	{ "tcp", "bind-before-listen", ALL_FAMILIES, .n = 24, .m = 11 },
	/* One port, and more sockets on it than a tracer looks at one by one. */
	{ "tcp", "held-by-busy-listener", ALL_FAMILIES, .n = 200, .m = 11 },
	{ "tcp", "held-by-closing-listener", ALL_FAMILIES, .n = 200, .m = 13 },
	/* No more than are looked at; with more, `top` says that it lost a walk: trace_busy.c. */
	{ "tcp", "wildcard-held-by-busy-listener", ALL_FAMILIES, .n = 50, .m = 7 },
	{ "tcp", "wildcard-held-by-closing-listener", ALL_FAMILIES, .n = 49, .m = 5 },
	{ "tcp", "held-on-device", FAMILY_4 | FAMILY_6, .n = 3, .m = 11, .features = FEATURE_TAP },
	{ "udp", "held-on-device", FAMILY_4 | FAMILY_6, .n = 5, .m = 13, .features = FEATURE_TAP },
	{ "tcp", "held-by-connection-on-device", FAMILY_4 | FAMILY_6, .n = 3, .m = 7,
	  .features = FEATURE_TAP },
	{ "udp", "held-by-connection-on-device", FAMILY_4 | FAMILY_6, .n = 5, .m = 11,
	  .features = FEATURE_TAP },
	/* No address to come from. */
	{ "tcp", "unrouted", FAMILY_6, .m = 13 },
	{ "udp", "unrouted", FAMILY_6, .m = 11 },
	{ "tcp", "bound-unrouted", FAMILY_6, .m = 7 },
	{ "udp", "bound-unrouted", FAMILY_6, .m = 5 },
	{ "tcp", "exhausted-unrouted", FAMILY_4 | FAMILY_MAPPED, .n = 14, .m = 11,
	  .features = FEATURE_IPV6 },
	{ "tcp", "bind0", ALL_FAMILIES, .n = 16, .m = 7, BY_FRESH_PAGE },
	{ "tcp", "not-local", ALL_FAMILIES, .m = 11, BY_FRESH_PAGE },
	{ "tcp", "port-in-use", ALL_FAMILIES, .n = 5, .m = 11, BY_FRESH_PAGE },
	{ "udp", "port-in-use", ALL_FAMILIES, .n = 3, .m = 7, BY_FRESH_PAGE },
	{ "tcp", "held-by-listener", ALL_FAMILIES, .n = 5, .m = 13, BY_FRESH_PAGE },
	{ "tcp", "unrouted", FAMILY_6, .m = 7, BY_FRESH_PAGE },
	/*
	 * Not by the system calls that tracepoints know. What a connection does can be seen all
	 * the same. No UDP connect(): io_uring tries it 128 times more, after an EAGAIN.
	 */
	{ "tcp", "exhausted", ALL_FAMILIES, .n = 18, .m = 13, BY_IO_URING },
	{ "tcp", "bind0", ALL_FAMILIES, .n = 16, .m = 11, BY_IO_URING_BIND },
	{ "tcp", "listen", FAMILY_4 | FAMILY_6, .n = 14, .m = 5, BY_IO_URING_BIND },
	{ "tcp", "port-in-use", ALL_FAMILIES, .n = 5, .m = 13, BY_IO_URING_BIND },
	{ "udp", "bind0", FAMILY_4 | FAMILY_6, .n = 11, .m = 7, BY_IO_URING_BIND },
	{ "udp", "sendto", FAMILY_4 | FAMILY_6, .n = 13, .m = 5, BY_IO_URING, UNSEEN },
	{ "tcp", "exhausted", ALL_FAMILIES, .n = 18, .m = 11, BY_IA32 },
	{ "tcp", "bind0", ALL_FAMILIES, .n = 16, .m = 13, BY_IA32_UNSEEN },
	{ "tcp", "listen", FAMILY_4, .n = 14, .m = 7, BY_IA32_UNSEEN },
	{ "tcp", "port-in-use", FAMILY_4, .n = 7, .m = 11, BY_IA32_UNSEEN },
	{ "tcp", "not-local", FAMILY_6, .m = 5, BY_IA32_UNSEEN },
	{ "udp", "connect", FAMILY_6, .n = 11, .m = 5, BY_IA32_UNSEEN },
	{ "udp", "sendto", FAMILY_4, .n = 11, .m = 7, BY_IA32_UNSEEN },
	{ "tcp", "exhausted", FAMILY_6, .n = 16, .m = 7, BY_SOCKETCALL },
	{ "tcp", "bind0", FAMILY_4, .n = 14, .m = 11, BY_SOCKETCALL_UNSEEN },
	{ "tcp", "listen", FAMILY_6, .n = 12, .m = 5, BY_SOCKETCALL_UNSEEN },
	{ "udp", "sendto", FAMILY_6, .n = 13, .m = 5, BY_SOCKETCALL_UNSEEN },
	{ "tcp", "unrouted", FAMILY_6, .m = 5, BY_IO_URING_UNROUTED },
	{ "tcp", "unrouted", FAMILY_6, .m = 11, BY_IA32_UNROUTED },
	{ "tcp", "interrupted", FAMILY_4 | FAMILY_6, .n = 5003, .disturbs = true,
	  .features = FEATURE_SMP | FEATURE_STEERING },
	{ "tcp", "preempted", FAMILY_4 | FAMILY_6, .n = 1009, .m = 997, .disturbs = true },
	{ "tcp", "preempted-exhausted", FAMILY_4 | FAMILY_6, .n = 14, .m = 1013,
	  .disturbs = true },
	/* More than the tracer's map of routes has room for. */
	{ "tcp", "many-routes", FAMILY_4, .n = 70000, .has_too_many_routes = true },
	{},
};

static const struct {
	unsigned int bit;
	const char *suffix;
	unsigned int features;
} families[] = {
	{ FAMILY_4, "4", 0 },
	{ FAMILY_6, "6", FEATURE_IPV6 },
	{ FAMILY_MAPPED, "-mapped", FEATURE_IPV6 },
};

unsigned int cases_unseen(const struct live_case *live_case, const char *probe)
{
	unsigned int unseen = 0;

	if (!strcmp(probe, "tracepoint"))
		unseen |= live_case->unseen_by_tracepoints;
	if (strcmp(probe, "fentry"))
		unseen |= live_case->unseen_but_by_fentry;
	return unseen;
}

bool cases_each(bool (*visit)(const struct live_run *run, void *arg), void *arg)
{
	const struct live_case *live_case;
	size_t i;

	for (live_case = cases; live_case->kind; live_case++) {
		for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
			struct live_run run = { .live_case = live_case };

			if (!(live_case->families & families[i].bit))
				continue;
			run.features = live_case->features | families[i].features;
			if (!strcmp(live_case->transport, "mptcp"))
				run.features |= FEATURE_MPTCP;
			snprintf(run.kind, sizeof(run.kind), "%s%s-%s", live_case->transport,
				 families[i].suffix, live_case->kind);
			snprintf(run.name, sizeof(run.name), "%s%s%s", run.kind,
				 live_case->by ? "-by-" : "", live_case->by ? live_case->by : "");
			if (visit(&run, arg))
				return true;
		}
	}
	return false;
}
