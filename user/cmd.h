/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands. Each returns the exit status of the program. */
#ifndef PORTTRACE_CMD_H
#define PORTTRACE_CMD_H

#include "options.h"

int cmd_top(const struct options *options);
int cmd_demo(const struct options *options);
int cmd_who(const struct options *options);
int cmd_check(const struct options *options);
int cmd_trace(const struct options *options);
int cmd_record(const struct options *options);
int cmd_report(const struct options *options);
int cmd_probes(const struct options *options);

#endif
