// SPDX-License-Identifier: GPL-2.0-only
#include "what_if.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "occupancy.h"

#define MAX_SOURCES 65535

void what_if_init(struct what_if *change)
{
	*change = (struct what_if){ .tw_reuse = NOT_KNOWN, .sources = 1 };
}

bool what_if_needs_count(const struct what_if *change)
{
	return change->range_low || change->has_reserved || change->tw_reuse != NOT_KNOWN;
}

/* ---- Words ---- */

/* Digits only, up to the end; false: it is no such number. */
static bool read_number(const char *text, size_t length, long least, long most, long *ret)
{
	long number = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + text[i] - '0';
		if (number > most)
			return false;
	}
	*ret = number;
	return length && number >= least;
}

/* Both ends, as the kernel wants them; it refuses a range below ip_unprivileged_port_start, too. */
static int set_range(struct what_if *change, const char *text, size_t length,
		     struct reason *reason)
{
	const char *dash = memchr(text, '-', length);
	long low = 0, high = 0;

	if (!dash || !read_number(text, dash - text, 1, 65535, &low) ||
	    !read_number(dash + 1, text + length - dash - 1, 1, 65535, &high) || low > high)
		return because(reason, -EINVAL,
			       "range=%.*s: not LOW-HIGH, two ports from 1 to 65535", (int)length,
			       text);
	change->range_low = low;
	change->range_high = high;
	return 0;
}

/* One part of the list; the sysctl takes 0 as well, and nothing at all. */
static int add_reserved(struct what_if *change, const char *text, size_t length,
			struct reason *reason)
{
	char part[32];

	change->has_reserved = true;
	snprintf(part, sizeof(part), "%.*s", (int)length, text);
	if (length >= sizeof(part) || port_list_parse(&change->reserved, part))
		return because(reason, -EINVAL,
			       "reserved: '%.*s' is not a port, 0 to 65535, or a range LOW-HIGH",
			       (int)length, text);
	return 0;
}

static int set_tw_reuse(struct what_if *change, const char *text, size_t length,
			struct reason *reason)
{
	long number;

	if (!read_number(text, length, 0, 2, &number))
		return because(reason, -EINVAL, "tw_reuse=%.*s: not 0, 1 or 2 (for loopback)",
			       (int)length, text);
	change->tw_reuse = number;
	return 0;
}

static int set_sources(struct what_if *change, const char *text, size_t length,
		       struct reason *reason)
{
	long number;

	if (!read_number(text, length, 1, MAX_SOURCES, &number))
		return because(reason, -EINVAL,
			       "sources=%.*s: not a number of source addresses, 1 to %d",
			       (int)length, text, MAX_SOURCES);
	change->sources = number;
	return 0;
}

static const struct key {
	const char *name;
	int (*set)(struct what_if *change, const char *text, size_t length, struct reason *reason);
	bool is_list; /* what follows, without a key, belongs to it */
} keys[] = {
	{ "range", set_range, false },
	{ "reserved", add_reserved, true },
	{ "tw_reuse", set_tw_reuse, false },
	{ "sources", set_sources, false },
};

#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct key *find_key(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < NR_KEYS; i++)
		if (strlen(keys[i].name) == length && !memcmp(keys[i].name, name, length))
			return &keys[i];
	return NULL;
}

/* A part "KEY=VALUE"; *given: a bit for each key that was there. */
static int parse_key(struct what_if *change, const char *part, size_t length,
		     const struct key **ret_key, unsigned int *given, struct reason *reason)
{
	size_t name = (const char *)memchr(part, '=', length) - part;
	const struct key *key = find_key(part, name);

	if (!key)
		return because(reason, -EINVAL,
			       "'%.*s': there is no key '%.*s'; keys are range, reserved, "
			       "tw_reuse and sources",
			       (int)length, part, (int)name, part);
	if (*given & 1U << (key - keys))
		return because(reason, -EINVAL, "'%.*s': %s is there twice", (int)length, part,
			       key->name);
	*given |= 1U << (key - keys);
	*ret_key = key;
	return key->set(change, part + name + 1, length - name - 1, reason);
}

