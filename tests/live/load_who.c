// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that have a port, for `porttrace who`: at each step which port is to be asked for, and
 * each line that must come, of what the sockets themselves say here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "load.h"
#include "plan.h"
#include "sandbox.h"

#define LOW 30000
#define HIGH 30999
#define PORT 7001
#define BACKLOG 8

#define LATER_S 3

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- What is said ---- */

static void ask(uint16_t port)
{
	load_begin_step();
	printf("ask %u\n", port);
}

static void say_namespace(void)
{
	printf("netns %lu\n", sandbox_inum());
}

/* One end of a socket, kept for when the socket is gone. */
struct end {
	char ip[INET6_ADDRSTRLEN];
	uint16_t port;
};

static struct end end_of(int fd, int (*name_of)(int, struct sockaddr *, socklen_t *))
{
	union address address;
	socklen_t len = sizeof(address);
	struct in6_addr ip;
	struct end end;

	if (name_of(fd, &address.sa, &len) < 0)
		plan_failed("a socket without a name: %s", strerror(errno));
	ip = address_ip(&address);
	ip_text(&ip, end.ip);
	end.port = address_port(&address);
	return end;
}

static int option_of(int fd, int level, int option)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, level, option, &value, &len) < 0)
		plan_failed("a socket's option %d: %s", option, strerror(errno));
	return value;
}

/* Only of the wildcard: any other address of IPv6 is its alone. */
static const char *v6only_of(int fd, const char *src)
{
	if (strcmp(src, "::"))
		return "-";
	return option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) ? "true" : "false";
}

static const char *proto_of(int fd)
{
	return option_of(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM ? "udp" : "tcp";
}

/* netns proto port state src dst dport, the rest by the caller. */
static void say_socket(int fd, const char *state, bool is_connected)
{
	struct end src = end_of(fd, getsockname);

	printf("holder %lu %s %u %s %s ", sandbox_inum(), proto_of(fd), src.port, state, src.ip);
	if (is_connected) {
		struct end dst = end_of(fd, getpeername);

		printf("%s %u ", dst.ip, dst.port);
	} else {
		printf("- - ");
	}
}

static void say_rest(int fd, pid_t pid, const char *comm)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		plan_failed("fstat: %s", strerror(errno));
	printf("inode=%lu v6only=%s uid=%u expires=- pid=%d %s\n", (unsigned long)file.st_ino,
	       v6only_of(fd, end_of(fd, getsockname).ip), (unsigned int)file.st_uid, pid, comm);
}

static void say_holder_of(int fd, const char *state, bool is_connected, pid_t pid, const char *comm)
{
	say_socket(fd, state, is_connected);
	say_rest(fd, pid, comm);
}

static const char *own_name(void)
{
	static char comm[16];

	if (prctl(PR_GET_NAME, comm) < 0)
		plan_failed("PR_GET_NAME: %s", strerror(errno));
	return comm;
}

static void say_holder(int fd, const char *state, bool is_connected)
{
	say_holder_of(fd, state, is_connected, getpid(), own_name());
}

static void say_held_by_nobody(const struct end *src, const struct end *dst, const char *state,
			       bool is_time_wait)
{
	printf("holder %lu tcp %u %s %s %s %u inode=- v6only=- uid=%s expires=%s pid=- -\n",
	       sandbox_inum(), src->port, state, src->ip, dst->ip, dst->port,
	       is_time_wait ? "-" : "0", is_time_wait ? "soon" : "-");
}

/* ---- Listeners ---- */

