/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loops of the commands wait for: signals that end them, and time. */
#ifndef PORTTRACE_WAITS_H
#define PORTTRACE_WAITS_H

#include <stdbool.h>

/*
 * Blocks the signals of waits_open_signals(), so that none is lost, and none ends the program in
 * between; to be called first thing, before there is anything to clean up.
 */
void waits_block_signals(void);

/*
 * A signalfd() for those that end a program, and with a screen for those that change it. Output ends
 * by them as well. Negative errno, after a message.
 */
int waits_open_signals(int *ret_signals, bool screen);

/* A timerfd() that stands still. The same. */
int waits_open_timer(int *ret_timer);

/* From now on it is readable each interval_s seconds. */
void waits_start_timer(int timer, double interval_s);

/* That it has been readable is over; false: it was not. */
bool waits_hear_timer(int timer);

#endif
