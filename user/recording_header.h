/* SPDX-License-Identifier: GPL-2.0-only */
/* The first line of a recording: what one was asked to record, where, and how that host was set up. */
#ifndef PORTTRACE_RECORDING_HEADER_H
#define PORTTRACE_RECORDING_HEADER_H

#include "recording.h"

/* A header with the memory that its pointers lead to. */
struct kept_header {
	struct recording_header header;
	struct recording_netns *netns;
	const char **words;
	struct snapshot *texts; /* has these, and nothing else */
};

/* Fills an empty one. -EBADMSG with the reason, which says where in the line; -ENOMEM. */
int recording_header_read(const char *line, size_t length, struct kept_header *kept,
			  struct reason *reason);
void recording_header_done(struct kept_header *kept);

#endif
