// SPDX-License-Identifier: GPL-2.0-only
/* Thousands of lines, each within what can have been there at that time. */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "census_case.h"
#include "json.h"
#include "outcome.h"
#include "wait.h"

#define INTERVAL "0.001"

/* So many lines, or as many as there are in that time, and then up to MIN_LINES. */
struct length {
	unsigned long nr_lines;
	int limit_ms;
};
static const struct length usual = { 1000, 10000 };
static const struct length emulated = { 300, 5000 };

/* One of them is for long. */
#define LONG_STORM "census-storm-of-resets"
static const struct length longest = { 10000, 50000 };

#define MIN_LINES 20
#define LINE_LIMIT_MS 60000

#define MAX_BOUNDS 32
#define MAX_SHOWN 10

/* That figure is never outside. */
struct bound {
	char object[128]; /* "netns", or "route tcp SRC DST DPORT" */
	char member[32];
	long long low, high;
	long long lowest, highest; /* seen */
};

struct storm {
	unsigned long netns;
	struct bound bounds[MAX_BOUNDS];
	unsigned int nr_bounds;
	long long range, reserved, blocked; /* of the present line */
	bool is_right_netns;
	unsigned long nr_lines, nr_wrong, nr_incomplete;
	long long lost;
	pid_t owner; /* of all sockets */
};

/* ---- The bounds ---- */

static void add_bound(struct storm *storm, const char *object, const char *word)
{
	struct bound *bound = &storm->bounds[storm->nr_bounds];

	if (storm->nr_bounds == MAX_BOUNDS ||
	    sscanf(word, "%31[a-z_]=%lld-%lld", bound->member, &bound->low, &bound->high) != 3) {
		fprintf(stderr, "live: no bound: %s\n", word);
		exit(EXIT_FAILURE);
	}
	snprintf(bound->object, sizeof(bound->object), "%s", object);
	bound->lowest = bound->high + 1;
	bound->highest = -1;
	storm->nr_bounds++;
}

