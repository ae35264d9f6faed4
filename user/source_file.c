// SPDX-License-Identifier: GPL-2.0-only
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "recording.h"

struct file {
	struct source source; /* first: a pointer to one is one to the other */
	const struct options *options;
	struct recording *recording;
	char name[96]; /* printable */
};

/* As the views call it: by its name, or by its number if it has none. */
static bool is_called(const struct netns *netns, const char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", netns->inum);
	return !strcmp(netns->name, name) || !strcmp(number, name);
}

/* Of which namespace the rest is (0) nobody knows. */
static bool is_there(const struct snapshot *snapshot, const struct route_key *key)
{
	return !key->netns || snapshot_find_netns(snapshot, key->netns);
}

static void keep_only_netns(struct snapshot *snapshot, const char *name)
{
	size_t i, kept = 0;

	for (i = 0; i < snapshot->nr_netns; i++)
		if (is_called(&snapshot->netns[i], name))
			snapshot->netns[kept++] = snapshot->netns[i];
	snapshot->nr_netns = kept;
	for (i = 0, kept = 0; i < snapshot->nr_routes; i++)
		if (is_there(snapshot, &snapshot->routes[i].key))
			snapshot->routes[kept++] = snapshot->routes[i];
	snapshot->nr_routes = kept;
	for (i = 0, kept = 0; i < snapshot->nr_failures; i++)
		if (is_there(snapshot, &snapshot->failures[i].key.route))
			snapshot->failures[kept++] = snapshot->failures[i];
	snapshot->nr_failures = kept;
}

/*
 * Sums of a namespace are of the routes that are left. Where all are, its rates stay as they are in
 * the line: those of its routes are rounded there.
 */
static int filter(const struct filter *filter, struct snapshot *snapshot)
{
	size_t nr_routes = snapshot->nr_routes;

	if (filter_snapshot(filter, snapshot))
		return -ENOMEM;
	if (snapshot->nr_routes != nr_routes && !isnan(snapshot->period_s))
		snapshot_sum_netns_rates(snapshot);
	return 0;
}

/* Events are for others. */
static int next_snapshot(struct file *file, struct recording_item *ret_item, struct reason *reason)
{
	int err;

	do {
		err = recording_next(file->recording, ret_item, reason);
		if (!err && ret_item->kind == RECORDING_HEADER)
			file->source.pace_s = ret_item->header->interval_s;
	} while (!err && ret_item->kind != RECORDING_SNAPSHOT);
	return err;
}

static int take(struct source *source, const struct snapshot *before, struct snapshot *next,
		struct reason *reason)
{
	struct file *file = (struct file *)source;
	struct recording_item item;
	int err = next_snapshot(file, &item, reason);

	source->is_cut = err == -ENODATA && recording_is_cut(file->recording);
	if (err == -ENODATA && !before)
		return because(reason, -EBADMSG, "there is nothing in %s: not even one snapshot",
			       recording_name(file->recording));
	if (err)
		return err;
	if (snapshot_assign(next, item.snapshot))
		return because(reason, -ENOMEM, "out of memory");
	if (file->options->netns)
		keep_only_netns(next, file->options->netns);
	if (filter(&file->options->filter, next))
		return because(reason, -ENOMEM, "out of memory");
	return 0;
}

static int go_back(struct source *source, struct reason *reason)
{
	return recording_go_back(((struct file *)source)->recording, reason);
}

static void describe(const struct source *source, char *text, size_t size)
{
	const struct file *file = (const struct file *)source;

	snprintf(text, size, "none: %s has what another porttrace counted, with the one named above\n",
		 file->name);
}

static void close_file(struct source *source)
{
	struct file *file = (struct file *)source;

	recording_close(file->recording);
	free(file);
}

int source_open_file(const struct options *options, struct source **ret_source,
		     struct reason *reason)
{
	struct file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return because(reason, -ENOMEM, "out of memory");
	file->options = options;
	err = recording_open(options->from, &file->recording, reason);
	if (err) {
		free(file);
		return err;
	}
	printable_copy(file->name, sizeof(file->name), recording_name(file->recording));
	file->source = (struct source){ .take = take, .describe = describe, .close = close_file,
					.name = file->name, .fd = recording_fd(file->recording),
					.go_back = go_back, .pace_s = NAN };
	*ret_source = &file->source;
	return 0;
}
