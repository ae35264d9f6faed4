// SPDX-License-Identifier: GPL-2.0-only
#include "setup.h"

#include <stddef.h>
#include <string.h>

static bool matches(const char *name, const char *pattern, size_t length)
{
	const char *end = name + strlen(name);

	if (length && *pattern == '^')
		return !strncmp(name, pattern + 1, length - 1);
	for (; name <= end; name++)
		if (!strncmp(name, pattern, length))
			return true;
	return false;
}

bool only_allows(const char *only, const char *name)
{
	while (only) {
		size_t length = strcspn(only, ",");

		if (matches(name, only, length))
			return true;
		if (!only[length])
			return false;
		only += length + 1;
	}
	return true;
}

bool setup_wants(const struct live_setup *setup, const char *name)
{
	return only_allows(setup->only, name);
}

bool setup_is_tracepoint(const struct live_setup *setup)
{
	return !strcmp(setup->probe, "tracepoint");
}
