// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void plan_failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(PLAN_FAILED);
}

void plan_skipped(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(PLAN_SKIPPED);
}

static void on_limit(int signal)
{
	static const char text[] = "not done within its time limit\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(PLAN_FAILED);
	_exit(PLAN_FAILED);
}

void plan_limit(unsigned int seconds)
{
	signal(SIGALRM, on_limit);
	alarm(seconds);
}
