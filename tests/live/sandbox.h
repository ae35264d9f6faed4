/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespace that the workload works in: its own, so that nothing else counts there. */
#ifndef LIVE_SANDBOX_H
#define LIVE_SANDBOX_H

#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes the namespace, brings lo up, and sets what every kind relies on. low, high: the range. */
void sandbox_enter(uint16_t low, uint16_t high);

/* directory: of cgroup2. Moves this process there. */
void sandbox_join_cgroup(const char *directory);

/*
 * Another device than lo, which is not up and has no address; name: of IFNAMSIZ bytes. It lives as
 * long as this process. Where there is no TAP, the plan is skipped.
 */
void sandbox_add_tap(char *ret_name);

/* As many open files as this process may have. */
void sandbox_allow_descriptors(void);

/* The inode number that names the namespace. */
unsigned long sandbox_inum(void);

/* name: below /proc/sys, with slashes. */
__attribute__((format(printf, 2, 3))) void sandbox_sysctl(const char *name, const char *format,
							  ...);

/*
 * From now on packets on lo are received by these CPUs, each connection's by another one: receive
 * packet steering. False: the kernel has none.
 */
bool sandbox_steer_packets(const cpu_set_t *cpus);

/* Returns when the namespace has exactly that many TIME_WAIT sockets, FIN_WAIT2 included. */
void sandbox_await_time_waits(unsigned int expected);

/* Connections that were opened from here since the namespace is there. */
unsigned long sandbox_active_opens(void);

/* A row of the namespace's /proc/net/tcp: IPv4 connections only. */
struct tcp_row {
	struct in_addr src, dst;
	unsigned int sport, dport; /* host order */
	unsigned int state;	   /* TCP_*: that of a TIME_WAIT socket may say FIN_WAIT2 */
	bool is_time_wait;
};

/* How many rows are wanted. */
unsigned int sandbox_count_tcp(bool (*wanted)(const struct tcp_row *row));

#endif