int what_if_parse(const char *text, struct what_if *ret, struct reason *reason)
{
	const struct key *key = NULL;
	unsigned int given = 0;
	size_t length;
	int err;

	what_if_init(ret);
	for (;; text += length + 1) {
		length = strcspn(text, ",");
		if (memchr(text, '=', length))
			err = parse_key(ret, text, length, &key, &given, reason);
		else if (key && key->is_list)
			err = key->set(ret, text, length, reason);
		else
			err = because(reason, -EINVAL,
				      "'%.*s' is not KEY=VALUE; keys are range, reserved, "
				      "tw_reuse and sources",
				      (int)length, text);
		if (err || !text[length])
			return err;
	}
}

int what_if_check(const struct what_if *change, const struct snapshot *now,
		  const struct host *host, struct reason *reason)
{
	size_t i;

	for (i = 0; i < now->nr_netns && change->range_low; i++) {
		const struct netns *netns = &now->netns[i];
		const struct host_netns *settings = host_find_netns(host, netns->inum);

		if (settings && change->range_low <
					settings->settings[SETTING_UNPRIVILEGED_PORT_START])
			return because(reason, -EINVAL,
				       "range=%d-%d: the kernel refuses it, as ip_unprivileged_port_start "
				       "is %d in network namespace %" PRIu32 "%s%s; begin it there",
				       change->range_low, change->range_high,
				       (int)settings->settings[SETTING_UNPRIVILEGED_PORT_START],
				       netns->inum, *netns->name ? ", " : "", netns->name);
	}
	return 0;
}

/* ---- A snapshot as it would be ---- */

static int copy(const struct snapshot *now, struct snapshot *then)
{
	size_t i;

	then->wall = now->wall;
	then->monotonic = now->monotonic;
	then->uptime_s = now->uptime_s;
	then->period_s = now->period_s;
	memcpy(then->host, now->host, sizeof(then->host));
	memcpy(then->kernel, now->kernel, sizeof(then->kernel));
	then->probe = now->probe;
	then->census = now->census;
	then->lost = now->lost;
	then->without_bpf = now->without_bpf;
	then->without_events = now->without_events;
	then->service_name = now->service_name;
	for (i = 0; i < now->nr_netns; i++) {
		struct netns *netns = snapshot_add_netns(then);

		if (!netns)
			return -ENOMEM;
		*netns = now->netns[i];
	}
	for (i = 0; i < now->nr_ports; i++) {
		struct ports *ports = snapshot_add_ports(then);

		if (!ports)
			return -ENOMEM;
		*ports = now->ports[i];
	}
	for (i = 0; i < now->nr_routes; i++) {
		struct route *route = snapshot_add_route(then);

		if (!route)
			return -ENOMEM;
		*route = now->routes[i];
	}
	return 0;
}

static void change_settings(struct snapshot *then, const struct what_if *change)
{
	size_t i;

	for (i = 0; i < then->nr_netns; i++) {
		struct netns *netns = &then->netns[i];

		/* Of one that could not be read, nothing is known with other settings either. */
		if (change->range_low && netns->range_low != NOT_KNOWN) {
			netns->range_low = change->range_low;
			netns->range_high = change->range_high;
		}
		if (change->tw_reuse != NOT_KNOWN)
			netns->tw_reuse = change->tw_reuse;
	}
}

static void drop_reserved(struct snapshot *then)
{
	size_t i, kept = 0;

	for (i = 0; i < then->nr_ports; i++)
		if (then->ports[i].key.kind != PORTS_RESERVED && kept++ != i)
			then->ports[kept - 1] = then->ports[i];
	then->nr_ports = kept;
}

static int change_reserved(struct snapshot *then, const struct what_if *change)
{
	struct ports *ports;
	size_t i;

	if (!change->has_reserved)
		return 0;
	drop_reserved(then);
	for (i = 0; i < then->nr_netns; i++) {
		ports = snapshot_add_ports(then);
		if (!ports)
			return -ENOMEM;
		ports->key.netns = then->netns[i].inum;
		ports->key.kind = PORTS_RESERVED;
		memcpy(ports->bits, change->reserved.bits, sizeof(ports->bits));
	}
	snapshot_sort(then);
	return 0;
}

