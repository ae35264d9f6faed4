// SPDX-License-Identifier: GPL-2.0-only
/* Where a recording comes from, and which of its network namespaces is the one that is asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_part.h"

/* ---- The header ---- */

static int copy_words(struct report *report, const struct recording_header *header)
{
	size_t i;

	report->command = calloc(header->nr_words + 1, sizeof(*report->command));
	if (!report->command)
		return -ENOMEM;
	for (i = 0; i < header->nr_words; i++) {
		report->command[i] = strdup(header->command[i]);
		if (!report->command[i])
			return -ENOMEM;
		report->nr_words++;
	}
	return 0;
}

const char *const report_filter_names[REPORT_FILTERS] = { "netns", "src",	"dst",	"dport",  "sport",
							  "pid",   "comm", "cgroup", "family", "proto" };

/* As it was asked for there: the rest is not in the recording. */
static int copy_filter(struct report *report, const struct recording_filter *filter)
{
	const char *const values[REPORT_FILTERS] = {
		filter->netns, filter->src,  filter->dst,    filter->dport,  filter->sport,
		filter->pid,   filter->comm, filter->cgroup, filter->family, filter->proto,
	};
	int i;

	for (i = 0; i < REPORT_FILTERS; i++) {
		report->recorded_only[i] = values[i] ? strdup(values[i]) : NULL;
		if (values[i] && !report->recorded_only[i])
			return -ENOMEM;
	}
	return 0;
}

void report_done_origin(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_words; i++)
		free(report->command[i]);
	free(report->command);
	for (i = 0; i < REPORT_FILTERS; i++)
		free(report->recorded_only[i]);
	report->command = NULL;
	report->nr_words = 0;
	memset(report->recorded_only, 0, sizeof(report->recorded_only));
}

void report_set_host(struct report *report, const char *host, const char *kernel, const char *probe)
{
	snprintf(report->host, sizeof(report->host), "%s", host);
	snprintf(report->kernel, sizeof(report->kernel), "%s", kernel);
	snprintf(report->probe, sizeof(report->probe), "%s", probe);
}

int report_add_header(struct report *report, const struct recording_header *header)
{
	int64_t ns = report_wall_ns(report, &header->wall);
	size_t i;

	report->has_header = true;
	report->interval_s = header->interval_s;
	report_set_host(report, header->host, header->kernel, header->probe);
	snprintf(report->porttrace, sizeof(report->porttrace), "%s", header->porttrace);
	report_done_origin(report);
	report_note(report, copy_words(report, header));
	report_note(report, copy_filter(report, &header->filter));
	for (i = 0; i < header->nr_netns; i++)
		report_meet_netns(report, header->netns[i].inum, header->netns[i].name);
	report_begin(report, ns);
	if (!report_is_before(report, ns) && !report_is_after(report, ns))
		report_extend(report, ns);
	return report->err;
}

/* ---- The namespace that is asked for ---- */

int report_compare_named(const void *a, const void *b)
{
	const struct report_named *x = a, *y = b;

	return (x->inum > y->inum) - (x->inum < y->inum);
}

static bool is_number_of(const char *wanted, uint32_t inum)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", inum);
	return !strcmp(wanted, number);
}

void report_meet_netns(struct report *report, uint32_t inum, const char *name)
{
	const struct report_named wanted = { .inum = inum };
	struct report_named *row;
	void *new_row;
	bool is_it;

	if (!report->want.netns || !inum)
		return;
	is_it = (name && !strcmp(report->want.netns, name)) || is_number_of(report->want.netns, inum);
	report->has_netns |= is_it;
	row = tally_find(&report->named, &wanted);
	if (!row && is_it && !report_note(report, tally_get(&report->named, &wanted, &new_row)))
		row = new_row;
	/* One that has lost its name ends soon; with another name it is another one of that number. */
	if (row && (is_it || (name && *name)))
		row->is_wanted = is_it;
}

bool report_has_netns(const struct report *report)
{
	return !report->want.netns || report->has_netns;
}

bool report_wants_netns(const struct report *report, uint32_t inum, const char *name)
{
	const struct report_named wanted = { .inum = inum };
	const struct report_named *row;

	/* Of which namespace the rest is (0) nobody knows. */
	if (!report->want.netns || !inum || is_number_of(report->want.netns, inum))
		return true;
	if (name && *name)
		return !strcmp(report->want.netns, name);
	row = tally_find(&report->named, &wanted);
	return row && row->is_wanted;
}
