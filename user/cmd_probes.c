// SPDX-License-Identifier: GPL-2.0-only
/* Which back-ends work on this kernel: each is attached, and let go again. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"

struct result {
	bool usable;
	struct reason why_not;
};

static struct json_object *backend_object(const struct backend *backend,
					  const struct result *result)
{
	struct json_object *object = json_object_new_object();
	struct json_object *limits = json_object_new_array();
	const char *const *limit;

	for (limit = backend->limits; *limit; limit++)
		json_object_array_add(limits, json_object_new_string(*limit));
	json_object_object_add(object, "name", json_object_new_string(backend->name));
	json_object_object_add(object, "usable", json_object_new_boolean(result->usable));
	json_object_object_add(
		object, "reason",
		result->usable ? NULL : json_object_new_string(result->why_not.text));
	json_object_object_add(object, "limits", limits);
	return object;
}

static void print_json(const struct result *results, enum backend_id selected, bool btf,
		       const char *kernel)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	enum backend_id id;

	for (id = 0; id < NR_BACKENDS; id++)
		json_object_array_add(list, backend_object(&backends[id], &results[id]));
	json_object_object_add(object, "selected",
			       selected == NR_BACKENDS ?
				       NULL :
				       json_object_new_string(backends[selected].name));
	json_object_object_add(object, "kernel", json_object_new_string(kernel));
	json_object_object_add(object, "btf", json_object_new_boolean(btf));
	json_object_object_add(object, "backends", list);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_text(const struct result *results, enum backend_id selected, bool btf,
		       const char *kernel)
{
	const char *const *limit;
	enum backend_id id;

	printf("Linux %s, %s BTF\n", kernel, btf ? "with" : "without");
	for (id = 0; id < NR_BACKENDS; id++) {
		printf("%c %-11s %s%s\n", id == selected ? '*' : ' ', backends[id].name,
		       results[id].usable ? "usable" : "not usable: ",
		       results[id].usable ? "" : results[id].why_not.text);
		if (!results[id].usable)
			continue;
		for (limit = backends[id].limits; *limit; limit++)
			printf("    - %s\n", *limit);
	}
}

int cmd_probes(const struct options *options)
{
	struct result results[NR_BACKENDS] = {};
	bool btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	enum backend_id id, selected = NR_BACKENDS;
	struct utsname names = {};
	struct reason reason;

	if (probe_may_trace(&reason)) {
		complain("%s", reason.text);
		return EXIT_FAILED;
	}
	uname(&names);
	for (id = 0; id < NR_BACKENDS; id++) {
		if (options->probe.backend == NR_BACKENDS || options->probe.backend == id)
			results[id].usable =
				!probe_try(&options->probe, id, &results[id].why_not);
		else
			because(&results[id].why_not, 0, "not tried: --probe asks for another");
		if (results[id].usable && selected == NR_BACKENDS)
			selected = id;
	}
	(options->json ? print_json : print_text)(results, selected, btf, names.release);
	return output_status(output_flush());
}
