/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTTRACE_TAKE_HOST_H
#define PORTTRACE_TAKE_HOST_H

#include "snapshot.h"

/* The names of this host and of its kernel. */
void take_host(struct snapshot *snapshot);

#endif
