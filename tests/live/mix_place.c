// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

/* uapi/linux/in.h since 6.3; the C library's may be older. */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define REUSE_DELAY "net/ipv4/tcp_tw_reuse_delay"
#define STEP_WIDTH "net/ipv4/ip_local_port_step_width"

/* The longest that the kernel allows. */
#define LONG_DELAY_MS 60000

/*
 * Before 6.14 the kernel compares whole seconds: after two of them, each TIME_WAIT is old enough;
 * and some for the clocks.
 */
#define OLD_ENOUGH_MS 2500

#define BACKLOG 65535
#define LATE_MARGIN 20

#define NR_HOSTS 9
#define ADDRESS_LIMIT_MS 10000

/* ---- What this kernel has ---- */

static bool has_own_range(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(uint32_t);
	uint32_t range;
	bool has = fd >= 0 && !getsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, &len);

	if (fd >= 0)
		close(fd);
	return has;
}

bool has_feature(unsigned int feature)
{
	switch (feature) {
	case MIX_IPV6:
		return !access("/proc/sys/net/ipv6", F_OK);
	case MIX_OWN_RANGE:
		return has_own_range();
	case MIX_REUSE_DELAY:
		return !access("/proc/sys/" REUSE_DELAY, F_OK);
	case MIX_STEP_WIDTH:
		return !access("/proc/sys/" STEP_WIDTH, F_OK);
	}
	return true;
}

/* ---- Addresses ---- */

struct in6_addr mix_ip(bool is_v6, bool is_site, unsigned int host)
{
	union address address;
	char text[INET6_ADDRSTRLEN];

	if (!host)
		return ip_any(is_v6 ? AF_INET6 : AF_INET);
	if (!is_v6)
		snprintf(text, sizeof(text), "%d.0.0.%u", is_site ? 10 : 127, host);
	else if (is_site)
		snprintf(text, sizeof(text), "fd00::%u", host);
	else
		snprintf(text, sizeof(text), "::1");
	address = address_of(is_v6 ? AF_INET6 : AF_INET, text, 0);
	return address_ip(&address);
}

/* Of an address on lo, the kernel makes its whole network local: 10.0.0.0/8. */
static void add_ipv4(int fd)
{
	struct in6_addr ip = mix_ip(false, true, 1);
	union address address = address_with(AF_INET, &ip, 0);
	struct ifreq alias = { .ifr_name = "lo:1" };

	memcpy(&alias.ifr_addr, &address.v4, sizeof(address.v4));
	if (ioctl(fd, SIOCSIFADDR, &alias) < 0)
		plan_failed("cannot add an IPv4 address to lo: %s", strerror(errno));
}

static void add_ipv6(int fd, unsigned int host)
{
	struct in6_ifreq address = {
		.ifr6_addr = mix_ip(true, true, host),
		.ifr6_prefixlen = 128,
		.ifr6_ifindex = if_nametoindex("lo"),
	};

	if (ioctl(fd, SIOCSIFADDR, &address) < 0)
		plan_failed("cannot add an IPv6 address to lo: %s", strerror(errno));
}

