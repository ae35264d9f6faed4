// SPDX-License-Identifier: GPL-2.0-only
#include "recording_header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "read_json_row.h"

/* A list of 32,768 ports, each with its comma. */
#define MAX_TEXT (192 << 10)
#define MAX_WORDS 65536
#define MAX_ROWS 65536

static int out_of_memory(struct json_reader *reader)
{
	return because(reader->reason, -ENOMEM, "out of memory");
}

/* ---- Texts of any length ---- */

static int keep_text(struct json_reader *reader, struct kept_header *kept, const char **ret_text)
{
	const char *bytes;
	size_t length;
	char *copy;
	int err;

	if (json_peek(reader) != '"')
		return json_fail_expected(reader, "a string");
	err = json_read_string(reader, &bytes, &length);
	if (err)
		return err;
	if (length > MAX_TEXT)
		return json_fail(reader, "a string of more than %d bytes", MAX_TEXT);
	if (memchr(bytes, '\0', length))
		return json_fail(reader, "a string with a zero in it");
	copy = strndup(bytes, length);
	if (!copy)
		return out_of_memory(reader);
	printable_copy(copy, length + 1, copy);
	*ret_text = snapshot_keep_text(kept->texts, copy);
	free(copy);
	return *ret_text ? 0 : out_of_memory(reader);
}

/* ---- What was asked for ---- */

static int read_filter_text(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct kept_header *kept = row;
	const char **text = (const char **)((char *)&kept->header.filter + member->offset);

	return json_read_null(reader) ? 0 : keep_text(reader, kept, text);
}

#define FILTER(name) { #name, read_filter_text, offsetof(struct recording_filter, name), 0, false }

static const struct json_member filter_members[] = {
	FILTER(netns), FILTER(src),  FILTER(dst),    FILTER(dport),  FILTER(sport),
	FILTER(pid),   FILTER(comm), FILTER(cgroup), FILTER(family), FILTER(proto), {},
};

static int read_filter(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	if (json_read_null(reader))
		return 0;
	return json_read_object(reader, filter_members, row);
}

static int read_word(struct json_reader *reader, void *arg)
{
	struct kept_header *kept = arg;
	size_t nr = kept->header.nr_words;
	const char **more;

	if (nr == MAX_WORDS)
		return json_fail(reader, "more than %d words", MAX_WORDS);
	/* Powers of two, one after the other. */
	if (!(nr & (nr - 1))) {
		more = reallocarray(kept->words, nr ? 2 * nr : 1, sizeof(*more));
		if (!more)
			return out_of_memory(reader);
		kept->words = more;
	}
	kept->header.nr_words++;
	return keep_text(reader, kept, &kept->words[nr]);
}

static int read_command(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct kept_header *kept = row;
	int err;

	(void)member;
	if (json_read_null(reader))
		return 0;
	err = json_read_array(reader, read_word, kept);
	kept->header.command = kept->words;
	return err;
}

/* ---- Namespaces ---- */

struct netns_members {
	struct kept_header *kept;
	struct recording_netns *netns;
	int64_t inum;
};

