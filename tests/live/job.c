// SPDX-License-Identifier: GPL-2.0-only
/* What the kinds have in common: their sockets, addresses, and the two ends of a connection. */
/* For accept4(). */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "gate.h"
#include "kinds.h"
#include "plan.h"

/* With somaxconn as high: nothing is ever dropped for want of an accept(). */
#define BACKLOG 65535

#define CONNECT_LIMIT_MS 10000

int job_socket(const struct job *job, int flags)
{
	const struct transport *transport = job->transport;
	int fd = calls_socket(job->family->domain, transport->type | flags, transport->protocol);

	if (fd == -EAFNOSUPPORT || fd == -EPROTONOSUPPORT || fd == -ENOPROTOOPT)
		plan_skipped("no %s%s here: %s", transport->name, job->family->suffix,
			     strerror(-fd));
	if (fd < 0)
		plan_failed("no socket: %s", strerror(-fd));
	return fd;
}

void job_must(int err, const char *what)
{
	if (err)
		plan_failed("%s: %s", what, strerror(-err));
}

void job_must_fail(int err, int error, const char *what)
{
	if (err != -error)
		plan_failed("%s: %s instead of %s", what, strerror(-err), strerror(error));
}

union address job_loopback(const struct job *job, uint16_t port)
{
	return address_of(job->family->domain, job->family->loopback, port);
}

union address job_second(const struct job *job, uint16_t port)
{
	return address_of(job->family->domain, job->family->second, port);
}

union address job_foreign(const struct job *job, uint16_t port)
{
	return address_of(job->family->domain, job->family->foreign, port);
}

union address job_server(const struct job *job)
{
	return job_loopback(job, SERVER_PORT);
}

/* The server is not what is looked at: it goes the usual way. */
int job_listen(const struct job *job)
{
	const struct gate *chosen = gate();
	struct job server = *job;
	union address address;
	int fd;

	gate_choose(&gate_library);

	server.family = job->family->server;
	address = job_server(&server);
	fd = job_socket(&server, 0);
	job_must(calls_bind(fd, &address), "bind() of the listener");
	job_must(calls_listen(fd, BACKLOG), "listen()");
	gate_choose(chosen);
	return fd;
}

int job_listen_full(const struct job *job)
{
	union address server = job_server(job);
	int listener = job_listen(job);
	struct pollfd queued = { .fd = listener, .events = POLLIN };

	job_must(calls_listen(listener, 0), "listen() with an empty queue");
	job_must(calls_connect(job_socket(job, 0), &server), "connect()");
	if (poll(&queued, 1, CONNECT_LIMIT_MS) != 1)
		plan_failed("the first connection was not queued");
	return listener;
}

int job_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		plan_failed("accept: %s", strerror(errno));
	return fd;
}

void job_refused(const struct job *job, int fd)
{
	union address closed = job_loopback(job, CLOSED_PORT);
	int err = calls_connect(fd, &closed);

	if (err != -ECONNREFUSED)
		plan_failed("connect() to a closed port: %s", strerror(-err));
}

static void await_end(int fd)
{
	char byte;

	if (recv(fd, &byte, sizeof(byte), 0) != 0)
		plan_failed("the peer did not close its end in order");
}

void close_client_first(int client, int server)
{
	calls_close_first(client);
	await_end(server);
	close(server);
}

void close_server_first(int client, int server)
{
	close(server);
	await_end(client);
	close(client);
}
