// SPDX-License-Identifier: GPL-2.0-only
#include "port_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_WORDS (65536 / 64)

void port_list_add_range(struct port_list *list, int32_t low, int32_t high)
{
	int32_t port;

	for (port = low; port <= high; port++)
		port_list_add(list, port);
}

void port_list_add_all(struct port_list *list, const struct port_list *other)
{
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		list->bits[i] |= other->bits[i];
}

static const char *skip_blanks(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* NULL: there is no port. */
static const char *read_port(const char *text, int32_t *ret_port)
{
	char *end;
	long port;

	text = skip_blanks(text);
	if (!isdigit((unsigned char)*text))
		return NULL;
	port = strtol(text, &end, 10);
	if (port > 65535)
		return NULL;
	*ret_port = port;
	return skip_blanks(end);
}

int port_list_parse(struct port_list *list, const char *text)
{
	int32_t low, high;

	text = skip_blanks(text);
	while (*text) {
		text = read_port(text, &low);
		high = low;
		if (text && *text == '-')
			text = read_port(text + 1, &high);
		if (!text || high < low || (*text && *text != ','))
			return -EINVAL;
		port_list_add_range(list, low, high);
		text += *text == ',';
	}
	return 0;
}

bool port_list_next_run(const struct port_list *list, int32_t from, int32_t *ret_low,
			int32_t *ret_high)
{
	while (from <= 65535 && !port_list_has(list, from))
		from++;
	if (from > 65535)
		return false;
	*ret_low = from;
	while (from < 65535 && port_list_has(list, from + 1))
		from++;
	*ret_high = from;
	return true;
}

char *port_list_format(const struct port_list *list)
{
	const char *separator = "";
	char *text = NULL;
	int32_t low, high = -1;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	while (port_list_next_run(list, high + 1, &low, &high)) {
		fprintf(out, high > low ? "%s%d-%d" : "%s%d", separator, low, high);
		separator = ",";
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Adds all ports of which there are so many or fewer between two others. */
static void close_gaps(struct port_list *list, int32_t gap)
{
	int32_t port, last = -1;

	for (port = 0; port <= 65535; port++) {
		if (!port_list_has(list, port))
			continue;
		if (last >= 0 && port - last - 1 <= gap)
			port_list_add_range(list, last + 1, port - 1);
		last = port;
	}
}

char *port_list_format_within(const struct port_list *list, size_t most)
{
	struct port_list closed = *list;
	char *text = port_list_format(&closed);
	int32_t gap;

	for (gap = 1; text && strlen(text) > most; gap *= 2) {
		free(text);
		close_gaps(&closed, gap);
		text = port_list_format(&closed);
	}
	return text;
}

int64_t port_list_count(const struct port_list *list)
{
	int64_t count = 0;
	size_t i;

	for (i = 0; i < NR_WORDS; i++)
		count += __builtin_popcountll(list->bits[i]);
	return count;
}
