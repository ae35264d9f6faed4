/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF programs that the kernel has: who made them, it does not tell. */
#ifndef LIVE_BPF_IDS_H
#define LIVE_BPF_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_BPF_IDS 4096

struct bpf_ids {
	uint32_t id[MAX_BPF_IDS]; /* ascending */
	size_t nr;
};

/* 0 or a negative errno: listing them needs CAP_SYS_ADMIN. */
int bpf_ids_read(struct bpf_ids *ret_ids);

/* How many of a are in b. */
size_t bpf_ids_common(const struct bpf_ids *a, const struct bpf_ids *b);

/* Takes away from ids what is in gone. */
void bpf_ids_subtract(struct bpf_ids *ids, const struct bpf_ids *gone);

#endif
