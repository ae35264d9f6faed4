// SPDX-License-Identifier: GPL-2.0-only
#include "err.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

static bool show_all;
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

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	fputs("porttrace: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
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
