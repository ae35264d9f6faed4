// SPDX-License-Identifier: GPL-2.0-only
#include "stack_child.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stack_lookup.h"
#include "stack_message.h"

/* Addresses, mapped files included. A library that is unpacked into more than this has no names. */
#define MAX_MEMORY_BYTES (4ULL << 30)

/* What elfutils has unpacked and keeps, above all. Beyond it, another child begins anew. */
#define MAX_HEAP_BYTES (512ULL << 20)

/* The sanitizers reserve terabytes for themselves. */
#ifdef __has_feature /* clang; gcc has the macro below */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAS_LIMITS false
#else
#define HAS_LIMITS true
#endif

static void limit(int what, rlim_t most)
{
	struct rlimit limits = { .rlim_cur = most, .rlim_max = most };

	setrlimit(what, &limits);
}

/* Descriptors of the caller's maps, programs and terminal are none of its business. */
static void keep_only(int socket)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	dup2(socket, STDERR_FILENO + 1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
}

static bool answer(struct stack_lookup *lookup, const struct stack_request *request, int socket)
{
	static char buffer[STACK_ANSWER_BYTES];
	struct stack_names names = {};
	size_t size;

	stack_lookup_names(lookup, &request->stack, request->process, &names);
	size = stack_answer_write(&names, buffer);
	stack_frames_done(&names.user);
	stack_frames_done(&names.kernel);
	return send(socket, buffer, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool is_full(const struct stack_lookup *lookup)
{
	struct mallinfo2 heap = mallinfo2();

	return stack_lookup_full(lookup) || heap.uordblks + heap.hblkhd > MAX_HEAP_BYTES;
}

/* Ends when nobody asks any more, or when it keeps so much that another one had better begin. */
static void serve(int socket)
{
	static struct stack_request request;
	struct stack_lookup *lookup = stack_lookup_new();
	ssize_t size;

	if (!lookup)
		_exit(1);
	stack_lookup_prepare(lookup);
	send(socket, "", STACK_READY_BYTES, MSG_NOSIGNAL);
	while (!is_full(lookup)) {
		do
			size = recv(socket, &request, sizeof(request), 0);
		while (size < 0 && errno == EINTR);
		if (size != (ssize_t)sizeof(request) || !answer(lookup, &request, socket))
			break;
	}
	_exit(0);
}

static void become_child(int socket, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "porttrace-stack");
	/* The terminal's are for the caller, who decides when this ends. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	keep_only(socket);
	if (HAS_LIMITS)
		limit(RLIMIT_AS, MAX_MEMORY_BYTES);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	serve(STDERR_FILENO + 1);
}

pid_t stack_child_start(int *ret_socket)
{
	pid_t pid, parent = getpid();
	int sockets[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	pid = fork();
	err = -errno;
	if (!pid)
		become_child(sockets[1], parent);
	close(sockets[1]);
	if (pid < 0) {
		close(sockets[0]);
		return err;
	}
	*ret_socket = sockets[0];
	return pid;
}
