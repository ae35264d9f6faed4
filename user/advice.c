// SPDX-License-Identifier: GPL-2.0-only
#include "advice.h"

#include <inttypes.h>
#include <stdio.h>

struct facts {
	const struct snapshot *snapshot;
	const struct route *route;
	const struct occupancy *occupancy;
	const struct netns *netns; /* NULL: not known */
	struct route_owners owners;
	const char *owner, *closer; /* of most sockets, or TIME_WAITs; or "its program" */
};

static void name_owner(const struct snapshot *snapshot, const struct owner *owner,
		       char name[OWNER_NAME_SIZE])
{
	const struct owner_process *process = snapshot_find_process(snapshot, &owner->key.process);

	if (process)
		snprintf(name, OWNER_NAME_SIZE, "%s[%u]", process->comm, process->key.pid);
}

static const char *plural(int64_t nr, const char *one, const char *many)
{
	return nr == 1 ? one : many;
}

/* "95 of 100 ports are taken". */
static const char *taken(const struct occupancy *occupancy, char text[64])
{
	snprintf(text, 64, "%" PRId64 " of %" PRId64 " port%s %s taken", occupancy->used,
		 occupancy->capacity, plural(occupancy->capacity, "", "s"),
		 plural(occupancy->used, "is", "are"));
	return text;
}

/* Of whatever state; those of which nobody knows whose they are, too. */
static int64_t count_sockets(const struct occupancy *occupancy)
{
	return occupancy->established + occupancy->other + occupancy->time_wait;
}

void route_owners(const struct snapshot *snapshot, const struct route *route,
		  struct route_owners *ret)
{
	const struct occupancy *occupancy = &route->occupancy;
	const struct owner *owners;
	size_t i;

	*ret = (struct route_owners){ .orphans = occupancy->time_wait };
	owners = snapshot_owners(snapshot, &route->key, &ret->nr);
	for (i = 0; i < ret->nr; i++) {
		ret->orphans -= owners[i].time_waits;
		if (owners[i].time_waits * 2 > occupancy->time_wait)
			name_owner(snapshot, &owners[i], ret->closer);
	}
	if (ret->orphans < 0)
		ret->orphans = 0;
	if (!ret->nr)
		return;
	name_owner(snapshot, &owners[0], ret->first);
	ret->sockets = owners[0].sockets + owners[0].time_waits;
	ret->has_most = ret->sockets * 2 > count_sockets(occupancy);
}

static bool has_no_row(const struct facts *facts, char *text)
{
	if (!facts->route->key.overflow)
		return false;
	snprintf(text, ADVICE_SIZE,
		 "These are routes without a row of their own: there were too many to count each.");
	return true;
}

static bool not_known(const struct facts *facts, char *text)
{
	if (facts->occupancy->headroom != NOT_KNOWN)
		return false;
	if (facts->route->failures) {
		snprintf(text, ADVICE_SIZE,
			 "%" PRIu64 " %s below. What is left is not known of a row without a destination.",
			 facts->route->failures,
			 plural(facts->route->failures, "call failed; its cause is",
				"calls failed; their causes are"));
		return true;
	}
	snprintf(text, ADVICE_SIZE,
		 "What is left is not known here: these calls ask for a port of the whole host, or "
		 "bind to a device.");
	return true;
}

/* TIME_WAITs hold most of what is taken: the program opens and closes. */
static bool churns(const struct facts *facts, char *text)
{
	const struct occupancy *occupancy = facts->occupancy;
	char soon[64] = "", ports[64];

	if (occupancy->time_wait * 2 <= occupancy->used ||
	    occupancy->headroom * 2 > occupancy->capacity)
		return false;
	if (occupancy->time_wait_left[0] != NOT_KNOWN && occupancy->source != OCCUPANCY_CARRIED)
		snprintf(soon, sizeof(soon), " (%" PRId64 " of these %s within %d s)",
			 occupancy->time_wait_left[0],
			 plural(occupancy->time_wait_left[0], "ends", "end"), LEFT_STEP_S);
	snprintf(text, ADVICE_SIZE,
		 "%s, %" PRId64
		 " of them by TIME_WAIT%s: %s opens a connection for each request. Keep connections "
		 "open (a pool of %" PRId64 " would do); a larger range only delays the end.",
		 taken(occupancy, ports), occupancy->time_wait, soon, facts->closer,
		 occupancy->established + 1);
	return true;
}

static bool is_blocked(const struct facts *facts, char *text)
{
	const struct netns *netns = facts->netns;

	/* Less than a tenth is not what the end comes from. */
	if (!netns || netns->blocked_by_bind_before_connect <= 0 ||
	    netns->blocked_by_bind_before_connect * 10 < facts->occupancy->capacity ||
	    facts->occupancy->headroom * 2 > facts->occupancy->capacity)
		return false;
	snprintf(text, ADVICE_SIZE,
		 "%" PRId64 " %s blocked, %" PRId64
		 " by programs that bind() to port 0 before they connect(). "
		 "IP_BIND_ADDRESS_NO_PORT on these sockets gives them back.",
		 netns->blocked, plural(netns->blocked, "port of the range is", "ports of the range are"),
		 netns->blocked_by_bind_before_connect);
	return true;
}

