// SPDX-License-Identifier: GPL-2.0-only
/* docs/report.md has what the members mean. */
#include <string.h>

#include "view_report_part.h"

/* ---- Where it comes from ---- */

/* null: there was none. */
static struct json_object *command_array(const struct report *report)
{
	struct json_object *array;
	size_t i;

	if (!report->nr_words)
		return NULL;
	array = json_object_new_array();
	for (i = 0; i < report->nr_words; i++)
		json_object_array_add(array, json_object_new_string(report->command[i]));
	return array;
}

/* null: everything was recorded, or nobody knows. */
static struct json_object *recorded_only_object(const struct report *report)
{
	struct json_object *object = NULL;
	int i;

	for (i = 0; i < REPORT_FILTERS; i++) {
		if (!report->recorded_only[i])
			continue;
		if (!object)
			object = json_object_new_object();
		json_add(object, report_filter_names[i], json_object_new_string(report->recorded_only[i]));
	}
	return object;
}

static struct json_object *clock_steps_array(const struct report *report)
{
	const struct report_clock *clock = &report->clock;
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < clock->nr_steps; i++) {
		object = json_object_new_object();
		json_add(object, "from", view_report_time(clock->steps[i].from_ns));
		json_add(object, "to", view_report_time(clock->steps[i].to_ns));
		json_add(object, "by_s", json_decimal(clock->steps[i].by_s, 3));
		json_object_array_add(array, object);
	}
	return array;
}

/* ---- Parts that are no rows ---- */

static struct json_object *buckets(const uint64_t *counts)
{
	struct json_object *array = json_object_new_array_ext(SEARCH_BUCKETS);
	int i;

	for (i = 0; i < SEARCH_BUCKETS; i++)
		json_object_array_add(array, json_object_new_int64(counts[i]));
	return array;
}

/* Each bucket is below that; the last one has no end. */
static struct json_object *limits_array(void)
{
	struct json_object *array = json_object_new_array_ext(SEARCH_BUCKETS);
	int i;

	for (i = 0; i + 1 < SEARCH_BUCKETS; i++)
		json_object_array_add(array,
				      json_object_new_int64(INT64_C(1) << (SEARCH_BUCKET0_LOG2 + i)));
	json_object_array_add(array, NULL);
	return array;
}

static struct json_object *searches_object(const struct report *report)
{
	struct json_object *object = json_object_new_object();
	bool known = report->searches_known;

	json_add(object, "below_ns", limits_array());
	json_add(object, "all", known ? buckets(report->search_buckets) : NULL);
	json_add(object, "count", known ? json_number(report->searches) : NULL);
	json_add(object, "sum_ns", known ? json_number(report->search_ns) : NULL);
	json_add(object, "failed", report->failed_searches ? buckets(report->failed_buckets) : NULL);
	json_add(object, "failed_not_measured", json_number(report->failed_unmeasured));
	return object;
}

/* null: there is no snapshot of that time. */
static struct json_object *step_value(const struct timeline_step *step, const char *name)
{
	if (!strcmp(name, "told"))
		return json_number(step->told);
	if (!strcmp(name, "allocations"))
		return step->is_known ? json_number(step->allocations) : NULL;
	if (!strcmp(name, "failures"))
		return step->is_known ? json_number(step->failures) : NULL;
	if (!strcmp(name, "peak_use"))
		return step->knows_use ? json_decimal(step->most_use, 4) : NULL;
	return json_number(!strcmp(name, "least_headroom") ? step->least_headroom :
							      step->most_time_wait);
}

static struct json_object *timeline_object(const struct timeline *timeline)
{
	static const char *const names[] = { "allocations",    "failures",	 "told",
					     "peak_use", "least_headroom", "peak_time_wait" };
	struct json_object *object = json_object_new_object(), *array;
	size_t i;
	int j;

	json_add(object, "start", view_report_time(timeline->start_ns));
	json_add(object, "step_s", json_decimal(timeline->step_ns / 1e9, 3));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		array = json_object_new_array_ext(timeline->nr);
		for (j = 0; j < timeline->nr; j++)
			json_object_array_add(array, step_value(&timeline->steps[j], names[i]));
		json_add(object, names[i], array);
	}
	return object;
}

static struct json_object *lost_by_counters(const struct report *report)
{
	const struct losses *lost = &report->lost.snapshot;
	struct json_object *object = json_object_new_object();

	if (!report->lost.has_snapshot) {
		json_object_put(object);
		return NULL;
	}
	json_add(object, "routes", json_number(lost->routes));
	json_add(object, "owners", json_number(lost->owners));
	json_add(object, "failures", json_number(lost->failures));
	json_add(object, "events", json_number(lost->events));
	json_add(object, "calls", json_number(lost->calls));
	json_add(object, "returns", json_number(lost->returns));
	json_add(object, "walks", json_number(lost->walks));
	json_add(object, "census", json_number(lost->census));
	json_add(object, "ended", json_number(lost->ended));
	json_add(object, "missed", json_number(lost->missed));
	json_add(object, "missed_at_most", json_number(lost->missed_at_most));
	return object;
}

