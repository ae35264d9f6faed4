/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that take ports, each entered into the ledger with what it returned. All
 * sockets of the workload are made, bound and connected here, but for what accept() returns: a
 * connection that a server accepted counts nowhere.
 *
 * The calls return 0 or a negative errno. An error that the ledger has no rule for ends the plan.
 */
#ifndef LIVE_CALLS_H
#define LIVE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "ledger.h"

enum send_how {
	SEND_TO,
	SEND_MSG,
	SEND_MMSG,
};

/* Close-on-exec; type may have SOCK_NONBLOCK. */
int calls_socket(int domain, int type, int protocol);

int calls_bind(int fd, const union address *to);

/* Another process bound these ports: what runs into them is LEDGER_PORT_IN_USE. */
void calls_others_bound(enum ledger_proto proto, uint16_t first, uint16_t last);

/* A bind() of the address alone: the port is for connect(), listen() or sendto() to find. */
int calls_bind_address(int fd, const union address *to);

int calls_listen(int fd, int backlog);

/* 0 also when the connection is under way; -EINTR: it is, and the program was interrupted. */
int calls_connect(int fd, const union address *to);

/*
 * A connect() over IPv6 that this host has no address for: -EADDRNOTAVAIL, or it is not what it was
 * meant to be. A UDP socket has its port nevertheless.
 */
int calls_connect_unrouted(int fd, const union address *to);

/* Calls that must fail, or be killed, before they come to ports: not entered. */
int calls_connect_in_vain(int fd, const union address *to);
int calls_bind_in_vain(int fd, const union address *to);

/* Waits for the connection that calls_connect() left under way; 0, or why it failed. */
int calls_await_connect(int fd, int limit_ms);

/* connect() to AF_UNSPEC: resets the connection; its error stays with the socket. */
int calls_dissolve(int fd);

/* One byte from a UDP socket. */
int calls_send(int fd, const union address *to, enum send_how how);

/* One byte, and the connection with it. */
int calls_fastopen(int fd, const union address *to);

/* IP_LOCAL_PORT_RANGE. */
int calls_own_range(int fd, uint16_t low, uint16_t high);

/* Closes a connection before its peer does: it will leave a TIME_WAIT on its route. */
void calls_close_first(int fd);

/* The local port that the socket has now. */
uint16_t calls_port(int fd);

#endif
