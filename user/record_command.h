/* SPDX-License-Identifier: GPL-2.0-only */
/* The command that is run while one records: started, told of signals, waited for. */
#ifndef PORTTRACE_RECORD_COMMAND_H
#define PORTTRACE_RECORD_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "err.h"

/* Zeroed: there is none. */
struct record_command {
	pid_t pid;
	bool has_ended;
	int status; /* then: as a shell has it, 128 and the signal for one that was killed */
};

/* What the command is to find as it would without this program, which has changed it for itself. */
struct command_signals {
	sigset_t mask;
	bool ignores_pipe, ignores_xfsz;
};

/*
 * Starts it, with these signals. keep_stdout: our standard output is for something else, and
 * its own goes to standard error. Negative errno, with the reason; then status is 127 if there is no
 * such program, or 126, as env(1) has it.
 */
int record_command_start(struct record_command *command, char *const *words,
			 const struct command_signals *signals, bool keep_stdout,
			 struct reason *reason);

/* Passes on a signal that came from another process: those of the terminal come to both. */
void record_command_pass_on(const struct record_command *command,
			    const struct signalfd_siginfo *signal);

/* After SIGCHLD: whether it has ended. */
bool record_command_look(struct record_command *command);

/* Until it has ended; signals are passed on. */
void record_command_wait(struct record_command *command, int signals);

#endif
