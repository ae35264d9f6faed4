// SPDX-License-Identifier: GPL-2.0-only
#include "source_diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "netns.h"
#include "occupancy.h"
#include "sysctl.h"
#include "take_host.h"

/* The kernel makes its messages as long as there is room for, up to 32 KiB. */
#define BUFFER_BYTES (64 << 10)

static const char *const always[] = {
	"other network namespaces than this one",
	"whose sockets and TIME_WAITs they are",
	"allocations of ports, failures, and how fast ports are taken",
	"which connections were bound before they connected: their ports count as free to other "
	"routes",
	"before Linux 6.8, ports that are bound and not listened on: they count as free",
	"which side opened a connection, but by whether somebody listens on its port: those of a "
	"listener that is gone count as opened here",
	"ranges that sockets have of their own (IP_LOCAL_PORT_RANGE)",
};

static void add_limit(struct diag_limits *limits, const char *text)
{
	if (limits->nr < MAX_DIAG_LIMITS)
		limits->text[limits->nr++] = text;
}

static void add_limits(struct diag_limits *limits)
{
	size_t i;

	limits->nr = 0;
	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_limit(limits, always[i]);
}

/* ---- Sockets ---- */

static int receive(int fd, char *buffer, uint8_t proto, struct diag_sockets *sockets)
{
	ssize_t got;
	int err = 0;

	while (!err) {
		/* MSG_TRUNC: how long it was, if there was no room for all of it. */
		got = recv(fd, buffer, BUFFER_BYTES, MSG_TRUNC);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = -errno;
		else if (got > BUFFER_BYTES)
			err = -EMSGSIZE;
		else
			err = diag_read(sockets, proto, buffer, got);
	}
	return err < 0 ? err : 0;
}

static int list(int fd, char *buffer, uint8_t family, uint8_t proto, struct diag_sockets *sockets)
{
	struct diag_request request;

	diag_ask(&request, family, proto);
	if (send(fd, request.bytes, request.length, 0) < 0)
		return -errno;
	return receive(fd, buffer, proto, sockets);
}

static bool has_ipv6(void)
{
	return !access("/proc/net/if_inet6", F_OK);
}

/* What is a module, and cannot be loaded, is missing; without TCP of IPv4, there is nothing. */
static int list_all(int fd, char *buffer, struct diag_sockets *sockets, struct diag_limits *limits)
{
	int err = list(fd, buffer, AF_INET, PORTTRACE_IPPROTO_TCP, sockets);

	if (err)
		return err;
	if (list(fd, buffer, AF_INET, PORTTRACE_IPPROTO_UDP, sockets))
		add_limit(limits, "UDP: the kernel does not list its sockets (udp_diag)");
	if (!has_ipv6())
		return 0;
	if (list(fd, buffer, AF_INET6, PORTTRACE_IPPROTO_TCP, sockets))
		add_limit(limits, "TCP over IPv6: the kernel does not list its sockets");
	if (list(fd, buffer, AF_INET6, PORTTRACE_IPPROTO_UDP, sockets))
		add_limit(limits, "UDP over IPv6: the kernel does not list its sockets");
	return 0;
}

static int list_sockets(struct diag_sockets *sockets, struct diag_limits *limits,
			struct reason *reason)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	char *buffer = malloc(BUFFER_BYTES);
	int err;

	if (fd < 0)
		err = -errno;
	else
		err = buffer ? list_all(fd, buffer, sockets, limits) : -ENOMEM;
	if (err)
		because(reason, err, "the kernel does not list its TCP sockets (sock_diag): %s",
			strerror(-err));
	free(buffer);
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- Settings ---- */

/* "TCP: inuse 5 orphan 0 tw 12 alloc 8 mem 0": of this namespace. */
static int64_t read_time_waits(void)
{
	FILE *file = fopen("/proc/net/sockstat", "re");
	long long time_waits = NOT_KNOWN;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "TCP: inuse %*d orphan %*d tw %lld", &time_waits) == 1)
			break;
	if (file)
		fclose(file);
	return time_waits;
}

