/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of classic tracepoints, also where nobody has mounted tracefs. */
#ifndef PORTTRACE_TRACEFS_H
#define PORTTRACE_TRACEFS_H

#include "err.h"

/* The id of a tracepoint for perf_event_open(), or a negative errno: -ENOENT if there is none. */
int tracefs_event_id(const char *category, const char *name, struct reason *reason);

/* A perf event for a tracepoint of that id, for every process and CPU; or a negative errno. */
int tracefs_open_event(int id);

#endif
