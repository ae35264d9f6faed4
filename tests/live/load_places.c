// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces that come and go, some with a name, some with the number of an older one. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "plan.h"
#include "sandbox.h"
#include "wait.h"

#define SERVER "127.0.0.1"
#define SERVER_PORT 7001
#define OTHER_PORT 7002
#define BACKLOG 128

/* A range that nobody else has: numbers of namespaces are given out again at once. */
#define LOW 30011
#define HIGH 30124

#define MAX_PLACES 64
#define REUSE_LIMIT_MS 15000
#define CHURN_MS 4000
#define NR_CHURNING 20
#define MAX_CHURNED 1000

/* A process in a namespace of its own. */
struct place {
	pid_t pid;
	unsigned long inum;
	int from; /* what it says: its number, when all is there */
};

/* ---- In the namespace ---- */

static void connect_some(const char *ip, uint16_t port, unsigned int nr)
{
	int listener = net_listen(ip, port, BACKLOG);

	for (; nr; nr--) {
		net_connect(ip, port);
		net_accept(listener);
	}
}

__attribute__((noreturn)) static void stay(void)
{
	while (true)
		pause();
}

static void say_number(int to)
{
	unsigned long inum = sandbox_inum();

	if (write(to, &inum, sizeof(inum)) != sizeof(inum))
		plan_failed("nobody hears: %s", strerror(errno));
}

__attribute__((noreturn)) static void live(unsigned int nr_connections, unsigned int nr_others,
					   int to)
{
	plan_limit(60);
	sandbox_enter(LOW, HIGH);
	connect_some(SERVER, SERVER_PORT, nr_connections);
	if (nr_others)
		connect_some(SERVER, OTHER_PORT, nr_others);
	plan_limit(0);
	say_number(to);
	stay();
}

/* ---- Beside it ---- */

static struct place place_start(unsigned int nr_connections, unsigned int nr_others)
{
	struct place place;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		plan_failed("no pipe: %s", strerror(errno));
	place.pid = load_fork();
	if (!place.pid)
		live(nr_connections, nr_others, ends[1]);
	close(ends[1]);
	place.from = ends[0];
	if (read(place.from, &place.inum, sizeof(place.inum)) != sizeof(place.inum))
		plan_failed("a namespace cannot be made");
	return place;
}

static void place_end(struct place *place)
{
	load_kill(place->pid);
	close(place->from);
}

static void print_netns(unsigned long inum, const char *more)
{
	printf("netns %lu range=%u-%u reserved=0 failures=0%s\n", inum, LOW, HIGH, more);
}

static void print_route(unsigned int port, unsigned int nr)
{
	printf("route tcp " SERVER " " SERVER
	       " %u occupancy=census allocations=%u used=%u established=%u time_wait=0 "
	       "capacity=%u headroom=%u\n",
	       port, nr, nr, nr, HIGH - LOW + 1, HIGH - LOW + 1 - nr);
}

/* Rows: of each route, and of the address that was bound to listen there. */
static void report(const struct place *place, const char *more, unsigned int nr, bool is_last)
{
	load_begin_step();
	print_netns(place->inum, more);
	print_route(SERVER_PORT, nr);
	load_say_rows(place->inum, 2);
	load_end_step(is_last);
}

/* ---- Gone, and its number used again ---- */

/*
 * The lowest number that is free is given out. Those below it are taken, and given back in the end;
 * if it is one above, the number is not free yet. Somebody else may be quicker.
 */
static struct place place_with(unsigned long inum)
{
	long long end_ms = now_ms() + REUSE_LIMIT_MS;
	struct place below[MAX_PLACES], place;
	unsigned int nr = 0;

	while (true) {
		place = place_start(5, 0);
		if (place.inum == inum || nr == MAX_PLACES || now_ms() > end_ms)
			break;
		if (place.inum < inum)
			below[nr++] = place;
		else
			place_end(&place);
	}
	printf("figure the number of a namespace that is gone was %sused again\n",
	       place.inum == inum ? "" : "not ");
	while (nr)
		place_end(&below[--nr]);
	return place;
}

