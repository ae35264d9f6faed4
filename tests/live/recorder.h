/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of `porttrace record` into a file of its own. */
#ifndef LIVE_RECORDER_H
#define LIVE_RECORDER_H

#include <stdbool.h>

#include "setup.h"

#define RECORDER_PATH_SIZE 64

struct recorder {
	struct child *child;
	char path[RECORDER_PATH_SIZE]; /* in a folder of its own; "": there is none */
};

/*
 * Returns when it records, all that there is, a snapshot each interval (seconds, as text). False: it
 * does not, and ret_why says why. recorder_done() in any case.
 */
bool recorder_start(struct recorder *recorder, const struct live_setup *setup,
		    const char *interval, char *ret_why, int size);

/* Ends it by a signal, and waits for that. False: that was no good end. */
bool recorder_stop(struct recorder *recorder, int signal, char *ret_why, int size);

/* Removes the file, and its folder. */
void recorder_done(struct recorder *recorder);

#endif
