/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says of sockets without BPF: messages of NETLINK_SOCK_DIAG, made and read. Pure:
 * source_diag.c sends and receives them.
 */
#ifndef PORTTRACE_DIAG_H
#define PORTTRACE_DIAG_H

#include "port_list.h"
#include "snapshot.h"

/* A state that the C library has no name for: a connection that is not yet accepted. */
#define DIAG_REQUEST 12

/* A socket of one network namespace that has a local port. */
struct diag_socket {
	struct route_key key; /* netns is not set; no destination where it is not connected */
	uint32_t left_ms;     /* of a TIME_WAIT */
	uint16_t port;
	uint8_t state; /* TCP_* of the kernel */
	bool is_time_wait; /* in its FIN_WAIT2 form, too */
	bool is_on_device;
	bool v6only; /* of IPv6, not connected: without IPv4 */
};

struct diag_sockets {
	struct diag_socket *sockets;
	size_t nr, room;
};

void diag_free(struct diag_sockets *sockets);

/* A request for all sockets of that family and protocol; what is to be sent, and its length. */
struct diag_request {
	char bytes[128];
	size_t length;
};
void diag_ask(struct diag_request *request, uint8_t family, uint8_t proto);

/*
 * Reads what one recv() gave, of the answer to a request for that protocol, and adds its sockets. 0:
 * there is more to come; 1: that was all. Else what the kernel said, a negative errno, or -EBADMSG:
 * these are no such messages; -ENOMEM.
 */
int diag_read(struct diag_sockets *sockets, uint8_t proto, const void *bytes, size_t length);

/* By what routes are counted. */
struct diag_settings {
	int32_t range_low, range_high;
	int64_t tw_reuse;
	const struct port_list *reserved;
};

/*
 * Adds the rows that these sockets are to an empty snapshot: routes and sets of ports of that
 * namespace. supposed: settings to count by as well, or NULL. Sorts the sockets. -ENOMEM.
 */
int diag_add_rows(struct diag_sockets *sockets, uint32_t netns,
		  const struct diag_settings *settings, const struct diag_settings *supposed,
		  struct snapshot *snapshot);

#endif