static bool is_usable(const void *arg)
{
	const struct in6_addr *ip = arg;
	union address address = address_with(AF_INET6, ip, 0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool usable = fd >= 0 && !bind(fd, &address.sa, sizeof(address.v6));

	if (fd >= 0)
		close(fd);
	return usable;
}

/* The kernel gives it out when a work item of its own has run. */
static void await_ipv6(unsigned int host)
{
	struct in6_addr ip = mix_ip(true, true, host);

	if (!wait_until(is_usable, &ip, ADDRESS_LIMIT_MS))
		plan_failed("an IPv6 address stays tentative");
}

static int socket_for_addresses(int domain)
{
	int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		plan_failed("no socket to add addresses with: %s", strerror(errno));
	return fd;
}

static void add_addresses(void)
{
	int fd = socket_for_addresses(AF_INET);
	unsigned int host;

	add_ipv4(fd);
	close(fd);
	if (!has_feature(MIX_IPV6))
		return;
	fd = socket_for_addresses(AF_INET6);
	for (host = 1; host <= NR_HOSTS; host++)
		add_ipv6(fd, host);
	close(fd);
	for (host = 1; host <= NR_HOSTS; host++)
		await_ipv6(host);
}

/* ---- The namespace ---- */

static void set_range(unsigned int low, unsigned int high)
{
	sandbox_sysctl("net/ipv4/ip_local_port_range", "%u %u", low, high);
}

static void set_reserved(const char *list)
{
	sandbox_sysctl("net/ipv4/ip_local_reserved_ports", "%s\n", list);
}

static void listen_for(struct mix *mix, uint16_t port)
{
	int fd = mix_bind(mix, SOCK_STREAM, &mix->dst, port, 0);

	mix_listen(mix, fd, BACKLOG);
	mix->listeners[port - ROUTE_PORT] = fd;
}

static int must_begin(const struct way *way)
{
	long long took_ns;
	int fd = mix_begin(way, &took_ns);

	if (fd < 0)
		plan_failed("no port for a connection that tries out the kernel");
	mix_await_tcp_state(fd, TCP_ESTABLISHED);
	return fd;
}

/*
 * Until 6.17.7 a port stays blocked after its binder has gone while a connection has it, too.
 * Seen in a range of a single port, by a connection that is to share it with another one.
 */
static bool try_whether_binder_is_forgotten(struct mix *mix)
{
	struct way way = { .domain = mix_domain_of(&mix->dst), .dst = mix->dst };
	struct in6_addr elsewhere = mix_ip(false, true, NR_HOSTS);
	long long took_ns;
	int first, second;

	set_range(LOWEST_PORT, LOWEST_PORT);
	way.dport = OTHER_PORT;
	first = must_begin(&way);
	close(mix_bind(mix, SOCK_STREAM, &elsewhere, LOWEST_PORT, 0));
	way.dport = PROBE_PORT;
	second = mix_begin(&way, &took_ns);
	if (second >= 0)
		mix_reset(second);
	mix_reset(first);
	return second >= 0;
}

/*
 * Until 6.7 the search goes by parity in a socket's own range, too, and passes over one of three
 * ports: always over the last, since it can only start at the first.
 */
static bool try_whether_own_range_is_visited(const struct mix *mix)
{
	struct way way = {
		.domain = mix_domain_of(&mix->dst),
		.dst = mix->dst,
		.dport = PROBE_PORT,
		.own_range = { LOWEST_PORT, LOWEST_PORT + 2 },
	};
	int fds[4], nr = 0;
	long long took_ns;
	bool all;

	if (!has_feature(MIX_OWN_RANGE))
		return false;
	set_range(LOWEST_PORT, LOWEST_PORT + 9);
	while (nr < 4 && (fds[nr] = mix_begin(&way, &took_ns)) >= 0)
		nr++;
	all = nr == 3;
	while (nr)
		mix_reset(fds[--nr]);
	return all;
}

static void close_listeners(struct mix *mix)
{
	size_t i;

	for (i = 0; i < sizeof(mix->listeners) / sizeof(mix->listeners[0]); i++)
		close(mix->listeners[i]);
}

static void listen_for_all(struct mix *mix)
{
	uint16_t port;

	for (port = ROUTE_PORT; port < CLOSED_PORT; port++)
		listen_for(mix, port);
}

static void try_out_kernel(struct mix *mix)
{
	listen_for_all(mix);
	mix->forgets_binder = try_whether_binder_is_forgotten(mix);
	mix->visits_all_of_own_range = try_whether_own_range_is_visited(mix);
	close_listeners(mix);
	sandbox_await_time_waits(0);
}

/* Where elements take ports by number: before the settings are final, beyond their ends, too. */
static void open_for_elements(struct mix *mix)
{
	const struct mix_plan *plan = &mix->plan;

	mix->ports = plan->range;
	if (plan->settles_late) {
		mix->ports.low -= LATE_MARGIN;
		mix->ports.high += LATE_MARGIN;
	} else {
		set_reserved(plan->reserved);
	}
	set_range(mix->ports.low, mix->ports.high);
}

static void parse_reserved(struct mix *mix)
{
	char list[sizeof(mix->plan.reserved)], *rest = list, *item;

	snprintf(list, sizeof(list), "%s", mix->plan.reserved);
	while ((item = strsep(&rest, ","))) {
		unsigned int low, high;
		int nr = sscanf(item, "%u-%u", &low, &high);

		if (nr < 1)
			continue;
		for (high = nr == 2 ? high : low; low <= high; low++)
			mix->is_reserved[low] = true;
	}
}

void place_enter(struct mix *mix)
{
	const struct mix_plan *plan = &mix->plan;

	sandbox_allow_descriptors();
	/* No TIME_WAIT is to be reused before all elements are there. */
	sandbox_enter(plan->range.low, plan->range.high);
	add_addresses();
	mix->dst = mix_ip(plan->family == MIX_6, plan->dst_is_site, plan->dst);
	if (!plan->is_udp) {
		try_out_kernel(mix);
		listen_for_all(mix);
	}
	if (plan->step_width)
		sandbox_sysctl(STEP_WIDTH, "%u", plan->step_width);
	parse_reserved(mix);
	open_for_elements(mix);
}

static bool is_past(const void *arg)
{
	const long long *end_ms = arg;

	return now_ms() >= *end_ms;
}

static void let_time_waits_age(const struct mix *mix)
{
	long long end_ms = mix->last_time_wait_ms + OLD_ENOUGH_MS;

	if (mix->nr_time_waits && mix->plan.tw_reuse)
		wait_until(is_past, &end_ms, OLD_ENOUGH_MS);
}

void place_settle(struct mix *mix)
{
	const struct mix_plan *plan = &mix->plan;

	set_range(plan->range.low, plan->range.high);
	set_reserved(plan->reserved);
	if (plan->is_young)
		sandbox_sysctl(REUSE_DELAY, "%d", LONG_DELAY_MS);
	if (!plan->is_udp)
		sandbox_await_time_waits(mix->nr_time_waits);
	let_time_waits_age(mix);
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "%u", plan->tw_reuse);
}

void place_open_range(const struct mix *mix)
{
	const struct port_range *range = &mix->ports;

	set_reserved("");
	/* Of an odd number of ports the search would pass over one. */
	set_range(range->low, range->high + (range->high - range->low + 1) % 2);
}
