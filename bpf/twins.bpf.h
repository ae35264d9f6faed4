/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Twins. The kernel skips a program on a CPU on which it is running already, and programs are
 * interrupted there: by the softirq of a packet, and by other tasks where programs can be preempted
 * (trampolines always, tracepoints since 7.0, a46023d5616e). So what can be interrupted is
 * attached twice, as twins, which the kernel runs one right after the other, by version in either
 * order. The second does only what the first could not do. An event is lost if both were skipped.
 */
#ifndef PORTTRACE_TWINS_BPF_H
#define PORTTRACE_TWINS_BPF_H

#include "kernel.bpf.h"

/* A task can be preempted in tp_btf programs, and another one be skipped. Set before loading. */
extern const volatile bool tracepoints_preempt;

/* The same in the programs that have twins, of whatever kind they are. */
extern const volatile bool twins_preempt;

/* Which of the two runs. Each sees an event once at most: what it has seen before was another one. */
enum twin {
	FIRST_TWIN = 1,
	SECOND_TWIN = 2,
};

/*
 * For TIME_WAIT, which softirqs enter, too: false if the other twin has handled this very event. Tasks
 * that can be preempted are known by their thread: they may be moved to another CPU just between the two. sk: typed by BTF,
 * as tracepoints and trampolines have it.
 */
__hidden bool is_first_twin(const struct sock *sk, enum twin who);

#endif
