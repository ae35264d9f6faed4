// SPDX-License-Identifier: GPL-2.0-only
#include "recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "json.h"

#define LINE_BYTES (16 << 20)

/* What tells a route from others, as text; overwritten by the next call. */
static const char *route_key(struct json_object *route)
{
	static const char *const names[] = { "netns", "proto", "src", "dst", "dport" };
	static char key[256];
	size_t i, length = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		length += snprintf(key + length, sizeof(key) - length, "%s ",
				   json_text_of(route, names[i]));
	return key;
}

/* The same of a namespace; where it is gone, there is no more than its number. */
static const char *netns_key(struct json_object *netns)
{
	if (json_object_is_type(netns, json_type_object))
		return json_text_of(netns, "inum");
	return json_object_get_string(netns);
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, name, &value);
	return value;
}

static void note_most(struct recorded *recorded, struct json_object *route)
{
	struct json_object *before = member(recorded->most, route_key(route));
	long long used = json_number_of(route, "used");

	if (!before || json_object_get_int64(before) < used)
		json_object_object_add(recorded->most, route_key(route), json_object_new_int64(used));
}

/* Takes the rows of a line over into those by key, and puts all of them into the line instead. */
static void take_rows(struct json_object *line, const char *name, struct json_object *rows,
		      const char *(*key_of)(struct json_object *row))
{
	struct json_object *changed = member(line, name), *all = json_object_new_array(), *gone;
	size_t i;

	json_object_object_get_ex(member(line, "gone"), name, &gone);
	for (i = 0; gone && i < json_object_array_length(gone); i++)
		json_object_object_del(rows, key_of(json_object_array_get_idx(gone, i)));
	for (i = 0; i < json_object_array_length(changed); i++) {
		struct json_object *row = json_object_array_get_idx(changed, i);

		json_object_object_add(rows, key_of(row), json_object_get(row));
	}
	json_object_object_foreach(rows, key, row)
	{
		(void)key;
		json_object_array_add(all, json_object_get(row));
	}
	json_object_object_add(line, name, all);
}

static void forget_rows(struct json_object **rows)
{
	json_object_put(*rows);
	*rows = json_object_new_object();
}

static void take_snapshot(struct recorded *recorded, struct json_object *line)
{
	if (!member(line, "since")) {
		forget_rows(&recorded->netns);
		forget_rows(&recorded->routes);
	}
	take_rows(line, "netns", recorded->netns, netns_key);
	take_rows(line, "routes", recorded->routes, route_key);
	json_object_object_foreach(recorded->routes, key, route)
	{
		(void)key;
		note_most(recorded, route);
	}
	json_object_put(recorded->last);
	recorded->last = json_object_get(line);
	recorded->nr_snapshots++;
}

/* False: it is no line of a recording, at this place. */
static bool take_line(struct recorded *recorded, const char *text)
{
	struct json_object *line = json_parse(text);
	bool good = line;

	if (good && !recorded->header) {
		good = json_number_of(line, "recording") == 1;
		recorded->header = json_object_get(line);
	} else if (good && member(line, "event")) {
		trace_take_line(text, &recorded->events);
	} else if (good) {
		long long since = json_number_of(line, "since");

		good = json_number_of(line, "number") == (long long)recorded->nr_snapshots + 1 &&
		       (since < 0 || since == (long long)recorded->nr_snapshots);
		if (good)
			take_snapshot(recorded, line);
	}
	json_object_put(line);
	return good;
}

static bool read_lines(struct recorded *recorded, gzFile file, char *ret_why, int size)
{
	char *line = malloc(LINE_BYTES);
	unsigned long number = 0;
	bool good = line;
	int err;

	while (good && gzgets(file, line, LINE_BYTES)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		good = take_line(recorded, line);
	}
	if (!good)
		snprintf(ret_why, size, "line %lu is none of a recording: %.200s", number, line);
	else if (gzerror(file, &err), err < 0 || !gzeof(file)) {
		snprintf(ret_why, size, "after line %lu: %s", number, gzerror(file, &err));
		good = false;
	}
	free(line);
	return good;
}

bool recorded_read(const char *path, struct recorded *ret_recorded, char *ret_why, int size)
{
	gzFile file = gzopen(path, "r");
	bool good;

	*ret_recorded = (struct recorded){ .netns = json_object_new_object(),
					   .routes = json_object_new_object(),
					   .most = json_object_new_object() };
	if (!file) {
		snprintf(ret_why, size, "cannot open %s", path);
		return false;
	}
	good = read_lines(ret_recorded, file, ret_why, size);
	gzclose(file);
	if (good && !ret_recorded->last) {
		snprintf(ret_why, size, "there is no snapshot");
		return false;
	}
	return good && trace_is_sound(&ret_recorded->events, ret_why, size);
}

void recorded_free(struct recorded *recorded)
{
	json_object_put(recorded->header);
	json_object_put(recorded->last);
	json_object_put(recorded->netns);
	json_object_put(recorded->routes);
	json_object_put(recorded->most);
	trace_done(&recorded->events);
}

long long recorded_most_used(const struct recorded *recorded, unsigned long netns,
			     unsigned int dport)
{
	long long most = -1;

	json_object_object_foreach(recorded->most, key, used)
	{
		unsigned int its_port;
		unsigned long its_netns;

		if (sscanf(key, "%lu %*s %*s %*s %u", &its_netns, &its_port) == 2 &&
		    its_netns == netns && its_port == dport)
			most = json_object_get_int64(used);
	}
	return most;
}
