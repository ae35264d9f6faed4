/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attach back-ends: what each is called, what it cannot see, and a quick test whether this
 * kernel offers its mechanism at all. The proof is to attach every one of its programs, which
 * probe.c does; the test exists to say in words why not, and to say it quickly.
 */
#ifndef PORTTRACE_BACKEND_H
#define PORTTRACE_BACKEND_H

#include <stdbool.h>

#include "err.h"

/* What the kernel's BTF and its sched/preempt say of it; backend_read_facts() reads them. */
struct kernel_facts {
	int test_function;    /* BTF id of the function that backend_test() hooks, or negative */
	bool schedules_early; /* inet_twsk_hashdance_schedule() has taken over (6.8) */
	bool allocates;	      /* BPF hash maps may allocate elements anywhere (6.1) */
	bool preempts;	      /* a task may be preempted within the kernel, so in trampolines */
	bool tracepoints_preempt; /* and in tracepoints (7.0) */
	bool counts_missed_calls; /* of programs that trace_call_bpf() runs, too (6.7) */
};

/* In the order in which they are tried. */
enum backend_id {
	BACKEND_FENTRY,
	BACKEND_KPROBE,
	BACKEND_TRACEPOINT,
	NR_BACKENDS,
};

struct backend {
	const char *name;	   /* as in --probe */
	const char *prefix;	   /* of the names of its BPF programs */
	const char *const *limits; /* what it cannot see, in words; ends with NULL */
	bool sees_searches;	   /* how long the kernel looked for a port */
	int (*test)(const struct kernel_facts *facts, struct reason *reason);
};

extern const struct backend backends[NR_BACKENDS];

/* NR_BACKENDS if there is none of that name. */
enum backend_id backend_by_name(const char *name);

/* path: a BTF file, or NULL for the running kernel's own. */
int backend_read_facts(const char *path, struct kernel_facts *ret_facts, struct reason *reason);

/* 0, or a negative errno with the reason why this kernel does not offer the mechanism. */
int backend_test(enum backend_id id, const struct kernel_facts *facts, struct reason *reason);

/*
 * Whether a back-end has that BPF program on this kernel. Not wanted is one that hooks a function
 * under the name that it has on other versions, and a twin (see twins.bpf.h) where nothing can
 * interrupt the first.
 */
bool backend_wants(enum backend_id id, const char *program, const char *function,
		   const struct kernel_facts *facts);

/*
 * Whether the kernel counts how often it skips the program of that section, if it has such a figure
 * (5.12): before 6.7, that of kprobes and classic tracepoints is always 0.
 */
bool backend_tells_misses(const char *section, const struct kernel_facts *facts);

/* Whether that program is the twin of another one, whose name is the same but for the end. */
#define TWIN_SUFFIX "_twin"
bool backend_is_twin(const char *program);

#endif
