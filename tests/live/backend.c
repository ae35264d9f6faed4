// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "child.h"
#include "text.h"

#define LIMIT_MS 60000

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !member)
		return "";
	return json_object_get_string(member);
}

static bool is_refused(struct json_object *backend, const char *probe)
{
	struct json_object *usable;

	return !strcmp(text_of(backend, "name"), probe) &&
	       json_object_object_get_ex(backend, "usable", &usable) &&
	       json_object_is_type(usable, json_type_boolean) && !json_object_get_boolean(usable);
}

static bool find_refusal(struct json_object *json, const char *probe, char *ret_why, int size)
{
	struct json_object *backends;
	size_t i;

	if (!json_object_object_get_ex(json, "backends", &backends) ||
	    !json_object_is_type(backends, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(backends); i++) {
		struct json_object *backend = json_object_array_get_idx(backends, i);

		if (is_refused(backend, probe)) {
			snprintf(ret_why, size, "%s", text_of(backend, "reason"));
			return true;
		}
	}
	return false;
}

bool backend_is_usable(const char *porttrace, const char *probe, char *ret_why, int size)
{
	const char *const argv[] = { porttrace, "probes", "--json", NULL };
	struct child *child = child_start(argv);
	struct json_object *json = NULL;
	struct text text = {};
	bool refused;

	if (child && !text_read_all(&text, child->out, LIMIT_MS) && text.used)
		json = json_tokener_parse(text.bytes);
	refused = json_object_is_type(json, json_type_object) &&
		  find_refusal(json, probe, ret_why, size);
	json_object_put(json);
	text_free(&text);
	child_free(child);
	return !refused;
}

bool backend_can_be_preempted(void)
{
	FILE *file = fopen("/sys/kernel/debug/sched/preempt", "re");
	struct utsname names;
	char modes[80] = "";

	if (!file)
		return uname(&names) || strstr(names.version, "PREEMPT");
	if (!fgets(modes, sizeof(modes), file))
		modes[0] = '\0';
	fclose(file);
	return !strstr(modes, "(none)") && !strstr(modes, "(voluntary)");
}