void load_gone(unsigned int n, bool is_unwatched)
{
	struct place place = place_start(17, 11);
	unsigned long inum = place.inum;

	(void)n;
	(void)is_unwatched;
	load_begin_step();
	print_netns(inum, " allocations=30");
	print_route(OTHER_PORT, 11);
	print_route(SERVER_PORT, 17);
	load_say_rows(inum, 3);
	load_end_step(false);

	place_end(&place);
	load_begin_step();
	load_say_gone(inum, LOW, HIGH);
	load_end_step(false);

	place = place_with(inum);
	report(&place, " allocations=6", 5, true);
	place_end(&place);
}

/* ---- Names ---- */

/* In the mount namespace that the driver has made for this: nothing is left behind. */
static void name_it(const struct place *place, const char *path)
{
	char from[64];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		plan_failed("cannot make %s: %s", path, strerror(errno));
	close(fd);
	snprintf(from, sizeof(from), "/proc/%d/ns/net", place->pid);
	if (mount(from, path, NULL, MS_BIND, NULL) < 0)
		plan_failed("cannot mount a namespace at %s: %s", path, strerror(errno));
}

static void take_name_away(const char *path)
{
	if (umount2(path, MNT_DETACH) < 0 || unlink(path) < 0)
		plan_failed("cannot take %s away: %s", path, strerror(errno));
}

void load_names(unsigned int n, bool is_unwatched)
{
	struct place place = place_start(3, 0);

	(void)n;
	(void)is_unwatched;
	report(&place, " name=-", 3, false);
	name_it(&place, "/run/netns/census-test");
	report(&place, " name=census-test", 3, false);
	take_name_away("/run/netns/census-test");
	report(&place, " name=-", 3, false);
	name_it(&place, "/run/netns/\x1b[1mred");
	report(&place, " name=?[1mred", 3, false);

	/* The name alone keeps it; its sockets are gone. */
	place_end(&place);
	load_begin_step();
	print_netns(place.inum, " name=?[1mred blocked=0");
	load_end_step(false);

	take_name_away("/run/netns/\x1b[1mred");
	load_begin_step();
	load_say_gone(place.inum, LOW, HIGH);
	load_end_step(true);
}

/* ---- Many of them ---- */

__attribute__((noreturn)) static void come_and_go(int to)
{
	int listener, i;

	plan_limit(60);
	sandbox_enter(LOW, HIGH);
	listener = net_listen(SERVER, SERVER_PORT, BACKLOG);
	for (i = 0; i < 3; i++) {
		int client = net_connect(SERVER, SERVER_PORT), server = net_accept(listener);

		if (i)
			continue;
		close(client);
		net_await_end(server);
		close(server);
	}
	say_number(to);
	_exit(PLAN_DONE);
}

static unsigned int start_one(int to)
{
	if (!load_fork())
		come_and_go(to);
	return 1;
}

static bool may_start(unsigned int nr_made, long long end_ms)
{
	return nr_made < MAX_CHURNED && now_ms() < end_ms;
}

static void await_one(void)
{
	int status;

	if (wait(&status) < 0 || status)
		plan_failed("a process in a namespace failed");
}

/* Numbers, each of which may be there several times. */
static void say_all_gone(int from)
{
	unsigned long inum;

	load_begin_step();
	while (read(from, &inum, sizeof(inum)) == sizeof(inum))
		load_say_gone(inum, LOW, HIGH);
	load_end_step(true);
}

void load_churn(unsigned int n, bool is_unwatched)
{
	unsigned int nr_running = 0, nr_made = 0;
	long long end_ms;
	int ends[2];

	(void)n;
	(void)is_unwatched;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		plan_failed("no pipe: %s", strerror(errno));
	end_ms = now_ms() + CHURN_MS;
	do {
		for (; nr_running < NR_CHURNING && may_start(nr_made, end_ms); nr_running++)
			nr_made += start_one(ends[1]);
		await_one();
	} while (--nr_running || may_start(nr_made, end_ms));
	printf("figure %u namespaces came and went\n", nr_made);
	say_all_gone(ends[0]);
}
