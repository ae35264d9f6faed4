// SPDX-License-Identifier: GPL-2.0-only
#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>

#include "lines.h"

static const char *probe_name;
static bool is_strict;
static unsigned int nr_passed, nr_failed, nr_skipped;
static struct lines details;

void outcome_begin(const char *probe, bool strict)
{
	probe_name = probe;
	is_strict = strict;
	/* Each line goes out at once: the run may end in the panic of a virtual machine. */
	setvbuf(stdout, NULL, _IOLBF, 0);
}

void outcome_ok(const char *name)
{
	nr_passed++;
	printf("ok %s [%s]\n", name, probe_name);
	lines_free(&details);
}

__attribute__((format(printf, 3, 0))) static void
print_why(const char *result, const char *name, const char *why, va_list args)
{
	printf("%s %s [%s]: ", result, name, probe_name);
	vprintf(why, args);
	putchar('\n');
}

static void print_details(void)
{
	size_t i;

	for (i = 0; i < details.nr; i++)
		printf("    %s\n", details.text[i]);
	lines_free(&details);
}

void outcome_not_ok(const char *name, const char *why, ...)
{
	va_list args;

	nr_failed++;
	va_start(args, why);
	print_why("not ok", name, why, args);
	va_end(args);
	print_details();
}

void outcome_skip(const char *name, bool excused, const char *why, ...)
{
	bool counts_as_failed = is_strict && !excused;
	va_list args;

	if (counts_as_failed)
		nr_failed++;
	else
		nr_skipped++;
	va_start(args, why);
	print_why(counts_as_failed ? "not ok" : "skip", name, why, args);
	va_end(args);
}

void outcome_detail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lines_vadd(&details, format, args);
	va_end(args);
}

int outcome_end(void)
{
	printf("%u passed, %u failed, %u skipped\n", nr_passed, nr_failed, nr_skipped);
	return nr_failed || fflush(stdout) || ferror(stdout);
}
