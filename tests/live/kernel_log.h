/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says while a case runs. */
#ifndef LIVE_KERNEL_LOG_H
#define LIVE_KERNEL_LOG_H

#include <stdbool.h>

/* From now on; where its log cannot be read, nothing is found in it. */
void kernel_log_begin(void);

/* The first complaint since then: a warning, a bug, a stall; or NULL. Valid until the next call. */
const char *kernel_log_complaint(void);

#endif
