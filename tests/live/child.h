/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that the driver starts. None outlives it: those that are left when it exits are killed
 * and reaped, and the kernel kills them when it is killed itself (PR_SET_PDEATHSIG).
 */
#ifndef LIVE_CHILD_H
#define LIVE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0 once it is reaped */
	int status; /* wait status, then */
	int in; /* the end of its stdin that is written to; closing it is how to end a workload */
	int out; /* its stdout, not blocking */
	int err; /* a file with what it said on stderr */
	struct child *next;
};

/* argv ends with NULL. NULL, with errno, when there is no process; never returns in the child. */
struct child *child_start(const char *const argv[]);

/* Does not wait. */
bool child_has_ended(struct child *child);

/* "status 1", "signal 9": how it ended. All three texts are overwritten by the next call. */
const char *child_end_text(const struct child *child);

/* What it said on stderr, as far as there is room; and the first line of it. */
const char *child_words(const struct child *child);
const char *child_first_words(const struct child *child);

/* Its output is done with: only the process and its stdin stay. */
void child_close_output(struct child *child);

/* Kills and reaps it if it is still there, and frees it. NULL is fine. */
void child_free(struct child *child);

#endif
