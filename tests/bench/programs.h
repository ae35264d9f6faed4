/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF programs that a process holds, and what the kernel's statistics say of them. */
#ifndef PORTTRACE_BENCH_PROGRAMS_H
#define PORTTRACE_BENCH_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_PROGRAMS 128

struct program {
	char name[64]; /* whole, where the kernel's own name has 15 characters */
	uint32_t id;
	uint64_t runs, run_ns; /* since it was loaded, while statistics were on */
};

struct programs {
	struct program list[MAX_PROGRAMS];
	size_t nr;
};

/* Negative errno: /proc of that process cannot be read. Listing needs CAP_SYS_ADMIN. */
int programs_of(pid_t pid, struct programs *ret_programs);

/* The statistics of this moment. */
int programs_read(struct programs *programs);

const struct program *programs_find(const struct programs *programs, const char *name);

#endif
