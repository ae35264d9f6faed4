// SPDX-License-Identifier: GPL-2.0-only
#include "cases.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compare.h"

/* uapi/linux/in.h since 6.3; the C library's may be older. */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

enum {
	FEATURE_IPV6 = 1 << 0,
	FEATURE_MPTCP = 1 << 1,
	FEATURE_OWN_RANGE = 1 << 2,
	FEATURE_SMP = 1 << 3,
	FEATURE_STEERING = 1 << 4,
	FEATURE_REUSE_DELAY = 1 << 5, /* of the mixes only, see headroom.c */
};

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
	{ "tcp", "interrupted", FAMILY_4 | FAMILY_6, .n = 5003, .disturbs = true,
	  .features = FEATURE_SMP | FEATURE_STEERING },
	{ "tcp", "preempted", FAMILY_4 | FAMILY_6, .n = 1009, .m = 997, .disturbs = true },
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
			snprintf(run.name, sizeof(run.name), "%s%s-%s", live_case->transport,
				 families[i].suffix, live_case->kind);
			if (visit(&run, arg))
				return true;
		}
	}
	return false;
}

/* ---- What a kernel may lack: found out otherwise than the workload does ---- */

static bool has_ipv6(void)
{
	return !access("/proc/net/if_inet6", R_OK);
}

static bool has_mptcp(void)
{
	return !access("/proc/sys/net/mptcp", X_OK);
}

static bool has_own_range(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t range;
	socklen_t len = sizeof(range);
	bool has = fd >= 0 && !getsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, &len);

	if (fd >= 0)
		close(fd);
	return has;
}

static bool has_smp(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static bool has_steering(void)
{
	return !access("/proc/sys/net/core/rps_sock_flow_entries", R_OK);
}

static bool has_reuse_delay(void)
{
	return !access("/proc/sys/net/ipv4/tcp_tw_reuse_delay", F_OK);
}

static const struct {
	unsigned int bit;
	const char *name;
	bool (*is_there)(void);
} features_table[] = {
	{ FEATURE_IPV6, "IPv6", has_ipv6 },
	{ FEATURE_MPTCP, "MPTCP", has_mptcp },
	{ FEATURE_OWN_RANGE, "IP_LOCAL_PORT_RANGE", has_own_range },
	{ FEATURE_SMP, "SMP", has_smp },
	{ FEATURE_STEERING, "RPS", has_steering },
	{ FEATURE_REUSE_DELAY, "TW_REUSE_DELAY", has_reuse_delay },
};

const char *features_missing(unsigned int features)
{
	size_t i;

	for (i = 0; i < sizeof(features_table) / sizeof(features_table[0]); i++) {
		if (features & features_table[i].bit && !features_table[i].is_there())
			return features_table[i].name;
	}
	return NULL;
}

bool feature_is_missing(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(features_table) / sizeof(features_table[0]); i++) {
		if (!strcmp(features_table[i].name, name))
			return !features_table[i].is_there();
	}
	return false;
}

bool feature_is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list) {
		if (!strncmp(list, name, len) && (list[len] == ',' || !list[len]))
			return true;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return false;
}
