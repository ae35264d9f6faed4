// SPDX-License-Identifier: GPL-2.0-only
#include "census_compare.h"

#include <stdio.h>
#include <string.h>

#include "headroom_compare.h"
#include "json.h"
#include "lines.h"
#include "outcome.h"

#define MAX_SHOWN 12

/* The text after the line "WORD STEP", or NULL. */
static const char *part_of(const char *said, const char *word, unsigned int step)
{
	char line[LINE_SIZE], wanted[64];

	snprintf(wanted, sizeof(wanted), "%s %u", word, step);
	while (said) {
		said = lines_next(said, line);
		if (!strcmp(line, wanted))
			return said;
	}
	return NULL;
}

/* 0: the step is about none. */
static unsigned long netns_of(const char *said, unsigned int step)
{
	const char *section = part_of(said, "section", step);
	unsigned long netns = 0;

	if (section)
		sscanf(section, "netns %lu", &netns);
	return netns;
}

/* ---- Namespaces that are gone ---- */

struct gone {
	int low, high;	 /* the range that it had */
	bool is_another; /* which has got its number, and has another range */
	bool is_shown;
};

static void note_netns(struct json_object *netns, void *arg)
{
	struct json_object *range = NULL;
	struct gone *gone = arg;

	gone->is_shown = true;
	json_object_object_get_ex(netns, "range", &range);
	if (json_object_is_type(range, json_type_array) && json_object_array_length(range) == 2)
		gone->is_another =
			json_object_get_int(json_object_array_get_idx(range, 0)) != gone->low ||
			json_object_get_int(json_object_array_get_idx(range, 1)) != gone->high;
}

static void note_row(struct json_object *row, void *arg)
{
	struct gone *gone = arg;

	(void)row;
	gone->is_shown = true;
}

static bool is_shown(struct json_object *json, unsigned long netns, struct gone *gone)
{
	json_each_of_netns(json, "netns", "inum", netns, note_netns, gone);
	json_each_of_netns(json, "routes", "netns", netns, note_row, gone);
	json_each_of_netns(json, "failures", "netns", netns, note_row, gone);
	return gone->is_shown && !gone->is_another;
}

/* One that is still shown, or 0. */
static unsigned long not_gone(const char *said, unsigned int step, struct json_object *json)
{
	char line[LINE_SIZE];
	unsigned long netns;
	unsigned int of;

	while (said) {
		struct gone gone = {};

		said = lines_next(said, line);
		if (sscanf(line, "gone %u %lu %d-%d", &of, &netns, &gone.low, &gone.high) == 4 &&
		    of == step && is_shown(json, netns, &gone))
			return netns;
	}
	return 0;
}

static void note_uncounted(struct json_object *route, void *arg)
{
	const char *occupancy = json_text_of(route, "occupancy");
	bool *found = arg;

	*found |= !strcmp(occupancy, "incomplete") || !strcmp(occupancy, "carried");
}

bool census_is_settled(const char *said, unsigned int step, struct json_object *json)
{
	bool is_uncounted = false;

	json_each_of_netns(json, "routes", "netns", netns_of(said, step), note_uncounted,
			   &is_uncounted);
	return !is_uncounted && !not_gone(said, step, json);
}

/* ---- The number of rows ---- */

static void show_row(struct json_object *row, void *arg)
{
	unsigned int *nr = arg;

	if (++*nr > MAX_SHOWN)
		return;
	outcome_detail("row: %s %s %s %s used=%s", json_text_of(row, "proto"),
		       json_text_of(row, "src"), json_text_of(row, "dst"),
		       json_text_of(row, "dport"), json_text_of(row, "used"));
}

static void count_row(struct json_object *row, void *arg)
{
	unsigned int *nr = arg;

	(void)row;
	++*nr;
}

static bool has_right_rows(const char *said, unsigned int step, struct json_object *json)
{
	unsigned int of, expected, found = 0;
	unsigned long netns;
	char line[LINE_SIZE];

	while (said) {
		said = lines_next(said, line);
		if (sscanf(line, "rows %u %lu %u", &of, &netns, &expected) != 3 || of != step)
			continue;
		json_each_of_netns(json, "routes", "netns", netns, count_row, &found);
		if (found == expected)
			return true;
		outcome_detail("%u rows, %u expected", found, expected);
		found = 0;
		json_each_of_netns(json, "routes", "netns", netns, show_row, &found);
		return false;
	}
	return true;
}

/* ---- Owners ---- */

static void expected_owners(const char *part, struct lines *ret_lines)
{
	char line[LINE_SIZE];

	while (part) {
		part = lines_next(part, line);
		if (strncmp(line, "owner ", strlen("owner ")))
			return;
		lines_add(ret_lines, "%s", line);
	}
}

static void add_owners(struct json_object *route, void *arg)
{
	struct json_object *owners = NULL;
	struct lines *found = arg;
	size_t i, nr;

	json_object_object_get_ex(route, "owners", &owners);
	nr = json_object_is_type(owners, json_type_array) ? json_object_array_length(owners) : 0;
	for (i = 0; i < nr; i++) {
		struct json_object *owner = json_object_array_get_idx(owners, i);

		lines_add(found, "owner %s %s %s %s pid=%s sockets=%s time_waits=%s comm=%s",
			  json_text_of(route, "proto"), json_text_of(route, "src"),
			  json_text_of(route, "dst"), json_text_of(route, "dport"),
			  json_text_of(owner, "pid"), json_text_of(owner, "sockets"),
			  json_text_of(owner, "time_waits"), json_text_of(owner, "comm"));
	}
}

static void show_difference(const char *prefix, const char *line)
{
	outcome_detail("%s %s", prefix, line);
}

static bool has_right_owners(const char *said, unsigned int step, struct json_object *json)
{
	const char *part = part_of(said, "owners", step);
	struct lines expected = {}, found = {};
	bool good;

	if (!part)
		return true;
	expected_owners(part, &expected);
	json_each_of_netns(json, "routes", "netns", netns_of(said, step), add_owners, &found);
	lines_sort(&expected);
	lines_sort(&found);
	good = lines_compare(&expected, &found, show_difference);
	lines_free(&expected);
	lines_free(&found);
	return good;
}

/* ---- All of it ---- */

bool census_compare(const char *said, unsigned int step, struct json_object *json)
{
	unsigned long netns = not_gone(said, step, json);
	char section[32];
	bool good = !netns;

	if (netns)
		outcome_detail("namespace %lu is gone, and is still shown", netns);
	snprintf(section, sizeof(section), "section %u", step);
	good &= headroom_compare(said, section, json);
	good &= has_right_rows(said, step, json);
	good &= has_right_owners(said, step, json);
	return good;
}
