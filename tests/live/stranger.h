/* SPDX-License-Identifier: GPL-2.0-only */
/* Another process of the workload, which has ports that the workload then asks for. */
#ifndef LIVE_STRANGER_H
#define LIVE_STRANGER_H

#include <stdint.h>
#include <sys/types.h>

#include "kinds.h"

#define STRANGER_COMM "stranger"

struct stranger {
	pid_t pid;
	pid_t partner; /* which has the same sockets, or 0 */
	unsigned int nr_ports;
	uint16_t *ports; /* host order; they live as long as the program */
};

/* What a stranger does: takes that many ports, and says which. */
typedef void stranger_plan(const struct job *job, uint16_t *ports, unsigned int nr_ports);

/*
 * Starts one, and returns when it has done that. What it did is in the ledger. It stays as it is
 * until it is killed, or the workload ends.
 */
struct stranger stranger_start(const struct job *job, stranger_plan *plan, unsigned int nr_ports);

/* The same, of two processes. */
struct stranger stranger_start_pair(const struct job *job, stranger_plan *plan,
				    unsigned int nr_ports);

void stranger_kill(struct stranger *stranger);

#endif
