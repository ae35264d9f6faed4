// SPDX-License-Identifier: GPL-2.0-only
/* Routes, and the keys that other rows have of them. */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "read_json.h"
#include "read_json_row.h"

int check_rows(struct json_reader *reader, size_t nr)
{
	if (nr < READ_JSON_MAX_ROWS)
		return 0;
	return json_fail(reader, "more than %d rows of that kind, which no porttrace writes",
			 READ_JSON_MAX_ROWS);
}

/* ---- Keys ---- */

struct key_members key_members_unknown(void)
{
	return (struct key_members){ .netns = NOT_KNOWN, .dport = NOT_KNOWN, .overflow = -1 };
}

static int set_proto(struct json_reader *reader, const char *proto, struct route_key *key)
{
	static const uint8_t all[] = { PORTTRACE_IPPROTO_TCP, PORTTRACE_IPPROTO_UDP, UINT8_MAX };
	size_t i;

	if (!proto[0])
		return 0;
	for (i = 0; i < sizeof(all); i++) {
		key->proto = all[i];
		if (!strcmp(proto, proto_name(all[i])))
			return 0;
	}
	return json_fail(reader, "proto: '%s' is neither tcp nor udp", proto);
}

static int set_address(struct json_reader *reader, const char *name, const char *text,
		       uint8_t addr[16])
{
	uint8_t prefix;

	if (!strchr(text, '/') && !address_parse(text, addr, &prefix))
		return 0;
	return json_fail(reader, "%s: '%s' is not an address", name, text);
}

static int set_addresses(struct json_reader *reader, const struct key_members *members,
			 struct route_key *key)
{
	int err = set_address(reader, "src", members->src, key->src);

	if (!members->dst[0] != (members->dport == NOT_KNOWN))
		return json_fail(reader, "dst and dport: one is known without the other");
	if (err || !members->dst[0])
		return err;
	key->dport = members->dport;
	return set_address(reader, "dst", members->dst, key->dst);
}

int key_from_members(struct json_reader *reader, const struct key_members *members,
		     bool has_addresses, struct route_key *ret_key)
{
	bool is_overflow = !members->src[0];

	*ret_key = (struct route_key){ .netns = members->netns == NOT_KNOWN ? 0 : members->netns };
	if (set_proto(reader, members->proto, ret_key))
		return -EBADMSG;
	if (!has_addresses)
		return 0;
	if (members->overflow >= 0 && members->overflow != is_overflow)
		return json_fail(reader, "src is null in rows of overflow, and in no others");
	ret_key->overflow = is_overflow;
	return is_overflow ? 0 : set_addresses(reader, members, ret_key);
}

/* ---- Routes ---- */

struct route_members {
	struct key_members key; /* first, see KEY_MEMBERS */
	struct reading *reading;
	struct route route;
	bool has_histogram;
};

static int read_occupancy(struct json_reader *reader, const struct json_member *member, void *row)
{
	static const char *const words[] = {
		[OCCUPANCY_CENSUS] = "census",
		[OCCUPANCY_CARRIED] = "carried",
		[OCCUPANCY_INCOMPLETE] = "incomplete",
	};
	struct route_members *members = row;
	char word[16];
	size_t i;
	int err;

	(void)member;
	if (json_read_null(reader))
		return 0;
	err = json_read_text(reader, word, sizeof(word));
	if (err)
		return err;
	for (i = OCCUPANCY_CENSUS; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], word)) {
			members->route.occupancy.source = i;
			return 0;
		}
	}
	return json_fail(reader, "'%s' is none of census, carried and incomplete", word);
}

static int read_owners_member(struct json_reader *reader, const struct json_member *member,
			      void *row)
{
	struct route_members *members = row;

	(void)member;
	return read_owners(reader, members->reading, &members->route.orphans);
}

static int read_range_member(struct json_reader *reader, const struct json_member *member,
			     void *row)
{
	struct own_range *own = row;
	int64_t low, high;
	int err = json_read_range(reader, &low, &high);

	(void)member;
	if (!err && !low && !high)
		err = json_fail(reader, "a range of nothing");
	own->low = low;
	own->high = high;
	return err;
}

