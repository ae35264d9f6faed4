// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM 127

static struct child *all;

static void free_all(void)
{
	while (all)
		child_free(all);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

__attribute__((noreturn)) static void become(const char *const argv[], const int fds[3],
					     pid_t parent)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NO_PROGRAM);
	for (i = 0; i < 3; i++) {
		if (dup2(fds[i], i) < 0)
			_exit(EXIT_NO_PROGRAM);
	}
	execv(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NO_PROGRAM);
}

/* The three files of the child, in fds; its parent's ends in the child. */
static int open_files(struct child *child, int fds[3])
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return -errno;
	fds[0] = in[0];
	child->in = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	child->out = out[0];
	fds[1] = out[1];
	child->err = memfd_create("stderr", MFD_CLOEXEC);
	if (child->err < 0)
		return -errno;
	fds[2] = child->err;
	return fcntl(child->out, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static void enlist(struct child *child)
{
	static bool is_registered;

	if (!is_registered)
		atexit(free_all);
	is_registered = true;
	child->next = all;
	all = child;
}

struct child *child_start(const char *const argv[])
{
	struct child *child = calloc(1, sizeof(*child));
	int fds[3] = { -1, -1, -1 }, err;
	pid_t parent = getpid();

	if (!child)
		return NULL;
	child->in = child->out = child->err = -1;
	enlist(child);
	err = open_files(child, fds);
	if (!err) {
		child->pid = fork();
		if (!child->pid)
			become(argv, fds, parent);
		if (child->pid < 0)
			err = -errno;
	}
	close_fd(&fds[0]);
	close_fd(&fds[1]);
	if (err) {
		child->pid = 0;
		child_free(child);
		errno = -err;
		return NULL;
	}
	return child;
}

bool child_has_ended(struct child *child)
{
	if (child->pid && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->pid = 0;
	return !child->pid;
}

const char *child_end_text(const struct child *child)
{
	static char text[32];

	if (child->pid)
		return "still there";
	if (WIFSIGNALED(child->status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(child->status));
	else
		snprintf(text, sizeof(text), "status %d", WEXITSTATUS(child->status));
	return text;
}

const char *child_words(const struct child *child)
{
	static char text[4096];
	ssize_t got = pread(child->err, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

const char *child_first_words(const struct child *child)
{
	static char text[512];
	const char *words = child_words(child);

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(words, "\n"), words);
	return *text ? text : "it said nothing";
}

void child_close_output(struct child *child)
{
	close_fd(&child->out);
	close_fd(&child->err);
}

void child_free(struct child *child)
{
	struct child **link;

	if (!child)
		return;
	if (child->pid && !child_has_ended(child)) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close_fd(&child->in);
	child_close_output(child);
	for (link = &all; *link; link = &(*link)->next) {
		if (*link == child) {
			*link = child->next;
			break;
		}
	}
	free(child);
}
