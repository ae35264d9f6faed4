// SPDX-License-Identifier: GPL-2.0-only
#include "stack_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/* The user and group that own nothing. */
#define NOBODY 65534

/* What reading other processes' maps, and the files in them, takes: to look, and to harm nobody. */
static const int kept_capabilities[] = {
	CAP_SYS_PTRACE,
	CAP_DAC_READ_SEARCH,
	CAP_CHECKPOINT_RESTORE,
};

/* Of those that it has. */
static void keep_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
	__u32 kept[_LINUX_CAPABILITY_U32S_3] = {};
	size_t i;

	for (i = 0; i < sizeof(kept_capabilities) / sizeof(kept_capabilities[0]); i++)
		kept[CAP_TO_INDEX(kept_capabilities[i])] |= CAP_TO_MASK(kept_capabilities[i]);
	if (syscall(SYS_capget, &header, data))
		return;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= kept[i];
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	syscall(SYS_capset, &header, data);
}

/*
 * Whoever takes this process over, by a file that it reads, can read, and write nothing. As well as
 * it can be had: who is not root has little to give away.
 */
static void give_away_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (!setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	    setresuid(NOBODY, NOBODY, NOBODY))
		_exit(1);
	keep_capabilities();
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

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

/* Ends when nobody asks any more, or when it keeps so much that another one had better begin. */
static void serve(int socket, pid_t parent)
{
	static struct stack_request request;
	struct stack_lookup *lookup = stack_lookup_new();
	ssize_t size;

	if (!lookup)
		_exit(1);
	stack_lookup_prepare(lookup);
	give_away_privileges();
	/* It does not outlive a change of user. */
	die_with(parent);
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

	die_with(parent);
	prctl(PR_SET_NAME, "porttrace-stack");
	/* The terminal's are for the caller, who decides when this ends. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	keep_only(socket);
	if (HAS_LIMITS)
		limit(RLIMIT_AS, MAX_MEMORY_BYTES);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	serve(STDERR_FILENO + 1, parent);
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
