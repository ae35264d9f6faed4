// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs porttrace beside workloads whose figures are known, and compares. One porttrace watches
 * them all, each in a network namespace of its own, which stays until the end: the numbers of
 * namespaces are used again. Needs root, and no other program, so that it runs in an initramfs.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "beside.h"
#include "census.h"
#include "coverage.h"
#include "headroom.h"
#include "lifecycle.h"
#include "outcome.h"
#include "setup.h"
#include "trace_cases.h"
#include "what_if.h"
#include "who.h"

/* Random mixes of sockets; an emulated processor takes a second for each three. */
#define NR_MIXES 200
#define NR_MIXES_EMULATED 60

enum { EXIT_USAGE = 2 };

/*
 * Of mixes, unless --seed says another: the same each time, so that a failure is one of what is
 * tested.
 */
#define DEFAULT_SEED 7000

struct options {
	struct live_setup setup;
	bool list, strict;
	/* The random mixes of headroom.h: number of the first one, and how many. */
	uint64_t seed;
	unsigned int nr_mixes; /* 0: as many as are usual */
};

static const char *const probes[] = { "fentry", "kprobe", "tracepoint", NULL };

static void run_lifecycle(const char *name, void *arg)
{
	const struct options *options = arg;
	const struct lifecycle_setup setup = {
		.porttrace = options->setup.porttrace,
		.workload = options->setup.workload,
		.probe = options->setup.probe,
	};

	if (setup_wants(&options->setup, name))
		lifecycle_run(name, &setup);
}

/*
 * In a virtual machine all mixes are run with one back-end, and few with the others: what is
 * counted by walking over the kernel's tables does not come from the back-end.
 */
static struct headroom_setup headroom_setup(const struct options *options)
{
	bool is_once = options->setup.own_machine && !setup_is_tracepoint(&options->setup);
	unsigned int usual = options->setup.own_machine ? NR_MIXES_EMULATED : NR_MIXES;
	struct headroom_setup setup = {
		.porttrace = options->setup.porttrace,
		.workload = options->setup.workload,
		.probe = options->setup.probe,
		.only = options->setup.only,
		.lacks = options->setup.lacks,
		.seed = options->seed,
		.nr_random = is_once ? 0 : options->nr_mixes ? options->nr_mixes : usual,
		.few = is_once,
	};

	return setup;
}

static void run_all(struct options *options)
{
	struct headroom_setup setup = headroom_setup(options);
	char why[256];

	if (!backend_is_usable(options->setup.porttrace, options->setup.probe, why, sizeof(why))) {
		outcome_skip("start", false, "%s", why);
		return;
	}
	if (setup_wants(&options->setup, COVERAGE_NAME))
		coverage_run(options->setup.workload);
	lifecycle_each(run_lifecycle, options);
	trace_run(&options->setup);
	beside_run(&options->setup);
	headroom_run(&setup);
	census_run(&setup, options->setup.own_machine);
	what_if_run(&setup);
	/* It has no back-end: once for all of them is enough. */
	if (!options->setup.own_machine || setup_is_tracepoint(&options->setup))
		who_run(&setup);
	beside_run_lone(&options->setup);
}

/* ---- The command line ---- */

static void usage(void)
{
	fputs("usage: live --porttrace PATH --workload PATH --probe fentry|kprobe|tracepoint\n"
	      "            [--only PART[,PART...]] [--own-machine] [--strict]\n"
	      "            [--lacks FEATURE[,FEATURE...]] [--seed NUMBER] [--mixes NUMBER]\n"
	      "       live --list --workload PATH\n"
	      "The programs workload and mix are in one folder. --mixes says how many random\n"
	      "mixes of sockets are tried, and --seed is the number of the first one.\n"
	      "With --own-machine, cases run as well that interrupt and preempt all others.\n"
	      "With --strict, or CI=true in the environment, a skip fails, unless --lacks says\n"
	      "that this kernel is known not to have what the case needs.\n",
	      stderr);
	exit(EXIT_USAGE);
}

static void print_name(const char *name, void *arg)
{
	(void)arg;
	puts(name);
}

static int list(const struct options *options)
{
	struct headroom_setup setup = headroom_setup(options);

	puts(COVERAGE_NAME);
	lifecycle_each(print_name, NULL);
	trace_each(print_name, NULL);
	beside_each(print_name, NULL);
	census_each(print_name, NULL);
	what_if_each(print_name, NULL);
	who_each(print_name, NULL);
	return headroom_each(&setup, print_name, NULL) ? 0 : 1;
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text)
		usage();
	return value;
}

static void parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option names[] = {
		{ "porttrace", required_argument, NULL, 'p' },
		{ "workload", required_argument, NULL, 'w' },
		{ "probe", required_argument, NULL, 'P' },
		{ "only", required_argument, NULL, 'o' },
		{ "own-machine", no_argument, NULL, 'm' },
		{ "strict", no_argument, NULL, 's' },
		{ "lacks", required_argument, NULL, 'L' },
		{ "seed", required_argument, NULL, 'S' },
		{ "mixes", required_argument, NULL, 'M' },
		{ "list", no_argument, NULL, 'l' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'p':
			ret_options->setup.porttrace = optarg;
			break;
		case 'w':
			ret_options->setup.workload = optarg;
			break;
		case 'P':
			ret_options->setup.probe = optarg;
			break;
		case 'o':
			ret_options->setup.only = optarg;
			break;
		case 'm':
			ret_options->setup.own_machine = true;
			break;
		case 's':
			ret_options->strict = true;
			break;
		case 'L':
			ret_options->setup.lacks = optarg;
			break;
		case 'S':
			ret_options->seed = number(optarg);
			break;
		case 'M':
			ret_options->nr_mixes = number(optarg);
			break;
		case 'l':
			ret_options->list = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}

static bool is_probe(const char *name)
{
	const char *const *probe;

	for (probe = probes; *probe; probe++) {
		if (!strcmp(*probe, name))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const char *ci = getenv("CI");
	struct options options = {
		.strict = ci && !strcmp(ci, "true"),
		.seed = DEFAULT_SEED,
	};

	parse_options(argc, argv, &options);
	if (!options.setup.workload)
		usage();
	if (options.list)
		return list(&options);
	if (!options.setup.porttrace || !options.setup.probe || !is_probe(options.setup.probe))
		usage();
	/* A child that is gone is seen at the reading end. */
	signal(SIGPIPE, SIG_IGN);
	outcome_begin(options.setup.probe, options.strict);
	run_all(&options);
	return outcome_end();
}
