// SPDX-License-Identifier: GPL-2.0-only
#include "waits.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "err.h"
#include "output.h"

static void signals_to_hear(sigset_t *set, bool screen)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	if (screen) {
		sigaddset(set, SIGWINCH);
		sigaddset(set, SIGCONT);
	}
}

void waits_block_signals(void)
{
	sigset_t set;

	signals_to_hear(&set, true);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int waits_open_signals(int *ret_signals, bool screen)
{
	sigset_t set;
	int err;

	signals_to_hear(&set, screen);
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
