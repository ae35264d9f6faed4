/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVE_WAIT_H
#define LIVE_WAIT_H

#include <stdbool.h>

/* Asks every few milliseconds; false when it does not hold within limit_ms. */
bool wait_until(bool (*holds)(const void *arg), const void *arg, int limit_ms);

/* CLOCK_MONOTONIC */
long long now_ms(void);

#endif
