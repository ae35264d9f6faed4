/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of who has a port: sockets, and a line for each process that has one. Pure functions:
 * no I/O, no libbpf.
 */
#ifndef PORTTRACE_WHO_H
#define PORTTRACE_WHO_H

#include "filter.h"

/* A socket and a process that has it; pid 0: nobody has. */
struct who_line {
	const struct port_holder *holder;
	struct owner_process process;
};

struct who {
	uint16_t port;
	struct filter filter;
	struct snapshot *netns; /* the namespaces with their names, and nothing else */
	long hz;		/* of clock_hz() */

	struct port_holder *holders; /* as they were found, of those that the filter keeps */
	size_t nr_holders, holders_room;
	size_t nr_filtered; /* sockets that it does not; see who_finish(), too */

	struct who_line *lines; /* of processes that the filter keeps; see who_finish() */
	size_t nr_lines, lines_room;

	/* What may be missing: sockets without room, lists that changed, processes without room. */
	uint64_t dropped, disturbed, processes_dropped;
};

/* NULL when out of memory; free with who_free(), which takes NULL. */
struct who *who_new(uint16_t port, const struct filter *filter);
void who_free(struct who *who);

/* First all sockets, then all processes: a holder is one of who->holders. 0 or -ENOMEM. */
int who_add_holder(struct who *who, const struct port_holder *holder);
int who_add_process(struct who *who, const struct port_holder *holder,
		    const struct owner_process *process);

/*
 * When all are added: a line for each socket that nobody has, and all lines in order: listeners,
 * what is bound only, the rest. If the filter asks for a process, a socket that no such process has
 * is without a line, and counted as filtered. 0 or -ENOMEM.
 */
int who_finish(struct who *who);

/* Some holder may be missing. */
bool who_is_incomplete(const struct who *who);

/* "established", as ss names it, but with underscores; "?" for what is none. */
const char *holder_state_name(const struct port_holder *holder);

/* Whether it is connected: dst and dport mean something. */
bool holder_has_peer(const struct port_holder *holder);

/* Seconds until a TIME_WAIT ends, 0 if that is due; NAN for other sockets. hz: of clock_hz(). */
double holder_expires_s(const struct port_holder *holder, long hz);

#endif
