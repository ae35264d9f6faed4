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

/*
 * For events that softirqs have, too: false for the second of two twins that were both run. Known
 * by CPU: a task that is moved to another one just between the two counts twice. sk: typed by BTF,
 * as tracepoints and trampolines have it.
 */
__hidden bool is_first_twin(const struct sock *sk);

#endif
