// SPDX-License-Identifier: GPL-2.0-only
/* Rules about TIME_WAIT, and settings that are taken for one of it. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "address.h"
#include "check_rule.h"

/* A route of which TIME_WAIT holds less is no reason to change a setting. */
#define HELD_PERCENT 25

#define FULL_PERCENT 90

#define DEFAULT_FIN_TIMEOUT 60
#define DEFAULT_SOMAXCONN 4096
#define OLD_SOMAXCONN 128 /* before Linux 5.4 */

/* Ports that TIME_WAIT holds and that no connect() takes over now. */
static int64_t held(const struct route *route)
{
	const struct occupancy *occupancy = &route->occupancy;
	int64_t time_wait = occupancy->time_wait;

	if (time_wait > occupancy->used)
		time_wait = occupancy->used;
	return time_wait - (occupancy->reclaimable > 0 ? occupancy->reclaimable : 0);
}

/* Its TIME_WAITs are taken over already, but for those that are too young: mode 1 would not help. */
static bool is_served(const struct check *check, const struct route_key *key)
{
	return check->netns->tw_reuse == 2 &&
	       (address_is_loopback(key->src) || address_is_loopback(key->dst));
}

/* The route of this namespace of which most is held; NULL: none that is worth it. */
static const struct route *most_held(const struct check *check)
{
	const struct route *routes, *worst = NULL;
	size_t i, nr;

	routes = check_netns_routes(check, &nr);
	for (i = 0; i < nr; i++) {
		const struct route *route = &routes[i];

		if (route->key.proto != IPPROTO_TCP ||
		    route->occupancy.source == OCCUPANCY_UNKNOWN ||
		    route->occupancy.headroom == NOT_KNOWN || is_served(check, &route->key) ||
		    percent(held(route), route->occupancy.capacity) < HELD_PERCENT)
			continue;
		if (!worst || held(route) > held(worst))
			worst = route;
	}
	return worst;
}

void check_tw_reuse(struct check *check)
{
	static const char *const meanings[] = { "0: none is taken over",
						"1", "2: only those of loopback are" };
	int64_t mode = check->netns->tw_reuse;
	const struct route *route;

	if ((mode != 0 && mode != 2) || !check->netns->tcp_timestamps)
		return;
	route = most_held(check);
	if (!route)
		return;
	check_add(check, SEVERITY_INFO,
		  "%s: TIME_WAIT holds %" PRId64 " of %" PRId64 " ports, and tcp_tw_reuse is %s; "
		  "with 1 a connect() could take over up to %" PRId64 " of them",
		  check_route_text(check, route), held(route), route->occupancy.capacity,
		  meanings[mode], held(route));
	check->finding->route = route;
	check_fix_program(check, route);
	check_fix(check, "Only if the other end uses timestamps too, and no translator of "
			 "addresses is in between that does not keep them in order:");
	check_set(check, "net.ipv4.tcp_tw_reuse", "1");
}

void check_tw_reuse_without_timestamps(struct check *check)
{
	if (check->netns->tcp_timestamps || check->netns->tw_reuse <= 0)
		return;
	check_add(check, check->netns->tw_reuse == 1 ? SEVERITY_WARNING : SEVERITY_INFO,
		  "tcp_timestamps is 0, so tcp_tw_reuse=%" PRId64 " takes over none of the %sTIME_WAITs",
		  check->netns->tw_reuse,
		  check->netns->time_wait == NOT_KNOWN ?
			  "" :
			  check_text(check, "%" PRId64 " ", check->netns->time_wait));
	check_set(check, "net.ipv4.tcp_timestamps", "1");
}

static int64_t overflows_before(const struct check *check)
{
	const struct host_netns *before = NULL;

	if (check->facts.host_before)
		before = host_find_netns(check->facts.host_before, check->netns->inum);
	return before ? before->time_wait_overflows : NOT_KNOWN;
}

/* "3 of 100", or what is known of it. */
static const char *buckets(struct check *check)
{
	int64_t used = check->netns->time_wait, most = check->netns->time_wait_max;

	if (most == NOT_KNOWN)
		return "an unknown number of";
	if (used == NOT_KNOWN)
		return check_text(check, "an unknown number of %" PRId64, most);
	return check_text(check, "%" PRId64 " of %" PRId64, used, most);
}

/* "; 5 connections have ended without one", or "" where no counter could be read. */
static const char *overflows(struct check *check, int64_t before, int64_t now)
{
	const char *more = "";

	if (now == NOT_KNOWN)
		return "";
	if (before != NOT_KNOWN && now > before)
		more = isnan(check->facts.now->period_s) ?
			       check_text(check, ", %" PRId64 " of them just now", now - before) :
			       check_text(check, ", %" PRId64 " of them in %.1f s", now - before,
					  check->facts.now->period_s);
	return check_text(check, "; %" PRId64 " connections have ended without one%s", now, more);
}

void check_tw_buckets(struct check *check)
{
	int64_t now = check->settings ? check->settings->time_wait_overflows : NOT_KNOWN;
	int64_t before = overflows_before(check), used = check->netns->time_wait;
	int64_t most = check->netns->time_wait_max;
	bool rises = before != NOT_KNOWN && now > before;
	bool full = used >= 0 && most >= 0 && used >= most * FULL_PERCENT / 100 && used;

	if (!full && !rises && now <= 0)
		return;
	check_add(check, full || rises ? SEVERITY_WARNING : SEVERITY_INFO,
		  "%s TIME_WAITs that tcp_max_tw_buckets allows%s", buckets(check),
		  overflows(check, before, now));
	check_fix(check, "Keep connections open, or have the other end close first");
	if ((full || rises) && most != NOT_KNOWN)
		check_set(check, "net.ipv4.tcp_max_tw_buckets", "%" PRId64,
			  most > 131072 ? most * 2 : 262144);
}

/* ---- Settings that are not it ---- */

static bool is_default(enum host_setting setting, int64_t value)
{
	if (setting == SETTING_TCP_FIN_TIMEOUT)
		return value == DEFAULT_FIN_TIMEOUT;
	return value == DEFAULT_SOMAXCONN || value == OLD_SOMAXCONN;
}

/*
 * "tcp_fin_timeout was set to 15", or what a file sets it to, where that is not the kernel's own; NULL:
 * nobody has changed it.
 */
static const char *was_set(struct check *check, enum host_setting setting)
{
	const struct host *host = check->facts.host;
	int64_t value = check_value(check, setting);
	const char *name = strrchr(host_setting_key(setting), '.') + 1;
	const struct sysctl_line *line = NULL;

	if (value == NOT_KNOWN)
		return NULL;
	if (!is_default(setting, value))
		return check_text(check, "%s was set to %" PRId64, name, value);
	if (check->netns->inum == host->files_inum)
		line = host_find_line(host, host_setting_key(setting));
	if (!line || is_default(setting, atoll(line->value)))
		return NULL;
	return check_text(check, "%s:%u sets %s to %s", line->path, line->number, name,
			  line->value);
}

void check_fin_timeout(struct check *check)
{
	const char *set = was_set(check, SETTING_TCP_FIN_TIMEOUT);

	if (set)
		check_add(check, SEVERITY_INFO,
			  "%s: that shortens no TIME_WAIT and frees none of these ports", set);
}

void check_somaxconn(struct check *check)
{
	const char *set = was_set(check, SETTING_SOMAXCONN);

	if (set)
		check_add(check, SEVERITY_INFO,
			  "%s: that is for listeners, and has no part in outgoing connections",
			  set);
}
