// SPDX-License-Identifier: GPL-2.0-only
/* Events as JSON Lines, as the contract of `trace --json` has them. */
#include "view_event.h"

#include <netinet/in.h>

#include "address.h"
#include "json.h"

/* 0: not known, or not asked for. */
static struct json_object *positive(uint64_t number)
{
	return number ? json_object_new_int64(number) : NULL;
}

static struct json_object *address(const uint8_t addr[16])
{
	char text[ADDRESS_TEXT_SIZE];

	return json_object_new_string(address_format(addr, text));
}

static struct json_object *flag(uint8_t options, uint8_t bit)
{
	return json_object_new_boolean(options & bit);
}

static struct json_object *options_object(const struct porttrace_event *what)
{
	struct json_object *object = json_object_new_object();
	port_range_t range = what->own_range;

	json_add(object, "reuseaddr", flag(what->options, OPTION_REUSEADDR));
	json_add(object, "reuseport", flag(what->options, OPTION_REUSEPORT));
	json_add(object, "bind_address_no_port", flag(what->options, OPTION_BIND_ADDRESS_NO_PORT));
	json_add(object, "freebind", flag(what->options, OPTION_FREEBIND));
	json_add(object, "local_port_range",
	    range ? json_range(range & 0xffff, range >> 16) : NULL);
	return object;
}

/* Port 0 of an address is a peer as well: a TCP connect() to it takes a port. */
static void add_peer(struct json_object *object, bool has_peer, const uint8_t dst[16],
		     uint16_t dport)
{
	json_add(object, "dst", has_peer ? address(dst) : NULL);
	json_add(object, "dport", has_peer ? json_number(dport) : NULL);
}

static struct json_object *holder_object(const struct event *event)
{
	const struct event_holder *holder = &event->holder;
	struct json_object *object;

	if (!event->has_holder)
		return NULL;
	object = json_object_new_object();
	json_add(object, "pid", positive(holder->pid));
	json_add(object, "comm", json_text(holder->comm));
	json_add(object, "state", json_object_new_string(holder_state_name(holder->socket)));
	json_add(object, "cgroup", json_text(holder->cgroup));
	json_add(object, "uid", holder->socket->uid == UID_UNKNOWN ? NULL :
								 json_number(holder->socket->uid));
	json_add(object, "src", address(holder->socket->src));
	json_add(object, "sport", json_number(holder->socket->port));
	add_peer(object, holder_has_peer(holder->socket), holder->socket->dst,
		 holder->socket->dport);
	json_add(object, "expires_s", json_decimal(holder->expires_s, 1));
	return object;
}

static struct json_object *frames_array(const struct stack_frames *frames)
{
	struct json_object *array;
	size_t i;

	if (!frames->nr_names)
		return NULL;
	array = json_object_new_array_ext(frames->nr_names);
	for (i = 0; i < frames->nr_names; i++)
		json_object_array_add(array, json_object_new_string(frames->names[i]));
	return array;
}

/* NULL: there is none. How far the user stack can be trusted is in figures of their own: a name is a name. */
static void add_stack(struct json_object *object, const struct stack_names *stack)
{
	static const struct stack_names none;
	const struct stack_frames *user = stack ? &stack->user : &none.user;

	json_add(object, "stack", frames_array(user));
	json_add(object, "stack_certain", user->nr_names ? json_number(user->nr_certain) : NULL);
	json_add(object, "stack_cut", user->nr_names ? json_object_new_boolean(user->cut) : NULL);
	json_add(object, "kernel_stack", stack ? frames_array(&stack->kernel) : NULL);
}

/* NULL: of several. */
static void add_route(struct json_object *object, const struct route_key *key)
{
	static const struct route_key none;

	json_add(object, "src", key ? address(key->src) : NULL);
	key = key ? key : &none;
	add_peer(object, route_has_destination(key), key->dst, key->dport);
}

static void add_caller(struct json_object *object, const struct event *event)
{
	const struct caller *caller = &event->what->caller;

	json_add(object, "pid", positive(caller->process.pid));
	json_add(object, "tid", positive(caller->tid));
	json_add(object, "uid", caller->uid == UID_UNKNOWN ? NULL : json_number(caller->uid));
	json_add(object, "user", json_text(event->user));
	json_add(object, "comm", json_text(event->comm));
	json_add(object, "cgroup", json_text(event->cgroup));
}

