// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is recorded of a workload, and what the report of that says: both by the program, while the
 * figures that it has to say come from the workload, and from the clock here.
 */
#include <json-c/json.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "json.h"
#include "lines.h"
#include "outcome.h"
#include "recorder.h"
#include "report.h"
#include "text.h"
#include "trace_cases.h"
#include "wait.h"

#define LIMIT_MS 60000

#define INTERVAL "0.5"
#define INTERVAL_S 0.5

/* As a row has it; dst and dport "-": none. */
struct reported_route {
	const char *proto, *src, *dst, *dport;
};

struct reported_case {
	const char *kind;
	unsigned int n, m;
	struct reported_route route;  /* the one that is used */
	struct reported_route failed; /* the one that is out of ports, if that is another one */
	unsigned int used; /* its ports that are taken at the end; 0: not looked at */
	bool exhausted;
	bool is_bind;	/* the route has no headroom: only what failed tells that there is no port */
	bool is_released; /* in the end; the workload says when */
};

/* Moments by the wall clock, as ISO 8601 has them, so that they sort as texts. */
#define TIME_SIZE 64

struct moments {
	char before[TIME_SIZE]; /* the workload begins */
	char done[TIME_SIZE];	/* it has done all, and holds what it has */
	char after[TIME_SIZE];	/* the recording has ended */
};

static void set_now(char text[TIME_SIZE])
{
	struct timespec now;
	char seconds[24];
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, TIME_SIZE, "%s.%06ldZ", seconds, now.tv_nsec / 1000);
}

/* ---- The programs ---- */

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

static bool ended_well(const struct child *child)
{
	return !child->pid && WIFEXITED(child->status) && !WEXITSTATUS(child->status);
}

/* Of one namespace. NULL: ret_why. */
static struct json_object *read_report(const struct live_setup *setup, const char *path,
				       unsigned long netns, char *ret_why, int size)
{
	char number[24];
	const char *const argv[] = { setup->porttrace, "report", "--json", "-N", number, path,
				     NULL };
	struct json_object *json = NULL;
	struct text text = {};
	struct child *child;

	snprintf(number, sizeof(number), "%lu", netns);
	child = child_start(argv);
	if (child && !text_read_all(&text, child->out, LIMIT_MS) &&
	    wait_until(has_ended, &child, LIMIT_MS) && ended_well(child) && text.bytes)
		json = json_parse(text.bytes);
	if (!json)
		snprintf(ret_why, size, "report says nothing: %s",
			 child ? child_first_words(child) : strerror(errno));
	text_free(&text);
	child_free(child);
	return json;
}

/* ---- What it has to say ---- */

static void show_difference(const char *prefix, const char *line)
{
	outcome_detail("%s %s", prefix, line);
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	json_object_object_get_ex(object, name, &found);
	return found;
}

static struct json_object *element(struct json_object *object, const char *array, size_t i)
{
	struct json_object *list = member(object, array);

	return i < (list ? json_object_array_length(list) : 0) ?
		       json_object_array_get_idx(list, i) :
		       NULL;
}

/* In the words of the workload. */
static void add_route(struct json_object *row, void *arg)
{
	if (json_number_of(row, "allocations") || json_number_of(row, "failures") ||
	    json_number_of(row, "bound_connects") || json_number_of(row, "time_waits"))
		lines_add(arg,
			  "route %s %s %s %s allocations=%s bound_connects=%s time_waits=%s "
			  "failures=%s",
			  json_text_of(row, "proto"), json_text_of(row, "src"),
			  json_text_of(row, "dst"), json_text_of(row, "dport"),
			  json_text_of(row, "allocations"), json_text_of(row, "bound_connects"),
			  json_text_of(row, "time_waits"), json_text_of(row, "failures"));
}

static void add_failure(struct json_object *row, void *arg)
{
	lines_add(arg, "failure %s %s %s %s %s", json_text_of(row, "proto"),
		  json_text_of(row, "call"), json_text_of(row, "cause"),
		  json_text_of(row, "errno"), json_text_of(row, "count"));
}

static bool compare_figures(const struct report *workload, struct json_object *json)
{
	struct lines found = {};
	bool same;

	json_each_of_netns(json, "routes", "netns", workload->netns, add_route, &found);
	json_each_of_netns(json, "failures_by_cause", "netns", workload->netns, add_failure, &found);
	lines_sort(&found);
	lines_sort((struct lines *)&workload->lines);
	same = lines_compare(&workload->lines, &found, show_difference);
	lines_free(&found);
	return same;
}

