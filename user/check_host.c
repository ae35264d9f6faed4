// SPDX-License-Identifier: GPL-2.0-only
/* Rules about namespaces among each other, the kernel, and what could not be looked at. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "check_rule.h"

/* "" for none; each difference begins with a separator. */
static const char *differences(struct check *check, const struct host_netns *init)
{
	const struct netns *netns = check->netns;
	const char *text = "";

	if (netns->range_low != NOT_KNOWN &&
	    (netns->range_low != init->range_low || netns->range_high != init->range_high))
		text = check_text(check, "ip_local_port_range is %d-%d (the host's %d-%d)",
				  netns->range_low, netns->range_high, init->range_low,
				  init->range_high);
	if (netns->tw_reuse != NOT_KNOWN && init->settings[SETTING_TCP_TW_REUSE] != NOT_KNOWN &&
	    netns->tw_reuse != init->settings[SETTING_TCP_TW_REUSE])
		text = check_text(check, "%s%stcp_tw_reuse is %" PRId64 " (%" PRId64 ")", text,
				  *text ? ", " : "", netns->tw_reuse,
				  init->settings[SETTING_TCP_TW_REUSE]);
	if (check->settings &&
	    memcmp(&check->settings->reserved, &init->reserved, sizeof(init->reserved)))
		text = check_text(check, "%s%s%" PRId64 " ports are reserved (%" PRId64 ")", text,
				  *text ? ", " : "", port_list_count(&check->settings->reserved),
				  port_list_count(&init->reserved));
	return text;
}

void check_differs_from_host(struct check *check)
{
	const struct host *host = check->facts.host;
	const struct host_netns *init = host_find_netns(host, host->init_inum);
	const char *text;

	if (!init || init->range_low == NOT_KNOWN || check->netns->inum == host->init_inum)
		return;
	text = differences(check, init);
	if (!*text)
		return;
	check_add(check, SEVERITY_INFO, "%s", text);
	check_fix(check, "If that is not on purpose: set it where the namespace is made "
			 "(securityContext.sysctls, --sysctl of the container)");
}

/* "6.1.0-56-cloud-amd64"; false: it says something else. */
static bool is_before(const char *release, int major, int minor)
{
	int its_major, its_minor;

	return sscanf(release, "%d.%d", &its_major, &its_minor) == 2 &&
	       (its_major < major || (its_major == major && its_minor < minor));
}

static size_t count_slow_routes(const struct snapshot *now)
{
	size_t i, count = 0;

	for (i = 0; i < now->nr_routes; i++) {
		const struct occupancy *occupancy = &now->routes[i].occupancy;

		count += now->routes[i].key.proto == IPPROTO_TCP && occupancy->capacity > 0 &&
			 occupancy->source != OCCUPANCY_UNKNOWN &&
			 occupancy->headroom != NOT_KNOWN && !occupancy->fast_headroom;
	}
	return count;
}

void check_kernel_search(struct check *check)
{
	const struct snapshot *now = check->facts.now;
	size_t routes = count_slow_routes(now);

	if (!routes || !is_before(now->kernel, 6, 15))
		return;
	check_add(check, SEVERITY_INFO,
		  "Linux %s takes a lock for each port that a connect() passes over; %zu route%s "
		  "past the fast half",
		  now->kernel, routes, routes == 1 ? " is" : "s are");
	check_fix(check, "Linux 6.15 or later searches without a lock%s",
		  is_before(now->kernel, 6, 8) ? "; from 6.8 on IP_LOCAL_PORT_RANGE on the "
						 "sockets avoids the second half" :
						 "");
}

/* Of the whole census, or of some namespace alone. */
static bool is_incomplete(const struct snapshot *now)
{
	size_t i;

	for (i = 0; i < now->nr_netns; i++)
		if (now->netns[i].is_incomplete)
			return true;
	return now->census.is_incomplete;
}

static void say_incomplete(struct check *check)
{
	if (!is_incomplete(check->facts.now))
		return;
	check_add(check, SEVERITY_INFO,
		  "some of the kernel's lists changed while they were counted: what is left of "
		  "some routes may be wrong");
	check_fix(check, "Ask again");
}

/* Of namespaces that were entered, but whose /proc/sys is hidden. */
static void say_reserved_unknown(struct check *check)
{
	const struct host *host = check->facts.host;
	size_t i, unknown = 0;

	for (i = 0; i < host->nr_netns; i++)
		unknown += host->netns[i].reserved_unknown;
	if (!unknown)
		return;
	check_add(check, SEVERITY_INFO,
		  "the reserved ports of %zu network namespace%s could not be read: whether its "
		  "services are reserved was not checked",
		  unknown, unknown == 1 ? "" : "s");
	check_fix(check, "Run where /proc/sys/net/ipv4/ip_local_reserved_ports can be read");
}

/* Rows without a destination are none of them: no port is searched for on these alone. */
static bool is_left_out(const struct route *route)
{
	const struct occupancy *occupancy = &route->occupancy;

	return (route->key.proto == IPPROTO_UDP || route_has_destination(&route->key)) &&
	       occupancy->headroom == NOT_KNOWN &&
	       occupancy->established + occupancy->time_wait + occupancy->other > 0;
}

static void say_left_out(struct check *check)
{
	const struct snapshot *now = check->facts.now;
	size_t i, nr = 0;

	for (i = 0; i < now->nr_routes; i++)
		nr += is_left_out(&now->routes[i]);
	if (!nr)
		return;
	check_add(check, SEVERITY_INFO,
		  "what is left of %zu route%s is not known (sockets that are bound to a device, "
		  "for one): whether %s near %s end was not checked",
		  nr, nr == 1 ? "" : "s", nr == 1 ? "it is" : "they are", nr == 1 ? "its" : "their");
	if (!now->without_bpf)
		check_fix(check, "'porttrace check -d 10' counts calls that find no port, there too");
}

void check_not_checked(struct check *check)
{
	const struct snapshot *now = check->facts.now;
	size_t i, closed = 0;

	for (i = 0; i < check->facts.nr_limits; i++)
		check_add(check, SEVERITY_INFO, "not known without BPF: %s", check->facts.limits[i]);
	if (!check->facts.nr_limits) {
		say_incomplete(check);
		say_reserved_unknown(check);
	}
	say_left_out(check);
	for (i = 0; i < now->nr_netns; i++)
		closed += !host_find_netns(check->facts.host, now->netns[i].inum);
	if (!closed)
		return;
	check_add(check, SEVERITY_INFO,
		  "%zu network namespace%s could not be entered: listeners and reserved "
		  "ports there were not checked",
		  closed, closed == 1 ? "" : "s");
	check_fix(check, "Run as root, or with CAP_SYS_ADMIN and CAP_SYS_PTRACE; one that no "
			 "process is in needs a name in /run/netns");
}