static void add_what(struct json_object *object, const struct event *event)
{
	const struct porttrace_event *what = event->what;
	bool failed = what->kind == EVENT_FAILURE;

	json_add(object, "call", what->kind == EVENT_TIME_WAIT ?
				    NULL :
				    json_object_new_string(call_name(what->call)));
	json_add(object, "errno", json_errno(what->err));
	json_add(object, "cause", failed ? json_object_new_string(cause_name(what->cause)) : NULL);
	json_add(object, "proto", json_object_new_string(proto_name(what->route.proto)));
	json_add(object, "netns", json_number(what->netns_inum));
	json_add(object, "netns_name", json_text(event->netns));
	add_route(object, &what->route);
	json_add(object, "sport", positive(what->sport));
}

static void put_event(FILE *out, const struct event_view *view, const struct event *event)
{
	struct json_object *object = json_object_new_object();
	const struct porttrace_event *what = event->what;

	(void)view;
	json_add(object, "time", json_time(&event->wall));
	json_add(object, "event", json_object_new_string(event_name(event)));
	add_what(object, event);
	add_caller(object, event);
	json_add(object, "duration_ns",
	    what->duration_ns == NOT_MEASURED ? NULL : json_object_new_int64(what->duration_ns));
	json_add(object, "headroom", json_number(event->headroom));
	json_add(object, "headroom_age_s", json_decimal(event->headroom_age_s, 3));
	json_add(object, "blocked", json_number(event->blocked));
	json_add(object, "blocked_by_bind_before_connect",
	    json_number(event->blocked_by_bind_before_connect));
	json_add(object, "blocked_age_s", json_decimal(event->blocked_age_s, 3));
	json_add(object, "options", what->kind == EVENT_TIME_WAIT ? NULL : options_object(what));
	json_add(object, "pattern", json_text(event_pattern(event)));
	json_add(object, "holder", holder_object(event));
	if (view->stacks)
		add_stack(object, event->stack);
	json_put(out, object);
	fputc('\n', out);
}

static void put_held(FILE *out, const struct event_view *view, const struct held_back *held)
{
	struct json_object *object = json_object_new_object();
	const struct failure_key *key = held->key ? &held->key->kind : NULL;

	(void)view;
	json_add(object, "time", json_time(&held->wall));
	json_add(object, "event", json_object_new_string("held_back"));
	json_add(object, "call", key ? json_object_new_string(call_name(key->call)) : NULL);
	json_add(object, "errno", key ? json_errno(key->err) : NULL);
	json_add(object, "cause", key ? json_object_new_string(cause_name(key->cause)) : NULL);
	json_add(object, "proto", key ? json_object_new_string(proto_name(key->route.proto)) : NULL);
	json_add(object, "netns", positive(held->netns));
	add_route(object, key ? &key->route : NULL);
	json_add(object, "sport", positive(key ? held->key->sport : 0));
	json_add(object, "count", json_number(held->count));
	json_put(out, object);
	fputc('\n', out);
}

static void put_lost(FILE *out, const struct event_view *view, const struct timespec *wall,
		     uint64_t lost)
{
	struct json_object *object = json_object_new_object();

	(void)view;
	json_add(object, "time", json_time(wall));
	json_add(object, "event", json_object_new_string("lost"));
	json_add(object, "count", json_number(lost));
	json_put(out, object);
	fputc('\n', out);
}

static void put_summary(FILE *out, const struct event_view *view,
			const struct event_summary *summary)
{
	struct json_object *object = json_object_new_object();

	(void)view;
	json_add(object, "event", json_object_new_string("summary"));
	json_add(object, "failures", json_number(summary->nr[EVENT_FAILURE]));
	json_add(object, "allocations", json_number(summary->nr[EVENT_ALLOCATION]));
	json_add(object, "time_waits", json_number(summary->nr[EVENT_TIME_WAIT]));
	json_add(object, "held_back", json_number(summary->held_back));
	json_add(object, "lost", json_number(event_summary_lost(summary)));
	json_add(object, "lost_failures", json_number(summary->lost[EVENT_FAILURE]));
	json_add(object, "lost_allocations", json_number(summary->lost[EVENT_ALLOCATION]));
	json_add(object, "lost_time_waits", json_number(summary->lost[EVENT_TIME_WAIT]));
	json_add(object, "missed", json_number(summary->missed));
	json_add(object, "missed_at_most", json_number(summary->missed_at_most));
	json_put(out, object);
	fputc('\n', out);
}

/* Every line tells by itself what it has. */
static void put_nothing(FILE *out, const struct event_view *view)
{
	(void)out;
	(void)view;
}

const struct event_view event_view_json = {
	.heading = put_nothing,
	.event = put_event,
	.held = put_held,
	.lost = put_lost,
	.summary = put_summary,
};
