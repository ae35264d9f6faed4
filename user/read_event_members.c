// SPDX-License-Identifier: GPL-2.0-only
#include "read_event_members.h"

#include <errno.h>
#include <math.h>

static int read_event_time(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	return read_wall(reader, &((struct event_members *)row)->wall);
}

static int read_port_range(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct option_members *options = row;

	(void)member;
	if (json_read_null(reader))
		return 0;
	return json_read_range(reader, &options->low, &options->high);
}

#define OPTION(name) \
	{ #name, json_member_flag, offsetof(struct option_members, name), 0, false }

static const struct json_member option_members[] = {
	OPTION(reuseaddr),
	OPTION(reuseport),
	OPTION(bind_address_no_port),
	OPTION(freebind),
	{ "local_port_range", read_port_range, 0, 0, false },
	{},
};

static int read_options(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)member;
	if (json_read_null(reader))
		return 0;
	return json_read_object(reader, option_members, &((struct event_members *)row)->options);
}

#define COUNT_IN(of, name, place, max) \
	{ name, json_member_count, offsetof(struct of, place), max, false }
#define TEXT_IN(of, name, place) \
	{ name, json_member_text, offsetof(struct of, place), \
	  sizeof(((struct of *)0)->place) - 1, false }
#define DECIMAL_IN(of, name, place) \
	{ name, json_member_decimal, offsetof(struct of, place), 0, false }

static const struct json_member holder_members[] = {
	COUNT_IN(holder_members, "pid", pid, UINT32_MAX),
	TEXT_IN(holder_members, "comm", comm),
	TEXT_IN(holder_members, "state", state),
	TEXT_IN(holder_members, "cgroup", cgroup),
	COUNT_IN(holder_members, "uid", uid, UINT32_MAX),
	TEXT_IN(holder_members, "src", src),
	COUNT_IN(holder_members, "sport", sport, 65535),
	TEXT_IN(holder_members, "dst", dst),
	COUNT_IN(holder_members, "dport", dport, 65535),
	DECIMAL_IN(holder_members, "expires_s", expires_s),
	{},
};

static int read_event_holder(struct json_reader *reader, const struct json_member *member,
			     void *row)
{
	struct holder_members *holder = &((struct event_members *)row)->holder;

	(void)member;
	if (json_read_null(reader))
		return 0;
	holder->given = true;
	return json_read_object(reader, holder_members, holder);
}

static int read_frame(struct json_reader *reader, void *arg)
{
	struct stack_frames *frames = arg;
	char name[256];
	int err = json_read_text(reader, name, sizeof(name));

	if (err)
		return err;
	if (frames->nr_names == MAX_STACK_NAMES)
		return json_fail(reader, "more than %d frames", MAX_STACK_NAMES);
	stack_frames_add(frames, name);
	/* It has room: there was no memory. */
	return frames->cut ? because(reader->reason, -ENOMEM, "out of memory") : 0;
}

/* max: of the program's stack 0, of the kernel's 1. */
static int read_stack(struct json_reader *reader, const struct json_member *member, void *row)
{
	struct event_members *members = row;
	struct stack_names *stack = members->stack;

	members->has_stack = true;
	if (json_read_null(reader))
		return 0;
	return json_read_array(reader, read_frame, member->max ? &stack->kernel : &stack->user);
}

#define COUNT(name, place, max) COUNT_IN(event_members, name, place, max)
#define TEXT(name, place) TEXT_IN(event_members, name, place)
#define DECIMAL(name) DECIMAL_IN(event_members, #name, name)
#define SUM(name, place) COUNT(name, place, JSON_MAX_COUNT)

/* In the order in which they are written. Which of them a line needs depends on its kind. */
static const struct json_member event_members[] = {
	{ "time", read_event_time, 0, 0, false },
	{ "event", json_member_text, offsetof(struct event_members, event), 15, true },
	TEXT("call", call),
	TEXT("errno", err),
	TEXT("cause", cause),
	TEXT("proto", key.proto),
	COUNT("netns", key.netns, UINT32_MAX),
	TEXT("netns_name", netns_name),
	TEXT("src", key.src),
	TEXT("dst", key.dst),
	COUNT("dport", key.dport, 65535),
	COUNT("sport", sport, 65535),
	COUNT("pid", pid, UINT32_MAX),
	COUNT("tid", tid, UINT32_MAX),
	COUNT("uid", uid, UINT32_MAX),
	TEXT("user", user),
	TEXT("comm", comm),
	TEXT("cgroup", cgroup),
	SUM("duration_ns", duration_ns),
	SUM("headroom", headroom),
	DECIMAL(headroom_age_s),
	SUM("blocked", blocked),
	SUM("blocked_by_bind_before_connect", blocked_by_bind),
	DECIMAL(blocked_age_s),
	{ "options", read_options, 0, 0, false },
	TEXT("pattern", pattern),
	{ "holder", read_event_holder, 0, 0, false },
	{ "stack", read_stack, 0, 0, false },
	COUNT("stack_certain", stack_certain, MAX_STACK_NAMES),
	{ "stack_cut", json_member_flag, offsetof(struct event_members, stack_cut), 0, false },
	{ "kernel_stack", read_stack, 0, 1, false },
	SUM("count", count),
	SUM("failures", nr[EVENT_FAILURE]),
	SUM("allocations", nr[EVENT_ALLOCATION]),
	SUM("time_waits", nr[EVENT_TIME_WAIT]),
	SUM("held_back", held_back),
	/* "lost" is their sum. */
	SUM("lost_failures", lost[EVENT_FAILURE]),
	SUM("lost_allocations", lost[EVENT_ALLOCATION]),
	SUM("lost_time_waits", lost[EVENT_TIME_WAIT]),
	SUM("missed", missed),
	SUM("missed_at_most", missed_at_most),
	{},
};

static void set_unknown(struct event_members *members)
{
	*members = (struct event_members){
		.key = key_members_unknown(),
		.sport = NOT_KNOWN,
		.pid = NOT_KNOWN,
		.tid = NOT_KNOWN,
		.uid = NOT_KNOWN,
		.duration_ns = NOT_KNOWN,
		.headroom = NOT_KNOWN,
		.blocked = NOT_KNOWN,
		.blocked_by_bind = NOT_KNOWN,
		.headroom_age_s = NAN,
		.blocked_age_s = NAN,
		.holder = { .pid = NOT_KNOWN, .uid = NOT_KNOWN, .sport = NOT_KNOWN,
			    .dport = NOT_KNOWN, .expires_s = NAN },
		.stack_certain = NOT_KNOWN,
		.count = NOT_KNOWN,
		.nr = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN },
		.held_back = NOT_KNOWN,
		.missed = NOT_KNOWN,
		.missed_at_most = NOT_KNOWN,
	};
}

int read_event_members(struct json_reader *reader, struct stack_names *stack,
		       struct event_members *ret_members)
{
	set_unknown(ret_members);
	ret_members->stack = stack;
	return json_read_object(reader, event_members, ret_members);
}