static int bind_to(const char *ip, uint16_t port, int type, bool v6only)
{
	int domain = strchr(ip, ':') ? AF_INET6 : AF_INET, one = 1;
	union address address = address_of(domain, ip, port);
	int fd = socket(domain, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		plan_failed("no socket: %s", strerror(errno));
	if (v6only && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		plan_failed("IPV6_V6ONLY: %s", strerror(errno));
	if (bind(fd, &address.sa, address_len(&address)) < 0)
		plan_failed("cannot bind to %s port %u: %s", ip, port, strerror(errno));
	return fd;
}

static int listen_on(const char *ip, uint16_t port, bool v6only)
{
	int fd = bind_to(ip, port, SOCK_STREAM, v6only);

	if (listen(fd, BACKLOG) < 0)
		plan_failed("cannot listen on %s port %u: %s", ip, port, strerror(errno));
	return fd;
}

void load_who_listeners(unsigned int n, bool is_unwatched)
{
	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);

	ask(PORT);
	say_namespace();
	say_holder(listen_on("127.0.0.1", PORT, false), "listen", false);
	say_holder(listen_on("127.0.0.9", PORT, false), "listen", false);
	if (net_has_ipv6())
		say_holder(listen_on("::1", PORT, false), "listen", false);
	listen_on("127.0.0.1", PORT + 1, false); /* not asked for */
	load_end_step(!net_has_ipv6());
	if (!net_has_ipv6())
		return;

	ask(PORT + 2);
	say_namespace();
	say_holder(listen_on("0.0.0.0", PORT + 2, false), "listen", false);
	say_holder(listen_on("::", PORT + 2, true), "listen", false);
	load_end_step(false);

	ask(PORT + 3);
	say_namespace();
	say_holder(listen_on("::", PORT + 3, false), "listen", false);
	load_end_step(false);

	ask(PORT + 4);
	say_namespace();
	say_holder(listen_on("::ffff:127.0.0.1", PORT + 4, false), "listen", false);
	load_end_step(true);
}

/* ---- Bound, and nothing more ---- */

void load_who_bound(unsigned int n, bool is_unwatched)
{
	int fd;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);

	ask(PORT);
	say_namespace();
	say_holder(bind_to("127.0.0.1", PORT, SOCK_STREAM, false), "bound", false);
	if (net_has_ipv6())
		say_holder(bind_to("::1", PORT, SOCK_STREAM, false), "bound", false);
	load_end_step(false);

	/* A port of the kernel's choice. */
	fd = bind_to("127.0.0.1", 0, SOCK_STREAM, false);
	ask(net_local_port(fd));
	say_namespace();
	say_holder(fd, "bound", false);
	load_end_step(false);

	/* What it listened with before, it still has when it is closed for others. */
	fd = bind_to("127.0.0.1", PORT + 1, SOCK_STREAM, false);
	if (listen(fd, BACKLOG) < 0 || shutdown(fd, SHUT_RD) < 0)
		plan_failed("a listener cannot be shut down: %s", strerror(errno));
	ask(PORT + 1);
	say_namespace();
	say_holder(fd, "bound", false);
	load_end_step(true);
}

/* ---- Connections ---- */

/* A connection that never gets an answer: the queue of the listener is full. */
static int connect_in_vain(uint16_t port)
{
	union address address = address_of(AF_INET, "127.0.0.1", port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || (connect(fd, &address.sa, address_len(&address)) < 0 && errno != EINPROGRESS))
		plan_failed("a connection cannot be begun: %s", strerror(errno));
	return fd;
}

void load_who_connections(unsigned int n, bool is_unwatched)
{
	const char *ip = n == 6 ? "::1" : "127.0.0.1";
	int listener, client, accepted, queued;
	struct end src, dst;

	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	if (n == 6 && !net_has_ipv6())
		plan_skipped("this kernel has no IPv6");
	listener = net_listen(ip, PORT, BACKLOG);
	client = net_connect(ip, PORT);
	accepted = net_accept(listener);
	queued = net_connect(ip, PORT);

	/* What an automatic connect() was given. */
	ask(net_local_port(client));
	say_namespace();
	say_holder(client, "established", true);
	load_end_step(false);

	/* Its other end, and one that nobody has accepted yet. */
	ask(PORT);
	say_namespace();
	say_holder(listener, "listen", false);
	say_holder(accepted, "established", true);
	src = end_of(queued, getpeername);
	dst = end_of(queued, getsockname);
	say_held_by_nobody(&src, &dst, "established", false);
	load_end_step(false);

	/* Half of it is closed. */
	if (shutdown(client, SHUT_WR) < 0)
		plan_failed("shutdown: %s", strerror(errno));
	net_await_end(accepted);
	ask(net_local_port(client));
	say_namespace();
	say_holder(client, "fin_wait2", true);
	load_end_step(false);
	ask(PORT);
	say_namespace();
	say_holder(listener, "listen", false);
	say_holder(accepted, "close_wait", true);
	say_held_by_nobody(&src, &dst, "established", false);
	load_end_step(true);
}

