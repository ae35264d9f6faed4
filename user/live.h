/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of `top` and `demo`: a snapshot each interval, shown as text, as JSON or on the
 * screen, until the count is reached or somebody ends it. Ends by SIGINT, SIGTERM or SIGHUP are
 * clean ones.
 */
#ifndef PORTTRACE_LIVE_H
#define PORTTRACE_LIVE_H

#include "options.h"

/*
 * The exit status of the program; says on stderr what went wrong. watched: this descriptor
 * becomes readable when there is no more reason to go on (-1: none).
 */
int live_run(const struct options *options, int watched);

#endif
