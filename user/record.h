/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of `record`: snapshots at an interval, and failed allocations as they come, from one probe
 * into one file; for a while, until somebody ends it, or as long as a command runs.
 */
#ifndef PORTTRACE_RECORD_H
#define PORTTRACE_RECORD_H

#include "options.h"
#include "record_command.h"

/*
 * The exit status of the program; says on stderr what went wrong. Signals are blocked already; signals:
 * as they were before, for the command.
 */
int record_run(const struct options *options, const struct command_signals *signals);

#endif