static bool is_number(struct json_object *row, const char *name, long long expected)
{
	if (json_number_of(row, name) == expected)
		return true;
	outcome_detail("%s %s instead of %lld", name, json_text_of(row, name), expected);
	return false;
}

/* Both moments included. */
static bool is_between(struct json_object *row, const char *name, const char *from, const char *to)
{
	const char *text = json_text_of(row, name);

	if (strcmp(text, from) >= 0 && strcmp(text, to) <= 0)
		return true;
	outcome_detail("%s %s is not between %s and %s", name, text, from, to);
	return false;
}

static bool has_text(struct json_object *row, const char *name, const char *text)
{
	return !strcmp(json_text_of(row, name), text);
}

/* The one row of that route: the listener, and the sockets that UDP connects have others. */
static struct json_object *find_row(struct json_object *json, const char *array,
				    const struct reported_route *route)
{
	struct json_object *row, *found = NULL;
	size_t i, nr = 0;

	for (i = 0; (row = element(json, array, i)); i++) {
		if (!has_text(row, "proto", route->proto) || !has_text(row, "src", route->src) ||
		    !has_text(row, "dst", route->dst) || !has_text(row, "dport", route->dport))
			continue;
		found = row;
		nr++;
	}
	if (nr != 1)
		outcome_detail("%zu rows of %s are of %s %s > %s:%s", nr, array, route->proto,
			       route->src, route->dst, route->dport);
	return nr == 1 ? found : NULL;
}

static bool check_most(const struct reported_case *reported, const struct moments *moments,
		       struct json_object *json)
{
	struct json_object *row = find_row(json, "routes", &reported->route);
	bool good = row && is_number(row, "peak_used", reported->used);

	if (!row)
		return false;
	good = is_between(row, "peak_used_time", moments->before, moments->after) && good;
	if (!reported->exhausted)
		return is_number(row, "exhausted_times", 0) && good;
	good = is_number(row, "exhausted_times", 1) && good;
	good = is_number(row, "capacity", reported->n) && good;
	return is_number(row, "least_headroom", 0) && good;
}

/* It began while the workload ran, and lasts to the end: the workload still has its ports. */
static bool check_held(const struct reported_case *reported, const struct moments *moments,
		       struct json_object *row)
{
	bool good = is_between(row, "from", moments->before, moments->done);

	if (reported->is_bind)
		good = is_between(row, "to", moments->before, moments->done) && good;
	else
		good = is_between(row, "to", moments->done, moments->after) && good;
	return has_text(row, "until", "-") && good;
}

/* ---- A time that ends ---- */

static double seconds_of(const char *time)
{
	const char *fraction = strchr(time, '.');
	struct tm utc = {};

	if (!fraction || !strptime(time, "%Y-%m-%dT%H:%M:%S", &utc))
		return -1;
	return timegm(&utc) % 1000000 + atof(fraction);
}

/* "-": the workload did not say. */
static const char *moment(const struct report *workload, const char *name)
{
	size_t i, length = strlen(name);

	for (i = 0; i < workload->moments.nr; i++)
		if (!strncmp(workload->moments.text[i], name, length) &&
		    workload->moments.text[i][length] == ' ')
			return workload->moments.text[i] + length + 1;
	return "-";
}

/*
 * From the call that took the last port, or the first one that found none, to the last one that did, or
 * to a snapshot; in none that began after all ports were free can it be.
 */
static bool check_released(const struct report *workload, const struct moments *moments,
			   struct json_object *row)
{
	const char *filling = moment(workload, "filling"), *full = moment(workload, "full");
	const char *last = moment(workload, "failing-last");
	const char *releasing = moment(workload, "releasing");
	const char *released = moment(workload, "released");
	double least = seconds_of(last) - seconds_of(full);
	double most = seconds_of(released) + INTERVAL_S - seconds_of(filling);
	double said = json_object_get_double(member(row, "duration_s"));
	double between = seconds_of(json_text_of(row, "to")) - seconds_of(json_text_of(row, "from"));
	bool good = is_between(row, "from", filling, full);

	good = is_between(row, "to", last, released) && good;
	good = is_between(row, "until", releasing, moments->after) && good;
	if (said < least || said > most || fabs(said - between) > 2e-6)
		outcome_detail("duration_s %f instead of %f, which is from %f to %f", said, between,
			       least, most);
	return good && said >= least && said <= most && fabs(said - between) <= 2e-6;
}

