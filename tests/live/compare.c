// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "outcome.h"

/* Of the JSON that a mismatch shows; with many routes a line is tens of megabytes long. */
#define MAX_SHOWN 20000

enum {
	FIGURE_ALLOCATIONS,
	FIGURE_BOUND_CONNECTS,
	FIGURE_TIME_WAITS,
	FIGURE_FAILURES,
	NR_FIGURES,
};

/* In the order of the report. */
static const struct {
	const char *name;
	unsigned int bit;
} figures[NR_FIGURES] = {
	[FIGURE_ALLOCATIONS] = { "allocations", ALLOCATIONS },
	[FIGURE_BOUND_CONNECTS] = { "bound_connects", BOUND_CONNECTS },
	[FIGURE_TIME_WAITS] = { "time_waits", TIME_WAITS },
	[FIGURE_FAILURES] = { "failures", FAILURES },
};

/* A row of figures, as the report or the JSON has it, or the sum of many. */
struct row {
	long long value[NR_FIGURES];
	bool is_known[NR_FIGURES]; /* not null, and there */
};

static struct row row_of(struct json_object *object)
{
	struct row row = {};
	size_t i;

	for (i = 0; i < NR_FIGURES; i++)
		row.is_known[i] = json_is_number(object, figures[i].name, &row.value[i]);
	return row;
}

static bool is_overflow(struct json_object *route)
{
	struct json_object *member;

	return json_object_object_get_ex(route, "overflow", &member) &&
	       json_object_get_boolean(member);
}

/* ---- Rows as text ---- */

struct side {
	struct lines lines;
	struct row sum;
	unsigned int unseen;
	long long in_overflow; /* of the sum: allocations of rows that stand for the rest */
};

static void add_to_sum(struct side *side, const struct row *row)
{
	size_t i;

	for (i = 0; i < NR_FIGURES; i++)
		side->sum.value[i] += row->value[i];
}

/* "allocations=20 bound_connects=0 ...": "?" for what is not compared. */
static void print_row(char *text, int size, const struct row *row, unsigned int unseen)
{
	int used = 0;
	size_t i;

	for (i = 0; i < NR_FIGURES && used < size; i++) {
		used += snprintf(text + used, size - used, " %s=", figures[i].name);
		if (used >= size)
			break;
		if (unseen & figures[i].bit)
			used += snprintf(text + used, size - used, "?");
		else if (!row->is_known[i])
			used += snprintf(text + used, size - used, "null");
		else
			used += snprintf(text + used, size - used, "%lld", row->value[i]);
	}
}

/* A route that is only there, because the census found its sockets, has nothing to compare. */
static bool is_nothing(const struct row *row, unsigned int unseen)
{
	size_t i;

	for (i = 0; i < NR_FIGURES; i++) {
		if (!(unseen & figures[i].bit) && (!row->is_known[i] || row->value[i]))
			return false;
	}
	return true;
}

static void add_route(struct side *side, const char *name, const struct row *row)
{
	char text[160];

	add_to_sum(side, row);
	if (is_nothing(row, side->unseen))
		return;
	print_row(text, sizeof(text), row, side->unseen);
	lines_add(&side->lines, "%s%s", name, text);
}

/* The namespace's own figures must be the sums of its routes'. */
static void add_netns(struct side *side, const char *allocations, const char *failures)
{
	lines_add(&side->lines, "netns allocations=%s failures=%s",
		  side->unseen & ALLOCATIONS ? "?" : allocations,
		  side->unseen & FAILURES ? "?" : failures);
}

static void add_found_route(struct json_object *route, void *arg)
{
	struct row row = row_of(route);
	struct side *side = arg;
	char name[160];

	snprintf(name, sizeof(name), "%s %s %s %s %s", is_overflow(route) ? "overflow" : "route",
		 json_text_of(route, "proto"), json_text_of(route, "src"),
		 json_text_of(route, "dst"), json_text_of(route, "dport"));
	if (is_overflow(route))
		side->in_overflow += row.value[FIGURE_ALLOCATIONS];
	add_route(side, name, &row);
}

