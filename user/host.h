/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `check` knows of a host besides the snapshot: settings as /proc/sys has them within each
 * network namespace, who listens there, and what the files of sysctl.d(5) set at boot. Plain facts,
 * which host_read() finds and a test can make up.
 */
#ifndef PORTTRACE_HOST_H
#define PORTTRACE_HOST_H

#include "port_list.h"
#include "snapshot.h"

/* Settings that are one number. */
enum host_setting {
	SETTING_TCP_TW_REUSE,
	SETTING_TCP_MAX_TW_BUCKETS,
	SETTING_TCP_FIN_TIMEOUT,
	SETTING_SOMAXCONN,
	SETTING_UNPRIVILEGED_PORT_START,
	NR_HOST_SETTINGS,
};

/* "net.ipv4.tcp_tw_reuse" */
const char *host_setting_key(enum host_setting setting);

/* A TCP port that somebody listens on, or a UDP port whose socket has no destination. */
struct listener {
	uint16_t port;
	uint8_t proto; /* IPPROTO_TCP or IPPROTO_UDP */
	uint64_t inode;
	uint32_t pid;  /* 0: not known */
	char comm[16]; /* printable */
};

struct host_netns {
	uint32_t inum;
	char path[64]; /* how to enter it, "/proc/812/ns/net"; "": it is our own */
	int64_t settings[NR_HOST_SETTINGS]; /* or NOT_KNOWN */
	int32_t range_low, range_high;	    /* or NOT_KNOWN */
	int64_t time_wait_overflows;	    /* TcpExtTCPTimeWaitOverflow, or NOT_KNOWN */
	bool reserved_unknown; /* could not be read: that list is empty, and is none to propose from */
	struct port_list reserved;
	struct listener *listeners; /* by port and proto, each once */
	size_t nr_listeners;
};

/* A line of a file of sysctl.d(5) that no later line overrides. */
struct sysctl_line {
	char *path;
	unsigned int number; /* of the line, from 1 */
	char *key;	     /* with dots */
	char *value;
	char *running; /* in the namespace they are for, now; NULL: there is no such setting */
};

struct host {
	struct host_netns *netns; /* by inum; not those that could not be entered */
	size_t nr_netns;
	uint32_t own_inum;  /* the namespace that this process is in; 0: not known */
	uint32_t init_inum; /* the host's; 0: not known */
	/* What boot sets, in the host's namespace: else, where that is not known, in our own. */
	uint32_t files_inum; /* which of them */
	struct sysctl_line *lines; /* none, if that cannot be entered */
	size_t nr_lines;
	bool has_kubernetes; /* a process of it runs here */
	/* The name of a port that services have, or NULL. NULL: names are not known. */
	const char *(*service_name)(uint16_t port, uint8_t proto);
};

/* NULL when out of memory; free with host_free(), which takes NULL. */
struct host *host_new(void);
void host_free(struct host *host);

/* One more, with nothing known; NULL when out of memory. */
struct host_netns *host_add_netns(struct host *host, uint32_t inum);
struct listener *host_add_listener(struct host_netns *netns, uint8_t proto, uint16_t port);

/* Takes copies; a line of the same key is overridden. -ENOMEM. */
int host_add_line(struct host *host, const char *path, unsigned int number, const char *key,
		  const char *value);

/* When all are added: brings them into order, and leaves one listener for each port and proto. */
void host_sort(struct host *host);

/* NULL: nothing is known of it. */
const struct host_netns *host_find_netns(const struct host *host, uint32_t inum);
const struct sysctl_line *host_find_line(const struct host *host, const char *key);

#endif
