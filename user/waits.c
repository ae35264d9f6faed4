// SPDX-License-Identifier: GPL-2.0-only
#include "waits.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "err.h"
#include "output.h"

static bool is_ignored(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) && action.sa_handler == SIG_IGN;
}

static void signals_to_hear(sigset_t *set, enum waits_kind kind)
{
	static const int of_screen[] = { SIGWINCH, SIGCONT };
	static const int of_command[] = { SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM };
	size_t i;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	/* A blocked signal is heard even if it is ignored. */
	if (!is_ignored(SIGHUP))
		sigaddset(set, SIGHUP);
	for (i = 0; kind == WAITS_SCREEN && i < sizeof(of_screen) / sizeof(of_screen[0]); i++)
		sigaddset(set, of_screen[i]);
	for (i = 0; kind == WAITS_COMMAND && i < sizeof(of_command) / sizeof(of_command[0]); i++)
		sigaddset(set, of_command[i]);
}

void waits_block_signals(void)
{
	sigset_t set;

	signals_to_hear(&set, WAITS_SCREEN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void waits_block_signals_of_command(sigset_t *ret_before)
{
	sigset_t set;

	signals_to_hear(&set, WAITS_COMMAND);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

int waits_open_signals(int *ret_signals, enum waits_kind kind)
{
	sigset_t set;
	int err;

	signals_to_hear(&set, kind);
	*ret_signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	err = *ret_signals < 0 ? -errno : output_until_signal(*ret_signals);
	if (err)
		complain("cannot wait for signals: %s", strerror(-err));
	return err;
}

int waits_open_timer(int *ret_timer)
{
	int err;

	*ret_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*ret_timer >= 0)
		return 0;
	err = -errno;
	complain("cannot wait for time to pass: %s", strerror(-err));
	return err;
}

void waits_start_timer(int timer, double interval_s)
{
	struct itimerspec times = {};

	times.it_value.tv_sec = interval_s;
	times.it_value.tv_nsec = (interval_s - times.it_value.tv_sec) * 1e9;
	times.it_interval = times.it_value;
	timerfd_settime(timer, 0, &times, NULL);
}

bool waits_hear_timer(int timer)
{
	uint64_t expirations;

	return read(timer, &expirations, sizeof(expirations)) == sizeof(expirations);
}
