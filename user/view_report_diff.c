// SPDX-License-Identifier: GPL-2.0-only
#include "view_report_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "report_fields.h"
#include "report_words.h"
#include "view_report_part.h"

static size_t exhausted(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->routes.nr; i++)
		if (!report_is_exhausted(report->list.routes[i]))
			break;
	return i;
}

/* ---- Text ---- */

static void put_side(FILE *out, const char *title, const struct report *report, const char *name)
{
	char text[64] = "-";
	time_t start = report->start_ns / 1000000000;
	struct tm tm;

	if (report->start_ns != NOT_KNOWN && localtime_r(&start, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s  %s: %s, %s, %.1f s%s\n", title, name, report->host, text,
		report_seconds(report), report->is_cut ? ", cut" : "");
}

static void put_figure(FILE *out, const char *name, double old, double new, int decimals)
{
	char was[32] = "-", is[32] = "-";

	if (!isnan(old))
		snprintf(was, sizeof(was), "%.*f", decimals, old);
	if (!isnan(new))
		snprintf(is, sizeof(is), "%.*f", decimals, new);
	fprintf(out, "%-22s %12s %12s\n", name, was, is);
}

static double counted(const struct report *report, int64_t count)
{
	return report->snapshots ? report_per_s(report, count) : NAN;
}

static void put_sums(FILE *out, const struct report *old, const struct report *new)
{
	fprintf(out, "\n%-22s %12s %12s\n", "", "OLD", "NEW");
	put_figure(out, "exhausted routes", exhausted(old), exhausted(new), 0);
	put_figure(out, "failed", report_failures(old), report_failures(new), 0);
	put_figure(out, "failed a second", report_per_s(old, report_failures(old)),
		   report_per_s(new, report_failures(new)), 1);
	put_figure(out, "allocated a second", counted(old, old->allocations),
		   counted(new, new->allocations), 1);
	put_figure(out, "TIME_WAITs a second", counted(old, old->time_waits),
		   counted(new, new->time_waits), 1);
}

static int put_changes(FILE *out, const char *title, const struct report_changes *changes,
		       const struct field *fields, const struct report_style *style)
{
	void **rows = calloc(changes->nr_changed + 1, sizeof(*rows));
	size_t i;
	int err;

	if (!rows)
		return -ENOMEM;
	fprintf(out, "\n%s: %zu changed, %zu did not\n", title, changes->nr_changed,
		changes->nr - changes->nr_changed);
	for (i = 0; i < changes->nr_changed; i++)
		rows[i] = &changes->changes[i];
	err = changes->nr_changed ?
		      report_put_table(out, NULL, style, fields, rows, changes->nr_changed) :
		      0;
	free(rows);
	return err;
}

int view_report_diff_text(FILE *out, const struct report_diff *diff, const char *const names[2],
			  const struct report_style *style)
{
	const struct report *old = diff->reports[REPORT_OLD], *new = diff->reports[REPORT_NEW];
	int err;

	put_side(out, "OLD", old, names[REPORT_OLD]);
	put_side(out, "NEW", new, names[REPORT_NEW]);
	put_sums(out, old, new);
	err = put_changes(out, "Failures by cause", &diff->kinds, report_kind_change_fields, style);
	if (!err)
		err = put_changes(out, "Routes", &diff->routes, report_route_change_fields, style);
	if (!err)
		err = put_changes(out, "TIME_WAIT by owner", &diff->owners,
				  report_owner_change_fields, style);
	return err;
}

/* ---- JSON ---- */

static void add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

static struct json_object *kind_side(const struct report *report, const void *row)
{
	const struct report_kind *kind = row;
	struct json_object *object = json_object_new_object();

	add(object, "netns", json_number(kind->key.route.netns));
	add(object, "count", json_number(report_kind_count(kind)));
	add(object, "count_per_s", json_decimal(report_per_s(report, report_kind_count(kind)), 3));
	return object;
}

static void add_kind_key(struct json_object *object, const struct report *report, const void *row)
{
	const struct report_kind *kind = row;

	view_report_kind(object, report, &kind->key);
}

static struct json_object *route_side(const struct report *report, const void *row)
{
	const struct report_route *route = row;
	struct json_object *object = json_object_new_object();

	add(object, "netns", json_number(route->key.netns));
	add(object, "least_headroom", json_number(route->least_headroom));
	add(object, "capacity", json_number(route->capacity));
	add(object, "peak_used", json_number(route->most_used));
	add(object, "peak_time_wait", json_number(route->most_time_wait));
	add(object, "exhausted_times", json_number(route->episodes));
	add(object, "exhausted_s", json_decimal(route->exhausted_ns / 1e9, 6));
	add(object, "allocations", json_number(route->allocations));
	add(object, "allocations_per_s",
	    json_decimal(report_per_s(report, route->allocations), 3));
	add(object, "failures", json_number(route->failures));
	add(object, "failures_per_s", json_decimal(report_per_s(report, route->failures), 3));
	return object;
}

static void add_route_key(struct json_object *object, const struct report *report, const void *row)
{
	const struct report_route *route = row;

	view_report_route_key(object, report, &route->key);
}

static struct json_object *owner_side(const struct report *report, const void *row)
{
	const struct report_owner *owner = row;
	struct json_object *object = json_object_new_object();

	add(object, "peak", report->looks_at_owners ? json_number(owner->most) : NULL);
	add(object, "entered",
	    report->time_waits_told ? json_number(owner->entered) : NULL);
	return object;
}

static void add_owner_key(struct json_object *object, const struct report *report, const void *row)
{
	const struct report_owner *owner = row;

	(void)report;
	add(object, "comm", json_text(owner->comm));
	add(object, "cgroup", json_text(owner->cgroup));
}

/* How the rows of one kind are written. */
struct shape {
	void (*add_key)(struct json_object *object, const struct report *report, const void *row);
	struct json_object *(*side)(const struct report *report, const void *row);
};

static void put_rows(FILE *out, const char *name, const struct report_changes *changes,
		     const struct shape *shape)
{
	size_t i;
	int side;

	fprintf(out, ",\"%s\":[", name);
	for (i = 0; i < changes->nr; i++) {
		const struct report_change *change = &changes->changes[i];
		int which = change->rows[REPORT_NEW] ? REPORT_NEW : REPORT_OLD;
		struct json_object *object = json_object_new_object();

		shape->add_key(object, change->reports[which], change->rows[which]);
		add(object, "changed", json_object_new_boolean(change->weight > 0));
		for (side = REPORT_OLD; side <= REPORT_NEW; side++)
			add(object, side == REPORT_OLD ? "old" : "new",
			    change->rows[side] ? shape->side(change->reports[side],
							     change->rows[side]) :
						 NULL);
		fputs(i ? "," : "", out);
		json_put(out, object);
	}
	fputc(']', out);
}

static void put_report(FILE *out, const char *side, const struct report *report, const char *name)
{
	fprintf(out, ",\"%s\":{\"file\":", side);
	json_put(out, json_object_new_string(name));
	view_report_head(out, report);
	fprintf(out, ",\"exhausted_routes\":%zu,\"failures\":%" PRIu64 ",\"failures_per_s\":",
		exhausted(report), report_failures(report));
	json_put(out, json_decimal(report_per_s(report, report_failures(report)), 3));
	fputs(",\"allocations_per_s\":", out);
	json_put(out, json_decimal(counted(report, report->allocations), 3));
	fputs(",\"time_waits_per_s\":", out);
	json_put(out, json_decimal(counted(report, report->time_waits), 3));
	fputc('}', out);
}

void view_report_diff_json(FILE *out, const struct report_diff *diff, const char *const names[2])
{
	static const struct shape kinds = { add_kind_key, kind_side };
	static const struct shape routes = { add_route_key, route_side };
	static const struct shape owners = { add_owner_key, owner_side };

	fputs("{\"version\":1", out);
	put_report(out, "old", diff->reports[REPORT_OLD], names[REPORT_OLD]);
	put_report(out, "new", diff->reports[REPORT_NEW], names[REPORT_NEW]);
	put_rows(out, "failures_by_cause", &diff->kinds, &kinds);
	put_rows(out, "routes", &diff->routes, &routes);
	put_rows(out, "time_wait_owners", &diff->owners, &owners);
	fputs("}\n", out);
}