static void add_found_failure(struct json_object *failure, void *arg)
{
	struct side *side = arg;

	if (side->unseen & FAILURES)
		return;
	lines_add(&side->lines, "failure %s %s %s %s %s", json_text_of(failure, "proto"),
		  json_text_of(failure, "call"), json_text_of(failure, "cause"),
		  json_text_of(failure, "errno"), json_text_of(failure, "count"));
}

static void add_found_netns(struct json_object *netns, void *arg)
{
	add_netns(arg, json_text_of(netns, "allocations"), json_text_of(netns, "failures"));
}

static struct side found_side(const struct comparison *comparison, struct json_object *json)
{
	struct side side = { .unseen = comparison->unseen };
	unsigned long netns = comparison->netns;

	json_each_of_netns(json, "routes", "netns", netns, add_found_route, &side);
	json_each_of_netns(json, "failures", "netns", netns, add_found_failure, &side);
	json_each_of_netns(json, "netns", "inum", netns, add_found_netns, &side);
	lines_sort(&side.lines);
	return side;
}

/* ---- The report ---- */

/* " allocations=20 bound_connects=0 ...", in the order of the table. */
static bool parse_figures(const char *text, struct row *ret_row)
{
	size_t i;

	for (i = 0; i < NR_FIGURES; i++) {
		char *end;

		text = strchr(text, '=');
		if (!text)
			return false;
		ret_row->value[i] = strtoll(text + 1, &end, 10);
		ret_row->is_known[i] = end > text + 1;
		text = end;
	}
	return true;
}

static void add_expected(struct side *side, const char *line)
{
	struct row row = {};
	const char *numbers = strstr(line, " allocations=");
	char name[160];

	if (!numbers && side->unseen & FAILURES)
		return;
	if (!numbers || !parse_figures(numbers, &row)) {
		lines_add(&side->lines, "%s", line);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(numbers - line), line);
	add_route(side, name, &row);
}

static struct side expected_side(const struct comparison *comparison)
{
	struct side side = { .unseen = comparison->unseen };
	char allocations[24], failures[24];
	size_t i;

	for (i = 0; i < comparison->report->nr; i++)
		add_expected(&side, comparison->report->text[i]);
	snprintf(allocations, sizeof(allocations), "%lld", side.sum.value[FIGURE_ALLOCATIONS]);
	snprintf(failures, sizeof(failures), "%lld", side.sum.value[FIGURE_FAILURES]);
	add_netns(&side, allocations, failures);
	lines_sort(&side.lines);
	return side;
}

/* ---- What is lost ---- */

/*
 * Sets *ret_routes to lost.routes; complains about any other loss, and about what is no figure.
 * missed_at_most is no loss: the figures tell whether there was one. What has ended are namespaces of
 * others.
 */
static bool check_lost(struct json_object *json, long long *ret_routes)
{
	struct json_object *lost;
	bool good = true;

	*ret_routes = 0;
	if (!json_object_object_get_ex(json, "lost", &lost) ||
	    !json_object_is_type(lost, json_type_object)) {
		outcome_detail("no object \"lost\"");
		return false;
	}
	json_object_object_foreach(lost, name, value)
	{
		if (!strcmp(name, "missed_at_most") || !strcmp(name, "ended"))
			continue;
		if (!strcmp(name, "routes") && json_object_is_type(value, json_type_int))
			*ret_routes = json_object_get_int64(value);
		else if (value && (!json_object_is_type(value, json_type_int) ||
				   json_object_get_int64(value))) {
			outcome_detail("lost.%s is %s", name, json_object_get_string(value));
			good = false;
		}
	}
	return good;
}

/* ---- The comparisons ---- */

static void show_difference(const char *prefix, const char *line)
{
	outcome_detail("%s %s", prefix, line);
}

