// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <stdlib.h>

const char *host_setting_key(enum host_setting setting)
{
	static const char *const keys[NR_HOST_SETTINGS] = {
		[SETTING_TCP_TW_REUSE] = "net.ipv4.tcp_tw_reuse",
		[SETTING_TCP_MAX_TW_BUCKETS] = "net.ipv4.tcp_max_tw_buckets",
		[SETTING_TCP_FIN_TIMEOUT] = "net.ipv4.tcp_fin_timeout",
		[SETTING_SOMAXCONN] = "net.core.somaxconn",
		[SETTING_UNPRIVILEGED_PORT_START] = "net.ipv4.ip_unprivileged_port_start",
	};

	return keys[setting];
}

struct host *host_new(void)
{
	return calloc(1, sizeof(struct host));
}

static void free_line(struct sysctl_line *line)
{
	free(line->path);
	free(line->key);
	free(line->value);
	free(line->running);
}

void host_free(struct host *host)
{
	size_t i;

	if (!host)
		return;
	for (i = 0; i < host->nr_netns; i++)
		free(host->netns[i].listeners);
	for (i = 0; i < host->nr_lines; i++)
		free_line(&host->lines[i]);
	free(host->netns);
	free(host->lines);
	free(host);
}

/* One more element, zeroed, at the end of an array; NULL when out of memory. */
static void *grow(void **array, size_t *nr, size_t size)
{
	void *bigger;

	/* Powers of two are when there is no more room. */
	if (!(*nr & (*nr - 1))) {
		bigger = reallocarray(*array, *nr ? *nr * 2 : 1, size);
		if (!bigger)
			return NULL;
		*array = bigger;
	}
	return memset((char *)*array + (*nr)++ * size, 0, size);
}

struct host_netns *host_add_netns(struct host *host, uint32_t inum)
{
	void *array = host->netns;
	struct host_netns *netns = grow(&array, &host->nr_netns, sizeof(*netns));
	int i;

	host->netns = array;
	if (!netns)
		return NULL;
	netns->inum = inum;
	netns->range_low = netns->range_high = NOT_KNOWN;
	netns->time_wait_overflows = NOT_KNOWN;
	for (i = 0; i < NR_HOST_SETTINGS; i++)
		netns->settings[i] = NOT_KNOWN;
	return netns;
}

struct listener *host_add_listener(struct host_netns *netns, uint8_t proto, uint16_t port)
{
	void *array = netns->listeners;
	struct listener *listener = grow(&array, &netns->nr_listeners, sizeof(*listener));

	netns->listeners = array;
	if (listener) {
		listener->port = port;
		listener->proto = proto;
	}
	return listener;
}

/* The line that is new takes the place of the old one: at the end, which is its place in order. */
static void forget_line(struct host *host, const char *key)
{
	struct sysctl_line *line = (struct sysctl_line *)host_find_line(host, key);

	if (!line)
		return;
	free_line(line);
	*line = host->lines[--host->nr_lines];
}

int host_add_line(struct host *host, const char *path, unsigned int number, const char *key,
		  const char *value)
{
	struct sysctl_line *line;
	void *array = host->lines;

	forget_line(host, key);
	line = grow(&array, &host->nr_lines, sizeof(*line));
	host->lines = array;
	if (!line)
		return -ENOMEM;
	line->path = strdup(path);
	line->number = number;
	line->key = strdup(key);
	line->value = strdup(value);
	return line->path && line->key && line->value ? 0 : -ENOMEM;
}

static int compare_netns(const void *a, const void *b)
{
	const struct host_netns *x = a, *y = b;

	return (x->inum > y->inum) - (x->inum < y->inum);
}

/* One that is known to be somebody's comes before one that is not. */
static int compare_listeners(const void *a, const void *b)
{
	const struct listener *x = a, *y = b;

	if (x->port != y->port)
		return x->port - y->port;
	return x->proto != y->proto ? x->proto - y->proto : !x->pid - !y->pid;
}

static bool is_same(const struct listener *a, const struct listener *b)
{
	return a->port == b->port && a->proto == b->proto;
}

static void sort_listeners(struct host_netns *netns)
{
	size_t i, kept = 0;

	if (!netns->nr_listeners)
		return;
	qsort(netns->listeners, netns->nr_listeners, sizeof(*netns->listeners), compare_listeners);
	for (i = 0; i < netns->nr_listeners; i++)
		if (!kept || !is_same(&netns->listeners[kept - 1], &netns->listeners[i]))
			netns->listeners[kept++] = netns->listeners[i];
	netns->nr_listeners = kept;
}

void host_sort(struct host *host)
{
	size_t i;

	for (i = 0; i < host->nr_netns; i++)
		sort_listeners(&host->netns[i]);
	if (host->nr_netns)
		qsort(host->netns, host->nr_netns, sizeof(*host->netns), compare_netns);
}

const struct host_netns *host_find_netns(const struct host *host, uint32_t inum)
{
	const struct host_netns wanted = { .inum = inum };

	if (!host->nr_netns)
		return NULL;
	return bsearch(&wanted, host->netns, host->nr_netns, sizeof(wanted), compare_netns);
}

const struct sysctl_line *host_find_line(const struct host *host, const char *key)
{
	size_t i;

	for (i = 0; i < host->nr_lines; i++)
		if (!strcmp(host->lines[i].key, key))
			return &host->lines[i];
	return NULL;
}
