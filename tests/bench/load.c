// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the benchmarks time: connections over loopback, at full speed, in network namespaces of its
 * own, which end with it.
 *
 *   load connect --destinations N --connects N [--per-second N]
 *   load use --connects N
 *   load calls --connects N
 *
 * `connect`: connect(), accept(), close() of the client first, so that a TIME_WAIT is left, in turn
 * to so many destinations, each of which has the 65,280 ports of the range to itself.
 * `use`: the same to one destination while 49, 51, 90 and 100 % of the 2,000 ports of its range are
 * taken, by TIME_WAITs. The client aborts its connections, so that the use stays what it is.
 * `calls`: every system call that porttrace looks at, so many times each. Nothing is timed.
 *
 * For each of these cases, one line on stdout: how many destinations, percent of use, connections;
 * nanoseconds of a connect() (with one reading of the clock), and from socket() to the last close();
 * and how many connections a second there were.
 *
 * The nanoseconds are the mean of all but the slowest twentieth: what else the machine did is in
 * that. Past half of the range the searches for a port are of all lengths, and a median would not
 * tell what they cost.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

#define SERVER_PORT 1
#define MAX_DESTINATIONS 64
#define FIRST_DESTINATION 0x7f4d0001 /* 127.77.0.1: whoever prints events can be asked for these */

/* Of `use`. The range begins with an even number, so its even ports are searched first. */
#define LOW 30000
#define RANGE_SIZE 2000
static const unsigned int uses[] = { 49, 51, 90, 100 };

#define WARM_UP 300
#define SLOWEST_PART 20

struct load {
	unsigned long destinations, connects, per_second;
	int listener;
	uint64_t *connect_ns, *cycle_ns; /* one a connection */
	uint64_t began_ns;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int new_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("cannot make a socket: %s", strerror(errno));
	return fd;
}

static struct sockaddr_in destination(unsigned long i)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(SERVER_PORT),
		.sin_addr.s_addr = htonl(FIRST_DESTINATION + i),
	};
}

static void start_server(struct load *load)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT) };

	load->listener = new_socket(AF_INET, SOCK_STREAM);
	if (bind(load->listener, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(load->listener, 16))
		fail("cannot listen: %s", strerror(errno));
}

/* ---- Connections ---- */

enum end {
	LEAVES_TIME_WAIT,
	ABORTED,
};

/* The client's FIN has to arrive first, or the TIME_WAIT may be the server's. */
static void end_connection(int client, int server, enum end end)
{
	const struct linger none = { .l_onoff = 1 };
	char byte;

	if (end == ABORTED)
		setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(client);
	if (end == LEAVES_TIME_WAIT && read(server, &byte, sizeof(byte)))
		fail("a connection has not ended: %s", strerror(errno));
	close(server);
}

