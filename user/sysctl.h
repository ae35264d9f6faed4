/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings below /proc/sys, of the network namespace that the calling thread is in. Reads only. */
#ifndef PORTTRACE_SYSCTL_H
#define PORTTRACE_SYSCTL_H

#include "port_list.h"

/* The first line of "net.ipv4.tcp_tw_reuse", the caller's to free; NULL: there is none to be read. */
char *sysctl_read(const char *key);

/* NOT_KNOWN (snapshot.h): it cannot be read, or is no number from 0 on. */
int64_t sysctl_read_number(const char *key);

/* ip_local_port_range, both ends of it. False: it cannot be read. */
bool sysctl_read_range(int32_t *ret_low, int32_t *ret_high);

/* Adds a list of ports, however long it is. False: it cannot be read. */
bool sysctl_read_ports(const char *key, struct port_list *ports);

#endif
