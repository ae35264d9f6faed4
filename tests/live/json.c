// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

struct json_object *json_parse(const char *text)
{
	struct json_object *json = json_tokener_parse(text);

	if (json_object_is_type(json, json_type_object))
		return json;
	json_object_put(json);
	return NULL;
}

const char *json_text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member))
		return "missing";
	return member ? json_object_get_string(member) : "-";
}

bool json_is_number(struct json_object *object, const char *name, long long *ret_value)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int))
		return false;
	*ret_value = json_object_get_int64(member);
	return true;
}

long long json_number_of(struct json_object *object, const char *name)
{
	long long value = -1;

	json_is_number(object, name, &value);
	return value;
}

void json_each_of_netns(struct json_object *json, const char *array, const char *netns_member,
			unsigned long netns, void (*visit)(struct json_object *object, void *arg),
			void *arg)
{
	struct json_object *list;
	size_t i;

	if (!json_object_object_get_ex(json, array, &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *object = json_object_array_get_idx(list, i);

		if (json_number_of(object, netns_member) == (long long)netns)
			visit(object, arg);
	}
}
