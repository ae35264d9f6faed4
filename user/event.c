// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"

#include <string.h>

const char *event_name(const struct event *event)
{
	static const char *const names[NR_EVENT_KINDS] = {
		[EVENT_FAILURE] = "failure",
		[EVENT_ALLOCATION] = "allocation",
		[EVENT_TIME_WAIT] = "time_wait",
	};

	return event->what->kind < NR_EVENT_KINDS ? names[event->what->kind] : "?";
}

const char *event_pattern(const struct event *event)
{
	return event->what->binds_before_connect ? "bind_before_connect" : NULL;
}

/* The search has just found none: that is the kernel's own word, and of this very moment. */
bool event_knows_headroom(const struct porttrace_event *event)
{
	return event->cause == CAUSE_RANGE_EXHAUSTED || event->cause == CAUSE_BIND_RANGE_EXHAUSTED;
}

bool event_has_use_for_snapshot(const struct porttrace_event *event)
{
	return event->kind == EVENT_FAILURE &&
	       (event_knows_headroom(event) || event->route.proto == PORTTRACE_IPPROTO_UDP ||
		route_has_destination(&event->route));
}

static double age_of(const struct porttrace_event *event, const struct snapshot *snapshot)
{
	double taken_s = snapshot->monotonic.tv_sec + snapshot->monotonic.tv_nsec / 1e9;

	return fabs(event->time_ns / 1e9 - (taken_s - snapshot->census.age_s));
}

static void set_blocked(struct event *event, const struct snapshot *snapshot)
{
	const struct netns *netns = snapshot_find_netns(snapshot, event->what->netns_inum);

	if (!netns || event->what->route.proto != PORTTRACE_IPPROTO_TCP)
		return;
	if (netns->blocked == NOT_KNOWN)
		return;
	event->blocked = netns->blocked;
	event->blocked_age_s = age_of(event->what, snapshot);
	event->blocked_by_bind_before_connect = netns->blocked_by_bind_before_connect;
}

void event_set_headroom(struct event *event, const struct snapshot *snapshot)
{
	struct route_key key = event->what->route;
	const struct route *route;

	event->headroom = event->blocked = event->blocked_by_bind_before_connect = NOT_KNOWN;
	event->headroom_age_s = event->blocked_age_s = NAN;
	if (snapshot && event_knows_headroom(event->what))
		set_blocked(event, snapshot);
	if (event_knows_headroom(event->what)) {
		event->headroom = 0;
		event->headroom_age_s = 0;
		return;
	}
	key.netns = event->what->netns_inum;
	route = snapshot ? snapshot_find_route(snapshot, &key) : NULL;
	if (!route || route->occupancy.headroom == NOT_KNOWN)
		return;
	event->headroom = route->occupancy.headroom;
	event->headroom_age_s = age_of(event->what, snapshot);
}

uint64_t event_summary_lost(const struct event_summary *summary)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NR_EVENT_KINDS; i++)
		sum += summary->lost[i];
	return sum;
}
