// SPDX-License-Identifier: GPL-2.0-only
/* Rules about one TCP route: what is left of it, and what it opens a second. */
#include <inttypes.h>
#include <netinet/in.h>

#include "advice.h"
#include "check_rule.h"
#include "occupancy.h"
#include "views.h"

/* Ports that are looked at in vain, from which on each connect() takes some 0.1 ms more. */
#define SLOW_PORTS 1000

/* How soon an end is worth a warning; see route_alarm() for what is critical. */
#define ENDS_SOON_S 600

static bool is_tcp_known(const struct check *check)
{
	return check->route->key.proto == IPPROTO_TCP &&
	       check->route->occupancy.source != OCCUPANCY_UNKNOWN &&
	       check->route->occupancy.headroom != NOT_KNOWN;
}

/* most: what is said of who has most. Where nobody has, what is known of it; or "". */
static const char *whose_sockets(struct check *check, const char *most)
{
	struct route_owners owners;
	const char *others = "", *text;

	route_owners(check->facts.now, check->route, &owners);
	if (!*owners.first)
		return "";
	if (owners.has_most)
		return check_text(check, "%s %s", most, owners.first);
	if (owners.nr > 1)
		others = check_text(check, ", others of %zu more", owners.nr - 1);
	text = check_text(check, "; of its sockets, %" PRId64 " are of %s%s", owners.sockets,
			  owners.first, others);
	if (owners.orphans)
		text = check_text(check, "%s; whose %" PRId64 " TIME_WAITs were is not known", text,
				  owners.orphans);
	return text;
}

/* ", most of them of php-fpm[812]", of ports that the route has taken. */
static const char *whose(struct check *check)
{
	return whose_sockets(check, ", most of them of");
}

static void fix_program(struct check *check)
{
	struct route_owners owners;

	check_fix_program(check, check->route);
	route_owners(check->facts.now, check->route, &owners);
	if (owners.orphans * 2 > check->route->occupancy.time_wait)
		check_fix(check, "Whose the TIME_WAITs were is not known; 'porttrace check -d 10' "
				 "names who leaves them from now on");
}

/*
 * What they are taken by. Of a route that has sockets on other ports as well, bound or left of another
 * range, it is not known which are where.
 */
static const char *taken_by(struct check *check, const char *verb)
{
	const struct occupancy *occupancy = &check->route->occupancy;
	int64_t connections = occupancy->established + occupancy->other;

	if (connections + occupancy->time_wait == occupancy->used)
		return check_text(check, "%" PRId64 " %sby connections, %" PRId64 " by TIME_WAIT",
				  connections, verb, occupancy->time_wait);
	return check_text(check,
			  "of the route's %" PRId64 " connections and %" PRId64
			  " TIME_WAITs some are on other ports",
			  connections, occupancy->time_wait);
}

/* Which TIME_WAITs a connect() may take over is not told without BPF: so many more may be left. */
static int64_t perhaps_left(const struct route *route)
{
	const struct occupancy *occupancy = &route->occupancy;

	if (occupancy->reclaimable != NOT_KNOWN)
		return 0;
	return occupancy->time_wait < occupancy->used ? occupancy->time_wait : occupancy->used;
}

/* How bad it is for certain. */
static enum severity least_severity(const struct route *route)
{
	int64_t most = route->occupancy.headroom + perhaps_left(route);

	if (!most)
		return SEVERITY_CRITICAL;
	return most <= route->occupancy.capacity / 10 ? SEVERITY_WARNING : SEVERITY_INFO;
}

static const char *unless_taken_over(struct check *check)
{
	int64_t perhaps = perhaps_left(check->route);

	if (!perhaps)
		return "";
	return check_text(check, "; up to %" PRId64 " TIME_WAITs may be taken over, which is not "
				 "known without BPF", perhaps);
}

void check_route_exhausted(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;
	const char *route;

	if (!is_tcp_known(check) || occupancy->headroom)
		return;
	route = check_route_text(check, check->route);
	if (occupancy->capacity <= 0)
		check_add(check, SEVERITY_CRITICAL,
			  "%s: no port is left: all %" PRId64
			  " ports of the range are reserved or bound by somebody%s",
			  route, check_range_size(check),
			  whose_sockets(check, "; most of its sockets are of"));
	else
		check_add(check, least_severity(check->route),
			  "%s: %sno port is left: %" PRId64 " of %" PRId64 " are taken, %s%s%s",
			  route, perhaps_left(check->route) ? "perhaps " : "", occupancy->used,
			  occupancy->capacity, taken_by(check, ""), whose(check),
			  unless_taken_over(check));
	fix_program(check);
	check_widen(check);
}

