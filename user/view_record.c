// SPDX-License-Identifier: GPL-2.0-only
#include "view_record.h"

#include "changes.h"
#include "json.h"
#include "view_json_part.h"

/* ---- The first line ---- */

static void add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

/* Null if there was none. */
static struct json_object *words_array(const char *const *words, size_t nr)
{
	struct json_object *array = words ? json_object_new_array_ext(nr) : NULL;
	size_t i;

	for (i = 0; words && i < nr; i++)
		json_object_array_add(array, json_object_new_string(words[i]));
	return array;
}

static struct json_object *clock_object(const struct recording_header *header)
{
	struct json_object *object = json_object_new_object();

	add(object, "realtime_ns", json_object_new_int64(header->realtime_ns));
	add(object, "monotonic_ns", json_object_new_int64(header->monotonic_ns));
	return object;
}

static struct json_object *sysctl_object(const struct recording_netns *netns)
{
	struct json_object *object = json_object_new_object();

	add(object, "ip_local_port_range",
	    netns->range_low == NOT_KNOWN ? NULL : json_range(netns->range_low, netns->range_high));
	/* Empty is not the same as not known. */
	add(object, "ip_local_reserved_ports",
	    netns->reserved ? json_object_new_string(netns->reserved) : NULL);
	add(object, "tcp_tw_reuse", json_number(netns->tw_reuse));
	add(object, "tcp_tw_reuse_delay", json_number(netns->tw_reuse_delay_ms));
	add(object, "tcp_max_tw_buckets", json_number(netns->max_tw_buckets));
	add(object, "tcp_timestamps", json_number(netns->timestamps));
	add(object, "tcp_fin_timeout", json_number(netns->fin_timeout_s));
	return object;
}

static struct json_object *netns_array(const struct recording_header *header)
{
	struct json_object *array = json_object_new_array_ext(header->nr_netns);
	struct json_object *object;
	size_t i;

	for (i = 0; i < header->nr_netns; i++) {
		object = json_object_new_object();
		add(object, "inum", json_number(header->netns[i].inum));
		add(object, "name", json_text(header->netns[i].name));
		add(object, "sysctl", sysctl_object(&header->netns[i]));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *filter_object(const struct recording_filter *filter)
{
	struct json_object *object = json_object_new_object();

	add(object, "netns", json_text(filter->netns));
	add(object, "src", json_text(filter->src));
	add(object, "dst", json_text(filter->dst));
	add(object, "dport", json_text(filter->dport));
	add(object, "sport", json_text(filter->sport));
	add(object, "pid", json_text(filter->pid));
	add(object, "comm", json_text(filter->comm));
	add(object, "cgroup", json_text(filter->cgroup));
	add(object, "family", json_text(filter->family));
	add(object, "proto", json_text(filter->proto));
	return object;
}

void view_record_header(FILE *out, const struct recording_header *header)
{
	struct json_object *object = json_object_new_object();

	add(object, "recording", json_object_new_int64(RECORDING_VERSION));
	add(object, "porttrace", json_text(header->porttrace));
	add(object, "time", json_time(&header->wall));
	add(object, "host", json_text(header->host));
	add(object, "kernel", json_text(header->kernel));
	add(object, "probe", json_text(header->probe));
	add(object, "command", words_array(header->command, header->nr_words));
	add(object, "interval_s", json_decimal(header->interval_s, 3));
	add(object, "clock", clock_object(header));
	add(object, "netns", netns_array(header));
	add(object, "filter", filter_object(&header->filter));
	json_put(out, object);
	fputc('\n', out);
}

/* ---- Snapshots ---- */

/* The elements of an array, as they come. */
struct list {
	FILE *out;
	bool has_one;
};

static void put_element(struct list *list, struct json_object *value)
{
	fputs(list->has_one ? "," : "", list->out);
	list->has_one = true;
	json_put(list->out, value);
}

static void put_netns(FILE *out, const struct changes *changes)
{
	const struct snapshot *now = changes->now;
	struct list list = { .out = out };
	size_t i;

	fputs(",\"netns\":[", out);
	for (i = 0; i < now->nr_netns; i++)
		if (!changes->before || changes_netns(changes, &now->netns[i]))
			put_element(&list, view_json_netns(now, &now->netns[i]));
	fputc(']', out);
}

static void put_routes(FILE *out, const struct changes *changes)
{
	const struct snapshot *now = changes->now;
	struct list list = { .out = out };
	size_t i;

	fputs(",\"routes\":[", out);
	for (i = 0; i < now->nr_routes; i++)
		if (!changes->before || changes_route(changes, &now->routes[i]))
			put_element(&list, view_json_route(now, &now->routes[i]));
	fputc(']', out);
}

static void put_failures(FILE *out, const struct changes *changes)
{
	const struct snapshot *now = changes->now;
	struct list list = { .out = out };
	size_t i;

	fputs(",\"failures_by_route\":[", out);
	for (i = 0; i < now->nr_failures; i++)
		if (!changes->before || changes_failure(changes, &now->failures[i]))
			put_element(&list, view_json_failure(now, &now->failures[i]));
	fputc(']', out);
}

static void put_gone_netns(FILE *out, const struct changes *changes)
{
	const struct snapshot *before = changes->before;
	struct list list = { .out = out };
	size_t i;

	fputs("\"netns\":[", out);
	for (i = 0; i < before->nr_netns; i++)
		if (!snapshot_find_netns(changes->now, before->netns[i].inum))
			put_element(&list, json_object_new_int64(before->netns[i].inum));
	fputc(']', out);
}

static void put_gone_routes(FILE *out, const struct changes *changes)
{
	const struct snapshot *before = changes->before;
	struct list list = { .out = out };
	size_t i;

	fputs(",\"routes\":[", out);
	for (i = 0; i < before->nr_routes; i++)
		if (!snapshot_find_route(changes->now, &before->routes[i].key))
			put_element(&list, view_json_gone_route(&before->routes[i]));
	fputc(']', out);
}

static void put_gone_failures(FILE *out, const struct changes *changes)
{
	const struct snapshot *before = changes->before;
	struct list list = { .out = out };
	size_t i;

	fputs(",\"failures_by_route\":[", out);
	for (i = 0; i < before->nr_failures; i++)
		if (!snapshot_find_failure(changes->now, &before->failures[i].key))
			put_element(&list, view_json_gone_failure(&before->failures[i]));
	fputc(']', out);
}

int view_record_snapshot(FILE *out, const struct snapshot *snapshot, uint64_t number,
			 const struct snapshot *before)
{
	const struct changes changes = { .now = snapshot, .before = before };
	int err;

	view_json_begin(out, snapshot);
	fprintf(out, ",\"number\":%llu", (unsigned long long)number);
	if (before) {
		fprintf(out, ",\"since\":%llu,\"gone\":{", (unsigned long long)number - 1);
		put_gone_netns(out, &changes);
		put_gone_routes(out, &changes);
		put_gone_failures(out, &changes);
		fputc('}', out);
	}
	put_netns(out, &changes);
	put_routes(out, &changes);
	err = view_json_sums(out, snapshot);
	put_failures(out, &changes);
	view_json_end(out, snapshot);
	return err;
}
