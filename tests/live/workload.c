// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does an exactly known number of port allocations, and of allocations that fail, in a network
 * namespace of its own, and prints what it did: the figures that a tracer has to arrive at. They
 * come from what the system calls returned to it (calls.h), never from a tracer.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "gate.h"
#include "kinds.h"
#include "ledger.h"
#include "plan.h"
#include "sandbox.h"

/* Long enough for tens of thousands of connections on an emulated processor. */
#define PLAN_LIMIT_S 120

#define NAME_SIZE 64

/* The mapped family's clients are AF_INET6 sockets, its servers ordinary IPv4 ones. */
static const struct family families[] = {
	{ V4, "4", AF_INET, &families[0], "127.0.0.1", "127.0.0.9", "198.51.100.1" },
	{ V6, "6", AF_INET6, &families[1], "::1", "::1", "2001:db8::1" },
	{ MAPPED, "-mapped", AF_INET6, &families[0], "::ffff:127.0.0.1", "::ffff:127.0.0.9",
	  "::ffff:198.51.100.1" },
	{},
};

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const struct transport transports[] = {
	{ TCP, "tcp", SOCK_STREAM, IPPROTO_TCP },
	{ UDP, "udp", SOCK_DGRAM, IPPROTO_UDP },
	{ MPTCP, "mptcp", SOCK_STREAM, IPPROTO_MPTCP },
	{},
};

static const struct kind *const tables[] = {
	kinds_close, kinds_connect, kinds_full,	  kinds_bind,	 kinds_mptcp,	kinds_busy,
	kinds_miss,  kinds_waiting, kinds_holder, kinds_pattern, kinds_crowd,	kinds_device,
	kinds_unrouted, kinds_released, NULL,
};

struct options {
	bool hold, events, wait;
	const struct gate *gate;
	const char *comm;   /* NULL: the program's own name */
	const char *cgroup; /* a directory of cgroup2, or NULL */
	unsigned int low, high; /* 0: the kind's own range */
	const char *name;
	unsigned int n, m;
};

/* Calls visit for every transport and family that a kind is offered for, until it says true. */
static bool each_job(bool (*visit)(struct job *job, const char *name, void *arg), void *arg)
{
	const struct kind *const *table, *kind;
	const struct transport *transport;
	const struct family *family;
	char name[NAME_SIZE];

	for (table = tables; *table; table++)
		for (kind = *table; kind->name; kind++)
			for (transport = transports; transport->name; transport++)
				for (family = families; family->suffix; family++) {
					struct job job = { kind, transport, family, 0, 0 };

					if (!(kind->transports & transport->bit) ||
					    !(kind->families & family->bit))
						continue;
					snprintf(name, sizeof(name), "%s%s-%s", transport->name,
						 family->suffix, kind->name);
					if (visit(&job, name, arg))
						return true;
				}
	return false;
}

static bool print_job(struct job *job, const char *name, void *arg)
{
	(void)arg;
	printf("%-32s N: %s; M: %s\n", name, job->kind->n ? job->kind->n : "ignored",
	       job->kind->m ? job->kind->m : "ignored");
	return false;
}

struct search {
	const char *name;
	struct job job;
};

static bool take_job(struct job *job, const char *name, void *arg)
{
	struct search *search = arg;

	if (strcmp(name, search->name))
		return false;
	search->job = *job;
	return true;
}

static void usage(void)
{
	fprintf(stderr, "usage: workload [--range LO-HI] [--hold] [--wait] [--events]\n"
			"                [--by GATE] [--comm NAME] [--cgroup DIRECTORY]\n"
			"                KIND N M\n"
			"       workload --list\n");
	exit(PLAN_USAGE);
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || value > 1000000)
		usage();
	return value;
}

static void parse_range(const char *text, struct options *ret_options)
{
	char end;

	if (sscanf(text, "%u-%u%c", &ret_options->low, &ret_options->high, &end) != 2 ||
	    !ret_options->low || ret_options->low > ret_options->high ||
	    ret_options->high > UINT16_MAX)
		usage();
}

