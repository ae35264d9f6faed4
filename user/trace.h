/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of `trace`: events as they come, what was held back or lost once a second, and a last
 * line that sums up. Ends by SIGINT, SIGTERM and SIGHUP are clean ones.
 */
#ifndef PORTTRACE_TRACE_H
#define PORTTRACE_TRACE_H

#include "options.h"

/* The exit status of the program; says on stderr what went wrong. Signals are blocked already. */
int trace_run(const struct options *options);

#endif
