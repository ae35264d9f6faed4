/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the facts of struct host: /proc of all processes, /proc/sys within each network namespace,
 * the files of sysctl.d(5). Changes nothing; but for a moment this process is in other namespaces.
 */
#ifndef PORTTRACE_HOST_READ_H
#define PORTTRACE_HOST_READ_H

#include "err.h"
#include "host.h"

/* For init_inum: not known, but it is not our own. */
#define INIT_ELSEWHERE UINT32_MAX

/*
 * only_netns: of that namespace alone, besides our own and the host's; 0: all. init_inum: the
 * host's; 0 or INIT_ELSEWHERE: it is found, if it can be. What may not be read is not known, and no error. Negative
 * errno, with the reason.
 */
int host_read(uint32_t only_netns, uint32_t init_inum, struct host **ret_host,
	      struct reason *reason);

/* Parts of it. 0 or -ENOMEM; a test calls them with folders of its own. */

/* "net.ipv4.x = 1" of one file; a line that is none is passed over. */
int host_read_sysctl_file(struct host *host, const char *path);

/*
 * Of all folders, the most important one first: by name, and of files with one name the one in the
 * first of the folders. Ends with NULL.
 */
int host_read_sysctl_folders(struct host *host, const char *const *folders);

/* From a file like /proc/net/tcp: listeners come first there. */
int host_read_listeners(struct host_netns *netns, const char *path);

/* From a file like /proc/net/udp: those without a destination, which may be clients as well. */
int host_read_udp(struct host_netns *netns, const char *path);

/* From a file like /proc/net/netstat: TcpExtTCPTimeWaitOverflow, or NOT_KNOWN. */
int64_t host_read_overflows(const char *path);

/* Whose the listeners are, and whether Kubernetes runs here. */
void host_find_processes(struct host *host);

#endif
