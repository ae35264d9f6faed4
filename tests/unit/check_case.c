// SPDX-License-Identifier: GPL-2.0-only
#include "check_case.h"

#include <netinet/in.h>
#include <string.h>

static struct host_netns *add_settings(struct host *host, uint32_t inum, int32_t low, int32_t high)
{
	struct host_netns *settings = host_add_netns(host, inum);

	assert_non_null(settings);
	settings->range_low = low;
	settings->range_high = high;
	settings->settings[SETTING_TCP_TW_REUSE] = 2;
	settings->settings[SETTING_TCP_MAX_TW_BUCKETS] = 131072;
	settings->settings[SETTING_TCP_FIN_TIMEOUT] = 60;
	settings->settings[SETTING_SOMAXCONN] = 4096;
	settings->settings[SETTING_UNPRIVILEGED_PORT_START] = 1024;
	settings->time_wait_overflows = 0;
	return settings;
}

struct check_case case_begin(int32_t low, int32_t high)
{
	struct check_case c = { .now = new_census(1000), .host = host_new() };

	assert_non_null(c.host);
	c.netns = add_netns(c.now, CASE_NETNS, low, high);
	c.netns->tw_reuse = 2;
	c.netns->tw_reuse_delay_ms = 1000;
	c.netns->tcp_timestamps = 1;
	c.netns->time_wait = 0;
	c.netns->time_wait_max = 131072;
	strcpy(c.now->kernel, "6.18.1");
	c.host->own_inum = c.host->files_inum = CASE_NETNS;
	c.host->init_inum = CASE_INIT;
	add_settings(c.host, CASE_INIT, low, high);
	c.settings = add_settings(c.host, CASE_NETNS, low, high);
	return c;
}

void case_end(struct check_case *c)
{
	findings_free(c->findings);
	snapshot_free(c->now);
	snapshot_free(c->before);
	host_free(c->host);
	host_free(c->host_before);
}

void case_add_owner(struct check_case *c, struct route_key key, uint32_t pid, const char *comm,
		    int64_t sockets)
{
	const struct process_key process = { .pid = pid };
	struct owner *owner = snapshot_add_owner(c->now);
	struct owner_process *row;

	assert_non_null(owner);
	owner->key.route = key;
	owner->key.process = process;
	owner->sockets = sockets;
	row = snapshot_add_process(c->now);
	assert_non_null(row);
	row->key = process;
	strcpy(row->comm, comm);
}

void case_add_listener(struct check_case *c, uint16_t port, uint32_t pid, const char *comm)
{
	struct listener *listener = host_add_listener(c->settings, IPPROTO_TCP, port);

	assert_non_null(listener);
	listener->pid = pid;
	strcpy(listener->comm, comm);
}

void case_run(struct check_case *c)
{
	struct check_facts facts;

	if (c->before)
		compute(c->before, NULL);
	compute(c->now, c->before);
	snapshot_set_rates(c->now, c->before);
	host_sort(c->host);
	if (c->host_before)
		host_sort(c->host_before);
	facts = (struct check_facts){
		.now = c->now, .before = c->before, .host = c->host, .host_before = c->host_before
	};
	assert_int_equal(check_run(&facts, &c->findings), 0);
}

const struct finding *case_find(const struct check_case *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->findings->nr; i++)
		if (!strcmp(c->findings->list[i].id, id))
			return &c->findings->list[i];
	return NULL;
}

void assert_finding(const struct check_case *c, const char *id, enum severity severity,
		    const char *title)
{
	const struct finding *finding = case_find(c, id);

	if (!finding)
		fail_msg("there is no %s", id);
	assert_string_equal(finding->title, title);
	assert_string_equal(severity_name(finding->severity), severity_name(severity));
	assert_true(strlen(finding->fact) > 20);
}

void assert_no_finding(const struct check_case *c, const char *id)
{
	const struct finding *finding = case_find(c, id);

	if (finding)
		fail_msg("%s: %s", id, finding->title);
}

void assert_setting(const struct check_case *c, const char *id, const char *key,
		    const char *value)
{
	const struct finding *finding = case_find(c, id);
	size_t i;

	assert_non_null(finding);
	for (i = 0; i < finding->nr_settings; i++)
		if (!strcmp(finding->settings[i].key, key)) {
			assert_string_equal(finding->settings[i].value, value);
			return;
		}
	fail_msg("%s does not set %s", id, key);
}

static bool has_fix(const struct finding *finding, const char *text)
{
	size_t i;

	for (i = 0; i < finding->nr_fixes; i++)
		if (strstr(finding->fixes[i], text))
			return true;
	return false;
}

void assert_fix(const struct check_case *c, const char *id, const char *text)
{
	const struct finding *finding = case_find(c, id);

	assert_non_null(finding);
	if (!has_fix(finding, text))
		fail_msg("no fix of %s says '%s'; the first is '%s'", id, text,
			 finding->nr_fixes ? finding->fixes[0] : "");
}

void assert_no_fix(const struct check_case *c, const char *id, const char *text)
{
	const struct finding *finding = case_find(c, id);

	assert_non_null(finding);
	if (has_fix(finding, text))
		fail_msg("a fix of %s says '%s'", id, text);
}
