// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process makes the namespace, serves all connections, and is the parent of the four clients.
 * Whichever of them ends takes the rest along.
 */
#include "demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

/* Enough for all four, few enough to run out of within a second. An even number of ports. */
#define RANGE "10000 10199"
#define RANGE_PORTS 200

/* Clients by the port of their server. */
enum {
	POOLED_PORT = 7001,
	CHURNING_PORT,
	BINDING_PORT,
	EXHAUSTING_PORT,
	END_PORT,
};

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void pause_ms(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* A connected socket, or -1. bind_first: the mistake that costs every route a port. */
static int open_connection(uint16_t port, bool bind_first)
{
	const struct sockaddr_in any_port = loopback(0), server = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if ((bind_first && bind(fd, (const struct sockaddr *)&any_port, sizeof(any_port))) ||
	    connect(fd, (const struct sockaddr *)&server, sizeof(server))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void close_connection(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Keeps its connections, and renews one each second. */
static void run_pooled(void)
{
	int pool[20];
	size_t i, nr = sizeof(pool) / sizeof(pool[0]);

	for (i = 0; i < nr; i++)
		pool[i] = open_connection(POOLED_PORT, false);
	for (i = 0;; i = (i + 1) % nr) {
		pause_ms(1000);
		close_connection(pool[i]);
		pool[i] = open_connection(POOLED_PORT, false);
	}
}

/* A connection for each request, fifty a second. */
static void run_churning(void)
{
	for (;;) {
		close_connection(open_connection(CHURNING_PORT, false));
		pause_ms(20);
	}
}

/* Binds before it connects: its port is lost to every other route for the 60 s of TIME_WAIT. */
static void run_binding(void)
{
	for (;;) {
		close_connection(open_connection(BINDING_PORT, true));
		pause_ms(500);
	}
}

/*
 * Opens connections until there is no port left, insists for a while, and starts again. Not before
 * porttrace looks on: the client that binds gets no port for a minute from then on.
 */
static void run_exhausting(void)
{
	int fds[RANGE_PORTS];
	size_t nr, tries;

	pause_ms(3000);
	for (;;) {
		pause_ms(700);
		for (nr = 0; nr < RANGE_PORTS; nr++) {
			fds[nr] = open_connection(EXHAUSTING_PORT, false);
			if (fds[nr] < 0)
				break;
		}
		for (tries = 0; tries < 20; tries++) {
			close_connection(open_connection(EXHAUSTING_PORT, false));
			pause_ms(250);
		}
		while (nr)
			close_connection(fds[--nr]);
	}
}

static const struct client {
	const char *name; /* as ps shows it: at most 15 characters */
	void (*run)(void);
} clients[] = {
	{ "pooled", run_pooled },
	{ "churning", run_churning },
	{ "binding", run_binding },
	{ "exhausting", run_exhausting },
};

#define NR_CLIENTS (sizeof(clients) / sizeof(clients[0]))

/* Dies with its parent, even if that died before we asked for it. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static int start_clients(void)
{
	pid_t parent = getpid();
	size_t i;

	for (i = 0; i < NR_CLIENTS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (pid)
			continue;
		die_with(parent);
		prctl(PR_SET_NAME, clients[i].name);
		clients[i].run();
		_exit(1);
	}
	return 0;
}

static int bring_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* /proc/sys/net is that of the namespace which the writer is in. */
static int set_port_range(void)
{
	int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, RANGE, strlen(RANGE)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int make_namespace(struct reason *reason)
{
	int err;

	if (unshare(CLONE_NEWNET))
		return because(reason, -errno,
			       "cannot make a network namespace for the demo: %s; run as root",
			       strerror(errno));
	err = bring_loopback_up();
	if (err)
		return because(reason, err, "cannot bring up lo in the demo's namespace: %s",
			       strerror(-err));
	err = set_port_range();
	if (err)
		return because(reason, err,
			       "cannot set ip_local_port_range in the demo's namespace: %s",
			       strerror(-err));
	return 0;
}

static int listen_on(uint16_t port)
{
	const struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && !bind(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	    !listen(fd, RANGE_PORTS))
		return fd;
	close_connection(fd);
	return -1;
}

#define NR_SERVERS (END_PORT - POOLED_PORT)
#define MAX_SERVED (NR_SERVERS + 2 * RANGE_PORTS)

static void accept_from(int listener, struct pollfd *fds, size_t *nr)
{
	int fd;

	while (*nr < MAX_SERVED && (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		fds[(*nr)++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* Accepts everything and closes what the client has closed, so that TIME_WAIT is the client's. */
static void serve(struct pollfd *fds, size_t nr)
{
	size_t i;

	while (waitpid(-1, NULL, WNOHANG) == 0) {
		if (poll(fds, nr, 1000) < 0)
			return;
		for (i = 0; i < NR_SERVERS; i++)
			if (fds[i].revents)
				accept_from(fds[i].fd, fds, &nr);
		for (i = nr; i-- > NR_SERVERS;) {
			if (!fds[i].revents)
				continue;
			close(fds[i].fd);
			fds[i] = fds[--nr];
		}
	}
}

static int start_servers(struct pollfd *fds, struct reason *reason)
{
	size_t i;

	for (i = 0; i < NR_SERVERS; i++) {
		fds[i] = (struct pollfd){ .fd = listen_on(POOLED_PORT + i), .events = POLLIN };
		if (fds[i].fd < 0)
			return because(reason, -errno, "the demo's server cannot listen: %s",
				       strerror(errno));
	}
	return 0;
}

/* What the workload says of itself over the pipe, once: that it runs, or why not. */
struct report {
	int err;
	uint32_t netns;
	struct reason reason;
};

static void run_workload(int report_to, pid_t parent)
{
	static struct pollfd fds[MAX_SERVED];
	struct report report = {};

	die_with(parent);
	/* A clean end would come too late: whoever presses Ctrl-C ends our parent. */
	prctl(PR_SET_NAME, "demo-server");
	report.err = make_namespace(&report.reason);
	if (!report.err)
		report.err = start_servers(fds, &report.reason);
	if (!report.err)
		report.err = start_clients();
	netns_resolve("self", &report.netns, NULL);
	if (write(report_to, &report, sizeof(report)) == sizeof(report) && !report.err)
		serve(fds, NR_SERVERS);
	_exit(1);
}

int demo_start(struct demo *demo, struct reason *reason)
{
	struct report report;
	pid_t self = getpid();
	int ends[2];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(ends, O_CLOEXEC))
		return because(reason, -errno, "cannot make a pipe: %s", strerror(errno));
	demo->pid = fork();
	if (!demo->pid) {
		close(ends[0]);
		run_workload(ends[1], self);
	}
	close(ends[1]);
	demo->alive = ends[0];
	if (demo->pid < 0)
		return because(reason, -errno, "cannot start the demo: %s", strerror(errno));
	if (read(demo->alive, &report, sizeof(report)) != sizeof(report)) {
		demo_stop(demo);
		return because(reason, -ECHILD, "the demo's workload ended before it had begun");
	}
	demo->netns = report.netns;
	if (!report.err)
		return 0;
	*reason = report.reason;
	demo_stop(demo);
	return report.err;
}

void demo_stop(struct demo *demo)
{
	kill(demo->pid, SIGKILL);
	/* The clients die with it, and become ours: no child left means that all have ended. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	close(demo->alive);
}
