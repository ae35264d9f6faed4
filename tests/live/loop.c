// SPDX-License-Identifier: GPL-2.0-only
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noreturn)) static void repeat(void (*once)(void *arg), void *arg, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		once(arg);
	_exit(0);
}

pid_t loop_start(void (*once)(void *arg), void *arg)
{
	pid_t parent = getpid(), pid;

	/* What is not yet flushed would be written twice. */
	fflush(stdout);
	pid = fork();
	if (!pid)
		repeat(once, arg, parent);
	return pid;
}

void loop_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}