static void show_json(const char *json)
{
	size_t length = strlen(json);

	outcome_detail("json     %.*s%s", MAX_SHOWN, json,
		       length > MAX_SHOWN ? "... (cut off here)" : "");
}

bool is_json_object(const char *text)
{
	struct json_object *json = json_parse(text);

	json_object_put(json);
	return json != NULL;
}

static bool compare_sides(const struct comparison *comparison, struct json_object *json)
{
	struct side expected = expected_side(comparison), found = found_side(comparison, json);
	long long lost_routes;
	bool good = lines_compare(&expected.lines, &found.lines, show_difference);

	good &= check_lost(json, &lost_routes);
	if (lost_routes) {
		outcome_detail("lost.routes is %lld", lost_routes);
		good = false;
	}
	lines_free(&expected.lines);
	lines_free(&found.lines);
	return good;
}

static bool compare_side_sums(const struct comparison *comparison, struct json_object *json)
{
	struct side expected = expected_side(comparison), found = found_side(comparison, json);
	long long lost_routes;
	bool good = check_lost(json, &lost_routes);
	size_t i;

	for (i = 0; i < NR_FIGURES; i++) {
		if (comparison->unseen & figures[i].bit ||
		    expected.sum.value[i] == found.sum.value[i])
			continue;
		outcome_detail("%s of all routes: expected %lld, found %lld", figures[i].name,
			       expected.sum.value[i], found.sum.value[i]);
		good = false;
	}
	if (found.in_overflow <= 0) {
		outcome_detail("no row stands for the routes that had no room");
		good = false;
	}
	if (lost_routes <= 0) {
		outcome_detail("lost.routes is not above 0");
		good = false;
	}
	lines_free(&expected.lines);
	lines_free(&found.lines);
	return good;
}

/* What the tracer admits to have lost, of every kind. */
static long long admitted_losses(struct json_object *json)
{
	struct json_object *lost;
	long long sum = 0, count;

	if (!json_object_object_get_ex(json, "lost", &lost))
		return 0;
	json_object_object_foreach(lost, name, value)
	{
		(void)value;
		/* It is a part of missed_at_most. */
		if (strcmp(name, "missed") && json_is_number(lost, name, &count))
			sum += count;
	}
	return sum;
}

static bool compare_side_shortfall(const struct comparison *comparison, struct json_object *json)
{
	struct side expected = expected_side(comparison), found = found_side(comparison, json);
	long long shortfall = 0, total = 0, admitted = admitted_losses(json);
	bool good = true;
	size_t i;

	for (i = 0; i < NR_FIGURES; i++) {
		long long differs = expected.sum.value[i] - found.sum.value[i];

		total += expected.sum.value[i];
		shortfall += differs;
		if (differs < 0) {
			outcome_detail("%s: %lld too many", figures[i].name, -differs);
			good = false;
		}
	}
	if (shortfall > admitted ||
	    (comparison->per_miss ? shortfall * comparison->per_miss > total : shortfall != 1)) {
		outcome_detail("%lld of %lld are missing, %lld admitted", shortfall, total,
			       admitted);
		good = false;
	}
	lines_free(&expected.lines);
	lines_free(&found.lines);
	return good;
}

static bool compare_with(const struct comparison *comparison,
			 bool (*compare)(const struct comparison *comparison,
					 struct json_object *json))
{
	struct json_object *json = json_parse(comparison->json);
	bool good = false;

	if (json)
		good = compare(comparison, json);
	else
		outcome_detail("this is no JSON object:");
	if (!good)
		show_json(comparison->json);
	json_object_put(json);
	return good;
}

bool compare_exactly(const struct comparison *comparison)
{
	return compare_with(comparison, compare_sides);
}

bool compare_with_misses(const struct comparison *comparison)
{
	return compare_with(comparison, compare_side_shortfall);
}

bool compare_sums(const struct comparison *comparison)
{
	return compare_with(comparison, compare_side_sums);
}