static bool is_exhausted(const struct facts *facts, char *text)
{
	const struct occupancy *occupancy = facts->occupancy;
	char ports[64];

	if (occupancy->headroom > occupancy->capacity / 10)
		return false;
	if (!occupancy->capacity) {
		snprintf(text, ADVICE_SIZE, "No port of the range can be used: all are reserved, or "
					    "bound by somebody.");
		return true;
	}
	/* A UDP port is taken whatever the destination, and by sockets that have none, too. */
	if (facts->route->key.proto == PORTTRACE_IPPROTO_UDP) {
		snprintf(text, ADVICE_SIZE,
			 "%s; %" PRId64
			 " %s left. %s needs fewer sockets, or another address beside this one.",
			 taken(occupancy, ports), occupancy->headroom,
			 plural(occupancy->headroom, "is", "are"), facts->owner);
		return true;
	}
	snprintf(text, ADVICE_SIZE,
		 "%s, %" PRId64 " by established connections; %" PRId64 " can still be opened. %s needs "
		 "fewer connections, or another source or destination address beside this one.",
		 taken(occupancy, ports), occupancy->established, occupancy->headroom, facts->owner);
	return true;
}

int64_t route_ports_in_vain(const struct snapshot *snapshot, const struct route *route)
{
	const struct netns *netns = snapshot_find_netns(snapshot, route->key.netns);
	const struct port_set_key key = { .netns = route->key.netns, .kind = PORTS_TCP_BLOCKED };
	const struct port_set_key reserved_key = { .netns = key.netns, .kind = PORTS_RESERVED };
	const struct ports *blocked = snapshot_find_ports(snapshot, &key);
	const struct ports *reserved = snapshot_find_ports(snapshot, &reserved_key);
	int64_t count = route->occupancy.fast_capacity;
	int32_t port;

	if (count == NOT_KNOWN)
		return route->occupancy.capacity / 2;
	if (!netns || netns->range_low == NOT_KNOWN || !blocked)
		return count;
	for (port = netns->range_low; port <= netns->range_high; port += 2)
		count += ports_has(blocked, port) && !(reserved && ports_has(reserved, port));
	return count;
}

static bool is_slow(const struct facts *facts, char *text)
{
	const struct occupancy *occupancy = facts->occupancy;
	char which[40] = "the one";
	int64_t in_vain;

	if (occupancy->fast_headroom == NOT_KNOWN || occupancy->fast_headroom)
		return false;
	in_vain = route_ports_in_vain(facts->snapshot, facts->route);
	if (occupancy->headroom != 1)
		snprintf(which, sizeof(which), "one of the %" PRId64, occupancy->headroom);
	snprintf(text, ADVICE_SIZE,
		 "The half that is searched first is full: each connect() looks at %" PRId64
		 " port%s in vain before it finds %s that %s left.",
		 in_vain, plural(in_vain, "", "s"), which, plural(occupancy->headroom, "is", "are"));
	return true;
}

static bool will_end(const struct facts *facts, char *text)
{
	const struct occupancy *occupancy = facts->occupancy;

	if (isnan(occupancy->eta_s) || occupancy->eta_s > 600)
		return false;
	snprintf(text, ADVICE_SIZE,
		 "At this rate the %" PRId64 " %s gone in %.0f s: see whether %s closes what it opens.",
		 occupancy->headroom,
		 plural(occupancy->headroom, "port that is left is", "ports that are left are"),
		 occupancy->eta_s, facts->owner);
	return true;
}

static bool is_fine(const struct facts *facts, char *text)
{
	snprintf(text, ADVICE_SIZE, "Nothing to do: %" PRId64 " of %" PRId64 " can still be opened.",
		 facts->occupancy->headroom, facts->occupancy->capacity);
	return true;
}

bool route_advice(const struct snapshot *snapshot, const struct route *route, char *text)
{
	static bool (*const rules[])(const struct facts *, char *) = {
		has_no_row, not_known, churns, is_blocked, is_exhausted, is_slow, will_end, is_fine,
	};
	struct facts facts = {
		.snapshot = snapshot,
		.route = route,
		.occupancy = &route->occupancy,
		.netns = snapshot_find_netns(snapshot, route->key.netns),
	};
	size_t i;

	/* Who has a few of them may be another one, and keep these open. */
	route_owners(snapshot, route, &facts.owners);
	facts.owner = facts.owners.has_most && *facts.owners.first ? facts.owners.first :
								     "its program";
	facts.closer = *facts.owners.closer ? facts.owners.closer : "its program";
	for (i = 0; !rules[i](&facts, text); i++)
		;
	return rules[i] != is_fine;
}