static int read_range(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct recording_netns *netns = ((struct netns_members *)row)->netns;
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

static int read_reserved(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct netns_members *members = row;

	(void)member;
	if (json_read_null(reader))
		return 0;
	return keep_text(reader, members->kept, &members->netns->reserved);
}

static int read_setting(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct netns_members *members = row;
	int64_t *setting = (int64_t *)((char *)members->netns + member->offset);

	return json_read_null(reader) ? 0 : json_read_count(reader, member->max, setting);
}

#define SETTING(key, name) \
	{ key, read_setting, offsetof(struct recording_netns, name), INT32_MAX, false }

static const struct json_member sysctl_members[] = {
	{ "ip_local_port_range", read_range, 0, 0, false },
	{ "ip_local_reserved_ports", read_reserved, 0, 0, false },
	SETTING("tcp_tw_reuse", tw_reuse),
	SETTING("tcp_tw_reuse_delay", tw_reuse_delay_ms),
	SETTING("tcp_max_tw_buckets", max_tw_buckets),
	SETTING("tcp_timestamps", timestamps),
	SETTING("tcp_fin_timeout", fin_timeout_s),
	{},
};

static int read_sysctl(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_null(reader) ? 0 : json_read_object(reader, sysctl_members, row);
}

static int read_name(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct recording_netns *netns = ((struct netns_members *)row)->netns;

	(void)member;
	return json_read_null(reader) ? 0 : json_read_text(reader, netns->name, sizeof(netns->name));
}

static const struct json_member netns_members[] = {
	{ "inum", json_member_count, offsetof(struct netns_members, inum), UINT32_MAX, true },
	{ "name", read_name, 0, 0, false },
	{ "sysctl", read_sysctl, 0, 0, false },
	{},
};

static int read_one_netns(struct json_reader *reader, void *arg)
{
	struct kept_header *kept = arg;
	struct recording_netns netns = { .range_low = NOT_KNOWN, .range_high = NOT_KNOWN,
					 .tw_reuse = NOT_KNOWN, .tw_reuse_delay_ms = NOT_KNOWN,
					 .max_tw_buckets = NOT_KNOWN, .timestamps = NOT_KNOWN,
					 .fin_timeout_s = NOT_KNOWN };
	struct netns_members members = { .kept = kept, .netns = &netns };
	size_t nr = kept->header.nr_netns;
	struct recording_netns *more;
	int err;

	if (nr == MAX_ROWS)
		return json_fail(reader, "more than %d namespaces", MAX_ROWS);
	err = json_read_object(reader, netns_members, &members);
	if (err)
		return err;
	if (!(nr & (nr - 1))) {
		more = reallocarray(kept->netns, nr ? 2 * nr : 1, sizeof(*more));
		if (!more)
			return out_of_memory(reader);
		kept->netns = more;
	}
	netns.inum = members.inum;
	kept->netns[nr] = netns;
	kept->header.nr_netns++;
	return 0;
}

static int read_all_netns(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_null(reader) ? 0 : json_read_array(reader, read_one_netns, row);
}

static int compare_netns(const void *a, const void *b)
{
	uint32_t x = ((const struct recording_netns *)a)->inum;
	uint32_t y = ((const struct recording_netns *)b)->inum;

	return (x > y) - (x < y);
}

/* ---- The line ---- */

static struct recording_header *header_of(void *row)
{
	return &((struct kept_header *)row)->header;
}

static int read_version(struct json_reader *reader, const struct json_member *member, void *row)
{
	int64_t version;
	int err = json_read_count(reader, JSON_MAX_COUNT, &version);

	(void)member;
	if (err)
		return err;
	if (version < 1)
		return json_fail(reader, "there is no such version");
	if (version > RECORDING_VERSION)
		return json_fail(reader,
				 "this porttrace reads recordings of version %d, and not %lld: use "
				 "a newer one",
				 RECORDING_VERSION, (long long)version);
	header_of(row)->version = version;
	return 0;
}

static int read_time(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return read_wall(reader, &header_of(row)->wall);
}

/* Nanoseconds since an epoch, which fit: 2^62 of them are 146 years. */
#define MAX_CLOCK (INT64_C(1) << 62)

static int read_clock_ns(struct json_reader *reader, const struct json_member *member, void *row)
{
	uint64_t *clock = (uint64_t *)((char *)header_of(row) + member->offset);
	int64_t ns;
	int err;

	if (json_read_null(reader))
		return 0;
	err = json_read_count(reader, member->max, &ns);
	*clock = err ? 0 : ns;
	return err;
}

static const struct json_member clock_members[] = {
	{ "realtime_ns", read_clock_ns, offsetof(struct recording_header, realtime_ns), MAX_CLOCK,
	  true },
	{ "monotonic_ns", read_clock_ns, offsetof(struct recording_header, monotonic_ns), MAX_CLOCK,
	  true },
	{},
};

static int read_clock(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_null(reader) ? 0 : json_read_object(reader, clock_members, row);
}

static int read_interval(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return json_read_null(reader) ? 0 : json_read_decimal(reader, &header_of(row)->interval_s);
}

static int read_fixed_text(struct json_reader *reader, const struct json_member *member, void *row)
{
	char *text = (char *)header_of(row) + member->offset;

	return json_read_null(reader) ? 0 : json_read_text(reader, text, member->max + 1);
}

#define TEXT(name)                                                                     \
	{                                                                              \
#name, read_fixed_text, offsetof(struct recording_header, name),               \
			sizeof(((struct recording_header *)0)->name) - 1, false        \
	}

/* The version comes first: of a newer one, the rest may be something else. */
static const struct json_member header_members[] = {
	{ "recording", read_version, 0, 0, true },
	TEXT(porttrace),
	{ "time", read_time, 0, 0, true },
	TEXT(host),
	TEXT(kernel),
	TEXT(probe),
	{ "command", read_command, 0, 0, false },
	{ "interval_s", read_interval, 0, 0, false },
	{ "clock", read_clock, 0, 0, false },
	{ "netns", read_all_netns, 0, 0, false },
	{ "filter", read_filter, 0, 0, false },
	{},
};

int recording_header_read(const char *line, size_t length, struct kept_header *kept,
			  struct reason *reason)
{
	struct json_reader reader = {};
	int err;

	kept->header.interval_s = NAN;
	kept->texts = snapshot_new();
	if (!kept->texts)
		return because(reason, -ENOMEM, "out of memory");
	err = json_reader_init(&reader, line, length, reason);
	if (!err)
		err = json_read_object(&reader, header_members, kept);
	if (!err)
		err = json_read_end(&reader);
	json_reader_done(&reader);
	if (!err && kept->netns)
		qsort(kept->netns, kept->header.nr_netns, sizeof(*kept->netns), compare_netns);
	kept->header.netns = kept->netns;
	return err;
}

void recording_header_done(struct kept_header *kept)
{
	snapshot_free(kept->texts);
	free(kept->words);
	free(kept->netns);
	*kept = (struct kept_header){};
}
