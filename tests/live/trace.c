// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "json.h"
#include "outcome.h"
#include "trace_form.h"

#define MAX_OPTIONS 24

/* An emulated processor takes its time for what it has to print. */
#define SYNC_LIMIT_MS 60000
#define END_LIMIT_MS 120000

/* For the failures that the driver causes: an address that no host has (RFC 5737). */
#define NOBODYS_ADDRESS "198.51.100.254"
#define FIRST_SYNC_PORT 1025

static const char *const names[NR_TRACE_EVENTS] = {
	[TRACE_FAILURE] = "failure",
	[TRACE_ALLOCATION] = "allocation",
	[TRACE_TIME_WAIT] = "time_wait",
	[TRACE_HELD_BACK] = "held_back",
	[TRACE_LOST] = "lost",
	[TRACE_SUMMARY] = "summary",
};

enum trace_event trace_event_of(struct json_object *line)
{
	const char *name = json_text_of(line, "event");
	unsigned int event = 0;

	while (event < NR_TRACE_EVENTS && strcmp(names[event], name))
		event++;
	return event;
}

const char *trace_text_of(struct json_object *line, const char *path)
{
	struct json_object *object = line;
	char name[64];

	while (*path) {
		size_t length = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		if (!json_object_is_type(object, json_type_object) ||
		    !json_object_object_get_ex(object, name, &object))
			return "missing";
		path += length;
		path += *path == '.';
	}
	if (json_object_is_type(object, json_type_array))
		return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	return object ? json_object_get_string(object) : "-";
}

/* ---- Each line ---- */

static void keep(struct trace *trace, struct json_object *line)
{
	/* Room for a power of two of them. */
	if (!(trace->nr_lines & (trace->nr_lines - 1))) {
		size_t room = trace->nr_lines ? trace->nr_lines * 2 : 1;

		trace->lines = realloc(trace->lines, room * sizeof(*trace->lines));
		if (!trace->lines) {
			fputs("live: no memory\n", stderr);
			exit(1);
		}
	}
	trace->lines[trace->nr_lines++] = line;
}

static void complain(struct trace *trace, const char *what, const char *line)
{
	if (!trace->nr_bad++)
		snprintf(trace->bad, sizeof(trace->bad), "%s: %s", what, line);
}

/* Other tests may run on the same machine, whose events are many. */
static bool is_of_other_test(struct json_object *line)
{
	const char *comm = json_text_of(line, "comm");

	return !strcmp(comm, "census-load") || !strcmp(comm, "mix");
}

void trace_take_line(const char *text, void *arg)
{
	struct trace *trace = arg;
	struct json_object *line = json_parse(text);
	enum trace_event event = line ? trace_event_of(line) : NR_TRACE_EVENTS;
	const char *wrong = NULL;

	if (event == NR_TRACE_EVENTS)
		wrong = "this is no event";
	else if (trace->summary)
		wrong = "after the summary";
	else
		wrong = trace_form_fault(line, event);
	if (wrong)
		complain(trace, wrong, text);
	if (event < NR_TRACE_EVENTS)
		trace->nr[event]++;
	if (event == TRACE_HELD_BACK)
		trace->held_back += json_number_of(line, "count");
	if (event == TRACE_LOST)
		trace->lost += json_number_of(line, "count");
	if (event == TRACE_SUMMARY && !trace->summary)
		trace->summary = json_object_get(line);
	if (trace->keeps_none || !line || is_of_other_test(line))
		json_object_put(line);
	else
		keep(trace, line);
}

/* ---- From the start to the end ---- */

struct trace *trace_start(const struct live_setup *setup, const char *const options[],
			  char *ret_why, int size)
{
	const char *argv[MAX_OPTIONS] = { setup->porttrace, "trace", "--json", "--probe",
					  setup->probe };
	struct trace *trace = calloc(1, sizeof(*trace));
	unsigned int nr = 5;

	if (!trace) {
		snprintf(ret_why, size, "no memory");
		return NULL;
	}
	while (*options && nr + 1 < MAX_OPTIONS)
		argv[nr++] = *options++;
	trace->tracer = tracer_start_trace(argv, trace_take_line, trace, ret_why, size);
	if (trace->tracer)
		return trace;
	trace_free(trace);
	return NULL;
}

