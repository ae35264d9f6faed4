// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as text, one line each: when, what, why, who, which port, and then what else is known, as
 * "key value" pairs. Of a stack, a line for each function follows, with a question mark before those
 * that are not certain.
 */
#include "view_event.h"

#include <inttypes.h>
#include <string.h>

#include "address.h"

#define ENDPOINT_SIZE (ADDRESS_TEXT_SIZE + 9)

/* "10.0.0.5:3306", "[::1]:80" */
static const char *endpoint(const uint8_t addr[16], uint16_t port, char text[ENDPOINT_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];

	snprintf(text, ENDPOINT_SIZE, address_is_ipv4(addr) ? "%s:%u" : "[%s]:%u",
		 address_format(addr, address), port);
	return text;
}

/* The same; of port 0, any, the address only. */
static const char *own_endpoint(const uint8_t addr[16], uint16_t port, char text[ENDPOINT_SIZE])
{
	return port ? endpoint(addr, port, text) : address_format(addr, text);
}

static void put_time(FILE *out, const struct event_view *view, const struct timespec *wall)
{
	char clock[16] = "";
	struct tm local;

	if (view->no_time)
		return;
	if (localtime_r(&wall->tv_sec, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	fprintf(out, "%s.%06ld ", clock, wall->tv_nsec / 1000);
}

static void put_route(FILE *out, const struct route_key *route, uint16_t sport)
{
	char from[ENDPOINT_SIZE], to[ENDPOINT_SIZE];

	fprintf(out, "%s %s", proto_name(route->proto), own_endpoint(route->src, sport, from));
	if (route_has_destination(route))
		fprintf(out, " > %s", endpoint(route->dst, route->dport, to));
}

static void put_process(FILE *out, uint32_t pid, const char *comm)
{
	if (pid)
		fprintf(out, "%s[%" PRIu32 "]", comm[0] ? comm : "?", pid);
	else
		fputs("-", out);
}

static void put_holder(FILE *out, const struct event_holder *holder)
{
	const struct port_holder *socket = holder->socket;
	char from[ENDPOINT_SIZE], to[ENDPOINT_SIZE];

	fputs(" held-by ", out);
	put_process(out, holder->pid, holder->comm);
	fprintf(out, " (%s %s", holder_state_name(socket), endpoint(socket->src, socket->port, from));
	if (holder_has_peer(socket))
		fprintf(out, " > %s", endpoint(socket->dst, socket->dport, to));
	fputc(')', out);
}

static void put_options(FILE *out, const struct porttrace_event *what)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} options[] = {
		{ OPTION_REUSEADDR, "reuseaddr" },
		{ OPTION_REUSEPORT, "reuseport" },
		{ OPTION_BIND_ADDRESS_NO_PORT, "bind-address-no-port" },
		{ OPTION_FREEBIND, "freebind" },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (what->options & options[i].bit)
			fprintf(out, " %s", options[i].name);
	if (what->own_range)
		fprintf(out, " local-port-range %u-%u", what->own_range & 0xffff,
			what->own_range >> 16);
}

static void put_figures(FILE *out, const struct event *event)
{
	const char *pattern = event_pattern(event);

	if (event->what->duration_ns != NOT_MEASURED)
		fprintf(out, " search %.3fms", event->what->duration_ns / 1e6);
	if (event->headroom != NOT_KNOWN)
		fprintf(out, " headroom %" PRId64, event->headroom);
	if (event->blocked > 0)
		fprintf(out, " blocked %" PRId64, event->blocked);
	if (event->blocked_by_bind_before_connect > 0)
		fprintf(out, " (%" PRId64 " by bind before connect)",
			event->blocked_by_bind_before_connect);
	if (pattern)
		fprintf(out, " pattern %s", pattern);
}

static void put_place(FILE *out, const struct event *event)
{
	const struct caller *caller = &event->what->caller;

	if (caller->tid && caller->tid != caller->process.pid)
		fprintf(out, " tid %" PRIu32, caller->tid);
	if (event->user)
		fprintf(out, " user %s", event->user);
	else if (caller->uid != UID_UNKNOWN)
		fprintf(out, " user %" PRIu32, caller->uid);
	if (event->cgroup)
		fprintf(out, " cgroup %s", event->cgroup);
	if (event->netns)
		fprintf(out, " netns %s", event->netns);
	else
		fprintf(out, " netns %" PRIu32, event->what->netns_inum);
}

static void put_frames(FILE *out, const char *kind, const struct stack_frames *frames)
{
	size_t i;

	for (i = 0; i < frames->nr_names; i++)
		fprintf(out, "    %s %s%s\n", kind, i < frames->nr_certain ? "" : "? ",
			frames->names[i]);
	if (frames->cut)
		fprintf(out, "    %s ...\n", kind);
}

static const char *errno_name(int err, char text[16])
{
	const char *name = strerrorname_np(err);

	snprintf(text, 16, "%d", err);
	return name ? name : text;
}

static void put_event(FILE *out, const struct event_view *view, const struct event *event)
{
	const struct porttrace_event *what = event->what;
	char number[16];

	put_time(out, view, &event->wall);
	if (what->kind == EVENT_TIME_WAIT)
		fprintf(out, "%-7s %-24s ", "-", "time_wait");
	else
		fprintf(out, "%-7s %-24s ", call_name(what->call),
			what->kind == EVENT_FAILURE ? cause_name(what->cause) : "allocation");
	put_process(out, what->caller.process.pid, event->comm);
	fputc(' ', out);
	put_route(out, &what->route, what->sport);
	if (what->err)
		fprintf(out, " %s", errno_name(what->err, number));
	if (event->has_holder)
		put_holder(out, &event->holder);
	put_figures(out, event);
	if (what->kind == EVENT_FAILURE)
		put_options(out, what);
	put_place(out, event);
	fputc('\n', out);
	if (event->stack) {
		put_frames(out, "kernel", &event->stack->kernel);
		put_frames(out, "at", &event->stack->user);
	}
}

static void put_held(FILE *out, const struct event_view *view, const struct held_back *held)
{
	const struct failure_key *key = held->key ? &held->key->kind : NULL;
	char number[16];

	put_time(out, view, &held->wall);
	if (!key) {
		fprintf(out, "held back: %" PRIu64 " failures of several kinds\n", held->count);
		return;
	}
	fprintf(out, "%-7s %-24s held back: %" PRIu64 " more like these, ", call_name(key->call),
		cause_name(key->cause), held->count);
	put_route(out, &key->route, held->key->sport);
	fprintf(out, " %s\n", errno_name(key->err, number));
}

static void put_lost(FILE *out, const struct event_view *view, const struct timespec *wall,
		     uint64_t lost)
{
	put_time(out, view, wall);
	fprintf(out, "lost: %" PRIu64 " events, for which the buffer had no room\n", lost);
}

static void put_summary(FILE *out, const struct event_view *view,
			const struct event_summary *summary)
{
	(void)view;
	fprintf(out,
		"failures %" PRIu64 ", allocations %" PRIu64 ", TIME_WAITs %" PRIu64
		"; held back %" PRIu64 ", lost %" PRIu64 ", missed ",
		summary->nr[EVENT_FAILURE], summary->nr[EVENT_ALLOCATION],
		summary->nr[EVENT_TIME_WAIT], summary->held_back, event_summary_lost(summary));
	if (summary->missed == NOT_KNOWN)
		fputs("-", out);
	else
		fprintf(out, "%" PRId64, summary->missed);
	if (summary->missed_at_most > summary->missed)
		fprintf(out, ", at most %" PRId64, summary->missed_at_most);
	fputc('\n', out);
}

static void put_heading(FILE *out, const struct event_view *view)
{
	fprintf(out, "%s%-7s %-24s PROCESS, PORT, WHAT ELSE IS KNOWN\n",
		view->no_time ? "" : "TIME            ", "CALL", "CAUSE");
}

const struct event_view event_view_text = {
	.heading = put_heading,
	.event = put_event,
	.held = put_held,
	.lost = put_lost,
	.summary = put_summary,
};
