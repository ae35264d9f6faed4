/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped where in a process, and the files behind it: the very files that are mapped,
 * whatever has their path by now, in whatever mount namespace that is.
 */
#ifndef PORTTRACE_PROCESS_MAPS_H
#define PORTTRACE_PROCESS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "porttrace.h"

/* Mapped for execution. */
struct mapping {
	uint64_t start, end; /* end: the first address behind it */
	uint64_t offset;     /* of start, in the file */
	char *name;	     /* of the file, without its folder; NULL: anonymous memory */
};

struct process_maps {
	int dir; /* /proc/PID, of this process and no other one; -1: not open */
	struct mapping *mappings;
	size_t nr_mappings;
};

/*
 * Opens /proc of that process: 0, or a negative errno; -ESRCH if it is gone, even if another one
 * has its pid. *maps is empty until it is read.
 */
int process_maps_open(struct process_maps *maps, struct process_key process);

/* Reads them, again if they were read before: 0, or a negative errno. */
int process_maps_read(struct process_maps *maps);

/* NULL: nothing that was mapped there when the maps were read. */
const struct mapping *process_maps_find(const struct process_maps *maps, uint64_t address);

/* A descriptor of the mapping's file, or a negative errno. Only regular files are ever opened. */
int process_maps_open_file(const struct process_maps *maps, const struct mapping *mapping);

void process_maps_done(struct process_maps *maps);

#endif
