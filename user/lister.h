/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists who has a port: loads the BPF object for that alone, walks once, and lets it go. Attaches
 * to no event, so it works where no back-end does.
 */
#ifndef PORTTRACE_LISTER_H
#define PORTTRACE_LISTER_H

#include "probe.h"
#include "who.h"

/* Fills an empty list. Negative errno, with the reason. */
int lister_fill(struct who *who, const struct probe_options *options, struct reason *reason);

#endif