static void read_settings(struct netns *netns, struct diag_limits *limits)
{
	struct stat own;

	if (!stat("/proc/self/ns/net", &own))
		netns->inum = own.st_ino;
	netns->tw_reuse = sysctl_read_number("net.ipv4.tcp_tw_reuse");
	netns->tw_reuse_delay_ms = sysctl_read_number("net.ipv4.tcp_tw_reuse_delay");
	netns->tcp_timestamps = sysctl_read_number("net.ipv4.tcp_timestamps");
	netns->time_wait_max = sysctl_read_number("net.ipv4.tcp_max_tw_buckets");
	netns->time_wait = read_time_waits();
	netns->is_incomplete = true;
	netns->is_counted = sysctl_read_range(&netns->range_low, &netns->range_high);
	if (!netns->is_counted)
		add_limit(limits, "the range of ports: /proc/sys/net/ipv4 cannot be read");
	if (netns->tw_reuse)
		add_limit(limits, "how many TIME_WAITs tcp_tw_reuse lets a connect() take over: "
				  "headroom is the least that there is");
}

/* ---- The snapshot ---- */

static struct diag_settings suppose(const struct diag_settings *settings,
				    const struct what_if *change)
{
	struct diag_settings supposed = *settings;

	if (change->range_low) {
		supposed.range_low = change->range_low;
		supposed.range_high = change->range_high;
	}
	if (change->has_reserved)
		supposed.reserved = &change->reserved;
	if (change->tw_reuse != NOT_KNOWN)
		supposed.tw_reuse = change->tw_reuse;
	return supposed;
}

static int add_rows(struct snapshot *snapshot, struct diag_sockets *sockets,
		    const struct netns *netns, const struct what_if *change,
		    struct diag_limits *limits)
{
	struct port_list reserved = {};
	struct diag_settings settings = {
		.range_low = netns->range_low,
		.range_high = netns->range_high,
		.tw_reuse = netns->tw_reuse,
		.reserved = &reserved,
	}, supposed;
	bool supposes = change && what_if_needs_count(change);

	if (!sysctl_read_ports("net.ipv4.ip_local_reserved_ports", &reserved))
		add_limit(limits, "reserved ports, which cannot be read: they count as free");
	if (supposes)
		supposed = suppose(&settings, change);
	return diag_add_rows(sockets, netns->inum, &settings, supposes ? &supposed : NULL,
			     snapshot);
}

static void forget_losses(struct losses *lost)
{
	*lost = (struct losses){
		NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
		NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
	};
}

static void begin(struct snapshot *snapshot)
{
	clock_gettime(CLOCK_REALTIME, &snapshot->wall);
	clock_gettime(CLOCK_MONOTONIC, &snapshot->monotonic);
	take_host(snapshot);
	snapshot->without_bpf = snapshot->without_events = true;
	snapshot->census.is_fresh = snapshot->census.is_incomplete = true;
	snapshot->census.age_s = 0;
	forget_losses(&snapshot->lost);
}

/* That is in memory; the kernel has said all it will. */
static int fill(struct snapshot *snapshot, struct diag_sockets *sockets,
		const struct what_if *change, struct diag_limits *limits)
{
	struct netns *netns = snapshot_add_netns(snapshot);
	int err;

	if (!netns)
		return -ENOMEM;
	read_settings(netns, limits);
	err = add_rows(snapshot, sockets, netns, change, limits);
	if (!err)
		err = occupancy_compute(snapshot, NULL);
	if (!err)
		err = snapshot_sum_netns(snapshot);
	netns_read_names(snapshot);
	return err;
}

int source_diag_take(struct snapshot *snapshot, const struct what_if *change,
		     struct diag_limits *ret_limits, struct reason *reason)
{
	int64_t start_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct diag_sockets sockets = {};
	int err;

	add_limits(ret_limits);
	begin(snapshot);
	err = list_sockets(&sockets, ret_limits, reason);
	if (!err) {
		snapshot->census.sockets = sockets.nr;
		err = fill(snapshot, &sockets, change, ret_limits);
		if (err)
			because(reason, err, "out of memory");
	}
	diag_free(&sockets);
	snapshot->census.cost_ms = (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start_ns) / 1e6;
	return err;
}
