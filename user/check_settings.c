// SPDX-License-Identifier: GPL-2.0-only
/* The settings of all findings together, as one file can have them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

#define RESERVED_PORTS "net.ipv4.ip_local_reserved_ports"

/* Each returns what is right for both, which is the caller's to free; NULL when out of memory. */
typedef char *(*merge_function)(const char *a, const char *b);

/* Of an even number of ports still, if one of the two is: the wider end may spoil that. */
static char *merge_ranges(const char *a, const char *b)
{
	int low_a, high_a, low_b, high_b;
	char *text;

	if (sscanf(a, "%d %d", &low_a, &high_a) != 2 || sscanf(b, "%d %d", &low_b, &high_b) != 2)
		return strdup(b);
	low_a = low_a < low_b ? low_a : low_b;
	high_a = high_a > high_b ? high_a : high_b;
	low_a += !((high_a - low_a) % 2);
	return asprintf(&text, "%d %d", low_a, high_a) < 0 ? NULL : text;
}

static char *merge_ports(const char *a, const char *b)
{
	struct port_list ports = {};

	port_list_parse(&ports, a);
	port_list_parse(&ports, b);
	return port_list_format_within(&ports, PORT_LIST_WRITE_BYTES);
}

static char *merge_numbers(const char *a, const char *b)
{
	return strdup(atoll(a) > atoll(b) ? a : b);
}

static char *merge(const char *key, const char *a, const char *b)
{
	static const struct {
		const char *key;
		merge_function merge;
	} functions[] = {
		{ "net.ipv4.ip_local_port_range", merge_ranges },
		{ RESERVED_PORTS, merge_ports },
	};
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strcmp(functions[i].key, key))
			return functions[i].merge(a, b);
	return merge_numbers(a, b);
}

static int add(struct setting **settings, size_t *nr, const struct setting *setting)
{
	struct setting *more;
	char *value;
	size_t i;

	for (i = 0; i < *nr; i++) {
		if (strcmp((*settings)[i].key, setting->key))
			continue;
		value = merge(setting->key, (*settings)[i].value, setting->value);
		free((char *)(*settings)[i].value);
		(*settings)[i].value = value;
		return value ? 0 : -ENOMEM;
	}
	value = strdup(setting->value);
	more = reallocarray(*settings, *nr + 1, sizeof(*more));
	if (more)
		*settings = more;
	if (!more || !value) {
		free(value);
		return -ENOMEM;
	}
	more[(*nr)++] = (struct setting){ setting->key, value, NULL };
	return 0;
}

/* What is reserved in a larger range has to be before connect() gives it away. */
static int compare_settings(const void *a, const void *b)
{
	const struct setting *x = a, *y = b;
	bool x_first = !strcmp(x->key, RESERVED_PORTS), y_first = !strcmp(y->key, RESERVED_PORTS);

	return x_first == y_first ? strcmp(x->key, y->key) : y_first - x_first;
}

int check_settings(const struct findings *findings, uint32_t netns, enum severity least,
		   struct setting **ret_settings, size_t *ret_nr)
{
	size_t i, j;
	int err = 0;

	*ret_settings = NULL;
	*ret_nr = 0;
	for (i = 0; i < findings->nr && !err; i++)
		for (j = 0; j < findings->list[i].nr_settings && !err; j++)
			if (findings->list[i].netns == netns &&
			    findings->list[i].severity >= least)
				err = add(ret_settings, ret_nr, &findings->list[i].settings[j]);
	if (err)
		settings_free(*ret_settings, *ret_nr);
	else if (*ret_nr)
		qsort(*ret_settings, *ret_nr, sizeof(**ret_settings), compare_settings);
	return err;
}

void settings_free(struct setting *settings, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free((char *)settings[i].value);
	free(settings);
}