/* What the census counted for these settings; a route without a row has no such socket. */
static void take_counts(const struct snapshot *now, struct snapshot *then)
{
	static const struct supposed_route none;
	size_t i;

	for (i = 0; i < then->nr_routes; i++) {
		struct route *route = &then->routes[i];
		struct occupancy *occupancy = &route->occupancy;
		const struct supposed_route *counted;

		if (occupancy->source == OCCUPANCY_UNKNOWN ||
		    route->key.proto != PORTTRACE_IPPROTO_TCP)
			continue;
		counted = snapshot_find_supposed(now, &route->key);
		if (!counted)
			counted = &none;
		memcpy(occupancy->used_in_half, counted->used_in_half,
		       sizeof(occupancy->used_in_half));
		memcpy(occupancy->reclaimable_in_half, counted->reclaimable_in_half,
		       sizeof(occupancy->reclaimable_in_half));
		memcpy(occupancy->own, counted->own, sizeof(occupancy->own));
	}
}

/* ---- More sources ---- */

static void add(int64_t *figure, int64_t more)
{
	if (*figure != NOT_KNOWN && more != NOT_KNOWN)
		*figure += more;
}

/*
 * Each of the others has the capacity that this one has, and nothing on it. Of UDP's wildcard that
 * cannot be said: its sockets are in the way of every address.
 */
static void add_sources(struct route *route, int64_t more)
{
	struct occupancy *occupancy = &route->occupancy;
	int i;

	if (route->key.proto == PORTTRACE_IPPROTO_UDP && address_is_any(route->key.src)) {
		occupancy->capacity = occupancy->headroom = NOT_KNOWN;
		return;
	}
	for (i = 0; i < MAX_OWN_RANGES && own_range_is_set(&occupancy->own[i]); i++) {
		add(&occupancy->own[i].headroom, more * occupancy->own[i].capacity);
		add(&occupancy->own[i].capacity, more * occupancy->own[i].capacity);
	}
	if (occupancy->capacity == NOT_KNOWN)
		return;
	add(&occupancy->headroom, more * occupancy->capacity);
	occupancy->capacity += more * occupancy->capacity;
	if (occupancy->fast_capacity == NOT_KNOWN)
		return;
	add(&occupancy->fast_headroom, more * occupancy->fast_capacity);
	occupancy->fast_capacity += more * occupancy->fast_capacity;
}

/* ---- All of it ---- */

/* Other settings make other trends: what was taken before counts as it would have been. */
static void forget_trends(struct snapshot *then)
{
	size_t i;

	for (i = 0; i < then->nr_routes; i++)
		then->routes[i].occupancy.trend.nr = 0;
}

/* Without the time at which there is nothing left. */
static int suppose(const struct snapshot *now, const struct what_if *change,
		   struct snapshot *then)
{
	size_t i;

	if (copy(now, then))
		return -ENOMEM;
	forget_trends(then);
	change_settings(then, change);
	if (change_reserved(then, change))
		return -ENOMEM;
	if (what_if_needs_count(change))
		take_counts(now, then);
	if (occupancy_compute_ports(then))
		return -ENOMEM;
	for (i = 0; i < then->nr_routes && change->sources > 1; i++)
		add_sources(&then->routes[i], change->sources - 1);
	return snapshot_sum_netns(then);
}

static int suppose_both(const struct snapshot *now, const struct snapshot *before,
			const struct what_if *change, struct snapshot *then,
			struct snapshot *then_before)
{
	int err = suppose(now, change, then);

	if (err || !before) {
		occupancy_compute_etas(then, NULL);
		return err;
	}
	err = suppose(before, change, then_before);
	if (err)
		return err;
	occupancy_compute_etas(then_before, NULL);
	occupancy_compute_etas(then, then_before);
	return 0;
}

static bool is_asked(const struct snapshot *snapshot, const struct what_if *change)
{
	return !what_if_needs_count(change) || snapshot->supposes;
}

int what_if_apply(const struct snapshot *now, const struct snapshot *before,
		  const struct what_if *change, struct snapshot **ret_then,
		  struct reason *reason)
{
	struct snapshot *then, *then_before;
	int err = -ENOMEM;

	if (!is_asked(now, change))
		return because(reason, -EINVAL,
			       "which ports of another range are taken was not counted");
	if (before && !is_asked(before, change))
		before = NULL;
	then = snapshot_new();
	then_before = snapshot_new();
	if (then && then_before)
		err = suppose_both(now, before, change, then, then_before);
	snapshot_free(then_before);
	if (err) {
		snapshot_free(then);
		return because(reason, err, "out of memory");
	}
	*ret_then = then;
	return 0;
}