#define OWN_COUNT(name) \
	{ #name, json_member_count, offsetof(struct own_range, name), 65536, true }

static const struct json_member own_range_members[] = {
	{ "range", read_range_member, 0, 0, true },
	OWN_COUNT(capacity),
	OWN_COUNT(used),
	OWN_COUNT(reclaimable),
	OWN_COUNT(headroom),
	{},
};

struct own_ranges {
	struct own_range *own;
	int nr;
};

static int read_own_range(struct json_reader *reader, void *arg)
{
	struct own_ranges *ranges = arg;

	if (ranges->nr == MAX_OWN_RANGES)
		return json_fail(reader, "more than %d ranges", MAX_OWN_RANGES);
	return json_read_object(reader, own_range_members, &ranges->own[ranges->nr++]);
}

static int read_own_ranges(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct own_ranges ranges = { .own = ((struct route_members *)row)->route.occupancy.own };

	(void)member;
	return json_read_null(reader) ? 0 : json_read_array(reader, read_own_range, &ranges);
}

struct counts {
	int64_t *counts;
	int nr, most;
};

static int read_one_count(struct json_reader *reader, void *arg)
{
	struct counts *counts = arg;

	if (counts->nr == counts->most)
		return json_fail(reader, "more than %d counts", counts->most);
	return json_read_count(reader, JSON_MAX_COUNT, &counts->counts[counts->nr++]);
}

/* So many, or null, which leaves them as they are. */
static int read_counts(struct json_reader *reader, int nr, int64_t *ret_counts, bool *ret_known)
{
	struct counts counts = { .counts = ret_counts, .most = nr };
	int err;

	*ret_known = !json_read_null(reader);
	if (!*ret_known)
		return 0;
	err = json_read_array(reader, read_one_count, &counts);
	if (!err && counts.nr < nr)
		err = json_fail(reader, "fewer than %d counts", nr);
	return err;
}

static int read_histogram(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct route_members *members = row;

	(void)member;
	return read_counts(reader, SEARCH_BUCKETS, (int64_t *)members->route.search_buckets,
			   &members->has_histogram);
}

/* So many as max says: what is null leaves them as they are, which is not known. */
static int read_numbers(struct json_reader *reader, const struct json_member *member, void *row)
{
	int64_t *numbers = (int64_t *)((char *)row + member->offset);
	bool known;

	return read_counts(reader, member->max, numbers, &known);
}

#define NUMBERS(name, nr)                                                                        \
	{ #name, read_numbers, offsetof(struct route_members, route.occupancy.name), nr, false }

#define COUNT(name, member) \
	{ name, json_member_count, offsetof(struct route_members, route.member), \
	  JSON_MAX_COUNT, false }
#define COUNTER(name) \
	{ #name, json_member_counter, offsetof(struct route_members, route.name), \
	  JSON_MAX_COUNT, true }
#define DECIMAL(name, member) \
	{ name, json_member_decimal, offsetof(struct route_members, route.member), 0, false }

/* In the order of route_fields[], so that each is found at once. */
static const struct json_member route_members[] = {
	KEY_MEMBERS,
	COUNT("headroom", occupancy.headroom),
	DECIMAL("eta_s", occupancy.eta_s),
	DECIMAL("allocations_per_s", allocations_per_s),
	DECIMAL("failures_per_s", failures_per_s),
	COUNTER(failures),
	COUNT("capacity", occupancy.capacity),
	COUNT("used", occupancy.used),
	COUNT("established", occupancy.established),
	COUNT("time_wait", occupancy.time_wait),
	COUNT("other", occupancy.other),
	COUNT("bound", occupancy.bound),
	COUNT("fast_headroom", occupancy.fast_headroom),
	COUNT("reclaimable", occupancy.reclaimable),
	{ "occupancy", read_occupancy, 0, 0, false },
	COUNTER(allocations),
	COUNTER(bound_connects),
	COUNTER(time_waits),
	COUNT("searches", searches),
	COUNT("search_ns", search_ns),
	{ "owners", read_owners_member, 0, 0, false },
	NUMBERS(time_wait_left, NR_LEFT_STEPS),
	NUMBERS(used_in_half, NR_HALVES),
	NUMBERS(reclaimable_in_half, NR_HALVES),
	{ "own_ranges", read_own_ranges, 0, 0, false },
	{ "search_histogram", read_histogram, 0, 0, false },
	{},
};

static int finish_route(struct json_reader *reader, struct route_members *members,
			size_t first_owner)
{
	struct snapshot *snapshot = members->reading->snapshot;
	const struct occupancy *occupancy = &members->route.occupancy;
	size_t i;

	if (members->has_histogram != (members->route.searches != NOT_KNOWN))
		return json_fail(reader,
				 "searches and search_histogram: one is known without the other");
	if ((occupancy->used_in_half[0] == NOT_KNOWN) !=
	    (occupancy->reclaimable_in_half[0] == NOT_KNOWN))
		return json_fail(reader, "used_in_half and reclaimable_in_half: one is known without "
					 "the other");
	if (key_from_members(reader, &members->key, true, &members->route.key))
		return -EBADMSG;
	for (i = first_owner; i < snapshot->nr_owners; i++)
		snapshot->owners[i].key.route = members->route.key;
	return 0;
}

int read_route(struct json_reader *reader, void *arg)
{
	struct reading *reading = arg;
	struct snapshot *snapshot = reading->snapshot;
	size_t first_owner = snapshot->nr_owners;
	struct route_members members = { .key = key_members_unknown(), .reading = reading };
	struct route *route;
	int err;

	err = check_rows(reader, snapshot->nr_routes);
	if (err)
		return err;
	route = snapshot_add_route(snapshot);
	if (!route)
		return because(reader->reason, -ENOMEM, "out of memory");
	route->searches = route->search_ns = NOT_KNOWN;
	members.route = *route;
	err = json_read_object(reader, route_members, &members);
	if (!err)
		err = finish_route(reader, &members, first_owner);
	*route = members.route;
	return err;
}
