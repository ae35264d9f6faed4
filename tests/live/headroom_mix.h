/* SPDX-License-Identifier: GPL-2.0-only */
/* A mix of sockets that runs: the program mix, see there. */
#ifndef LIVE_HEADROOM_MIX_H
#define LIVE_HEADROOM_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"
#include "text.h"
#include "tracer.h"

enum mix_result {
	MIX_RUNS,
	MIX_LACKS,  /* this kernel does not have what why names */
	MIX_FAILED, /* why */
};

struct headroom_mix {
	char name[96]; /* as the program mix knows it */
	uint64_t seed;
	bool is_unwatched; /* by porttrace, which starts later */
	struct child *child;
	struct text said;
	enum mix_result result;
	char why[640];
};

/* name, seed and is_unwatched must be set. */
void headroom_mix_start(struct headroom_mix *mix, const char *program);

/*
 * Waits until it has said that word, alone on a line, and reads the tracer's output meanwhile,
 * unless tracer is NULL. Sets result.
 */
void headroom_mix_await(struct headroom_mix *mix, const char *word, struct tracer *tracer);

/* It is waiting for that. */
void headroom_mix_go_on(struct headroom_mix *mix);

void headroom_mix_free(struct headroom_mix *mix);

#endif