/* ---- What is left of connections ---- */

void load_who_ends(unsigned int n, bool is_unwatched)
{
	const char *ip = n == 6 ? "::1" : "127.0.0.1";
	int listener, client, accepted;
	struct end src, dst;

	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	if (n == 6 && !net_has_ipv6())
		plan_skipped("this kernel has no IPv6");
	listener = net_listen(ip, PORT, BACKLOG);
	client = net_connect(ip, PORT);
	accepted = net_accept(listener);
	src = end_of(client, getsockname);
	dst = end_of(client, getpeername);

	/* The other end has not closed it: a TIME_WAIT in the form of FIN_WAIT2. */
	close(client);
	net_await_end(accepted);
	sandbox_await_time_waits(1);
	ask(src.port);
	say_namespace();
	say_held_by_nobody(&src, &dst, "fin_wait2", true);
	load_end_step(false);

	close(accepted);
	ask(src.port);
	say_namespace();
	say_held_by_nobody(&src, &dst, "time_wait", true);
	load_end_step(false);

	/* What is left of it falls as time goes by. */
	sleep(LATER_S);
	ask(src.port);
	puts("later");
	say_namespace();
	say_held_by_nobody(&src, &dst, "time_wait", true);
	load_end_step(false);

	/* The other way round: the server's. The listener's port has both. */
	client = net_connect(ip, PORT);
	accepted = net_accept(listener);
	src = end_of(accepted, getsockname);
	dst = end_of(accepted, getpeername);
	close(accepted);
	net_await_end(client);
	close(client);
	sandbox_await_time_waits(2);
	ask(PORT);
	say_namespace();
	say_holder(listener, "listen", false);
	say_held_by_nobody(&src, &dst, "time_wait", true);
	load_end_step(true);
}

/* ---- UDP ---- */

void load_who_udp(unsigned int n, bool is_unwatched)
{
	int fd;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);

	/* A TCP socket of the same number is another port. */
	ask(PORT);
	say_namespace();
	say_holder(bind_to("0.0.0.0", PORT, SOCK_DGRAM, false), "bound", false);
	say_holder(listen_on("127.0.0.1", PORT, false), "listen", false);
	if (net_has_ipv6())
		say_holder(bind_to("::1", PORT, SOCK_DGRAM, false), "bound", false);
	load_end_step(false);

	fd = bind_to("127.0.0.1", 0, SOCK_DGRAM, false);
	net_connect_from(fd, "127.0.0.9", 53);
	ask(net_local_port(fd));
	say_namespace();
	say_holder(fd, "established", true);
	load_end_step(true);
}

/* ---- Several processes ---- */

/* Writes when it is there. */
static pid_t share(const char *comm)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		plan_failed("no pipe: %s", strerror(errno));
	pid = load_fork();
	if (!pid) {
		prctl(PR_SET_NAME, comm);
		if (write(ends[1], &byte, sizeof(byte)) != sizeof(byte))
			_exit(PLAN_FAILED);
		while (true)
			pause();
	}
	if (read(ends[0], &byte, sizeof(byte)) != sizeof(byte))
		plan_failed("a process cannot be made");
	close(ends[0]);
	close(ends[1]);
	return pid;
}

