// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.h"

/* From one step to the next, on an emulated processor. */
#define STEP_LIMIT_S 120

static const struct {
	const char *name;
	void (*run)(unsigned int n, bool is_unwatched);
} kinds[] = {
	{ "owners", load_owners },
	{ "settings", load_settings },
	{ "gone", load_gone },
	{ "names", load_names },
	{ "churn", load_churn },
	{ "accepted", load_accepted },
	{ "storm-of-resets", load_storm_of_resets },
	{ "storm-of-time-waits", load_storm_of_time_waits },
	{ "storm-of-listeners", load_storm_of_listeners },
	{ "storm-of-rebinds", load_storm_of_rebinds },
	{ "wide-storm", load_wide_storm },
	{ "left", load_left },
	{ "eta", load_eta },
	{ "who-listeners", load_who_listeners },
	{ "who-bound", load_who_bound },
	{ "who-connections", load_who_connections },
	{ "who-ends", load_who_ends },
	{ "who-udp", load_who_udp },
	{ "who-shared", load_who_shared },
	{ "who-two-netns", load_who_two_netns },
	{ "who-free", load_who_free },
	{ "who-unanswered", load_who_unanswered },
	{ "who-mptcp", load_who_mptcp },
	{ "what-if", load_what_if },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static unsigned int step;

/* ---- What is said ---- */

void load_begin_step(void)
{
	printf("section %u\n", ++step);
}

void load_begin_owners(void)
{
	printf("owners %u\n", step);
}

void load_say_rows(unsigned long netns, unsigned int nr)
{
	printf("rows %u %lu %u\n", step, netns, nr);
}

void load_say_gone(unsigned long netns, uint16_t low, uint16_t high)
{
	printf("gone %u %lu %u-%u\n", step, netns, low, high);
}

void load_say(const char *word)
{
	puts(word);
	if (fflush(stdout) || ferror(stdout))
		plan_failed("cannot write the report");
}

void load_await_go_on(void)
{
	char byte;
	ssize_t got;

	do
		got = read(STDIN_FILENO, &byte, sizeof(byte));
	while (got < 0 && errno == EINTR);
	if (got != 1)
		plan_failed("nobody says to go on");
}

bool load_is_told_to_go_on(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, 0) == 1;
}

void load_end_step(bool is_last)
{
	char word[32];

	if (is_last)
		puts("last");
	snprintf(word, sizeof(word), "step %u", step);
	load_say(word);
	plan_limit(0);
	load_await_go_on();
	plan_limit(STEP_LIMIT_S);
}

/* ---- Processes of it ---- */

pid_t load_fork(void)
{
	pid_t parent = getpid(), pid;

	/* What is not yet flushed would be written twice. */
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		plan_failed("no process: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(PLAN_FAILED);
	}
	return pid;
}

void load_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

/* ---- The command line ---- */

int main(int argc, char **argv)
{
	bool is_unwatched = argc > 1 && !strcmp(argv[1], "--unwatched");
	size_t i;

	argc -= is_unwatched;
	argv += is_unwatched;
	for (i = 0; argc == 3 && i < NR_KINDS; i++) {
		if (strcmp(kinds[i].name, argv[1]))
			continue;
		plan_limit(STEP_LIMIT_S);
		kinds[i].run(strtoul(argv[2], NULL, 10), is_unwatched);
		load_say("end");
		return PLAN_DONE;
	}
	fputs("usage: census-load [--unwatched] KIND NUMBER\n", stderr);
	return PLAN_USAGE;
}
