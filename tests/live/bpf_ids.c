// SPDX-License-Identifier: GPL-2.0-only
#include "bpf_ids.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int bpf_ids_read(struct bpf_ids *ret_ids)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	ret_ids->nr = 0;
	while (!syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		if (ret_ids->nr == MAX_BPF_IDS)
			return -E2BIG;
		ret_ids->id[ret_ids->nr++] = attr.next_id;
		attr.start_id = attr.next_id;
	}
	/* ENOENT: there is no next one. */
	return errno == ENOENT ? 0 : -errno;
}

static bool has(const struct bpf_ids *ids, uint32_t id)
{
	size_t i;

	for (i = 0; i < ids->nr; i++) {
		if (ids->id[i] == id)
			return true;
	}
	return false;
}

size_t bpf_ids_common(const struct bpf_ids *a, const struct bpf_ids *b)
{
	size_t i, nr = 0;

	for (i = 0; i < a->nr; i++)
		nr += has(b, a->id[i]);
	return nr;
}

void bpf_ids_subtract(struct bpf_ids *ids, const struct bpf_ids *gone)
{
	size_t i, nr = 0;

	for (i = 0; i < ids->nr; i++) {
		if (!has(gone, ids->id[i]))
			ids->id[nr++] = ids->id[i];
	}
	ids->nr = nr;
}
