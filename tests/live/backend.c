// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "child.h"
#include "json.h"
#include "text.h"

#define LIMIT_MS 60000

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !member)
		return "";
	return json_object_get_string(member);
}

static bool is_refused(struct json_object *backend)
{
	struct json_object *usable;

	return json_object_object_get_ex(backend, "usable", &usable) &&
	       json_object_is_type(usable, json_type_boolean) && !json_object_get_boolean(usable);
}

/* What `porttrace probes` prints; NULL: no JSON object. */
static struct json_object *read_probes(const char *porttrace)
{
	const char *const argv[] = { porttrace, "probes", "--json", NULL };
	struct child *child = child_start(argv);
	struct json_object *json = NULL;
	struct text text = {};

	if (child && !text_read_all(&text, child->out, LIMIT_MS) && text.used)
		json = json_parse(text.bytes);
	text_free(&text);
	child_free(child);
	return json;
}

/*
 * What it says of one back-end; NULL: nothing. It is asked once, of the one porttrace that there
 * is: it loads every back-end, which takes an emulated processor eight seconds.
 */
static struct json_object *find(const char *porttrace, const char *probe)
{
	static struct json_object *probes;
	struct json_object *backends;
	size_t i;

	if (!probes)
		probes = read_probes(porttrace);
	if (!probes || !json_object_object_get_ex(probes, "backends", &backends) ||
	    !json_object_is_type(backends, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(backends); i++) {
		struct json_object *backend = json_object_array_get_idx(backends, i);

		if (!strcmp(text_of(backend, "name"), probe))
			return backend;
	}
	return NULL;
}

bool backend_is_usable(const char *porttrace, const char *probe, char *ret_why, int size)
{
	struct json_object *backend = find(porttrace, probe);

	if (!backend || !is_refused(backend))
		return true;
	snprintf(ret_why, size, "%s", text_of(backend, "reason"));
	return false;
}

bool backend_has_limit(const char *porttrace, const char *probe, const char *word)
{
	struct json_object *backend = find(porttrace, probe), *limits;

	return backend && json_object_object_get_ex(backend, "limits", &limits) &&
	       strstr(json_object_get_string(limits), word);
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

bool backend_may_miss(const char *probe)
{
	struct utsname names;

	/* No task is preempted in a kprobe; in a tracepoint since 7.0 (see bpf/twins.bpf.h). */
	if (!strcmp(probe, "kprobe") || uname(&names))
		return false;
	if (!strcmp(probe, "tracepoint") && strtol(names.release, NULL, 10) < 7)
		return false;
	return backend_can_be_preempted();
}
