// SPDX-License-Identifier: GPL-2.0-only
#include "stranger.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger.h"
#include "plan.h"

struct report {
	pid_t partner;
};

__attribute__((noreturn)) static void stay(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(PLAN_FAILED);
}

static pid_t fork_or_fail(void)
{
	pid_t pid = fork();

	if (pid < 0)
		plan_failed("fork: %s", strerror(errno));
	return pid;
}

/* The workload reads to the end of the pipe, so nobody else may have it open. */
static pid_t start_partner(int pipe_end)
{
	pid_t parent = getpid(), pid = fork_or_fail();

	if (!pid) {
		close(pipe_end);
		stay(parent);
	}
	return pid;
}

static void write_all(int fd, const void *bytes, size_t nr)
{
	if (write(fd, bytes, nr) != (ssize_t)nr)
		plan_failed("cannot report to the workload: %s", strerror(errno));
}

/* The pipe holds all of it: ports, partner, and a row or two of the ledger. */
static void report(int fd, const uint16_t *ports, unsigned int nr_ports, bool with_partner)
{
	struct report its = { .partner = with_partner ? start_partner(fd) : 0 };

	write_all(fd, ports, nr_ports * sizeof(*ports));
	write_all(fd, &its, sizeof(its));
	ledger_hand_over(fd);
	close(fd);
}

static void read_all(int fd, void *bytes, size_t nr)
{
	size_t used = 0;

	while (used < nr) {
		ssize_t got = read(fd, (char *)bytes + used, nr - used);

		if (got <= 0)
			plan_failed("a stranger ended before it had its ports");
		used += got;
	}
}

static struct stranger start(const struct job *job, stranger_plan *plan, unsigned int nr_ports,
			     bool with_partner)
{
	struct stranger stranger = {
		.nr_ports = nr_ports,
		.ports = calloc(nr_ports, sizeof(*stranger.ports)),
	};
	pid_t parent = getpid();
	struct report its;
	int ends[2];

	if (!stranger.ports || pipe(ends) < 0)
		plan_failed("cannot start a stranger: %s", strerror(errno));
	stranger.pid = fork_or_fail();
	if (!stranger.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, STRANGER_COMM);
		ledger_clear();
		plan(job, stranger.ports, nr_ports);
		report(ends[1], stranger.ports, nr_ports, with_partner);
		stay(parent);
	}
	close(ends[1]);
	read_all(ends[0], stranger.ports, nr_ports * sizeof(*stranger.ports));
	read_all(ends[0], &its, sizeof(its));
	stranger.partner = its.partner;
	ledger_take_over(ends[0]);
	close(ends[0]);
	return stranger;
}

struct stranger stranger_start(const struct job *job, stranger_plan *plan, unsigned int nr_ports)
{
	return start(job, plan, nr_ports, false);
}

struct stranger stranger_start_pair(const struct job *job, stranger_plan *plan,
				    unsigned int nr_ports)
{
	return start(job, plan, nr_ports, true);
}

void stranger_kill(struct stranger *stranger)
{
	kill(stranger->pid, SIGKILL);
	if (waitpid(stranger->pid, NULL, 0) != stranger->pid)
		plan_failed("waitpid: %s", strerror(errno));
}