/* line: "OBJECT MEMBER=LOW-HIGH ..." */
static void add_bounds(struct storm *storm, char *line)
{
	char *word = strchr(line, '='), *rest;

	while (word && word > line && word[-1] != ' ')
		word--;
	if (!word || word == line)
		return;
	word[-1] = '\0';
	for (word = strtok_r(word, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		add_bound(storm, line, word);
}

static void read_bounds(struct storm *storm, const char *said)
{
	char *copy = strdup(said), *rest = copy, *line;

	while (copy && (line = strsep(&rest, "\n"))) {
		sscanf(line, "netns %lu", &storm->netns);
		if (!strncmp(line, "bounds ", strlen("bounds ")))
			add_bounds(storm, line + strlen("bounds "));
	}
	free(copy);
}

/* ---- One line ---- */

__attribute__((format(printf, 2, 3))) static void wrong(struct storm *storm, const char *format,
							...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (storm->nr_wrong++ < MAX_SHOWN)
		outcome_detail("line %lu: %s", storm->nr_lines, text);
}

static void check_bounds(struct storm *storm, const char *name, struct json_object *object,
			 bool is_incomplete)
{
	unsigned int i;

	for (i = 0; i < storm->nr_bounds; i++) {
		struct bound *bound = &storm->bounds[i];
		long long value;

		if (strcmp(bound->object, name))
			continue;
		if (!json_is_number(object, bound->member, &value)) {
			wrong(storm, "%s has no %s", name, bound->member);
			continue;
		}
		if (value > bound->highest)
			bound->highest = value;
		if (value < bound->lowest && !is_incomplete)
			bound->lowest = value;
		if (value > bound->high || (value < bound->low && !is_incomplete))
			wrong(storm, "%s: %s is %lld, not %lld to %lld", name, bound->member, value,
			      bound->low, bound->high);
	}
}

static void check_netns(struct json_object *netns, void *arg)
{
	struct storm *storm = arg;
	struct json_object *range;

	storm->is_right_netns = true;
	storm->reserved = json_number_of(netns, "reserved");
	storm->blocked = json_number_of(netns, "blocked");
	if (json_object_object_get_ex(netns, "range", &range) &&
	    json_object_is_type(range, json_type_array) && json_object_array_length(range) == 2)
		storm->range = json_object_get_int64(json_object_array_get_idx(range, 1)) -
			       json_object_get_int64(json_object_array_get_idx(range, 0)) + 1;
	check_bounds(storm, "netns", netns, false);
}

/* What is of one line fits together, whatever came and went. */
static void check_sums(struct storm *storm, const char *name, struct json_object *route)
{
	long long capacity = json_number_of(route, "capacity");
	long long left =
		capacity - json_number_of(route, "used") + json_number_of(route, "reclaimable");

	if (left != json_number_of(route, "headroom"))
		wrong(storm, "%s: headroom %s, not %lld", name, json_text_of(route, "headroom"),
		      left);
	if (capacity != storm->range - storm->reserved - storm->blocked)
		wrong(storm, "%s: capacity %lld of %lld ports, %lld reserved, %lld blocked", name,
		      capacity, storm->range, storm->reserved, storm->blocked);
}

/* Nobody is known to have closed a TIME_WAIT that was there before porttrace. */
static void check_owners(struct storm *storm, const char *name, struct json_object *route)
{
	struct json_object *owners = NULL;
	size_t i, nr;

	json_object_object_get_ex(route, "owners", &owners);
	nr = json_object_is_type(owners, json_type_array) ? json_object_array_length(owners) : 0;
	for (i = 0; i < nr; i++) {
		struct json_object *owner = json_object_array_get_idx(owners, i);
		long long pid;

		if (json_is_number(owner, "pid", &pid) && pid != storm->owner)
			wrong(storm, "%s: owner %s", name, json_object_to_json_string(owner));
	}
}

static void check_route(struct json_object *route, void *arg)
{
	const char *occupancy = json_text_of(route, "occupancy");
	bool is_incomplete = !strcmp(occupancy, "incomplete");
	struct storm *storm = arg;
	char name[128];

	if (!strcmp(json_text_of(route, "dst"), "-"))
		return;
	snprintf(name, sizeof(name), "route %s %s %s %s", json_text_of(route, "proto"),
		 json_text_of(route, "src"), json_text_of(route, "dst"),
		 json_text_of(route, "dport"));
	if (!is_incomplete && strcmp(occupancy, "census"))
		wrong(storm, "%s: occupancy %s", name, occupancy);
	storm->nr_incomplete += is_incomplete;
	check_bounds(storm, name, route, is_incomplete);
	check_sums(storm, name, route);
	check_owners(storm, name, route);
}

static void check_line(const char *line, void *arg)
{
	struct json_object *json = json_parse(line), *lost;
	struct storm *storm = arg;

	storm->nr_lines++;
	storm->is_right_netns = false;
	json_each_of_netns(json, "netns", "inum", storm->netns, check_netns, storm);
	json_each_of_netns(json, "routes", "netns", storm->netns, check_route, storm);
	if (!storm->is_right_netns)
		wrong(storm, "the namespace is not there: %.80s", line);
	if (json && json_object_object_get_ex(json, "lost", &lost))
		storm->lost = json_number_of(lost, "census");
	json_object_put(json);
}

/* ---- The storm ---- */

/* Porttrace on the first processor; the load has taken the last one for itself. */
static bool start_tracer(struct census_run *run)
{
	cpu_set_t allowed, one;
	char netns[16];
	bool started;
	int cpu = 0;

	/* There may be hundreds of others; they are walked over all the same. */
	snprintf(netns, sizeof(netns), "%d", run->load.child->pid);

	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	started = census_start_tracer(run, INTERVAL, netns);
	sched_setaffinity(0, sizeof(allowed), &allowed);
	return started;
}

static void print_figures(const struct storm *storm, const char *name, long long took_ms)
{
	unsigned int i;

	printf("    %s: %lu lines in %.1f s, %lu rows incomplete, lost.census %lld\n", name,
	       storm->nr_lines, took_ms / 1e3, storm->nr_incomplete, storm->lost);
	for (i = 0; i < storm->nr_bounds; i++) {
		const struct bound *bound = &storm->bounds[i];

		if (bound->low != bound->high)
			printf("    %s: %s: %s %lld to %lld seen, %lld to %lld possible\n", name,
			       bound->object, bound->member, bound->lowest, bound->highest,
			       bound->low, bound->high);
	}
}

static const struct length *length_of(const struct census_run *run)
{
	if (run->own_machine)
		return &emulated;
	return strcmp(run->name, LONG_STORM) ? &usual : &longest;
}

static bool is_over(const struct length *length, const struct storm *storm, long long took_ms)
{
	return storm->nr_lines >= length->nr_lines ||
	       (storm->nr_lines >= MIN_LINES && took_ms >= length->limit_ms);
}

bool census_storm(struct census_run *run)
{
	const struct length *length = length_of(run);
	struct storm storm = {};
	long long start_ms, took_ms;
	bool good;

	if (!census_await(run, "storm") || !start_tracer(run))
		return false;
	storm.owner = run->load.child->pid;
	read_bounds(&storm, run->load.said.bytes);
	tracer_watch(run->tracer, check_line, &storm);
	start_ms = now_ms();
	while (!is_over(length, &storm, now_ms() - start_ms) &&
	       tracer_next_line(run->tracer, LINE_LIMIT_MS))
		continue;
	took_ms = now_ms() - start_ms;
	if (storm.nr_lines < MIN_LINES)
		wrong(&storm, "%d were wanted; %s", MIN_LINES, tracer_state(run->tracer));
	/* The rows go when the load does. */
	tracer_watch(run->tracer, NULL, NULL);
	good = census_finish(run);
	print_figures(&storm, run->name, took_ms);
	if (storm.nr_wrong > MAX_SHOWN)
		outcome_detail("and so on: %lu faults", storm.nr_wrong);
	return good && !storm.nr_wrong;
}
