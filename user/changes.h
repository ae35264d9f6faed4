/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a line of a recording has to repeat: rows that are not what they were in the line before. A
 * row may be told of without need, but is never left out when something that is written of it has
 * changed. Pure.
 */
#ifndef PORTTRACE_CHANGES_H
#define PORTTRACE_CHANGES_H

#include "snapshot.h"

/* Both sorted. */
struct changes {
	const struct snapshot *now, *before;
};

/* Of a row of `now`: it is new, or not as it was. */
bool changes_netns(const struct changes *changes, const struct netns *netns);
bool changes_route(const struct changes *changes, const struct route *route);
bool changes_failure(const struct changes *changes, const struct failure *failure);

#endif
