/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that makes the names: everything that can go wrong with somebody's files, in here. */
#ifndef PORTTRACE_STACK_CHILD_H
#define PORTTRACE_STACK_CHILD_H

#include <sys/types.h>

/* Starts it: its pid, and in *ret_socket what to talk to it by; or a negative errno. */
pid_t stack_child_start(int *ret_socket);

#endif
