/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of `porttrace top --json`, read. */
#ifndef LIVE_JSON_H
#define LIVE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>

/* NULL when it is not one JSON object. The caller gives it back with json_object_put(). */
struct json_object *json_parse(const char *text);

/* A string, a number, "-" for null, or "missing". Valid as long as the object is. */
const char *json_text_of(struct json_object *object, const char *name);

/* False: there is no such number. */
bool json_is_number(struct json_object *object, const char *name, long long *ret_value);

/* -1: there is no such number. */
long long json_number_of(struct json_object *object, const char *name);

/* Calls visit for each object of the array whose member of that name is the namespace's number. */
void json_each_of_netns(struct json_object *json, const char *array, const char *netns_member,
			unsigned long netns, void (*visit)(struct json_object *object, void *arg),
			void *arg);

#endif