/* One connection, timed; false: there is no port for it. */
static bool connect_once(const struct load *load, unsigned long to, enum end end,
			 uint64_t *ret_connect_ns, uint64_t *ret_cycle_ns)
{
	struct sockaddr_in address = destination(to);
	uint64_t begin = now_ns(), before;
	int client = new_socket(AF_INET, SOCK_STREAM), server, err;

	before = now_ns();
	err = connect(client, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	*ret_connect_ns = now_ns() - before;
	if (err && err != EADDRNOTAVAIL)
		fail("cannot connect: %s", strerror(err));
	if (err) {
		close(client);
	} else {
		server = accept4(load->listener, NULL, NULL, SOCK_CLOEXEC);
		if (server < 0)
			fail("cannot accept a connection: %s", strerror(errno));
		end_connection(client, server, end);
	}
	*ret_cycle_ns = now_ns() - begin;
	return !err;
}

/* Sleeps until the i-th connection is due, at one millisecond's worth of them at once. */
static void keep_pace(const struct load *load, unsigned long i)
{
	uint64_t due, now;
	struct timespec rest;

	if (!load->per_second || i % (load->per_second / 1000 + 1))
		return;
	due = load->began_ns + i * 1000000000ULL / load->per_second;
	now = now_ns();
	if (now >= due)
		return;
	rest = (struct timespec){ (due - now) / 1000000000, (due - now) % 1000000000 };
	nanosleep(&rest, NULL);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double mean_of_most(uint64_t *values, unsigned long nr)
{
	/* Of few, one is left out. */
	unsigned long i, most = nr > 1 ? nr - (nr + SLOWEST_PART - 1) / SLOWEST_PART : nr;
	double sum = 0;

	qsort(values, nr, sizeof(*values), compare);
	for (i = 0; i < most; i++)
		sum += values[i];
	return sum / most;
}

static void print_times(struct load *load, unsigned int use, uint64_t took_ns)
{
	printf("%lu %u %lu %.1f %.1f %.0f\n", load->destinations, use, load->connects,
	       mean_of_most(load->connect_ns, load->connects),
	       mean_of_most(load->cycle_ns, load->connects), load->connects * 1e9 / took_ns);
	fflush(stdout);
}

static void run_timed(struct load *load, unsigned int use, enum end end)
{
	uint64_t connect_ns, cycle_ns;
	unsigned long i;

	for (i = 0; i < WARM_UP && use != 100; i++)
		connect_once(load, i % load->destinations, end, &connect_ns, &cycle_ns);
	load->began_ns = now_ns();
	for (i = 0; i < load->connects; i++) {
		keep_pace(load, i);
		if (connect_once(load, i % load->destinations, end, &load->connect_ns[i],
				 &load->cycle_ns[i]) != (use < 100))
			fail("at %u %% use, a connect() is not as expected", use);
	}
	print_times(load, use, now_ns() - load->began_ns);
}

static void run_connect(struct load *load)
{
	run_timed(load, 0, LEAVES_TIME_WAIT);
}

static void run_use(struct load *load)
{
	unsigned long used = 0;
	uint64_t ns;
	size_t i;

	netns_set_range(LOW, LOW + RANGE_SIZE - 1);
	load->destinations = 1;
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		for (; used < RANGE_SIZE * uses[i] / 100; used++)
			if (!connect_once(load, 0, LEAVES_TIME_WAIT, &ns, &ns))
				fail("there are only %lu ports", used);
		run_timed(load, uses[i], ABORTED);
	}
}

/* ---- All calls ---- */

static void call_tcp(int family, const struct sockaddr *any, socklen_t len)
{
	int fd = new_socket(family, SOCK_STREAM);

	if (bind(fd, any, len) || listen(fd, 1))
		fail("cannot bind: %s", strerror(errno));
	close(fd);
	fd = new_socket(family, SOCK_STREAM);
	if (listen(fd, 1))
		fail("cannot listen: %s", strerror(errno));
	close(fd);
}

static void send_message(int fd, struct sockaddr *to, socklen_t len, bool many)
{
	struct iovec nothing = {};
	struct mmsghdr message = {
		.msg_hdr = { .msg_name = to, .msg_namelen = len, .msg_iov = &nothing,
			     .msg_iovlen = 1 },
	};

	if (many ? sendmmsg(fd, &message, 1, 0) != 1 : sendmsg(fd, &message.msg_hdr, 0) < 0)
		fail("cannot send a message: %s", strerror(errno));
}

/* Each first from a socket without a port, and then again. */
static void call_udp(int family, struct sockaddr *to, socklen_t len)
{
	int by_call[4], i, again;

	for (i = 0; i < 4; i++)
		by_call[i] = new_socket(family, SOCK_DGRAM);
	for (again = 0; again < 2; again++) {
		if (connect(by_call[0], to, len) || sendto(by_call[1], "", 0, 0, to, len))
			fail("cannot connect or send: %s", strerror(errno));
		send_message(by_call[2], to, len, false);
		send_message(by_call[3], to, len, true);
	}
	if (send(by_call[0], "", 0, 0))
		fail("cannot send: %s", strerror(errno));
	for (i = 0; i < 4; i++)
		close(by_call[i]);
}

/* To a port on which nobody listens: refused, once it has one. */
static void call_connect6(struct sockaddr_in6 to)
{
	int fd = new_socket(AF_INET6, SOCK_STREAM);

	to.sin6_port = htons(SERVER_PORT + 1);
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno != ECONNREFUSED)
		fail("a connection was not refused");
	close(fd);
}

static void run_calls(struct load *load)
{
	struct sockaddr_in any = { .sin_family = AF_INET }, to = destination(0);
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6 }, to6 = any6;
	uint64_t ns;
	unsigned long i;

	to6.sin6_port = htons(SERVER_PORT);
	to6.sin6_addr = in6addr_loopback;
	for (i = 0; i < load->connects; i++) {
		connect_once(load, 0, LEAVES_TIME_WAIT, &ns, &ns);
		call_tcp(AF_INET, (struct sockaddr *)&any, sizeof(any));
		call_tcp(AF_INET6, (struct sockaddr *)&any6, sizeof(any6));
		call_udp(AF_INET, (struct sockaddr *)&to, sizeof(to));
		call_udp(AF_INET6, (struct sockaddr *)&to6, sizeof(to6));
		call_connect6(to6);
	}
}

/* ---- The command line ---- */

static const struct {
	const char *name;
	void (*run)(struct load *load);
} commands[] = {
	{ "connect", run_connect },
	{ "use", run_use },
	{ "calls", run_calls },
};

static void parse(int argc, char **argv, struct load *load)
{
	static const struct option options[] = {
		{ "destinations", required_argument, NULL, 'd' },
		{ "connects", required_argument, NULL, 'c' },
		{ "per-second", required_argument, NULL, 'p' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			load->destinations = strtoul(optarg, NULL, 10);
		else if (option == 'c')
			load->connects = strtoul(optarg, NULL, 10);
		else if (option == 'p')
			load->per_second = strtoul(optarg, NULL, 10);
		else
			exit(2);
	}
	if (!load->connects || !load->destinations || load->destinations > MAX_DESTINATIONS)
		fail("--connects N, and --destinations N of 1 to %d", MAX_DESTINATIONS);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	struct load load = { .destinations = 1 };
	struct netns netns;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			break;
	if (i == sizeof(commands) / sizeof(commands[0]))
		fail("it is connect, use or calls, not '%s'", name);
	parse(argc - 1, argv + 1, &load);
	load.connect_ns = calloc(load.connects, sizeof(*load.connect_ns));
	load.cycle_ns = calloc(load.connects, sizeof(*load.cycle_ns));
	if (!load.connect_ns || !load.cycle_ns)
		fail("out of memory");
	netns_make(&netns);
	start_server(&load);
	commands[i].run(&load);
	free(load.connect_ns);
	free(load.cycle_ns);
	return 0;
}
