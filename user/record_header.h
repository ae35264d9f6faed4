/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds out what the first line of a recording tells, and writes it. */
#ifndef PORTTRACE_RECORD_HEADER_H
#define PORTTRACE_RECORD_HEADER_H

#include <stdio.h>

#include "options.h"

/*
 * probe: its name. snapshot: the first one, whose namespaces are those that are told of. -ENOMEM, with
 * the reason; what cannot be found out is not known, and no error.
 */
int record_header_write(FILE *out, const struct options *options, const char *probe,
			const struct snapshot *snapshot, struct reason *reason);

#endif
