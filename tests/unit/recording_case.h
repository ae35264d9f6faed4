/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings that tests write line by line, and read item by item. */
#ifndef PORTTRACE_RECORDING_CASE_H
#define PORTTRACE_RECORDING_CASE_H

#include <stdio.h>

#include "recording.h"

struct written {
	FILE *file;
	char path[32];
};

/* A last line. */
#define SUMMARY "{\"event\":\"summary\",\"failures\":0}\n"

/* All of it is known, but for one of its two namespaces. */
extern const struct recording_header recording_case_header;

/* A file, for lines to be written to; and what was written, whose file is gone with it. */
struct written recording_case_begin(void);
struct recording *recording_case_open(struct written *written);

/* The next item, which must be of that kind. */
struct recording_item recording_case_read(struct recording *recording, enum recording_item_kind kind);

/* There must be no more; frees the recording. */
void recording_case_end(struct recording *recording, bool is_cut);

#endif