static struct json_object *left_out(const struct report_losses *lost)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "routes", json_number(lost->routes));
	json_add(object, "failures_of_kinds", json_number(lost->kinds));
	json_add(object, "failures_of_callers", json_number(lost->callers));
	json_add(object, "failures_of_stacks", json_number(lost->stacks));
	json_add(object, "time_wait_owners", json_number(lost->owners));
	json_add(object, "episodes", json_number(lost->episodes));
	json_add(object, "cgroups", json_number(lost->texts));
	json_add(object, "clock_steps", json_number(lost->clock_steps));
	json_add(object, "netns", json_number(lost->netns));
	json_add(object, "events_not_placed", json_number(lost->not_placed));
	return object;
}

static struct json_object *lost_object(const struct report *report)
{
	const struct report_losses *lost = &report->lost;
	struct json_object *object = json_object_new_object();

	json_add(object, "counters", lost_by_counters(report));
	json_add(object, "held_back", json_number(lost->held));
	json_add(object, "held_back_or_others", json_number(lost->held_or_others));
	json_add(object, "events", json_number(report_lost_events(report)));
	json_add(object, "missed", json_number(report_missed_events(report)));
	json_add(object, "left_out", left_out(lost));
	return object;
}

/* ---- The whole ---- */

static void member(FILE *out, const char *name, struct json_object *value)
{
	fprintf(out, ",\"%s\":", name);
	json_put(out, value);
}

/* One row is in memory at a time, however many there are. */
static void put_rows(FILE *out, const char *name, const struct report *report,
		     struct json_object *(*object)(const struct report *, const void *),
		     void *const *rows, size_t nr)
{
	size_t i;

	fprintf(out, ",\"%s\":[", name);
	for (i = 0; i < nr; i++) {
		fputs(i ? "," : "", out);
		json_put(out, object(report, rows[i]));
	}
	fputc(']', out);
}

void view_report_head(FILE *out, const struct report *report)
{
	member(out, "host", json_text(report->host));
	member(out, "kernel", json_text(report->kernel));
	member(out, "probe", json_text(report->probe));
	member(out, "porttrace", json_text(report->porttrace));
	member(out, "command", command_array(report));
	member(out, "recorded_only", recorded_only_object(report));
	member(out, "interval_s", json_decimal(report->interval_s, 3));
	member(out, "start", view_report_time(report->start_ns));
	member(out, "end", view_report_time(report->end_ns));
	member(out, "duration_s", json_decimal(report_seconds(report), 6));
	member(out, "counted_from", view_report_time(report->counted_from_ns));
	member(out, "counted_to", view_report_time(report->counted_to_ns));
	member(out, "counted_s",
	       report->snapshots ? json_decimal(report->counted_s, 3) : NULL);
	member(out, "longest_interval_s",
	       report->longest_gap_s > 0 ? json_decimal(report->longest_gap_s, 3) : NULL);
	member(out, "clock_steps", clock_steps_array(report));
	member(out, "snapshots", json_number(report->snapshots));
	member(out, "events", json_number(report->events));
	/* It was not read to its end then. */
	member(out, "cut", report->is_past || report->damaged_line ?
				   NULL :
				   json_object_new_boolean(report->is_cut));
	member(out, "damaged_line",
	       report->damaged_line ? json_number(report->damaged_line) : NULL);
}

/* null: not known. */
static struct json_object *exhausted_flag(const struct report *report)
{
	size_t nr = report_exhausted_routes(report);

	return nr || report_knows_exhaustion(report) ? json_object_new_boolean(nr) : NULL;
}

static void put_sums(FILE *out, const struct report *report)
{
	bool counted = report->snapshots && report_has_netns(report);

	member(out, "failures",
	       report_knows_failures(report) ? json_number(report_failures(report)) : NULL);
	member(out, "allocations", counted ? json_number(report->allocations) : NULL);
	member(out, "bound_connects", counted ? json_number(report->bound_connects) : NULL);
	member(out, "time_waits", counted ? json_number(report->time_waits) : NULL);
	member(out, "exhausted", exhausted_flag(report));
	member(out, "exhausted_not_known", json_number(report_unknown_routes(report)));
}

static void put_episodes(FILE *out, const struct report *report)
{
	size_t i;

	fputs(",\"episodes\":[", out);
	for (i = 0; i < report->nr_episodes; i++) {
		fputs(i ? "," : "", out);
		json_put(out, view_report_episode_object(report, &report->episodes[i]));
	}
	fputc(']', out);
}

void view_report_json(FILE *out, const struct report *report)
{
	fputs("{\"version\":1", out);
	view_report_head(out, report);
	put_sums(out, report);
	put_episodes(out, report);
	put_rows(out, "failures_by_cause", report, view_report_kind_object, report->list.kinds,
		 report->kinds.nr);
	put_rows(out, "callers", report, view_report_caller_object, report->list.callers, report->callers.nr);
	put_rows(out, "stacks", report, view_report_stack_object, report->list.stacks, report->stacks.nr);
	put_rows(out, "routes", report, view_report_route_object, report->list.routes, report->routes.nr);
	member(out, "searches", searches_object(report));
	put_rows(out, "time_wait_owners", report, view_report_owner_object, report->list.owners,
		 report->owners.nr);
	put_rows(out, "netns", report, view_report_netns_object, report->list.netns, report->netns.nr);
	member(out, "timeline", timeline_object(&report->timeline));
	member(out, "lost", lost_object(report));
	fputs("}\n", out);
}
