// SPDX-License-Identifier: GPL-2.0-only
#include "read_event_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "read_event_members.h"

struct event_line_texts {
	struct porttrace_event what;
	struct port_holder socket;
	struct event_limit_key limit;
	struct stack_names stack;
	char user[64], netns[64], cgroup[CGROUP_SIZE], holder_cgroup[CGROUP_SIZE];
};

/* ---- What they mean ---- */

/* A count that is 0 in an event where it is not known. */
static uint64_t or_zero(int64_t count)
{
	return count == NOT_KNOWN ? 0 : count;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int fail_missing(struct json_reader *reader, const char *name)
{
	return json_fail(reader, "no member '%s'", name);
}

static uint8_t option_bits(const struct option_members *options)
{
	return (options->reuseaddr == 1 ? OPTION_REUSEADDR : 0) |
	       (options->reuseport == 1 ? OPTION_REUSEPORT : 0) |
	       (options->bind_address_no_port == 1 ? OPTION_BIND_ADDRESS_NO_PORT : 0) |
	       (options->freebind == 1 ? OPTION_FREEBIND : 0);
}

/* The route, and the words of a failure. */
static int set_key(struct json_reader *reader, const struct event_members *members,
		   struct failure_key *key)
{
	int err;

	if (!members->key.src[0])
		return fail_missing(reader, "src");
	if (!members->key.proto[0])
		return fail_missing(reader, "proto");
	err = key_from_members(reader, &members->key, true, &key->route);
	if (!err)
		err = errno_from_text(reader, members->err, &key->err);
	key->call = members->call[0] ? index_of_word(members->call, call_name, NR_CALLS) : 0;
	key->cause = members->cause[0] ? index_of_word(members->cause, cause_name, NR_CAUSES) : 0;
	return err;
}

static int set_what(struct json_reader *reader, const struct event_members *members, uint8_t kind,
		    struct porttrace_event *what)
{
	struct failure_key key = {};
	int err = set_key(reader, members, &key);

	*what = (struct porttrace_event){
		.duration_ns = members->duration_ns == NOT_KNOWN ? NOT_MEASURED :
								   (__u64)members->duration_ns,
		.caller = { .process.pid = or_zero(members->pid), .tid = or_zero(members->tid),
			    .uid = members->uid == NOT_KNOWN ? UID_UNKNOWN : members->uid },
		.route = key.route,
		.netns_inum = key.route.netns,
		.own_range = members->options.low | members->options.high << 16,
		.sport = or_zero(members->sport),
		.err = key.err,
		.kind = kind,
		.call = key.call,
		.cause = key.cause,
		.options = option_bits(&members->options),
		.binds_before_connect = !strcmp(members->pattern, "bind_before_connect"),
		.has_holder = members->holder.given,
	};
	memcpy(what->caller.comm, members->comm, sizeof(what->caller.comm));
	return err;
}

static int set_address(struct json_reader *reader, const char *text, uint8_t addr[16])
{
	uint8_t prefix;

	if (!strchr(text, '/') && !address_parse(text, addr, &prefix))
		return 0;
	return json_fail(reader, "holder: '%s' is not an address", text);
}

static uint8_t state_from_name(const char *name)
{
	struct port_holder socket = {};

	for (; strcmp(holder_state_name(&socket), name) && socket.state < UINT8_MAX; socket.state++)
		;
	return socket.state;
}

static int set_holder(struct json_reader *reader, const struct holder_members *members,
		      struct event_line_texts *texts, struct event_holder *holder)
{
	struct port_holder *socket = &texts->socket;
	int err = set_address(reader, members->src, socket->src);

	if (!err && members->dst[0])
		err = set_address(reader, members->dst, socket->dst);
	socket->uid = members->uid == NOT_KNOWN ? UID_UNKNOWN : members->uid;
	socket->port = or_zero(members->sport);
	socket->dport = or_zero(members->dport);
	socket->state = state_from_name(members->state);
	socket->is_time_wait = !isnan(members->expires_s);
	memcpy(texts->holder_cgroup, members->cgroup, sizeof(texts->holder_cgroup));
	*holder = (struct event_holder){
		.socket = socket,
		.pid = or_zero(members->pid),
		.cgroup = or_null(texts->holder_cgroup),
		.expires_s = members->expires_s,
	};
	memcpy(holder->comm, members->comm, sizeof(holder->comm));
	return err;
}

static int set_stack(struct json_reader *reader, const struct event_members *members,
		     struct event_line_texts *texts, struct event *event)
{
	struct stack_frames *user = &texts->stack.user;

	if (!members->has_stack)
		return 0;
	user->nr_certain = or_zero(members->stack_certain);
	user->cut = members->stack_cut == 1;
	event->stack = &texts->stack;
	if (user->nr_certain <= user->nr_names)
		return 0;
	return json_fail(reader, "stack_certain: there are only %zu frames", user->nr_names);
}

static void set_texts(const struct event_members *members, struct event_line_texts *texts,
		      struct event *event)
{
	memcpy(texts->user, members->user, sizeof(texts->user));
	memcpy(texts->netns, members->netns_name, sizeof(texts->netns));
	memcpy(texts->cgroup, members->cgroup, sizeof(texts->cgroup));
	memcpy(event->comm, members->comm, sizeof(event->comm));
	event->user = or_null(texts->user);
	event->netns = or_null(texts->netns);
	event->cgroup = or_null(texts->cgroup);
}

static int set_event(struct json_reader *reader, const struct event_members *members, uint8_t kind,
		     struct event_line *line)
{
	struct event_line_texts *texts = line->texts;
	struct event *event = &line->event;
	int err = set_what(reader, members, kind, &texts->what);

	line->kind = EVENT_LINE_EVENT;
	*event = (struct event){
		.what = &texts->what,
		.wall = members->wall,
		.has_holder = members->holder.given,
		.headroom = members->headroom,
		.headroom_age_s = members->headroom_age_s,
		.blocked = members->blocked,
		.blocked_by_bind_before_connect = members->blocked_by_bind,
		.blocked_age_s = members->blocked_age_s,
	};
	set_texts(members, texts, event);
	if (!err && kind == EVENT_FAILURE && !(members->call[0] && members->cause[0]))
		err = fail_missing(reader, members->call[0] ? "cause" : "call");
	if (!err && event->has_holder)
		err = set_holder(reader, &members->holder, texts, &event->holder);
	return err ? err : set_stack(reader, members, texts, event);
}

/* Of several kinds together, nothing but the count is known. */
static int set_held(struct json_reader *reader, const struct event_members *members,
		    struct event_line *line)
{
	struct event_limit_key *limit = &line->texts->limit;

	line->kind = EVENT_LINE_HELD;
	line->held = (struct held_back){ .wall = members->wall, .count = members->count,
					 .netns = or_zero(members->key.netns) };
	if (members->count == NOT_KNOWN)
		return fail_missing(reader, "count");
	if (!members->call[0])
		return 0;
	line->held.key = limit;
	limit->sport = or_zero(members->sport);
	return set_key(reader, members, &limit->kind);
}

static int set_lost(struct json_reader *reader, const struct event_members *members,
		    struct event_line *line)
{
	line->kind = EVENT_LINE_LOST;
	line->lost.wall = members->wall;
	line->lost.count = members->count;
	return members->count == NOT_KNOWN ? fail_missing(reader, "count") : 0;
}

static int set_summary(struct json_reader *reader, const struct event_members *members,
		       struct event_line *line)
{
	int i;

	line->kind = EVENT_LINE_SUMMARY;
	line->summary = (struct event_summary){ .held_back = or_zero(members->held_back),
						.missed = members->missed,
						.missed_at_most = members->missed_at_most };
	for (i = 0; i < NR_EVENT_KINDS; i++) {
		line->summary.nr[i] = or_zero(members->nr[i]);
		line->summary.lost[i] = or_zero(members->lost[i]);
		if (members->nr[i] == NOT_KNOWN)
			return fail_missing(reader, "failures, allocations and time_waits");
	}
	return 0;
}

static const char *kind_name(uint8_t kind)
{
	const struct porttrace_event what = { .kind = kind };

	return event_name(&(const struct event){ .what = &what });
}

static int set_line(struct json_reader *reader, const struct event_members *members,
		    struct event_line *line)
{
	uint8_t kind = index_of_word(members->event, kind_name, NR_EVENT_KINDS);

	if (!strcmp(members->event, "summary"))
		return set_summary(reader, members, line);
	if (!members->wall.tv_sec)
		return fail_missing(reader, "time");
	if (kind < NR_EVENT_KINDS)
		return set_event(reader, members, kind, line);
	if (!strcmp(members->event, "held_back"))
		return set_held(reader, members, line);
	if (!strcmp(members->event, "lost"))
		return set_lost(reader, members, line);
	return json_fail(reader, "event: '%s' is no kind of event that this porttrace knows",
			 members->event);
}

int read_event_json(const char *text, size_t length, struct event_line *ret_line,
		    struct reason *reason)
{
	struct json_reader reader = {};
	struct event_members members;
	int err = -ENOMEM;

	*ret_line = (struct event_line){ .texts = calloc(1, sizeof(*ret_line->texts)) };
	if (!ret_line->texts)
		return because(reason, err, "out of memory");
	err = json_reader_init(&reader, text, length, reason);
	if (!err)
		err = read_event_members(&reader, &ret_line->texts->stack, &members);
	if (!err)
		err = json_read_end(&reader);
	if (!err)
		err = set_line(&reader, &members, ret_line);
	json_reader_done(&reader);
	return err;
}

void event_line_done(struct event_line *line)
{
	if (line->texts) {
		stack_frames_done(&line->texts->stack.user);
		stack_frames_done(&line->texts->stack.kernel);
	}
	free(line->texts);
	line->texts = NULL;
}
