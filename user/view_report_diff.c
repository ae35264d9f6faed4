// SPDX-License-Identifier: GPL-2.0-only
#include "view_report_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "printable.h"
#include "report_fields.h"
#include "report_words.h"
#include "view_report_part.h"

/* NAN: not known. */
static double exhausted(const struct report *report)
{
	size_t nr = report_exhausted_routes(report);

	return nr || report_knows_exhaustion(report) ? nr : NAN;
}

static double failed(const struct report *report)
{
	return report_knows_failures(report) ? report_failures(report) : NAN;
}

static bool is_empty(const struct report *report)
{
	return report->start_ns == NOT_KNOWN;
}

/* With nothing, all that the other one has would be new, or gone. */
static bool is_comparison(const struct report_diff *diff)
{
	return !is_empty(diff->reports[REPORT_OLD]) && !is_empty(diff->reports[REPORT_NEW]);
}

/* ---- Text ---- */

static void put_side(FILE *out, const char *title, const struct report *report, const char *path)
{
	char text[64] = "-", name[PATH_MAX];
	time_t start = report->start_ns / 1000000000;
	struct tm tm;

	printable_copy(name, sizeof(name), path);
	if (is_empty(report)) {
		fprintf(out, "%s  %s: nothing was recorded in that time\n", title, name);
		return;
	}
	if (localtime_r(&start, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s  %s: %s, %s, %.1f s%s\n", title, name,
		report->host[0] ? report->host : "host not known", text, report_seconds(report),
		report->damaged_line ? ", damaged" : report->is_cut ? ", cut" : "");
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
	return report->snapshots && report_has_netns(report) ? report_per_s(report, count) : NAN;
}

static double failed_per_s(const struct report *report)
{
	return report_knows_failures(report) ? report_per_s(report, report_failures(report)) : NAN;
}

static void put_sums(FILE *out, const struct report *old, const struct report *new)
{
	fprintf(out, "\n%-22s %12s %12s\n", "", "OLD", "NEW");
	put_figure(out, "exhausted routes", exhausted(old), exhausted(new), 0);
	put_figure(out, "failed", failed(old), failed(new), 0);
	put_figure(out, "failed a second", failed_per_s(old), failed_per_s(new), 1);
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
	if (!is_comparison(diff))
		return 0;
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

static struct json_object *kind_side(const struct report *report, const void *row)
{
	const struct report_kind *kind = row;
	struct json_object *object = json_object_new_object();

	json_add(object, "netns", json_number(kind->key.route.netns));
	json_add(object, "count", json_number(report_kind_count(kind)));
	json_add(object, "count_per_s", json_decimal(report_per_s(report, report_kind_count(kind)), 3));
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

	json_add(object, "netns", json_number(route->key.netns));
	json_add(object, "least_headroom", json_number(route->least_headroom));
	json_add(object, "capacity", json_number(route->capacity));
	json_add(object, "peak_used", json_number(route->most_used));
	json_add(object, "peak_time_wait", json_number(route->most_time_wait));
	view_report_exhausted(object, route);
	json_add(object, "allocations", json_number(report_counted(route, route->allocations)));
	json_add(object, "allocations_per_s",
	    json_decimal(report_counted_per_s(report, route, route->allocations), 3));
	json_add(object, "failures", json_number(report_counted(route, route->failures)));
	json_add(object, "failures_per_s",
	    json_decimal(report_counted_per_s(report, route, route->failures), 3));
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

	json_add(object, "peak", report->looks_at_owners ? json_number(owner->most) : NULL);
	json_add(object, "entered",
	    report->time_waits_told ? json_number(owner->entered) : NULL);
	return object;
}

static void add_owner_key(struct json_object *object, const struct report *report, const void *row)
{
	const struct report_owner *owner = row;

	(void)report;
	json_add(object, "comm", json_text(owner->comm));
	json_add(object, "cgroup", json_text(owner->cgroup));
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
		json_add(object, "changed", json_object_new_boolean(change->weight > 0));
		for (side = REPORT_OLD; side <= REPORT_NEW; side++)
			json_add(object, side == REPORT_OLD ? "old" : "new",
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
	fputs(",\"exhausted_routes\":", out);
	json_put(out, json_decimal(exhausted(report), 0));
	fputs(",\"failures\":", out);
	json_put(out, json_decimal(failed(report), 0));
	fputs(",\"failures_per_s\":", out);
	json_put(out, json_decimal(failed_per_s(report), 3));
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
	if (!is_comparison(diff)) {
		fputs(",\"failures_by_cause\":null,\"routes\":null,\"time_wait_owners\":null}\n", out);
		return;
	}
	put_rows(out, "failures_by_cause", &diff->kinds, &kinds);
	put_rows(out, "routes", &diff->routes, &routes);
	put_rows(out, "time_wait_owners", &diff->owners, &owners);
	fputs("}\n", out);
}
