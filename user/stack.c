// SPDX-License-Identifier: GPL-2.0-only
#include "stack.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "stack_child.h"
#include "stack_lookup.h"
#include "stack_message.h"

/* The first stack of a large program takes a tenth of that. */
#define ANSWER_LIMIT_MS 2000
#define STOP_LIMIT_MS 200

/* What was lost waiting is at most one part in so many of all time. */
#define REST_FACTOR 10

/* Processes whose stacks the child did not survive: they are not asked about again. */
#define MAX_SPOILED 16

struct stack_namer {
	struct process_key spoiled[MAX_SPOILED];
	unsigned int nr_spoiled; /* ever: the oldest is forgotten */
	pid_t child; /* 0: not running */
	int socket;
	int64_t rests_until_ms; /* CLOCK_MONOTONIC: no new one is started before */
	struct stack_request request;
	char answer[STACK_ANSWER_BYTES];
};

static int64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* One that hangs in a file system does not even die: it is not waited for for long. */
static void stop_child(struct stack_namer *namer)
{
	int i;

	if (!namer->child)
		return;
	close(namer->socket);
	kill(namer->child, SIGKILL);
	for (i = 0; i < STOP_LIMIT_MS && !waitpid(namer->child, NULL, WNOHANG); i++)
		poll(NULL, 0, 1);
	namer->child = 0;
}

/* 0: it has ended. */
static ssize_t child_error(void)
{
	return errno == EPIPE || errno == ECONNRESET ? 0 : -errno;
}

/* Bytes of the answer; 0: it has ended; or a negative errno. */
static ssize_t wait_for_answer(struct stack_namer *namer, int64_t until_ms)
{
	struct pollfd pollfd = { .fd = namer->socket, .events = POLLIN };
	int64_t left_ms;
	ssize_t size;
	int ready;

	do {
		left_ms = until_ms - now_ms();
		ready = left_ms > 0 ? poll(&pollfd, 1, (int)left_ms) : 0;
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	size = recv(namer->socket, namer->answer, sizeof(namer->answer), MSG_DONTWAIT);
	return size < 0 ? child_error() : size;
}

/* Bytes of its first message; otherwise as above. */
static ssize_t start_child(struct stack_namer *namer, int64_t until_ms)
{
	pid_t pid;

	if (now_ms() < namer->rests_until_ms)
		return -EAGAIN;
	pid = stack_child_start(&namer->socket);
	if (pid < 0)
		return pid;
	namer->child = pid;
	return wait_for_answer(namer, until_ms);
}

static ssize_t ask_child(struct stack_namer *namer, int64_t until_ms)
{
	ssize_t size = namer->child ? STACK_READY_BYTES : start_child(namer, until_ms);

	if (size != STACK_READY_BYTES)
		return size;
	if (send(namer->socket, &namer->request, sizeof(namer->request), MSG_NOSIGNAL) < 0)
		return child_error();
	return wait_for_answer(namer, until_ms);
}

static bool is_spoiled(const struct stack_namer *namer, struct process_key process)
{
	size_t i;

	for (i = 0; i < MAX_SPOILED; i++)
		if (process.pid && namer->spoiled[i].pid == process.pid &&
		    namer->spoiled[i].started == process.started)
			return true;
	return false;
}

/* One that kept enough has ended after its last answer: then another one is asked, once. */
static ssize_t ask(struct stack_namer *namer)
{
	int64_t began_ms = now_ms();
	bool is_new = !namer->child;
	ssize_t size;

	if (is_spoiled(namer, namer->request.process))
		return -EAGAIN;
	size = ask_child(namer, began_ms + ANSWER_LIMIT_MS);
	if (size > 0 || size == -EAGAIN)
		return size;
	stop_child(namer);
	if (!size && !is_new) {
		size = ask_child(namer, began_ms + ANSWER_LIMIT_MS);
		if (size > 0)
			return size;
		stop_child(namer);
	}
	namer->spoiled[namer->nr_spoiled++ % MAX_SPOILED] = namer->request.process;
	namer->rests_until_ms = now_ms() + REST_FACTOR * (now_ms() - began_ms);
	return size;
}

/* If it cannot be started now, it is tried again with the first stack. */
struct stack_namer *stack_namer_new(void)
{
	struct stack_namer *namer = calloc(1, sizeof(*namer));

	if (namer && start_child(namer, now_ms() + ANSWER_LIMIT_MS) != STACK_READY_BYTES)
		stop_child(namer);
	return namer;
}

void stack_namer_free(struct stack_namer *namer)
{
	if (namer)
		stop_child(namer);
	free(namer);
}

struct stack_names *stack_namer_names(struct stack_namer *namer,
				      const struct porttrace_stack *stack,
				      struct process_key process)
{
	struct stack_names *names = calloc(1, sizeof(*names));
	ssize_t size;

	if (!names)
		return NULL;
	namer->request.stack = *stack;
	namer->request.process = process;
	size = ask(namer);
	if (size > 0 && !stack_answer_read(names, namer->answer, (size_t)size))
		return names;
	stack_frames_done(&names->user);
	stack_frames_done(&names->kernel);
	stack_lookup_names(NULL, stack, process, names);
	return names;
}

void stack_names_free(struct stack_names *names)
{
	if (!names)
		return;
	stack_frames_done(&names->user);
	stack_frames_done(&names->kernel);
	free(names);
}
