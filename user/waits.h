/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loops of the commands wait for: signals that end them, and time. */
#ifndef PORTTRACE_WAITS_H
#define PORTTRACE_WAITS_H

#include <signal.h>
#include <stdbool.h>

/* Which signals are heard: those that end a program, and besides */
enum waits_kind {
	WAITS_PLAIN,
	WAITS_SCREEN,  /* those that change a screen */
	WAITS_COMMAND, /* its end, and those that are passed on to it */
};

/*
 * Blocks the signals of waits_open_signals(), so that none is lost, and none ends the program in
 * between; to be called first thing, before there is anything to clean up. A hangup that is ignored,
 * see nohup(1), stays so.
 */
void waits_block_signals(void);

/* The same of WAITS_COMMAND; the mask of before is for the command to have. */
void waits_block_signals_of_command(sigset_t *ret_before);

/* A signalfd() for them. Output ends by them as well. Negative errno, after a message. */
int waits_open_signals(int *ret_signals, enum waits_kind kind);

/* A timerfd() that stands still. The same. */
int waits_open_timer(int *ret_timer);

/* From now on it is readable each interval_s seconds. */
void waits_start_timer(int timer, double interval_s);

/* That it has been readable is over; false: it was not. */
bool waits_hear_timer(int timer);

#endif
