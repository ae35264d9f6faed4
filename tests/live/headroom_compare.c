// SPDX-License-Identifier: GPL-2.0-only
#include "headroom_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "json.h"
#include "lines.h"
#include "outcome.h"

static bool begins_with(const char *line, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(line, word, length) && (line[length] == ' ' || !line[length]);
}

/* ---- The objects that lines are about ---- */

struct search {
	char name[LINE_SIZE + 1]; /* of a route: "route tcp SRC DST DPORT " */
	struct json_object *found;
};

static void take_route(struct json_object *route, void *arg)
{
	struct search *search = arg;
	char name[LINE_SIZE];

	snprintf(name, sizeof(name), "route %s %s %s %s ", json_text_of(route, "proto"),
		 json_text_of(route, "src"), json_text_of(route, "dst"),
		 json_text_of(route, "dport"));
	if (!strncmp(search->name, name, strlen(name)))
		search->found = route;
}

static void take_any(struct json_object *netns, void *arg)
{
	struct search *search = arg;

	search->found = netns;
}

static struct json_object *find_route(struct json_object *json, unsigned long netns,
				      const char *line)
{
	struct search search = {};

	snprintf(search.name, sizeof(search.name), "%s ", line);
	json_each_of_netns(json, "routes", "netns", netns, take_route, &search);
	return search.found;
}

static struct json_object *find_netns(struct json_object *json, unsigned long netns)
{
	struct search search = {};

	json_each_of_netns(json, "netns", "inum", netns, take_any, &search);
	return search.found;
}

/* "30000-30039": a member that is an array of numbers. */
static void print_value(struct json_object *object, const char *name, char *text, int size)
{
	struct json_object *member;
	size_t i, nr;
	int used = 0;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_array)) {
		snprintf(text, size, "%s", json_text_of(object, name));
		return;
	}
	nr = json_object_array_length(member);
	text[0] = '\0';
	for (i = 0; i < nr && used < size; i++)
		used += snprintf(text + used, size - used, "%s%s", i ? "-" : "",
				 json_object_get_string(json_object_array_get_idx(member, i)));
}

static struct json_object *own_ranges_of(struct json_object *route)
{
	struct json_object *list = NULL;

	json_object_object_get_ex(route, "own_ranges", &list);
	return json_object_is_type(list, json_type_array) ? list : NULL;
}

/* line: "own LOW-HIGH ..." */
static struct json_object *find_own_range(struct json_object *route, const char *line)
{
	struct json_object *list = own_ranges_of(route);
	size_t nr = list ? json_object_array_length(list) : 0, i;
	char text[64], start[80];

	for (i = 0; i < nr; i++) {
		struct json_object *own = json_object_array_get_idx(list, i);

		print_value(own, "range", text, sizeof(text));
		snprintf(start, sizeof(start), "own %s ", text);
		if (!strncmp(line, start, strlen(start)))
			return own;
	}
	return NULL;
}

/* ---- Figures ---- */

/* Of a section of the report with a line. */
struct comparison {
	const char *section;
	struct json_object *json;
	unsigned long netns;
	struct json_object *route;
	unsigned int nr_own_ranges;
};

/* As text, or as numbers: 0 is 0.0. */
static bool are_equal(const char *found, const char *expected)
{
	char *found_end, *expected_end;
	double left = strtod(found, &found_end), right = strtod(expected, &expected_end);

	if (!strcmp(found, expected))
		return true;
	return found_end > found && !*found_end && expected_end > expected && !*expected_end &&
	       left == right;
}

/*
 * Calls that were made while a program of porttrace was interrupted or preempted on that CPU. Old
 * kernels do not tell.
 */
static bool admits_misses(struct json_object *json)
{
	struct json_object *lost;
	long long missed;

	if (!json_object_object_get_ex(json, "lost", &lost))
		return false;
	if (!json_is_number(lost, "missed_at_most", &missed))
		return backend_can_be_preempted();
	return missed > 0;
}

/* expected: a value, or "LOW..HIGH", which is HIGH if nothing was missed. */
static bool is_as_expected(const char *found, const char *expected, struct json_object *json)
{
	const char *high = strstr(expected, "..");
	long value = strtol(found, NULL, 10);

	if (!high)
		return are_equal(found, expected);
	high += strlen("..");
	return are_equal(found, high) ||
	       (admits_misses(json) && value >= atol(expected) && value < atol(high));
}

/* Each NAME=VALUE of the line. */
static bool compare_figures(const struct comparison *comparison, char *line,
			    struct json_object *object)
{
	char *rest = line, *word, *value, found[64];
	char what[48];
	bool good = true;

