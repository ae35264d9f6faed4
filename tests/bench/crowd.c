// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crowd of TCP sockets for the benchmarks, in network namespaces of its own, which end with it.
 *
 *   crowd --namespaces N --sockets N --time-waits N --routes N [--paths FILE]
 *
 * When the crowd is complete, this program prints one line with what the kernel says of it,
 *
 *   ready sockets S time_waits T routes R namespaces M
 *
 * and prints it anew, with the figures of that moment, for each line that it reads. It ends when
 * its standard input does. FILE gets a line for each namespace: its number, and a path to enter
 * it by.
 *
 * A socket is a connection that an automatic connect() opened; its accepted other end is there as
 * well, but is not counted. A TIME_WAIT is a connection that its client closed first. It lasts 60
 * seconds, whatever is configured.
 *
 * Namespaces, routes and workers divide what there is into equal parts: route r is in namespace
 * r * M / R, and worker r * W / R connects it. Workers are processes, for the descriptors that one
 * may have, and for the processors.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

/*
 * Beyond half of the range a connect() takes milliseconds (docs/headroom.md), and a crowd with as
 * many on one route would not be made in time.
 */
#define HALF_RANGE (NETNS_RANGE_SIZE / 2)
#define FIRST_LISTENER_PORT 1
#define MAX_WORKERS 255

/* Both ends of a worker's connections have to fit into its descriptors, with some to spare. */
#define SPARE_DESCRIPTORS 64

/* Of 127.0.0.0/8: all routes have addresses of their own, in whatever namespace they are. */
#define FIRST_DESTINATION 0x7f010000

#define LIMIT_S 60 /* the first TIME_WAITs are gone by then */
#define POLL_NS 50000000

static volatile sig_atomic_t is_ended; /* by a signal */

struct crowd {
	unsigned long namespaces, sockets, time_waits, routes, workers;
	struct netns *netns;
	pid_t *pids;
};

struct figures {
	unsigned long sockets, time_waits;
};

/* ---- Shares ---- */

/* The i-th of so many equal shares. */
static unsigned long share(unsigned long total, unsigned long i, unsigned long of)
{
	return total * (i + 1) / of - total * i / of;
}

static unsigned long netns_of(const struct crowd *crowd, unsigned long route)
{
	return route * crowd->namespaces / crowd->routes;
}

static unsigned long worker_of(const struct crowd *crowd, unsigned long route)
{
	return route * crowd->workers / crowd->routes;
}

/* A worker has one in each namespace where it has a route. */
static unsigned long count_listeners(const struct crowd *crowd)
{
	unsigned long count = 1, route;

	for (route = 1; route < crowd->routes; route++)
		count += netns_of(crowd, route) != netns_of(crowd, route - 1) ||
			 worker_of(crowd, route) != worker_of(crowd, route - 1);
	return count;
}

/* ---- A worker ---- */

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("cannot make a socket: %s", strerror(errno));
	return fd;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = new_socket();

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		fail("cannot listen on port %u: %s", port, strerror(errno));
	return fd;
}

/* A new connection; ends: the client's and the server's. */
static void connect_to(const struct sockaddr_in *server, int listener, int ends[2])
{
	ends[0] = new_socket();
	if (connect(ends[0], (const struct sockaddr *)server, sizeof(*server)))
		fail("cannot connect: %s", strerror(errno));
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (ends[1] < 0)
		fail("cannot accept a connection: %s", strerror(errno));
}

/*
 * The client's FIN has to arrive before the server sends its own. On a busy machine it may not
 * have; then both close at once, and one in 100,000 connections left no TIME_WAIT of its client
 * behind.
 */
static void close_client_first(const int ends[2])
{
	char none;

	close(ends[0]);
	if (read(ends[1], &none, sizeof(none)))
		fail("a connection has not ended: %s", strerror(errno));
	close(ends[1]);
}

enum pass {
	PASS_SOCKETS, /* they stay open until the worker ends */
	PASS_TIME_WAITS,
	NR_PASSES,
};

