/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of a recording that others have not: the first one, and snapshots that leave rows out. */
#ifndef PORTTRACE_VIEW_RECORD_H
#define PORTTRACE_VIEW_RECORD_H

#include <stdio.h>

#include "recording.h"

/* The first line, of the version that this program writes; header->version is not looked at. */
void view_record_header(FILE *out, const struct recording_header *header);

/*
 * A line as view_json() writes it, and its number, from 1. before: the snapshot of the line with the
 * number before it: its rows are only repeated where they have changed, and those that are gone are
 * named. NULL: all rows. Both sorted. -ENOMEM: the line is not whole.
 */
int view_record_snapshot(FILE *out, const struct snapshot *snapshot, uint64_t number,
			 const struct snapshot *before);

#endif