	snprintf(what, sizeof(what), "%.*s", (int)strcspn(line, " "), line);
	while ((word = strsep(&rest, " "))) {
		value = strchr(word, '=');
		if (!value)
			continue;
		*value++ = '\0';
		print_value(object, word, found, sizeof(found));
		if (is_as_expected(found, value, comparison->json))
			continue;
		outcome_detail("%s: %s of the %s is %s, not %s", comparison->section, word, what,
			       found, value);
		good = false;
	}
	return good;
}

static bool is_right_number_of_own_ranges(const char *section, struct json_object *route,
					  unsigned int expected)
{
	struct json_object *list = own_ranges_of(route);
	unsigned int found = list ? json_object_array_length(list) : 0;

	if (list && found == expected)
		return true;
	outcome_detail("%s: own_ranges %s, %u expected", section,
		       list ? json_object_to_json_string(list) : "is missing", expected);
	return false;
}

/* Each TIME_WAIT is somewhere by what is left of it. */
static bool are_all_time_waits_there(const char *section, struct json_object *route)
{
	long long expected = json_number_of(route, "time_wait"), found = 0;
	struct json_object *left = NULL;
	size_t i;

	json_object_object_get_ex(route, "time_wait_left", &left);
	if (!json_object_is_type(left, json_type_array))
		return !strcmp(json_text_of(route, "proto"), "udp");
	for (i = 0; i < json_object_array_length(left); i++)
		found += json_object_get_int64(json_object_array_get_idx(left, i));
	if (found == expected)
		return true;
	outcome_detail("%s: time_wait_left %s, time_wait %lld", section,
		       json_object_to_json_string(left), expected);
	return false;
}

/* ---- A section of the report ---- */

static struct json_object *object_of(struct comparison *comparison, const char *line)
{
	if (sscanf(line, "netns %lu", &comparison->netns) == 1)
		return find_netns(comparison->json, comparison->netns);
	if (begins_with(line, "own")) {
		comparison->nr_own_ranges++;
		return find_own_range(comparison->route, line);
	}
	comparison->route = find_route(comparison->json, comparison->netns, line);
	return comparison->route;
}

static bool compare_line(struct comparison *comparison, char *line)
{
	struct json_object *object = object_of(comparison, line);

	if (object && object == comparison->route &&
	    !are_all_time_waits_there(comparison->section, object))
		return false;
	if (object)
		return compare_figures(comparison, line, object);
	outcome_detail("%s: there is no %s", comparison->section, line);
	return false;
}

static bool is_about_an_object(const char *line)
{
	return begins_with(line, "netns") || begins_with(line, "route") || begins_with(line, "own");
}

static void show_json(const char *section, struct json_object *json, struct json_object *route)
{
	outcome_detail("%s: lost %s", section, json_text_of(json, "lost"));
	if (route)
		outcome_detail("%s: %s", section, json_object_to_json_string(route));
}

bool headroom_compare(const char *said, const char *section, struct json_object *json)
{
	struct comparison comparison = { .section = section, .json = json };
	bool is_in_section = false, good = true;
	char line[LINE_SIZE];

	while (said) {
		said = lines_next(said, line);
		if (!strcmp(line, section))
			is_in_section = true;
		else if (!is_about_an_object(line))
			is_in_section = false;
		else if (is_in_section)
			good &= compare_line(&comparison, line);
	}
	if (comparison.route)
		good &= is_right_number_of_own_ranges(section, comparison.route,
						      comparison.nr_own_ranges);
	if (!good)
		show_json(section, json, comparison.route);
	return good;
}

bool headroom_is_counted(const char *said, struct json_object *json)
{
	struct json_object *route = NULL;
	unsigned long netns = 0;
	char line[LINE_SIZE];

	while (said && !route) {
		said = lines_next(said, line);
		if (begins_with(line, "route"))
			route = find_route(json, netns, line);
		else
			sscanf(line, "netns %lu", &netns);
	}
	return route && !strcmp(json_text_of(route, "occupancy"), "census");
}

void headroom_show(const char *said, const char *word)
{
	char line[LINE_SIZE];

	while (said) {
		said = lines_next(said, line);
		if (begins_with(line, word))
			outcome_detail("%s", line);
	}
}

void headroom_print(const char *said, const char *word, const char *name)
{
	char line[LINE_SIZE];

	while (said) {
		said = lines_next(said, line);
		if (begins_with(line, word))
			printf("    %s: %s\n", name, line + strlen(word) + 1);
	}
}
