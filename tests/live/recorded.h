/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that `porttrace record` has written, read as docs/record.md has it. */
#ifndef LIVE_RECORDED_H
#define LIVE_RECORDED_H

#include <json-c/json.h>
#include <stdbool.h>

#include "trace.h"

struct recorded {
	unsigned long nr_snapshots;
	struct json_object *header;
	struct json_object *last;   /* the last snapshot, with all of its rows */
	struct json_object *netns, *routes; /* its rows, by key */
	struct json_object *most;   /* of each route, by key: the most ports that were ever used */
	struct trace events;	    /* nobody runs it any more */
};

/* False, and ret_why says why: the file is not one that has been written to its end. */
bool recorded_read(const char *path, struct recorded *ret_recorded, char *ret_why, int size);
void recorded_free(struct recorded *recorded);

/* The most ports of the route to that port that were used at once; -1: there was no such route. */
long long recorded_most_used(const struct recorded *recorded, unsigned long netns,
			     unsigned int dport);

#endif
