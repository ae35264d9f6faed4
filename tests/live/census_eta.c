// SPDX-License-Identifier: GPL-2.0-only
/* Half way, it is known when there will be no port left. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "census_case.h"
#include "json.h"
#include "outcome.h"

#define MAX_ERROR 0.10

/* Of its ten seconds. An emulated processor may be kept waiting: the rate was not constant then. */
#define MAX_LATE_MS 200

struct forecast {
	unsigned long netns;
	struct json_object *json; /* the present line */
	double at_s, eta_s;	  /* CLOCK_REALTIME; NAN: not yet half way */
};

/* "2026-01-31T12:00:00.123456Z" */
static double seconds_of(const char *text)
{
	struct tm utc = {};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

	return rest ? timegm(&utc) + strtod(rest, NULL) : NAN;
}

static void check_route(struct json_object *route, void *arg)
{
	long long headroom = json_number_of(route, "headroom");
	struct forecast *forecast = arg;

	if (!isnan(forecast->at_s) || !strcmp(json_text_of(route, "dst"), "-") ||
	    headroom * 2 > json_number_of(route, "capacity"))
		return;
	forecast->at_s = seconds_of(json_text_of(forecast->json, "time"));
	forecast->eta_s = strtod(json_text_of(route, "eta_s"), NULL);
}

static void check_line(const char *line, void *arg)
{
	struct forecast *forecast = arg;

	forecast->json = json_parse(line);
	json_each_of_netns(forecast->json, "routes", "netns", forecast->netns, check_route,
			   forecast);
	json_object_put(forecast->json);
}

static bool is_right(const struct census_run *run, const struct forecast *forecast)
{
	double left_s, error;
	long long ran_out_us, late_ms;
	char line[64];

	if (!census_find_line(run->load.said.bytes, "ran-out", line, sizeof(line)) ||
	    sscanf(line, "ran-out %lld %lld", &ran_out_us, &late_ms) != 2 ||
	    isnan(forecast->at_s)) {
		outcome_detail("there was no line half way");
		return false;
	}
	left_s = ran_out_us / 1e6 - forecast->at_s;
	error = fabs(forecast->eta_s - left_s) / left_s;
	printf("    %s: half way, eta_s %.1f; it took %.2f s: %.1f %% off\n", run->name,
	       forecast->eta_s, left_s, error * 100);
	if (error <= MAX_ERROR)
		return true;
	if (run->own_machine && late_ms > MAX_LATE_MS) {
		printf("    %s: not judged: the load was up to %lld ms late\n", run->name, late_ms);
		return true;
	}
	outcome_detail("eta_s %.1f, and it took %.2f s", forecast->eta_s, left_s);
	return false;
}

bool census_eta(struct census_run *run)
{
	struct forecast forecast = { .at_s = NAN };
	char line[64];

	if (!census_await(run, "ready"))
		return false;
	if (!census_find_line(run->load.said.bytes, "netns", line, sizeof(line)) ||
	    sscanf(line, "netns %lu", &forecast.netns) != 1)
		return false;
	tracer_watch(run->tracer, check_line, &forecast);
	return census_finish(run) && is_right(run, &forecast);
}