static void parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option names[] = {
		{ "range", required_argument, NULL, 'r' },
		{ "hold", no_argument, NULL, 'h' },
		{ "wait", no_argument, NULL, 'w' },
		{ "events", no_argument, NULL, 'e' },
		{ "by", required_argument, NULL, 'b' },
		{ "comm", required_argument, NULL, 'c' },
		{ "cgroup", required_argument, NULL, 'g' },
		{ "list", no_argument, NULL, 'l' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'r':
			parse_range(optarg, ret_options);
			break;
		case 'h':
			ret_options->hold = true;
			break;
		case 'w':
			ret_options->wait = true;
			break;
		case 'e':
			ret_options->events = true;
			break;
		case 'b':
			ret_options->gate = gate_find(optarg);
			if (!ret_options->gate)
				usage();
			break;
		case 'c':
			ret_options->comm = optarg;
			break;
		case 'g':
			ret_options->cgroup = optarg;
			break;
		case 'l':
			each_job(print_job, NULL);
			exit(PLAN_DONE);
		default:
			usage();
		}
	}
	if (argc - optind != 3)
		usage();
	ret_options->name = argv[optind];
	ret_options->n = number(argv[optind + 1]);
	ret_options->m = number(argv[optind + 2]);
}

static void choose_range(const struct job *job, struct options *options)
{
	if (!options->low) {
		options->low = job->kind->range_of_n ? FIRST_OWN_PORT : WIDE_RANGE_LOW;
		options->high = job->kind->range_of_n ? FIRST_OWN_PORT + job->n - 1 :
							WIDE_RANGE_HIGH;
	}
	/* The TCP search goes by parity and never visits one port of an odd range. */
	if (job->kind->range_of_n && job->transport->type == SOCK_STREAM &&
	    (options->high - options->low) % 2 == 0)
		plan_failed("%s needs a range of even size", options->name);
}

/* The kernel's own count says whether the ledger has it all, and nothing twice. */
static void check_ledger(void)
{
	unsigned long opened = sandbox_active_opens(), entered = ledger_nr_connections();

	if (opened != entered)
		plan_failed("the kernel opened %lu connections, the ledger has %lu", opened,
			    entered);
}

/* Its number may have been that of another namespace until now. */
static void say_where(void)
{
	char text[32];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	printf("netns %lu since %s.%06ldZ\n", sandbox_inum(), text, now.tv_nsec / 1000);
}

static void report(void)
{
	ledger_print(stdout);
	events_print(stdout);
	printf("end\n");
	if (fflush(stdout) || ferror(stdout))
		plan_failed("cannot write the report");
}

/* Everything is there but what it will do. */
static void wait_for_line(void)
{
	char byte;

	puts("ready");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, sizeof(byte)) != sizeof(byte))
		plan_failed("nobody said that it may go on");
}

static void hold_until_eof(void)
{
	char byte;
	ssize_t got;

	do
		got = read(STDIN_FILENO, &byte, sizeof(byte));
	while (got > 0 || (got < 0 && errno == EINTR));
}

/* What a tracer knows the process by. */
static void become(const struct options *options)
{
	if (options->cgroup)
		sandbox_join_cgroup(options->cgroup);
	if (options->comm && prctl(PR_SET_NAME, options->comm) < 0)
		plan_failed("PR_SET_NAME: %s", strerror(errno));
	if (options->events)
		events_begin();
}

int main(int argc, char **argv)
{
	struct options options = { .gate = &gate_library };
	struct search search = {};

	parse_options(argc, argv, &options);
	search.name = options.name;
	if (!each_job(take_job, &search)) {
		fprintf(stderr, "workload: no kind \"%s\"; --list has them\n", options.name);
		return PLAN_USAGE;
	}
	search.job.n = options.n;
	search.job.m = options.m;
	if (search.job.kind->n && !options.n)
		usage();
	choose_range(&search.job, &options);

	plan_limit(PLAN_LIMIT_S);
	become(&options);
	sandbox_allow_descriptors();
	sandbox_enter(options.low, options.high);
	say_where();
	if (options.wait)
		wait_for_line();
	gate_choose(options.gate);
	search.job.kind->run(&search.job);
	check_ledger();
	report();
	plan_limit(0);
	if (options.hold)
		hold_until_eof();
	return PLAN_DONE;
}
