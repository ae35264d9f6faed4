/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network namespace in which TIME_WAITs stay, and what the kernel counts in it. It is there for
 * as long as a descriptor of it is.
 */
#ifndef PORTTRACE_BENCH_NETNS_H
#define PORTTRACE_BENCH_NETNS_H

/* Ports below it are free for listeners. */
#define NETNS_RANGE_LOW 256
#define NETNS_RANGE_SIZE (65536 - NETNS_RANGE_LOW)

struct netns {
	int ns;	      /* to enter it */
	int sockstat; /* its /proc/net/sockstat, wherever it is read from */
};

/* Leaves this process in it. */
void netns_make(struct netns *netns);

/* The range of the one that this process is in, inclusive. */
void netns_set_range(unsigned int low, unsigned int high);

unsigned long netns_inum(const struct netns *netns);

/* Adds its TCP sockets that are listening or connected, and those in TIME_WAIT. */
void netns_count(const struct netns *netns, unsigned long *inuse, unsigned long *time_waits);

/* A message on stderr, and the end of this process. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#endif