void check_route_near_exhaustion(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;

	if (!is_tcp_known(check) || !occupancy->headroom ||
	    occupancy->headroom > occupancy->capacity / 10)
		return;
	check_add(check, least_severity(check->route),
		  "%s: %s%" PRId64 " of %" PRId64 " ports are left; %s%s%s",
		  check_route_text(check, check->route),
		  perhaps_left(check->route) ? "at least " : "", occupancy->headroom,
		  occupancy->capacity, taken_by(check, "are taken "), whose(check),
		  unless_taken_over(check));
	fix_program(check);
	check_widen(check);
}

/* Near exhaustion it goes without saying. */
void check_route_past_fast_half(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;
	int64_t in_vain = route_ports_in_vain(check->facts.now, check->route);
	bool is_sure = !perhaps_left(check->route);

	if (!is_tcp_known(check) || occupancy->fast_headroom ||
	    occupancy->headroom <= occupancy->capacity / 10)
		return;
	check_add(check, is_sure && in_vain >= SLOW_PORTS ? SEVERITY_WARNING : SEVERITY_INFO,
		  "%s: each connect() %s at %" PRId64
		  " ports in vain before it finds one of the %" PRId64 " that are left%s%s",
		  check_route_text(check, check->route), is_sure ? "looks" : "may look", in_vain,
		  occupancy->headroom, whose(check), unless_taken_over(check));
	fix_program(check);
	check_fix(check, "IP_LOCAL_PORT_RANGE, set on its sockets before connect(), makes the "
			 "search look at all ports in turn (Linux 6.8)");
	check_widen(check);
}

void check_route_ends_soon(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;

	if (!is_tcp_known(check) || !occupancy->headroom || isnan(occupancy->eta_s) ||
	    occupancy->eta_s > ENDS_SOON_S)
		return;
	check_add(check, route_alarm(check->route) == 2 ? SEVERITY_CRITICAL : SEVERITY_WARNING,
		  "%s: the %" PRId64 " ports that are left are gone in %.0f s at the present rate%s",
		  check_route_text(check, check->route), occupancy->headroom, occupancy->eta_s,
		  whose(check));
	fix_program(check);
	check_widen(check);
}

/* Since the look before: of another namespace with the same number that tells nothing. */
static uint64_t new_time_waits(const struct check *check)
{
	const struct snapshot *now = check->facts.now, *before = check->facts.before;
	const struct route *route = check->route, *old = NULL;

	if (snapshot_is_same_netns(now, before, route->key.netns))
		old = snapshot_find_route(before, &route->key);
	if (!old)
		return route->time_waits;
	return route->time_waits > old->time_waits ? route->time_waits - old->time_waits : 0;
}

/* Above four fifths of what it can sustain: the rest goes to what stays open. */
void check_route_rate(struct check *check)
{
	double rate, most;

	if (!is_tcp_known(check) || !check->facts.before || !(check->facts.now->period_s > 0))
		return;
	rate = new_time_waits(check) / check->facts.now->period_s;
	most = occupancy_sustainable_per_s(check->netns, check->route);
	if (isnan(most) || rate <= most * 0.8)
		return;
	check_add(check, SEVERITY_WARNING,
		  "%s: %.1f connections a second end in TIME_WAIT, which holds a port for %.0f s: "
		  "the route can sustain %.1f%s",
		  check_route_text(check, check->route), rate,
		  occupancy_seconds_held(check->netns, &check->route->key), most, whose(check));
	fix_program(check);
	check_widen(check);
}

/* The ranges that are set come first. */
void check_own_range_exhausted(struct check *check)
{
	const struct occupancy *occupancy = &check->route->occupancy;
	int i;

	if (!is_tcp_known(check))
		return;
	for (i = 0; i < MAX_OWN_RANGES && own_range_is_set(&occupancy->own[i]); i++) {
		const struct own_range *own = &occupancy->own[i];

		if (own->headroom)
			continue;
		check_add(check, SEVERITY_CRITICAL,
			  "%s: no port is left for sockets whose own range is %u-%u: %" PRId64
			  " of %" PRId64 " are taken%s",
			  check_route_text(check, check->route), own->low, own->high, own->used,
			  own->capacity, whose(check));
		check_fix(check, "The program that sets IP_LOCAL_PORT_RANGE has to set a larger "
				 "one; the route has %" PRId64 " ports left",
			  occupancy->headroom);
	}
}
