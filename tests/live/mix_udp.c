// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements of a UDP mix. A UDP port is taken for its local address; mix->src is that of the row
 * which is looked at, perhaps the wildcard.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mix.h"
#include "plan.h"

/* ---- What there is ---- */

static bool is_connected(int fd)
{
	union address peer;
	socklen_t len = sizeof(peer);

	return !getpeername(fd, &peer.sa, &len);
}

static bool is_v6only(int fd)
{
	socklen_t len = sizeof(int);
	int v6only = 0;

	/* An AF_INET socket has no such option. */
	return !getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &len) && v6only;
}

/*
 * Whether a socket on another address than that of the row keeps a port from it: one of both is a
 * wildcard for the other's address (udp_lib_lport_inuse()).
 */
static bool is_in_the_way(const struct mix *mix, int fd, const struct in6_addr *ip)
{
	bool row_is_v4 = IN6_IS_ADDR_V4MAPPED(&mix->src), is_v4 = IN6_IS_ADDR_V4MAPPED(ip);

	/* The row of the IPv6 wildcard is for sockets that are IPv4's as well. */
	if (ip_is_any(&mix->src))
		return is_v4 || !row_is_v4 || (ip_is_any(ip) && !is_v6only(fd));
	if (!ip_is_any(ip))
		return false;
	return row_is_v4 == is_v4 || (row_is_v4 && !is_v6only(fd));
}

static unsigned int count_used(const struct mix *mix, const bool is_own[NR_PORTS],
			       const bool is_others[NR_PORTS])
{
	unsigned int count = 0, port;

	for (port = mix->plan.range.low; port <= mix->plan.range.high; port++)
		count += is_own[port] && !is_others[port] && !mix->is_reserved[port];
	return count;
}

void udp_note(const struct mix *mix, struct moment *moment)
{
	bool is_own[NR_PORTS] = {}, is_others[NR_PORTS] = {};
	unsigned int i;

	for (i = 0; i < mix->nr_udp_fds; i++) {
		int fd = mix->udp_fds[i];
		struct in6_addr ip = mix_local_ip(fd);

		if (memcmp(&ip, &mix->src, sizeof(ip))) {
			is_others[mix_port(fd)] |= is_in_the_way(mix, fd, &ip);
			continue;
		}
		is_own[mix_port(fd)] = true;
		if (is_connected(fd))
			moment->nr_connected++;
		else
			moment->nr_other++;
	}
	moment->nr_used = count_used(mix, is_own, is_others);
}

/* ---- Elements ---- */

static struct in6_addr elsewhere(struct mix *mix)
{
	bool is_v6 = mix->plan.family == MIX_6;

	if (mix->plan.is_random && has_feature(MIX_IPV6))
		is_v6 = random_chance(&mix->random, 50);
	return mix_ip(is_v6, is_v6 || random_chance(&mix->random, 50),
		      random_between(&mix->random, 4, 6));
}

static int bind_number(struct mix *mix, const struct in6_addr *ip, unsigned int flags)
{
	return mix_bind_any_number(mix, SOCK_DGRAM, ip, flags);
}

static void take_from_list(struct mix *mix, int fd)
{
	unsigned int i;

	for (i = 0; i < mix->nr_udp_fds; i++)
		if (mix->udp_fds[i] == fd)
			mix->udp_fds[i] = mix->udp_fds[--mix->nr_udp_fds];
	close(fd);
}

static void make_here(struct mix *mix)
{
	mix_bind(mix, SOCK_DGRAM, &mix->src, 0, 0);
}

static void make_here_number(struct mix *mix)
{
	bind_number(mix, &mix->src, 0);
}

static void make_here_left(struct mix *mix)
{
	int fd = mix_bind(mix, SOCK_DGRAM, &mix->src, 0, 0);

	if (fd >= 0)
		take_from_list(mix, fd);
}

static void connect_bound(struct mix *mix, int fd)
{
	union address to = address_with(mix_domain_of(&mix->dst), &mix->dst, OTHER_PORT);

	if (fd >= 0 && connect(fd, &to.sa, address_len(&to)) < 0)
		plan_failed("connect() of a UDP socket: %s", strerror(errno));
}

static void make_here_connected(struct mix *mix)
{
	connect_bound(mix, mix_bind(mix, SOCK_DGRAM, &mix->src, 0, 0));
}

/* Its local address is no more the wildcard that its port was looked for. */
static void make_autobound(struct mix *mix)
{
	int err = mix_connect_udp(mix);

	if (err < 0)
		mix_refused(mix, "connect() of a UDP socket", err == -EAGAIN ? EADDRINUSE : -err);
}

/* connect() to nobody takes the port away, if it was not asked for by number. */
static void make_dissolved(struct mix *mix)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int fd = mix_connect_udp(mix);

	if (fd >= 0 && connect(fd, &nobody, sizeof(nobody)) < 0)
		plan_failed("connect() to AF_UNSPEC: %s", strerror(errno));
	if (fd >= 0)
		take_from_list(mix, fd);
}

static void make_elsewhere(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	bind_number(mix, &ip, 0);
}

static void make_wildcard(struct mix *mix)
{
	struct in6_addr any = ip_any(AF_INET);

	bind_number(mix, &any, 0);
}

static void make_dual(struct mix *mix)
{
	bind_number(mix, &in6addr_any, 0);
}

static void make_v6only(struct mix *mix)
{
	bind_number(mix, &in6addr_any, V6ONLY);
}

/* Two sockets on one port. */
static void make_two(struct mix *mix, const struct in6_addr *ip, unsigned int flags)
{
	int fd = bind_number(mix, ip, flags);

	if (fd >= 0)
		mix_bind(mix, SOCK_DGRAM, ip, mix_port(fd), flags);
}

static void make_two_here(struct mix *mix)
{
	make_two(mix, &mix->src, REUSE_ADDRESS);
}

static void make_two_elsewhere(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	make_two(mix, &ip, REUSE_PORT);
}

static void make_two_wildcard(struct mix *mix)
{
	struct in6_addr any = ip_any(AF_INET);

	make_two(mix, &any, REUSE_PORT);
}

/* What must make no difference. */
static void make_tcp_neighbour(struct mix *mix)
{
	struct in6_addr ip = elsewhere(mix);

	mix_bind_any_number(mix, SOCK_STREAM, &ip, 0);
}

const struct element elements_udp[] = {
	{ "here", make_here, 0 },
	{ "here-number", make_here_number, 0 },
	{ "here-left", make_here_left, 0 },
	{ "here-connected", make_here_connected, 0 },
	{ "autobound", make_autobound, 0 },
	{ "dissolved", make_dissolved, 0 },
	{ "elsewhere", make_elsewhere, 0 },
	{ "wildcard", make_wildcard, 0 },
	{ "dual", make_dual, MIX_IPV6 },
	{ "v6only", make_v6only, MIX_IPV6 },
	{ "two-here", make_two_here, 0 },
	{ "two-elsewhere", make_two_elsewhere, 0 },
	{ "two-wildcard", make_two_wildcard, 0 },
	{ "tcp-neighbour", make_tcp_neighbour, 0 },
	{},
};
