/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF hash maps: reads whole ones, many elements with one system call, and writes single elements. */
#ifndef PORTTRACE_MAP_READ_H
#define PORTTRACE_MAP_READ_H

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "err.h"

struct map_reader {
	int nr_cpus;   /* the possible ones: so many values has an element of a per-CPU map */
	bool preempts; /* see struct kernel_facts */
};

/* What a visit may return, besides 0 and a negative errno, which ends the reading. */
#define MAP_DELETE 1 /* this element is to be deleted, when all are read */

/* One element; values: one, or one for each CPU. */
typedef int (*map_visit)(void *arg, const void *key, const void *values);

/* What visit said, or a negative errno; with the reason. */
int map_read(const struct map_reader *reader, const struct bpf_map *map, map_visit visit,
	     void *arg, struct reason *reason);

/* values: room for one, or for one for each CPU. -ENOENT: it is not there. */
int map_lookup(const struct map_reader *reader, const struct bpf_map *map, const void *key,
	       void *values);

/* A negative errno: -E2BIG or -ENOMEM where there is no room. */
int map_update(const struct map_reader *reader, const struct bpf_map *map, const void *key,
	       const void *value);

/* That it is not there is fine. */
void map_delete(const struct map_reader *reader, const struct bpf_map *map, const void *key);

#endif
