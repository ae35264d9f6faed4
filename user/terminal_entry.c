// SPDX-License-Identifier: GPL-2.0-only
#include "terminal_entry.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *term, *terminfo;
} entries[] = {
#include "terminfo.h"
};

const char *terminal_entry(const char *term)
{
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if (!strcmp(entries[i].term, term))
			return entries[i].terminfo;
	return NULL;
}
