// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, and failures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read_json_row.h"

/* ---- Namespaces ---- */

struct netns_members {
	struct netns netns;
	int64_t inum;
};

static int read_netns_range(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct netns *netns = &((struct netns_members *)row)->netns;
	int64_t low, high;
	int err;

	(void)member;
	if (json_read_null(reader))
		return 0;
	err = json_read_range(reader, &low, &high);
	netns->range_low = low;
	netns->range_high = high;
	return err;
}

#define NETNS_COUNT(name, max, required) \
	{ #name, json_member_count, offsetof(struct netns_members, netns.name), max, required }
#define NETNS_RATE(name) \
	{ #name, json_member_decimal, offsetof(struct netns_members, netns.name), 0, false }
#define NETNS_COUNTER(name) \
	{ #name, json_member_counter, offsetof(struct netns_members, netns.name), \
	  JSON_MAX_COUNT, true }

static const struct json_member netns_members[] = {
	{ "inum", json_member_count, offsetof(struct netns_members, inum), UINT32_MAX, true },
	{ "name", json_member_text, offsetof(struct netns_members, netns.name), 63, false },
	{ "range", read_netns_range, 0, 0, false },
	NETNS_COUNT(reserved, 65536, false),
	NETNS_COUNT(blocked, 65536, false),
	NETNS_COUNT(blocked_by_bind_before_connect, 65536, false),
	NETNS_COUNT(time_wait, JSON_MAX_COUNT, false),
	NETNS_COUNT(time_wait_max, JSON_MAX_COUNT, false),
	NETNS_COUNT(tw_reuse, INT32_MAX, false),
	NETNS_COUNT(tw_reuse_delay_ms, INT32_MAX, false),
	NETNS_COUNT(tcp_timestamps, 2, false),
	NETNS_COUNTER(allocations),
	NETNS_COUNTER(failures),
	NETNS_RATE(allocations_per_s),
	NETNS_RATE(failures_per_s),
	NETNS_COUNT(least_headroom, JSON_MAX_COUNT, false),
	{},
};

int read_netns(struct json_reader *reader, void *arg)
{
	struct snapshot *snapshot = ((struct reading *)arg)->snapshot;
	struct netns_members members = {};
	struct netns *netns;
	int err = check_rows(reader, snapshot->nr_netns);

	if (err)
		return err;
	netns = snapshot_add_netns(snapshot);
	if (!netns)
		return because(reader->reason, -ENOMEM, "out of memory");
	members.netns = *netns;
	err = json_read_object(reader, netns_members, &members);
	if (!err && members.inum <= 0)
		err = json_fail(reader, "inum: there is no such namespace");
	*netns = members.netns;
	netns->inum = members.inum;
	return err;
}

/* ---- Failures ---- */

struct last_members {
	struct timespec wall;
	int64_t pid, sport;
	char comm[sizeof(((struct last_failure *)0)->comm)];
	char cgroup[4096];
};

static int read_last_time(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return read_wall(reader, &((struct last_members *)row)->wall);
}

static const struct json_member last_members[] = {
	{ "time", read_last_time, 0, 0, true },
	{ "pid", json_member_count, offsetof(struct last_members, pid), UINT32_MAX, false },
	{ "comm", json_member_text, offsetof(struct last_members, comm), 15, false },
	{ "cgroup", json_member_text, offsetof(struct last_members, cgroup), 4095, false },
	{ "sport", json_member_count, offsetof(struct last_members, sport), 65535, false },
	{},
};

struct failure_members {
	struct key_members key; /* first, see KEY_MEMBERS */
	char call[32], cause[64], err[32];
	uint64_t count;
	double per_s;
	struct last_members last;
};

static int read_last(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	if (json_read_null(reader))
		return 0;
	return json_read_object(reader, last_members, &((struct failure_members *)row)->last);
}

static int set_last(struct json_reader *reader, struct snapshot *snapshot,
		    const struct last_members *members, struct last_failure *last)
{
	last->wall = members->wall;
	last->pid = members->pid == NOT_KNOWN ? 0 : members->pid;
	last->sport = members->sport == NOT_KNOWN ? 0 : members->sport;
	memcpy(last->comm, members->comm, sizeof(last->comm));
	if (!members->cgroup[0])
		return 0;
	last->cgroup = snapshot_keep_text(snapshot, members->cgroup);
	return last->cgroup ? 0 : because(reader->reason, -ENOMEM, "out of memory");
}

#define FAILURE_KEY_MEMBERS                                                                     \
	KEY_MEMBERS,                                                                            \
	{ "call", json_member_text, offsetof(struct failure_members, call), 31, true },         \
	{ "cause", json_member_text, offsetof(struct failure_members, cause), 63, true },       \
	{ "errno", json_member_text, offsetof(struct failure_members, err), 31, true }

static const struct json_member failure_members[] = {
	FAILURE_KEY_MEMBERS,
	{ "count", json_member_counter, offsetof(struct failure_members, count), JSON_MAX_COUNT,
	  true },
	{ "failures_per_s", json_member_decimal, offsetof(struct failure_members, per_s), 0, false },
	{ "last", read_last, 0, 0, false },
	{},
};

uint8_t index_of_word(const char *word, const char *(*name_of)(uint8_t), uint8_t nr)
{
	uint8_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(word, name_of(i)))
			break;
	return i;
}

#define MAX_NAMED_ERRNO 1000 /* more than any kernel has */

int errno_from_text(struct json_reader *reader, const char *text, uint16_t *ret_err)
{
	const char *name;
	char *end;
	long number = strtol(text, &end, 10);

	*ret_err = 0;
	if (!text[0])
		return 0;
	if (!*end && number > 0 && number <= UINT16_MAX) {
		*ret_err = number;
		return 0;
	}
	for (number = 1; number < MAX_NAMED_ERRNO; number++) {
		name = strerrorname_np(number);
		if (name && !strcmp(name, text)) {
			*ret_err = number;
			return 0;
		}
	}
	return json_fail(reader, "errno: '%s' is not the name of an error", text);
}

static int set_failure_key(struct json_reader *reader, const struct failure_members *members,
			   bool has_addresses, struct failure_key *key)
{
	int err = errno_from_text(reader, members->err, &key->err);

	key->call = index_of_word(members->call, call_name, NR_CALLS);
	key->cause = index_of_word(members->cause, cause_name, NR_CAUSES);
	return err ? err : key_from_members(reader, &members->key, has_addresses, &key->route);
}

/* Rows of the sums may become those of the line's snapshot, which has the texts of both. */
static int read_failure_into(struct json_reader *reader, struct reading *reading,
			     struct snapshot *snapshot, bool has_addresses)
{
	struct failure_members members = { .key = key_members_unknown(), .per_s = NAN };
	struct failure *failure;
	int err = check_rows(reader, snapshot->nr_failures);

	if (!err)
		err = json_read_object(reader, failure_members, &members);
	if (err)
		return err;
	failure = snapshot_add_failure(snapshot);
	if (!failure)
		return because(reader->reason, -ENOMEM, "out of memory");
	failure->count = members.count;
	failure->per_s = members.per_s;
	err = set_last(reader, reading->snapshot, &members.last, &failure->last);
	return err ? err : set_failure_key(reader, &members, has_addresses, &failure->key);
}

static const struct json_member failure_key_members[] = { FAILURE_KEY_MEMBERS, {} };

int read_failure_key(struct json_reader *reader, struct failure_key *ret_key)
{
	struct failure_members members = { .key = key_members_unknown() };
	int err = json_read_object(reader, failure_key_members, &members);

	return err ? err : set_failure_key(reader, &members, true, ret_key);
}

int read_failure(struct json_reader *reader, void *arg)
{
	return read_failure_into(reader, arg, ((struct reading *)arg)->sums, false);
}

int read_failure_of_route(struct json_reader *reader, void *arg)
{
	return read_failure_into(reader, arg, ((struct reading *)arg)->snapshot, true);
}