/* Says whether what was summed up is what was printed. */
static bool agrees(const struct trace *trace, const char *name, unsigned long long printed,
		   char *ret_why, int size)
{
	long long said = trace_sum(trace, name);

	if (said == (long long)printed)
		return true;
	snprintf(ret_why, size, "the summary has %s: %lld, and %llu lines were printed", name, said,
		 printed);
	return false;
}

bool trace_is_sound(const struct trace *trace, char *ret_why, int size)
{
	if (trace->nr_bad) {
		snprintf(ret_why, size, "%u lines are not as they should be, first %s",
			 trace->nr_bad, trace->bad);
		return false;
	}
	if (!trace->summary) {
		snprintf(ret_why, size, "the last line is no summary");
		return false;
	}
	return agrees(trace, "failures", trace->nr[TRACE_FAILURE], ret_why, size) &&
	       agrees(trace, "allocations", trace->nr[TRACE_ALLOCATION], ret_why, size) &&
	       agrees(trace, "time_waits", trace->nr[TRACE_TIME_WAIT], ret_why, size) &&
	       agrees(trace, "held_back", trace->held_back, ret_why, size) &&
	       agrees(trace, "lost", trace->lost, ret_why, size);
}

bool trace_stop(struct trace *trace, int signal, char *ret_why, int size)
{
	struct child *child = tracer_child(trace->tracer);
	bool ended;

	/* There may be much that it has still to print. */
	if (signal && !child_has_ended(child))
		kill(child->pid, signal);
	ended = tracer_await_end(trace->tracer, END_LIMIT_MS, ret_why, size);
	return ended && trace_is_sound(trace, ret_why, size);
}

void trace_done(struct trace *trace)
{
	size_t i;

	for (i = 0; i < trace->nr_lines; i++)
		json_object_put(trace->lines[i]);
	free(trace->lines);
	json_object_put(trace->summary);
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	tracer_free(trace->tracer);
	trace_done(trace);
	free(trace);
}

long long trace_sum(const struct trace *trace, const char *name)
{
	return trace->summary ? json_number_of(trace->summary, name) : -1;
}

/* ---- The driver's own failure ---- */

struct sync {
	const struct trace *trace;
	size_t looked_at;
	int port;
	bool found;
};

static bool is_printed(const void *arg)
{
	struct sync *sync = (struct sync *)(uintptr_t)arg;

	for (; !sync->found && sync->looked_at < sync->trace->nr_lines; sync->looked_at++) {
		struct json_object *line = sync->trace->lines[sync->looked_at];

		sync->found = json_number_of(line, "pid") == getpid() &&
			      json_number_of(line, "sport") == sync->port;
	}
	return sync->found;
}

static bool fail_to_bind(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool failed;

	inet_pton(AF_INET, NOBODYS_ADDRESS, &to.sin_addr);
	failed = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)) && errno == EADDRNOTAVAIL;
	if (fd >= 0)
		close(fd);
	return failed;
}

bool trace_sync(struct trace *trace)
{
	static uint16_t port = FIRST_SYNC_PORT;
	struct sync sync = { .trace = trace, .looked_at = trace->nr_lines, .port = port++ };

	if (!fail_to_bind(sync.port)) {
		outcome_detail("bind() to %s does not fail here", NOBODYS_ADDRESS);
		return false;
	}
	if (tracer_await(trace->tracer, is_printed, &sync, SYNC_LIMIT_MS))
		return true;
	outcome_detail("a failure of the driver (pid %d, port %d) was not printed; %s", getpid(),
		       sync.port, tracer_state(trace->tracer));
	return false;
}