static void connect_route(const struct crowd *crowd, unsigned long route, int listener,
			  uint16_t port, enum pass pass)
{
	const struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(FIRST_DESTINATION + route),
	};
	unsigned long total = pass == PASS_SOCKETS ? crowd->sockets : crowd->time_waits;
	unsigned long left = share(total, route, crowd->routes);
	int ends[2];

	for (; left; left--) {
		connect_to(&server, listener, ends);
		if (pass == PASS_TIME_WAITS)
			close_client_first(ends);
	}
}

/* What lasts comes first: nothing else may take up the time of TIME_WAITs. */
static void connect_all(const struct crowd *crowd, unsigned long worker)
{
	int *listeners = calloc(crowd->namespaces, sizeof(*listeners));
	uint16_t port = FIRST_LISTENER_PORT + worker;
	unsigned long route, entered = crowd->namespaces;
	enum pass pass;

	if (!listeners)
		fail("out of memory");
	for (pass = 0; pass < NR_PASSES; pass++) {
		for (route = 0; route < crowd->routes; route++) {
			unsigned long i = netns_of(crowd, route);

			if (worker_of(crowd, route) != worker)
				continue;
			if (i != entered && setns(crowd->netns[i].ns, CLONE_NEWNET))
				fail("cannot enter a network namespace: %s", strerror(errno));
			entered = i;
			if (!listeners[i])
				listeners[i] = listen_on(port);
			connect_route(crowd, route, listeners[i], port, pass);
		}
	}
	free(listeners);
}

__attribute__((noreturn)) static void work(const struct crowd *crowd, unsigned long worker,
					   pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	connect_all(crowd, worker);
	while (true)
		pause();
}

/* ---- All of it ---- */

static void read_figures(const struct crowd *crowd, struct figures *figures)
{
	unsigned long i, inuse = 0, listeners = count_listeners(crowd);

	figures->time_waits = 0;
	for (i = 0; i < crowd->namespaces; i++)
		netns_count(&crowd->netns[i], &inuse, &figures->time_waits);
	/* Both ends of each; while there is only one of the last it does not count as complete. */
	figures->sockets = inuse > listeners ? (inuse - listeners) / 2 : 0;
	if (inuse >= listeners && (inuse - listeners) % 2)
		figures->sockets++;
}

static void print_figures(const struct crowd *crowd)
{
	struct figures figures;

	read_figures(crowd, &figures);
	printf("ready sockets %lu time_waits %lu routes %lu namespaces %lu\n", figures.sockets,
	       figures.time_waits, crowd->routes, crowd->namespaces);
	fflush(stdout);
}

static void write_paths(const struct crowd *crowd, const char *path)
{
	FILE *file = fopen(path, "we");
	unsigned long i;

	for (i = 0; file && i < crowd->namespaces; i++)
		fprintf(file, "%lu /proc/%d/fd/%d\n", netns_inum(&crowd->netns[i]), getpid(),
			crowd->netns[i].ns);
	if (!file || fclose(file))
		fail("cannot write %s: %s", path, strerror(errno));
}

static void wait_until_complete(const struct crowd *crowd)
{
	const struct timespec while_waiting = { .tv_nsec = POLL_NS };
	time_t limit = time(NULL) + LIMIT_S;
	struct figures figures;

	do {
		if (is_ended)
			return;
		if (waitpid(-1, NULL, WNOHANG) > 0)
			fail("a worker has given up");
		if (time(NULL) > limit)
			fail("%lu sockets and %lu TIME_WAITs after %d s, not %lu and %lu",
			     figures.sockets, figures.time_waits, LIMIT_S, crowd->sockets,
			     crowd->time_waits);
		nanosleep(&while_waiting, NULL);
		read_figures(crowd, &figures);
	} while (figures.sockets != crowd->sockets || figures.time_waits != crowd->time_waits);
}

