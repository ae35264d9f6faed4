/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that others chose, of processes, cgroups, namespaces: they may hold anything. */
#ifndef PORTTRACE_PRINTABLE_H
#define PORTTRACE_PRINTABLE_H

#include <stddef.h>

/* Copies at most size - 1 bytes, and a zero; what is no printable ASCII becomes a question mark. To itself, too. */
void printable_copy(char *to, size_t size, const char *from);

#endif
