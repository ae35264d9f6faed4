/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workload did, call by call: a line for each event that a tracer has to print. A line is
 *
 *	event failure|allocation|time_wait NAME=VALUE...
 *
 * where a name is the path of a member in the tracer's JSON, and a value is its text, "-" for
 * null, "#" for any number, or several of these with "|" between them. What the workload cannot
 * know is left out.
 *
 * Nothing is kept unless events_begin() was called. Forked processes write into the same list.
 */
#ifndef LIVE_EVENTS_H
#define LIVE_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "ledger.h"

/* Before any fork. */
void events_begin(void);

/* The route says where; sport 0: none. fd: the socket, for its options; -1: not looked at. */
void events_failure(const struct route *route, enum ledger_call call, enum ledger_cause cause,
		    int error, int fd, uint16_t sport);

/* sport 0: not known. */
void events_allocation(const struct route *route, enum ledger_call call, uint16_t sport);
void events_time_wait(const struct route *route, uint16_t sport);

/*
 * The same, of a task that is not this process: a kernel thread, or a process that cannot tell
 * itself. extra: what is known of it, or "".
 */
void events_other_allocation(const struct route *route, enum ledger_call call, const char *extra);
void events_other_time_wait(const struct route *route);

/*
 * Who holds the ports that the failures from now on are about, as further NAME=VALUE: for
 * LEDGER_PORT_IN_USE and LEDGER_PORT_TAKEN_BY_CONNECTION. NULL: it is not known.
 */
__attribute__((format(printf, 1, 2))) void events_holder(const char *format, ...);

/* What the failures of bind() from now on are signs of; NULL: nothing, as in the beginning. */
void events_pattern(const char *pattern);

void events_print(FILE *out);

#endif
