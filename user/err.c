// SPDX-License-Identifier: GPL-2.0-only
#include "err.h"

#include <bpf/libbpf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "printable.h"

/* A path as long as any, and what is said of it. */
#define MESSAGE_SIZE (PATH_MAX + 512)

static bool show_all;
static int progress_length; /* of the line that is on the terminal; 0: none */
static char first_warning[sizeof(((struct reason *)0)->text)];

int because(struct reason *reason, int err, const char *format, ...)
{
	va_list args;

	if (!reason)
		return err;
	va_start(args, format);
	vsnprintf(reason->text, sizeof(reason->text), format, args);
	va_end(args);
	return err;
}

/* In the background, a line now and then would come between those of somebody else. */
static bool has_terminal(void)
{
	return isatty(STDERR_FILENO) && tcgetpgrp(STDERR_FILENO) == getpgrp();
}

/* A line that is longer than the terminal is wide could not be written over. */
static int room_for_progress(int size)
{
	struct winsize window;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || !window.ws_col || window.ws_col > size)
		return size;
	return window.ws_col;
}

void progress(const char *format, ...)
{
	char text[128];
	va_list args;
	int length;

	if (!has_terminal())
		return;
	va_start(args, format);
	vsnprintf(text, room_for_progress(sizeof(text)), format, args);
	va_end(args);
	length = strlen(text);
	/* Blanks clear what is left of a longer one, on any terminal. */
	fprintf(stderr, "\r%-*s", progress_length > length ? progress_length : length, text);
	fflush(stderr);
	progress_length = length;
}

void progress_end(void)
{
	if (progress_length && has_terminal())
		fprintf(stderr, "\r%*s\r", progress_length, "");
	progress_length = 0;
}

/* One line, whatever there is in the names of files, and in what they hold. */
__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	char text[MESSAGE_SIZE];

	progress_end();
	vsnprintf(text, sizeof(text), format, args);
	printable_copy(text, sizeof(text), text);
	fprintf(stderr, "porttrace: %s\n", text);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void complain_verbose(const char *format, ...)
{
	va_list args;

	if (!show_all)
		return;
	va_start(args, format);
	say(format, args);
	va_end(args);
}

void err_set_verbose(bool verbose)
{
	show_all = verbose;
}

bool err_is_verbose(void)
{
	return show_all;
}

/* The verifier's log comes as one huge warning; a person wants the line before it. */
__attribute__((format(printf, 1, 0))) static void keep_warning(const char *format, va_list args)
{
	if (first_warning[0])
		return;
	vsnprintf(first_warning, sizeof(first_warning), format, args);
	first_warning[strcspn(first_warning, "\n")] = '\0';
}

__attribute__((format(printf, 2, 0))) static int hear_libbpf(enum libbpf_print_level level,
							     const char *format, va_list args)
{
	if (show_all)
		return vfprintf(stderr, format, args);
	if (level == LIBBPF_WARN)
		keep_warning(format, args);
	return 0;
}

void err_catch_libbpf(void)
{
	libbpf_set_print(hear_libbpf);
}

void err_forget_libbpf_warning(void)
{
	first_warning[0] = '\0';
}

const char *err_libbpf_warning(void)
{
	return first_warning;
}
