// SPDX-License-Identifier: GPL-2.0-only
#include "trace_form.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json.h"

enum {
	IN_FAILURE = 1 << TRACE_FAILURE,
	IN_ALLOCATION = 1 << TRACE_ALLOCATION,
	IN_TIME_WAIT = 1 << TRACE_TIME_WAIT,
	IN_HELD_BACK = 1 << TRACE_HELD_BACK,
	IN_LOST = 1 << TRACE_LOST,
	IN_SUMMARY = 1 << TRACE_SUMMARY,
	IN_CALLS = IN_FAILURE | IN_ALLOCATION,
	IN_EVENTS = IN_CALLS | IN_TIME_WAIT,
	IN_TOLD = IN_EVENTS | IN_HELD_BACK,
};

/* What there must be, and whether it may be null. */
static const struct {
	const char *name;
	unsigned int events;
	enum json_type type;
	unsigned int null_in;
} members[] = {
	{ "time", IN_TOLD | IN_LOST, json_type_string, 0 },
	{ "event", IN_TOLD | IN_LOST | IN_SUMMARY, json_type_string, 0 },
	{ "call", IN_CALLS | IN_HELD_BACK, json_type_string, 0 },
	{ "errno", IN_CALLS | IN_HELD_BACK, json_type_string, IN_ALLOCATION },
	{ "cause", IN_CALLS | IN_HELD_BACK, json_type_string, IN_ALLOCATION },
	{ "proto", IN_TOLD, json_type_string, 0 },
	{ "netns", IN_TOLD, json_type_int, 0 },
	{ "src", IN_TOLD, json_type_string, IN_HELD_BACK },
	{ "sport", IN_EVENTS, json_type_int, IN_EVENTS },
	{ "dst", IN_TOLD, json_type_string, IN_CALLS | IN_HELD_BACK },
	{ "dport", IN_TOLD, json_type_int, IN_CALLS | IN_HELD_BACK },
	{ "pid", IN_EVENTS, json_type_int, IN_EVENTS },
	{ "tid", IN_CALLS, json_type_int, IN_CALLS },
	{ "uid", IN_CALLS, json_type_int, IN_CALLS },
	{ "user", IN_CALLS, json_type_string, IN_CALLS },
	{ "comm", IN_EVENTS, json_type_string, IN_EVENTS },
	{ "cgroup", IN_CALLS, json_type_string, IN_CALLS },
	{ "duration_ns", IN_CALLS, json_type_int, IN_CALLS },
	{ "headroom", IN_FAILURE, json_type_int, IN_FAILURE },
	{ "headroom_age_s", IN_FAILURE, json_type_double, IN_FAILURE },
	{ "options", IN_CALLS, json_type_object, 0 },
	{ "pattern", IN_FAILURE, json_type_string, IN_FAILURE },
	{ "holder", IN_FAILURE, json_type_object, IN_FAILURE },
	{ "count", IN_HELD_BACK | IN_LOST, json_type_int, 0 },
	{ "failures", IN_SUMMARY, json_type_int, 0 },
	{ "allocations", IN_SUMMARY, json_type_int, 0 },
	{ "time_waits", IN_SUMMARY, json_type_int, 0 },
	{ "held_back", IN_SUMMARY, json_type_int, 0 },
	{ "lost", IN_SUMMARY, json_type_int, 0 },
	{ "missed", IN_SUMMARY, json_type_int, IN_SUMMARY },
	{ "missed_at_most", IN_SUMMARY, json_type_int, IN_SUMMARY },
};

static bool is_of_type(struct json_object *member, enum json_type type)
{
	/* A number that happens to be whole may be written so. */
	return json_object_is_type(member, type) ||
	       (type == json_type_double && json_object_is_type(member, json_type_int));
}

/* "2026-01-31T12:00:00.123456Z", and not from another time than this test's. */
static bool is_time_of_now(const char *text)
{
	struct tm tm = {};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t now = time(NULL), then;
	int length = 0;

	if (!rest || sscanf(rest, ".%*6[0-9]Z%n", &length) < 0 || length != 8 || rest[length])
		return false;
	then = timegm(&tm);
	return then > now - 3600 && then <= now + 1;
}

/* In every back-end: the kernel has looked at all ports, and that takes a while. */
static bool lacks_search_time(struct json_object *line)
{
	const char *cause = json_text_of(line, "cause");

	return !strcmp(json_text_of(line, "proto"), "tcp") &&
	       (!strcmp(cause, "range_exhausted") || !strcmp(cause, "socket_range_exhausted")) &&
	       json_number_of(line, "duration_ns") <= 0;
}

const char *trace_form_fault(struct json_object *line, enum trace_event event)
{
	static char text[128];
	struct json_object *member;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!(members[i].events & 1 << event))
			continue;
		snprintf(text, sizeof(text), "no good \"%s\"", members[i].name);
		if (!json_object_object_get_ex(line, members[i].name, &member))
			return text;
		if (!member ? !(members[i].null_in & 1 << event) :
			      !is_of_type(member, members[i].type))
			return text;
	}
	if (event == TRACE_FAILURE && lacks_search_time(line))
		return "a search took no time";
	if (event != TRACE_SUMMARY && !is_time_of_now(json_text_of(line, "time")))
		return "this is not the time";
	return NULL;
}
