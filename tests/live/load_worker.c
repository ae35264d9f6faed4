// SPDX-License-Identifier: GPL-2.0-only
#include "load_worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "load.h"
#include "plan.h"

#define MAX_SOCKETS 64

/* UDP sends nothing there. */
#define NO_PORT 9

const struct owned_route owned_routes[NR_OWNED] = {
	[NEAR] = { "tcp", "127.0.0.1", "127.0.0.1", 7001 },
	[FAR] = { "tcp", "127.0.0.1", "127.0.0.9", 7001 },
	[NEAR6] = { "tcp", "::1", "::1", 7001 },
	[UDP] = { "udp", "127.0.0.1", NULL, 0 },
	[UDP_ANY] = { "udp", "0.0.0.0", NULL, 0 },
	[BOUND] = { "tcp", "127.0.0.1", NULL, 0 },
	[LISTENING] = { "tcp", "0.0.0.0", NULL, 0 },
};

/* Terminals obey some of these, and JSON has its own ideas of others. */
const char *const worker_names[] = {
	"worker-a", "\x1b[31mred\x1b[0m", "\"quoted\\ \xc3\xa9", "bell\a\n\t", "plain worker",
};

/* [0]: whoever gives the orders; [1]: the worker */
static int ends[NR_WORKERS][2];

static struct {
	int fds[MAX_SOCKETS];
	unsigned int nr;
} sockets[NR_OWNED];

void workers_prepare(void)
{
	unsigned int i;

	for (i = 0; i < NR_WORKERS; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends[i]) < 0)
			plan_failed("no socketpair: %s", strerror(errno));
}

/* ---- In the worker ---- */

static int open_one(enum owned owned)
{
	const struct owned_route *route = &owned_routes[owned];
	int fd;

	switch (owned) {
	case UDP:
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		net_connect_from(fd, route->src, NO_PORT);
		return fd;
	case UDP_ANY:
		return net_bind(route->src, SOCK_DGRAM);
	case BOUND:
		return net_bind(route->src, SOCK_STREAM);
	case LISTENING:
		return net_listen(route->src, 0, 1);
	default:
		return net_connect(route->dst, route->dport);
	}
}

static int open_bound(enum owned owned)
{
	const struct owned_route *route = &owned_routes[owned];
	int fd = net_bind(route->src, SOCK_STREAM);

	net_connect_from(fd, route->dst, route->dport);
	return fd;
}

static void hold(enum owned owned, int fd)
{
	if (sockets[owned].nr == MAX_SOCKETS)
		plan_failed("a worker holds too many sockets");
	sockets[owned].fds[sockets[owned].nr++] = fd;
}

static int youngest(enum owned owned)
{
	if (!sockets[owned].nr)
		plan_failed("a worker holds no such socket");
	return sockets[owned].fds[--sockets[owned].nr];
}

static void do_one(const struct order *order, unsigned int i)
{
	switch (order->work) {
	case OPEN:
		hold(order->owned, open_one(order->owned));
		break;
	case OPEN_BOUND:
		hold(order->owned, open_bound(order->owned));
		break;
	case DUP:
		if (dup(sockets[order->owned].fds[i]) < 0)
			plan_failed("dup(): %s", strerror(errno));
		break;
	case CLOSE:
		close(youngest(order->owned));
		break;
	default:
		net_reset(youngest(order->owned));
	}
}

static void answer(unsigned int number, pid_t pid)
{
	if (write(ends[number][1], &pid, sizeof(pid)) != sizeof(pid))
		plan_failed("cannot answer: %s", strerror(errno));
}

__attribute__((noreturn)) static void work(unsigned int number);

/* The new one answers in its parent's place. */
static void fork_into(unsigned int number, unsigned int parent)
{
	signal(SIGCHLD, SIG_IGN);
	if (load_fork())
		return;
	answer(parent, getpid());
	work(number);
}

static void obey(unsigned int number, const struct order *order)
{
	unsigned int i;

	switch (order->work) {
	case EXIT:
		_exit(PLAN_DONE);
	case FORK:
		fork_into(order->n, number);
		return;
	case RENAME:
		prctl(PR_SET_NAME, worker_names[order->n]);
		break;
	default:
		for (i = 0; i < order->n; i++)
			do_one(order, i);
	}
	answer(number, getpid());
}

static void work(unsigned int number)
{
	struct order order;

	while (read(ends[number][1], &order, sizeof(order)) == sizeof(order))
		obey(number, &order);
	_exit(PLAN_FAILED);
}

/* ---- Beside it ---- */

pid_t worker_start(unsigned int number)
{
	pid_t pid = load_fork();

	if (!pid)
		work(number);
	return pid;
}

pid_t worker_do(unsigned int number, const struct order *order)
{
	pid_t pid = 0;

	if (write(ends[number][0], order, sizeof(*order)) != sizeof(*order))
		plan_failed("cannot give an order: %s", strerror(errno));
	if (order->work != EXIT && read(ends[number][0], &pid, sizeof(pid)) != sizeof(pid))
		plan_failed("a worker does not answer");
	return pid;
}
