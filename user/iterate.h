/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a BPF iterator that keeps what it finds in maps. */
#ifndef PORTTRACE_ITERATE_H
#define PORTTRACE_ITERATE_H

#include <bpf/libbpf.h>

/* Reads until it has gone over everything; what it writes is of no interest. Negative errno. */
int iterate(const struct bpf_link *link);

#endif
