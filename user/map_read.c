// SPDX-License-Identifier: GPL-2.0-only
#include "map_read.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Values read by one system call take no more than that: small, on a host with many CPUs too. */
#define BATCH_BYTES (256 << 10)
#define MAX_BATCH 1024
#define MIN_BATCH 32 /* more than a hash bucket is likely to have, or -ENOSPC */

/* Keys of elements to delete. */
struct doomed {
	char *keys;
	size_t key_size, nr, room;
};

struct batch {
	__u32 size; /* elements */
	size_t key_size, values_size;
	char *keys, *values;
};

static bool is_per_cpu(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH;
}

static int batch_init(struct batch *batch, const struct map_reader *reader,
		      const struct bpf_map *map)
{
	batch->key_size = bpf_map__key_size(map);
	batch->values_size = bpf_map__value_size(map);
	/* Only then is each value's size rounded up (__htab_map_lookup_and_delete_batch()). */
	if (is_per_cpu(map))
		batch->values_size = (batch->values_size + 7) / 8 * 8 * reader->nr_cpus;
	batch->size = BATCH_BYTES / batch->values_size;
	if (batch->size > MAX_BATCH)
		batch->size = MAX_BATCH;
	if (batch->size < MIN_BATCH)
		batch->size = MIN_BATCH;
	batch->keys = malloc(batch->size * batch->key_size);
	batch->values = malloc(batch->size * batch->values_size);
	return batch->keys && batch->values ? 0 : -ENOMEM;
}

static void batch_done(struct batch *batch)
{
	free(batch->values);
	free(batch->keys);
}

/*
 * While the kernel works on a hash map for us, it runs no kprobe or tracepoint program on this CPU
 * (bpf_disable_instrumentation()). Whoever is preempted there would keep it so for as long as
 * the other tasks run; a real-time task is not, by them. One call takes microseconds.
 */
struct priority {
	int policy; /* -1: it is as it was */
	struct sched_param param;
};

static struct priority raise_priority(const struct map_reader *reader)
{
	static const struct sched_param least = { .sched_priority = 1 };
	struct priority usual = { .policy = reader->preempts ? sched_getscheduler(0) : -1 };

	if (usual.policy >= 0 &&
	    (sched_getparam(0, &usual.param) ||
	     sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least)))
		usual.policy = -1;
	return usual;
}

static void restore_priority(const struct priority *usual)
{
	if (usual->policy >= 0)
		sched_setscheduler(0, usual->policy, &usual->param);
}

static int read_batch(const struct map_reader *reader, int map, const struct batch *batch,
		      __u32 *from, __u32 *to, __u32 *count)
{
	struct priority usual = raise_priority(reader);
	int err = bpf_map_lookup_batch(map, from, to, batch->keys, batch->values, count, NULL);

	restore_priority(&usual);
	return err;
}

int map_lookup(const struct map_reader *reader, const struct bpf_map *map, const void *key,
	       void *values)
{
	struct priority usual = raise_priority(reader);
	int err = bpf_map_lookup_elem(bpf_map__fd(map), key, values);

	restore_priority(&usual);
	return err;
}

int map_update(const struct map_reader *reader, const struct bpf_map *map, const void *key,
	       const void *value)
{
	struct priority usual = raise_priority(reader);
	int err = bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY);

	restore_priority(&usual);
	return err;
}

void map_delete(const struct map_reader *reader, const struct bpf_map *map, const void *key)
{
	struct priority usual = raise_priority(reader);

	bpf_map_delete_elem(bpf_map__fd(map), key);
	restore_priority(&usual);
}

static int doom(struct doomed *doomed, const void *key)
{
	size_t room = doomed->room ? doomed->room * 2 : 64;
	char *bigger;

	if (doomed->nr == doomed->room) {
		bigger = reallocarray(doomed->keys, room, doomed->key_size);
		if (!bigger)
			return -ENOMEM;
		doomed->keys = bigger;
		doomed->room = room;
	}
	memcpy(doomed->keys + doomed->nr++ * doomed->key_size, key, doomed->key_size);
	return 0;
}

static int read_batches(const struct map_reader *reader, int map, const struct batch *batch,
			map_visit visit, void *arg, struct doomed *doomed)
{
	__u32 at = 0, count, i;
	bool first = true;
	int err, end = 0;

	while (!end) {
		count = batch->size;
		end = read_batch(reader, map, batch, first ? NULL : &at, &at, &count);
		/* -ENOENT comes with the last elements. */
		if (end && end != -ENOENT)
			return end;
		first = false;
		for (i = 0; i < count; i++) {
			const char *key = batch->keys + i * batch->key_size;

			err = visit(arg, key, batch->values + i * batch->values_size);
			if (err == MAP_DELETE)
				err = doom(doomed, key);
			if (err)
				return err;
		}
	}
	return 0;
}

int map_read(const struct map_reader *reader, const struct bpf_map *map, map_visit visit,
	     void *arg, struct reason *reason)
{
	struct doomed doomed = { .key_size = bpf_map__key_size(map) };
	struct batch batch = {};
	int err = batch_init(&batch, reader, map);
	size_t i;

	if (!err)
		err = read_batches(reader, bpf_map__fd(map), &batch, visit, arg, &doomed);
	for (i = 0; i < doomed.nr && !err; i++)
		map_delete(reader, map, doomed.keys + i * doomed.key_size);
	free(doomed.keys);
	batch_done(&batch);
	if (err)
		because(reason, err, "cannot read the BPF map '%s': %s", bpf_map__name(map),
			strerror(-err));
	return err;
}
