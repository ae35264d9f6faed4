/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways into the kernel for the calls that take ports. All do the same there, but a tracer may
 * know only some of the doors.
 */
#ifndef LIVE_GATE_H
#define LIVE_GATE_H

#include <stddef.h>

#include "address.h"

/* Each returns 0, or a number of bytes, or a negative errno. */
struct gate {
	const char *name;
	/* The kernel does not have it: ends the plan. NULL: it has. */
	void (*open)(void);
	int (*bind)(int fd, const union address *to);
	int (*connect)(int fd, const union address *to);
	int (*listen)(int fd, int backlog);
	int (*sendto)(int fd, const void *bytes, size_t nr, int flags, const union address *to);
};

/* Ends with NULL. The first one is the C library's. */
extern const struct gate *const gates[];
extern const struct gate gate_library, gate_io_uring;
/* 32-bit system calls: each with its own number, and all through socketcall(). */
extern const struct gate gate_ia32, gate_socketcall;
/* The C library's, with each address in a page that nobody has touched. */
extern const struct gate gate_fresh_page;

/* The one that calls.c goes through, and from now on another one. */
const struct gate *gate(void);
void gate_choose(const struct gate *chosen);

/* NULL: there is none of that name. */
const struct gate *gate_find(const char *name);

#endif
