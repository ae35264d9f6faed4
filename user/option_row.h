/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all options: what each is called, whose it is, and what it sets. */
#ifndef PORTTRACE_OPTION_ROW_H
#define PORTTRACE_OPTION_ROW_H

#include <stddef.h>

#include "options.h"

struct option_row {
	char letter; /* 0: only the long form */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
	unsigned int commands;
	int (*set)(struct options *options, const char *argument, struct reason *reason);
};

#define MAX_OPTION_ROWS 80

extern const struct option_row option_rows[];
extern const size_t nr_option_rows;

/* A number from 1 to 65535 in front of *end. */
bool option_port(const char *text, char **end, uint16_t *ret_port);

#endif
