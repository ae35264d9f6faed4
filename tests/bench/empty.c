// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor: programs that do nothing, attached to the very hooks of one of porttrace's back-ends,
 * twins included. What they cost is the hooks' price, and not that of what is done there.
 *
 *   empty --probe BACKEND --wait
 *   empty --probe BACKEND --beside --rounds N -- COMMAND [ARG...]
 *
 * With --wait it says one line when all are attached, and stays until it is ended.
 *
 * With --beside it runs COMMAND in each of N rounds, and compares its programs with those of the same
 * names of a porttrace that is attached, process $ONLOOKER_PID (beside.sh): both run at each event, one
 * right after the other. For each that ran in a round, one line on stdout:
 *
 *   ROUND PROGRAM RUNS RUN_NS RUN_NS_OF_EMPTY
 *
 * with the mean nanoseconds of one run as the kernel's own statistics have them, which include a
 * part of its two readings of the clock.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend.h"
#include "bench/empty.skel.h"
#include "programs.h"
#include "tracefs.h"

struct wishes {
	enum backend_id backend;
	pid_t beside; /* 0: only wait */
	unsigned long rounds;
	char **command;
};

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list args;

	fputs("empty: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(1);
}

/* ---- The programs ---- */

static void choose(struct empty_bpf *skeleton, enum backend_id backend)
{
	struct bpf_program *program;
	struct kernel_facts facts;
	struct reason reason;

	if (backend_read_facts(NULL, &facts, &reason))
		fail("%s", reason.text);
	bpf_object__for_each_program(program, skeleton->obj) {
		const char *slash = strrchr(bpf_program__section_name(program), '/');

		bpf_program__set_autoload(program,
					  slash && backend_wants(backend,
								 bpf_program__name(program),
								 slash + 1, &facts));
	}
}

static void attach(enum backend_id backend)
{
	/* Kernels before 5.11 charge maps to it. */
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct empty_bpf *skeleton;
	struct bpf_program *program;
	unsigned int nr = 0;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	skeleton = empty_bpf__open();
	if (!skeleton)
		fail("cannot open its programs: %s", strerror(errno));
	choose(skeleton, backend);
	if (empty_bpf__load(skeleton))
		fail("cannot load its programs: %s", strerror(errno));
	bpf_object__for_each_program(program, skeleton->obj) {
		if (!bpf_program__autoload(program))
			continue;
		if (!tracefs_attach(program))
			fail("cannot attach to %s: %s", bpf_program__section_name(program),
			     strerror(errno));
		nr++;
	}
	if (!nr)
		fail("back-end %s has no programs", backends[backend].name);
}

/* ---- The comparison ---- */

static void run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* What it says would be between the lines of this program. */
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execv(command[0], command);
		fprintf(stderr, "empty: cannot run %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("%s has failed (status 0x%x)", command[0], status);
}

static double mean_ns(const struct program *before, const struct program *after)
{
	return after->runs == before->runs ? 0 :
					     (double)(after->run_ns - before->run_ns) /
						     (after->runs - before->runs);
}

/* Events of others come between the readings: the runs of both differ by some. */
static void print_round(unsigned long round, const struct programs before[2],
			const struct programs after[2])
{
	size_t i;

	for (i = 0; i < after[0].nr; i++) {
		const struct program *now = &after[0].list[i], *then = &before[0].list[i];
		const struct program *empty = programs_find(&after[1], now->name);

		if (!empty || now->runs == then->runs)
			continue;
		printf("%lu %s %llu %.1f %.1f\n", round, now->name,
		       (unsigned long long)(now->runs - then->runs), mean_ns(then, now),
		       mean_ns(programs_find(&before[1], now->name), empty));
	}
	fflush(stdout);
}

static void compare(const struct wishes *wishes)
{
	struct programs before[2], after[2];
	int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	unsigned long round;

	if (statistics < 0)
		fail("cannot switch the kernel's statistics on: %s", strerror(errno));
	if (programs_of(wishes->beside, &before[0]) || programs_of(getpid(), &before[1]))
		fail("cannot list the programs of process %d: %s", wishes->beside,
		     strerror(errno));
	for (round = 0; round < wishes->rounds; round++) {
		programs_read(&before[0]);
		programs_read(&before[1]);
		memcpy(after, before, sizeof(after));
		run(wishes->command);
		if (programs_read(&after[0]) || programs_read(&after[1]))
			fail("process %d is gone", wishes->beside);
		print_round(round, before, after);
	}
	close(statistics);
}

static struct wishes parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "probe", required_argument, NULL, 'p' },
		{ "beside", no_argument, NULL, 'b' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "wait", no_argument, NULL, 'w' },
		{},
	};
	const char *onlooker = getenv("ONLOOKER_PID");
	struct wishes wishes = { .backend = NR_BACKENDS };
	bool waits = false;
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'p')
			wishes.backend = backend_by_name(optarg);
		else if (option == 'b')
			wishes.beside = onlooker ? atoi(onlooker) : 0;
		else if (option == 'r')
			wishes.rounds = strtoul(optarg, NULL, 10);
		else if (option == 'w')
			waits = true;
		else
			exit(2);
	}
	wishes.command = argv + optind;
	if (wishes.backend == NR_BACKENDS || waits == !!wishes.beside ||
	    waits == !!wishes.command[0])
		fail("--probe BACKEND, and --wait or --beside --rounds N -- COMMAND");
	return wishes;
}

int main(int argc, char **argv)
{
	const struct wishes wishes = parse(argc, argv);

	attach(wishes.backend);
	if (wishes.beside) {
		compare(&wishes);
		return 0;
	}
	printf("attached\n");
	fflush(stdout);
	while (true)
		pause();
}
