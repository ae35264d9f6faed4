// SPDX-License-Identifier: GPL-2.0-only
/* All rules of `check`: text, JSON and the tests have ids and facts from here. */
#include "check_rule.h"

/* In the order in which findings of one severity are shown. */
const struct check_rule check_rules[] = {
	{ "route-exhausted", .route = check_route_exhausted,
	  .fact = "connect() fails with EADDRNOTAVAIL when the search of __inet_hash_connect() "
		  "finds no port of the range for this source, destination and destination port; "
		  "no counter of the kernel moves" },
	{ "own-range-exhausted", .route = check_own_range_exhausted,
	  .fact = "IP_LOCAL_PORT_RANGE of a socket (Linux 6.3) narrows the search to its own range "
		  "(inet_sk_get_local_port_range()), whatever the namespace has left" },
	{ "udp-exhausted", .route = check_udp_exhausted,
	  .fact = "a UDP port is taken for its address, whatever the destination "
		  "(udp_lib_get_port()); connect() and sendto() then fail with EAGAIN, bind() "
		  "with EADDRINUSE" },
	{ "allocation-failed", .netns = check_failures,
	  .fact = "the kernel counts no failed search for a port; porttrace saw these fail" },
	{ "service-port-taken", .netns = check_ports_taken,
	  .fact = "bind() fails with EADDRINUSE while an outgoing connection has the port "
		  "(inet_csk_get_port()): connect() gives away every port of the range that is "
		  "not in ip_local_reserved_ports" },
	{ "route-ends-soon", .route = check_route_ends_soon,
	  .fact = "headroom divided by the rate at which the route took ports just now" },
	{ "route-near-exhaustion", .route = check_route_near_exhaustion,
	  .fact = "ports are counted for each source, destination and destination port, "
		  "TIME_WAIT included (__inet_check_established()), and not for the host" },
	{ "udp-near-exhaustion", .route = check_udp_near_exhaustion,
	  .fact = "a UDP port is taken for its address, whatever the destination "
		  "(udp_lib_get_port())" },
	{ "route-rate", .route = check_route_rate,
	  .fact = "a connection that this host closes first holds its port for 60 s more "
		  "(TCP_TIMEWAIT_LEN, a constant): a route can open capacity / 60 of them a "
		  "second, or as many as tcp_tw_reuse lets it take over" },
	{ "route-past-fast-half", .route = check_route_past_fast_half,
	  .fact = "__inet_hash_connect() tries all ports of the parity of the range's low end "
		  "before it tries any of the others; with IP_LOCAL_PORT_RANGE set on the socket "
		  "it tries each in turn (Linux 6.8)" },
	{ "bind-before-connect", .netns = check_bind_before_connect,
	  .fact = "a port that bind() gave is lost to connect() for every destination, on every "
		  "address, its TIME_WAIT included (fastreuse of its bucket is not below 0); "
		  "IP_BIND_ADDRESS_NO_PORT (Linux 4.2) leaves the choice to connect()" },
	{ "ports-blocked", .netns = check_ports_blocked,
	  .fact = "a port that somebody listens on or has bound is lost to connect() for every "
		  "destination, on every address: its bucket is looked up by number alone" },
	{ "service-port-in-range", .netns = check_service_ports,
	  .fact = "connect() gives away every port of the range that is not reserved "
		  "(inet_is_local_reserved_port()): once the service is stopped, it may find its "
		  "port taken when it starts; and while it listens the port is lost to connect()" },
	{ "node-ports-in-range", .netns = check_node_ports,
	  .fact = "node ports of Kubernetes have no socket of their own, so connect() gives them "
		  "away, and answers to such connections may be sent to a service instead" },
	{ "reserved-eats-range", .netns = check_reserved_eats_range,
	  .fact = "every port in ip_local_reserved_ports is skipped by each search "
		  "(inet_is_local_reserved_port())" },
	{ "range-narrow", .netns = check_range_narrow,
	  .fact = "ip_local_port_range is what a route's capacity is made of, of IPv4 and IPv6; "
		  "the kernel's own is 32768 to 60999" },
	{ "tw-buckets-full", .netns = check_tw_buckets,
	  .fact = "over tcp_max_tw_buckets a connection ends without TIME_WAIT "
		  "(inet_twsk_alloc()): its port is free at once, and unprotected from segments "
		  "that are late" },
	{ "tw-reuse-without-timestamps", .netns = check_tw_reuse_without_timestamps,
	  .fact = "tcp_twsk_unique() takes over no TIME_WAIT whose connection had no timestamps" },
	{ "sysctl-file-refused", .host = check_file_refused,
	  .fact = "the kernel refuses a range that is not two ports, or the low one alone, or "
		  "whose low end is above the high end or below ip_unprivileged_port_start "
		  "(ipv4_local_port_range(), EINVAL)" },
	{ "sysctl-file-gone", .host = check_file_gone,
	  .fact = "systemd-sysctl passes over what is not in /proc/sys; sysctl -p says so and "
		  "ends with status 1, after all other lines" },
	{ "sysctl-file-differs", .host = check_file_differs,
	  .fact = "files of sysctl.d are read at boot: what runs now is lost then" },
	{ "tw-reuse", .netns = check_tw_reuse,
	  .fact = "tcp_twsk_unique() hands a TIME_WAIT to a new connection of the same route if "
		  "tcp_tw_reuse is 1, or 2 (the default) for loopback alone, both ends use "
		  "timestamps, and it is older than tcp_tw_reuse_delay (before Linux 6.14: a "
		  "second)" },
	{ "differs-from-host", .netns = check_differs_from_host,
	  .fact = "a new network namespace begins with the kernel's defaults, and not with the "
		  "host's settings" },
	{ "range-parity", .netns = check_range_parity,
	  .fact = "of a range with an odd number of ports a search misses one end, most often the "
		  "low one (__inet_hash_connect() goes through two halves of one length)" },
	{ "kernel-search", .host = check_kernel_search,
	  .fact = "since Linux 6.15 __inet_hash_connect() passes over ports that are taken "
		  "without a lock (RCU); since 6.8 IP_LOCAL_PORT_RANGE avoids the second half" },
	{ "fin-timeout-unrelated", .netns = check_fin_timeout,
	  .fact = "TIME_WAIT lasts TCP_TIMEWAIT_LEN, 60 s, a constant; tcp_fin_timeout bounds "
		  "FIN_WAIT2" },
	{ "somaxconn-unrelated", .netns = check_somaxconn,
	  .fact = "somaxconn bounds the queue of a listener; it gives connect() no port" },
	{ "not-checked", .host = check_not_checked,
	  .fact = "what could not be read is not known to be right" },
	{},
};
