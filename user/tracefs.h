/* SPDX-License-Identifier: GPL-2.0-only */
/* Classic tracepoints, also where nobody has mounted tracefs, which libbpf needs for them. */
#ifndef PORTTRACE_TRACEFS_H
#define PORTTRACE_TRACEFS_H

#include "err.h"

struct bpf_link;
struct bpf_program;

/* The id of a tracepoint for perf_event_open(), or a negative errno: -ENOENT if there is none. */
int tracefs_event_id(const char *category, const char *name, struct reason *reason);

/* As bpf_program__attach(), of whatever type the program is: the caller's link, or NULL with errno. */
struct bpf_link *tracefs_attach(const struct bpf_program *program);

#endif