void load_who_shared(unsigned int n, bool is_unwatched)
{
	int fd, listener;
	pid_t pid;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	listener = listen_on("127.0.0.1", PORT, false);
	pid = share("\x1b[31m\"a b\\\n");
	/* Two descriptors of one process are one line. */
	if (dup(listener) < 0)
		plan_failed("dup: %s", strerror(errno));

	ask(PORT);
	say_namespace();
	say_holder(listener, "listen", false);
	say_holder_of(listener, "listen", false, pid, "?[31m\"a b\\?");
	load_end_step(false);

	/* One that the child does not have, and then one that only the child has. */
	fd = bind_to("127.0.0.9", PORT, SOCK_STREAM, false);
	ask(PORT);
	say_namespace();
	say_holder(fd, "bound", false);
	say_holder(listener, "listen", false);
	say_holder_of(listener, "listen", false, pid, "?[31m\"a b\\?");
	load_end_step(true);
}

/* ---- Two namespaces ---- */

void load_who_two_netns(unsigned int n, bool is_unwatched)
{
	int ends[2];
	char byte = 0;

	(void)n;
	(void)is_unwatched;
	if (pipe2(ends, O_CLOEXEC) < 0)
		plan_failed("no pipe: %s", strerror(errno));
	ask(PORT);
	if (!load_fork()) {
		sandbox_enter(LOW, HIGH);
		say_namespace();
		say_holder(listen_on("127.0.0.1", PORT, false), "listen", false);
		fflush(stdout);
		if (write(ends[1], &byte, sizeof(byte)) != sizeof(byte))
			_exit(PLAN_FAILED);
		while (true)
			pause();
	}
	if (read(ends[0], &byte, sizeof(byte)) != sizeof(byte))
		plan_failed("a namespace cannot be made");
	sandbox_enter(LOW, HIGH);
	say_namespace();
	say_holder(listen_on("127.0.0.1", PORT, false), "listen", false);
	load_end_step(true);
}

/* ---- Free ---- */

void load_who_free(unsigned int n, bool is_unwatched)
{
	int listener, client;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	ask(PORT);
	say_namespace();
	load_end_step(false);

	/* It was held, and is free again. */
	listener = net_listen("127.0.0.1", PORT, BACKLOG);
	client = net_connect("127.0.0.1", PORT);
	net_reset(net_accept(listener));
	close(client);
	close(listener);
	ask(PORT);
	say_namespace();
	load_end_step(true);
}

/* ---- No answer yet ---- */

void load_who_unanswered(unsigned int n, bool is_unwatched)
{
	int fd;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	net_listen("127.0.0.1", PORT, 0);
	net_connect("127.0.0.1", PORT);
	fd = connect_in_vain(PORT);
	ask(net_local_port(fd));
	say_namespace();
	/* It has no name for its peer yet. */
	printf("holder %lu tcp %u syn_sent 127.0.0.1 127.0.0.1 %u ", sandbox_inum(),
	       net_local_port(fd), PORT);
	say_rest(fd, getpid(), own_name());
	load_end_step(true);
}

/* ---- MPTCP: the subflows have the ports, and their connection the descriptor ---- */

static int open_mptcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	if (fd < 0)
		plan_skipped("this kernel has no MPTCP: %s", strerror(errno));
	return fd;
}

void load_who_mptcp(unsigned int n, bool is_unwatched)
{
	union address address = address_of(AF_INET, "127.0.0.1", PORT);
	int listener, client;

	(void)n;
	(void)is_unwatched;
	sandbox_enter(LOW, HIGH);
	listener = open_mptcp();
	if (bind(listener, &address.sa, address_len(&address)) < 0 || listen(listener, BACKLOG) < 0)
		plan_failed("cannot listen: %s", strerror(errno));
	client = open_mptcp();
	if (connect(client, &address.sa, address_len(&address)) < 0)
		plan_failed("cannot connect: %s", strerror(errno));
	ask(net_local_port(client));
	say_namespace();
	say_holder(client, "established", true);
	load_end_step(false);
	ask(PORT);
	say_namespace();
	say_holder(listener, "listen", false);
	say_holder(net_accept(listener), "established", true);
	load_end_step(true);
}
