// SPDX-License-Identifier: GPL-2.0-only
/* Rules about UDP: a port belongs to an address, whatever the destination. */
#include <inttypes.h>
#include <netinet/in.h>

#include "advice.h"
#include "check_rule.h"

static bool is_udp_known(const struct check *check)
{
	return check->route->key.proto == IPPROTO_UDP &&
	       check->route->occupancy.source != OCCUPANCY_UNKNOWN &&
	       check->route->occupancy.headroom != NOT_KNOWN;
}

static void fix_udp(struct check *check)
{
	struct route_owners owners;

	route_owners(check->facts.now, check->route, &owners);
	check_fix(check, "%s needs fewer sockets: one that is not connected serves any number of "
			 "destinations; sockets that are bound to several addresses of this host "
			 "have the range once for each",
		  owners.has_most && *owners.first ? owners.first : "The program");
	check_widen(check);
}

static void add(struct check *check, enum severity severity, const char *left)
{
	const struct occupancy *occupancy = &check->route->occupancy;
	struct route_owners owners;
	bool known;

	route_owners(check->facts.now, check->route, &owners);
	known = owners.has_most && *owners.first;
	check_add(check, severity,
		  "%s: %s: sockets on this address have %" PRId64 " of %" PRId64
		  " ports, those on others %" PRId64 "%s%s",
		  check_route_text(check, check->route), left, occupancy->used,
		  occupancy->capacity,
		  check_range_size(check) - check->netns->reserved - occupancy->capacity,
		  known ? ", most of them of " : "", known ? owners.first : "");
	fix_udp(check);
}

void check_udp_exhausted(struct check *check)
{
	if (is_udp_known(check) && !check->route->occupancy.headroom)
		add(check, SEVERITY_CRITICAL, "no port is left");
}

void check_udp_near_exhaustion(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;

	if (is_udp_known(check) && occupancy->headroom &&
	    occupancy->headroom <= occupancy->capacity / 10)
		add(check, SEVERITY_WARNING,
		    check_text(check, "%" PRId64 " ports are left", occupancy->headroom));
}
