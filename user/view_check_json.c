// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "json.h"
#include "view.h"
#include "view_check.h"

static struct json_object *fixes_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < finding->nr_fixes; i++)
		json_object_array_add(array, json_object_new_string(finding->fixes[i]));
	return array;
}

static struct json_object *settings_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < finding->nr_settings; i++) {
		object = json_object_new_object();
		json_add(object, "key", json_text(finding->settings[i].key));
		json_add(object, "value", json_object_new_string(finding->settings[i].value));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *finding_object(const struct snapshot *now, const struct finding *finding)
{
	const struct netns *netns = snapshot_find_netns(now, finding->netns);
	struct json_object *object = json_object_new_object();

	json_add(object, "id", json_text(finding->id));
	json_add(object, "severity", json_text(severity_name(finding->severity)));
	json_add(object, "netns", finding->netns ? json_number(finding->netns) : NULL);
	json_add(object, "netns_name", json_text(netns ? netns->name : NULL));
	json_add(object, "route", finding->route ? view_json_route_key(&finding->route->key) : NULL);
	json_add(object, "title", json_text(finding->title));
	json_add(object, "detail", json_text(finding->fact));
	json_add(object, "fix", fixes_array(finding));
	json_add(object, "settings", settings_array(finding));
	return object;
}

static const char *status_of(const struct findings *findings)
{
	enum severity severity = findings_severity(findings);

	return severity == SEVERITY_INFO ? "ok" : severity_name(severity);
}

int view_check_json(FILE *out, const struct check_facts *facts, const struct findings *findings)
{
	const struct snapshot *now = facts->now;
	int err;
	size_t i;

	fputs("{\"version\":1,\"time\":", out);
	json_put(out, json_time(&now->wall));
	fputs(",\"host\":", out);
	json_put(out, json_text(now->host));
	fputs(",\"kernel\":", out);
	json_put(out, json_text(now->kernel));
	fprintf(out, ",\"status\":\"%s\",\"findings\":[", status_of(findings));
	for (i = 0; i < findings->nr; i++) {
		fputs(i ? "," : "", out);
		json_put(out, finding_object(now, &findings->list[i]));
	}
	fputs("],\"routes\":[", out);
	err = view_json_routes(out, now);
	fputs("]}\n", out);
	return err;
}
