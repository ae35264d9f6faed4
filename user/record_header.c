// SPDX-License-Identifier: GPL-2.0-only
#include "record_header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "clock.h"
#include "host_read.h"
#include "printable.h"
#include "view_record.h"

#define FILTER_TEXT_SIZE (ADDRESS_TEXT_SIZE + 5)
#define PORTS_TEXT_SIZE 16

/* What the pointers of a header lead to; with the words and lists after it. */
struct made_header {
	struct recording_header header;
	struct recording_netns *netns;
	char **words;
	char src[FILTER_TEXT_SIZE], dst[FILTER_TEXT_SIZE], dport[PORTS_TEXT_SIZE],
		sport[PORTS_TEXT_SIZE], pid[16];
};

static int out_of_memory(struct reason *reason)
{
	return because(reason, -ENOMEM, "out of memory");
}

/* ---- What was asked for ---- */

static const char *address_text(const struct address_filter *filter, char text[FILTER_TEXT_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];
	bool is_ipv4 = address_is_ipv4(filter->addr) && filter->prefix >= 96;

	if (!filter->set)
		return NULL;
	snprintf(text, FILTER_TEXT_SIZE, "%s/%d", address_format(filter->addr, address),
		 filter->prefix - (is_ipv4 ? 96 : 0));
	return text;
}

static const char *ports_text(uint16_t low, uint16_t high, char text[PORTS_TEXT_SIZE])
{
	if (!low)
		return NULL;
	snprintf(text, PORTS_TEXT_SIZE, "%u-%u", low, high);
	return text;
}

/* Both, or none: any. */
static const char *one_of(uint8_t set, uint8_t first, const char *if_first, const char *if_second)
{
	if (!set || set == 3)
		return NULL;
	return set == first ? if_first : if_second;
}

static void set_filter(struct made_header *made, const struct options *options)
{
	const struct filter *filter = &options->filter;
	struct recording_filter *texts = &made->header.filter;

	texts->netns = options->netns;
	texts->src = address_text(&filter->src, made->src);
	texts->dst = address_text(&filter->dst, made->dst);
	texts->dport = ports_text(filter->dport_low, filter->dport_high, made->dport);
	texts->sport = ports_text(filter->sport_low, filter->sport_high, made->sport);
	if (filter->pid) {
		snprintf(made->pid, sizeof(made->pid), "%u", filter->pid);
		texts->pid = made->pid;
	}
	texts->comm = filter->comm;
	texts->cgroup = filter->cgroup;
	texts->family = one_of(filter->families, FILTER_IPV4, "ipv4", "ipv6");
	texts->proto = one_of(filter->protos, FILTER_TCP, "tcp", "udp");
}

static char *printable_of(const char *text)
{
	char *copy = strdup(text);

	if (copy)
		printable_copy(copy, strlen(text) + 1, text);
	return copy;
}

static int set_command(struct made_header *made, char *const *words)
{
	size_t nr = 0;

	if (!words)
		return 0;
	while (words[nr])
		nr++;
	made->words = calloc(nr + 1, sizeof(*made->words));
	if (!made->words)
		return -ENOMEM;
	for (; made->header.nr_words < nr; made->header.nr_words++) {
		made->words[made->header.nr_words] = printable_of(words[made->header.nr_words]);
		if (!made->words[made->header.nr_words])
			return -ENOMEM;
	}
	made->header.command = (const char *const *)made->words;
	return 0;
}

/* ---- Settings ---- */

static int set_netns(struct recording_netns *netns, const struct netns *row,
		     const struct host_netns *found)
{
	char name[sizeof(row->name)];

	memcpy(name, row->name, sizeof(name));
	*netns = (struct recording_netns){
		.inum = row->inum,
		.range_low = row->range_low,
		.range_high = row->range_high,
		.tw_reuse = row->tw_reuse,
		.tw_reuse_delay_ms = row->tw_reuse_delay_ms,
		.max_tw_buckets = row->time_wait_max,
		.timestamps = row->tcp_timestamps,
		.fin_timeout_s = found ? found->settings[SETTING_TCP_FIN_TIMEOUT] : NOT_KNOWN,
	};
	printable_copy(netns->name, sizeof(netns->name), name);
	if (!found)
		return 0;
	netns->reserved = port_list_format(&found->reserved);
	return netns->reserved ? 0 : -ENOMEM;
}

static uint32_t init_inum(const struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++)
		if (!strcmp(snapshot->netns[i].name, "init"))
			return snapshot->netns[i].inum;
	return 0;
}

static int set_all_netns(struct made_header *made, const struct options *options,
			 const struct snapshot *snapshot)
{
	struct host *host = NULL;
	struct reason reason;
	int err = 0;

	made->netns = calloc(snapshot->nr_netns + 1, sizeof(*made->netns));
	if (!made->netns)
		return -ENOMEM;
	made->header.netns = made->netns;
	/* Without it, what the snapshot has is known still. */
	if (host_read(options->probe.only_netns, init_inum(snapshot), &host, &reason))
		host = NULL;
	for (; made->header.nr_netns < snapshot->nr_netns && !err; made->header.nr_netns++) {
		const struct netns *row = &snapshot->netns[made->header.nr_netns];

		err = set_netns(&made->netns[made->header.nr_netns], row,
				host ? host_find_netns(host, row->inum) : NULL);
	}
	host_free(host);
	return err;
}

/* ---- The line ---- */

static void set_facts(struct recording_header *header, const struct options *options,
		      const char *probe, const struct snapshot *snapshot)
{
	header->wall = snapshot->wall;
	snprintf(header->porttrace, sizeof(header->porttrace), "%s", PORTTRACE_VERSION);
	memcpy(header->host, snapshot->host, sizeof(header->host));
	memcpy(header->kernel, snapshot->kernel, sizeof(header->kernel));
	snprintf(header->probe, sizeof(header->probe), "%s", probe);
	header->interval_s = options->interval_s;
	header->realtime_ns = clock_ns(CLOCK_REALTIME);
	header->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
}

static void done(struct made_header *made)
{
	size_t i;

	for (i = 0; made->words && made->words[i]; i++)
		free(made->words[i]);
	free(made->words);
	for (i = 0; i < made->header.nr_netns; i++)
		free((char *)made->netns[i].reserved);
	free(made->netns);
}

int record_header_write(FILE *out, const struct options *options, const char *probe,
			const struct snapshot *snapshot, struct reason *reason)
{
	struct made_header made = {};
	int err;

	set_facts(&made.header, options, probe, snapshot);
	set_filter(&made, options);
	err = set_command(&made, options->command);
	if (!err)
		err = set_all_netns(&made, options, snapshot);
	if (!err)
		view_record_header(out, &made.header);
	done(&made);
	return err ? out_of_memory(reason) : 0;
}