static bool check_episode(const struct reported_case *reported, const struct report *workload,
			  const struct moments *moments, struct json_object *json)
{
	struct json_object *row;
	bool good;

	if (!reported->exhausted)
		return !element(json, "episodes", 0);
	row = find_row(json, "episodes",
		       reported->failed.proto ? &reported->failed : &reported->route);
	if (!row)
		return false;
	good = reported->is_released ? check_released(workload, moments, row) :
				       check_held(reported, moments, row);
	return is_number(row, "failures", reported->m) && good;
}

/* Each was told of, since there were not many. */
static bool check_callers(const struct reported_case *reported, struct json_object *json)
{
	struct json_object *row = element(json, "callers", 0);

	if (!reported->m)
		return !row;
	if (strcmp(json_text_of(row, "comm"), "workload"))
		outcome_detail("comm %s", json_text_of(row, "comm"));
	return is_number(row, "count", reported->m) && !element(json, "callers", 1) &&
	       !strcmp(json_text_of(row, "comm"), "workload");
}

static bool check(const struct reported_case *reported, const struct report *workload,
		  const struct moments *moments, struct json_object *json)
{
	bool good = compare_figures(workload, json);

	good = is_between(json, "start", "", moments->before) && good;
	good = is_between(json, "end", moments->done, moments->after) && good;
	good = !strcmp(json_text_of(json, "cut"), "false") && good;
	if (reported->used)
		good = check_most(reported, moments, json) && good;
	good = check_episode(reported, workload, moments, json) && good;
	return check_callers(reported, json) && good;
}

/* ---- A case ---- */

/* The workload holds its ports and its namespace until the recording has ended. */
static bool record(struct recorder *recorder, const struct live_setup *setup,
		   struct report *workload, struct moments *moments, char *ret_why, int size)
{
	bool good = recorder_start(recorder, setup, INTERVAL, ret_why, size);

	set_now(moments->before);
	if (good && report_finish(workload, NULL) != REPORT_COMPLETE) {
		snprintf(ret_why, size, "%s", workload->why);
		good = false;
	}
	set_now(moments->done);
	good = good && recorder_stop(recorder, SIGINT, ret_why, size);
	set_now(moments->after);
	return good;
}

static bool run(const void *arg, const struct live_setup *setup, char *ret_why, int size)
{
	const struct reported_case *reported = arg;
	const struct report_wanted wanted = { .workload = setup->workload, .kind = reported->kind,
					      .n = reported->n, .m = reported->m, .waits = true };
	struct json_object *json = NULL;
	struct recorder recorder = {};
	struct moments moments = {};
	struct report workload;
	bool good;

	if (report_start(&wanted, &workload) != REPORT_COMPLETE) {
		snprintf(ret_why, size, "%s", workload.why);
		good = false;
	} else {
		good = record(&recorder, setup, &workload, &moments, ret_why, size);
	}
	if (good)
		json = read_report(setup, recorder.path, workload.netns, ret_why, size);
	good = json && check(reported, &workload, &moments, json);
	json_object_put(json);
	recorder_done(&recorder);
	child_free(workload.child);
	report_free(&workload);
	return good;
}

#define TCP4 { "tcp", "127.0.0.1", "127.0.0.1", "7001" }
#define TCP6 { "tcp", "::1", "::1", "7001" }

static const struct reported_case cases[] = {
	{ .kind = "tcp4-exhausted", .n = 40, .m = 23, .route = TCP4, .used = 40, .exhausted = true },
	{ .kind = "tcp6-exhausted", .n = 60, .m = 11, .route = TCP6, .used = 60, .exhausted = true },
	{ .kind = "udp4-connect", .n = 30, .m = 7, .route = { "udp", "127.0.0.1", "-", "-" },
	  .failed = { "udp", "0.0.0.0", "-", "-" }, .used = 30, .exhausted = true },
	{ .kind = "tcp4-connect", .n = 50, .route = TCP4, .used = 50 },
	{ .kind = "tcp4-bind0", .n = 20, .m = 9, .route = { "tcp", "127.0.0.1", "-", "-" },
	  .exhausted = true, .is_bind = true },
	{ .kind = "tcp4-exhausted-released", .n = 30, .m = 17, .route = TCP4, .used = 30,
	  .exhausted = true, .is_released = true },
};

#define CASE(case_name, number) \
	{ .name = case_name, .run_with = run, .arg = &cases[number], .is_of_backend = true }

const struct trace_case reported_cases[] = {
	CASE("reported-tcp4-exhausted", 0),
	CASE("reported-tcp6-exhausted", 1),
	CASE("reported-udp4-exhausted", 2),
	CASE("reported-tcp4-connect", 3),
	CASE("reported-tcp4-bind", 4),
	CASE("reported-tcp4-released", 5),
	{},
};