/* A worker is a descriptor's worth of connections, and at least one for each processor. */
static void divide(struct crowd *crowd)
{
	unsigned long per_worker, largest;
	struct rlimit descriptors;

	if (getrlimit(RLIMIT_NOFILE, &descriptors))
		fail("RLIMIT_NOFILE: %s", strerror(errno));
	descriptors.rlim_cur = descriptors.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &descriptors))
		fail("RLIMIT_NOFILE: %s", strerror(errno));
	/* The two of each namespace, and its listener. */
	per_worker = descriptors.rlim_max - 3 * crowd->namespaces - SPARE_DESCRIPTORS;
	if (descriptors.rlim_max < 4 * crowd->namespaces + SPARE_DESCRIPTORS)
		fail("too many namespaces for %lu descriptors",
		     (unsigned long)descriptors.rlim_max);
	crowd->workers = sysconf(_SC_NPROCESSORS_ONLN);
	while (crowd->workers < crowd->routes && crowd->workers < MAX_WORKERS &&
	       2 * crowd->sockets / crowd->workers > per_worker * 9 / 10)
		crowd->workers++;
	if (crowd->workers > crowd->routes)
		crowd->workers = crowd->routes;
	largest = (crowd->routes + crowd->workers - 1) / crowd->workers;
	if (2 * crowd->sockets / crowd->routes * largest > per_worker)
		fail("too many sockets for %lu descriptors a process: take more routes",
		     (unsigned long)descriptors.rlim_max);
}

static void start(struct crowd *crowd)
{
	pid_t parent = getpid();
	unsigned long i;

	crowd->netns = calloc(crowd->namespaces, sizeof(*crowd->netns));
	crowd->pids = calloc(crowd->workers, sizeof(*crowd->pids));
	if (!crowd->netns || !crowd->pids)
		fail("out of memory");
	for (i = 0; i < crowd->namespaces; i++)
		netns_make(&crowd->netns[i]);
	for (i = 0; i < crowd->workers; i++) {
		crowd->pids[i] = fork();
		if (crowd->pids[i] < 0)
			fail("cannot fork: %s", strerror(errno));
		if (!crowd->pids[i])
			work(crowd, i, parent);
	}
}

/* When it fails, the signal that its parent is gone does it. */
static void end(struct crowd *crowd)
{
	unsigned long i;

	for (i = 0; i < crowd->workers; i++)
		kill(crowd->pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	free(crowd->pids);
	free(crowd->netns);
}

static void hear_end(int signal)
{
	(void)signal;
	is_ended = 1;
}

/* Workers take a while to close what they have: nobody shall find them after the end. */
static void hear_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = hear_end };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

static unsigned long parse_number(const char *text)
{
	char *rest;
	unsigned long number = strtoul(text, &rest, 10);

	if (*text < '0' || *text > '9' || *rest || number > 10000000)
		fail("'%s' is not a number up to 10000000", text);
	return number;
}

static const char *parse(int argc, char **argv, struct crowd *crowd)
{
	unsigned long *const numbers[] = { &crowd->namespaces, &crowd->sockets, &crowd->time_waits,
					   &crowd->routes };
	enum { PATHS = sizeof(numbers) / sizeof(numbers[0]) };
	static const struct option options[] = {
		{ "namespaces", required_argument, NULL, 0 },
		{ "sockets", required_argument, NULL, 1 },
		{ "time-waits", required_argument, NULL, 2 },
		{ "routes", required_argument, NULL, 3 },
		{ "paths", required_argument, NULL, PATHS },
		{},
	};
	const char *paths = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option < PATHS)
			*numbers[option] = parse_number(optarg);
		else if (option == PATHS)
			paths = optarg;
		else
			exit(2);
	}
	if (optind != argc || !crowd->namespaces || crowd->routes < crowd->namespaces)
		fail("a namespace needs a route at least: --routes N --namespaces N");
	if ((crowd->sockets + crowd->time_waits) / crowd->routes >= HALF_RANGE)
		fail("no more than %d connections a route: take more of them", HALF_RANGE);
	return paths;
}

int main(int argc, char **argv)
{
	struct crowd crowd = {};
	const char *paths = parse(argc, argv, &crowd);
	char line[16];

	divide(&crowd);
	start(&crowd);
	hear_signals();
	if (paths)
		write_paths(&crowd, paths);
	wait_until_complete(&crowd);
	while (!is_ended) {
		print_figures(&crowd);
		if (!fgets(line, sizeof(line), stdin))
			break;
	}
	end(&crowd);
	return is_ended;
}
