// SPDX-License-Identifier: GPL-2.0-only
#include "record_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "printable.h"

#define NOT_FOUND 127
#define NOT_STARTED 126

/* Never returns: what went wrong goes to the pipe, which the program does not inherit. */
__attribute__((noreturn)) static void become(char *const *words,
					     const struct command_signals *signals,
					     bool keep_stdout, int report_to)
{
	int err;

	if (keep_stdout)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	signal(SIGPIPE, signals->ignores_pipe ? SIG_IGN : SIG_DFL);
	signal(SIGXFSZ, signals->ignores_xfsz ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
	execvp(words[0], words);
	err = errno;
	if (write(report_to, &err, sizeof(err)) != sizeof(err))
		_exit(NOT_STARTED);
	_exit(NOT_FOUND);
}

/* 0: it runs. */
static int hear_report(int from)
{
	ssize_t got;
	int err = 0;

	do
		got = read(from, &err, sizeof(err));
	while (got < 0 && errno == EINTR);
	return got == sizeof(err) ? -err : 0;
}

static int explain(struct record_command *command, const char *word, int err,
		   struct reason *reason)
{
	char name[128];

	command->status = err == -ENOENT ? NOT_FOUND : NOT_STARTED;
	printable_copy(name, sizeof(name), word);
	return because(reason, err, "cannot run '%s': %s", name, strerror(-err));
}

int record_command_start(struct record_command *command, char *const *words,
			 const struct command_signals *signals, bool keep_stdout,
			 struct reason *reason)
{
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC))
		return explain(command, words[0], -errno, reason);
	command->pid = fork();
	if (!command->pid)
		become(words, signals, keep_stdout, ends[1]);
	err = command->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err)
		err = hear_report(ends[0]);
	close(ends[0]);
	if (!err)
		return 0;
	if (command->pid > 0)
		waitpid(command->pid, NULL, 0);
	command->pid = 0;
	return explain(command, words[0], err, reason);
}

void record_command_pass_on(const struct record_command *command,
			    const struct signalfd_siginfo *signal)
{
	/* From the kernel: the terminal has sent it to all processes in its foreground. */
	if (signal->ssi_code > 0 || signal->ssi_signo == SIGCHLD)
		return;
	if (command->pid && !command->has_ended)
		kill(command->pid, signal->ssi_signo);
}

bool record_command_look(struct record_command *command)
{
	int status;

	if (!command->pid || command->has_ended)
		return command->has_ended;
	if (waitpid(command->pid, &status, WNOHANG) != command->pid)
		return false;
	command->has_ended = true;
	command->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

void record_command_wait(struct record_command *command, int signals)
{
	struct pollfd wait = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	if (!command->pid)
		return;
	while (!record_command_look(command)) {
		poll(&wait, 1, -1);
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			record_command_pass_on(command, &info);
	}
}
