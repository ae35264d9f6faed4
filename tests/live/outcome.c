// SPDX-License-Identifier: GPL-2.0-only
#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lines.h"

static const char *probe_name;
static bool is_strict;
static struct lines details;

static struct counts {
	unsigned int passed, failed, skipped;
} counts;

/* What is held back, and what was counted before. */
static struct {
	FILE *out; /* NULL: nothing is held back */
	char *text;
	size_t size;
	struct counts counts;
} held;

static FILE *out(void)
{
	return held.out ? held.out : stdout;
}

void outcome_begin(const char *probe, bool strict)
{
	probe_name = probe;
	is_strict = strict;
	/* Each line goes out at once: the run may end in the panic of a virtual machine. */
	setvbuf(stdout, NULL, _IOLBF, 0);
}

void outcome_ok(const char *name)
{
	counts.passed++;
	fprintf(out(), "ok %s [%s]\n", name, probe_name);
	lines_free(&details);
}

__attribute__((format(printf, 3, 0))) static void
print_why(const char *result, const char *name, const char *why, va_list args)
{
	fprintf(out(), "%s %s [%s]: ", result, name, probe_name);
	vfprintf(out(), why, args);
	fputc('\n', out());
}

static void print_details(void)
{
	size_t i;

	for (i = 0; i < details.nr; i++)
		fprintf(out(), "    %s\n", details.text[i]);
	lines_free(&details);
}

void outcome_not_ok(const char *name, const char *why, ...)
{
	va_list args;

	counts.failed++;
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
		counts.failed++;
	else
		counts.skipped++;
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

void outcome_hold(void)
{
	held.counts = counts;
	/* Without memory for it all is printed, and counts. */
	held.out = open_memstream(&held.text, &held.size);
}

bool outcome_has_failed(void)
{
	return counts.failed > held.counts.failed;
}

void outcome_release(bool keep)
{
	if (!held.out)
		return;
	fclose(held.out);
	held.out = NULL;
	if (keep)
		fputs(held.text, stdout);
	else
		counts = held.counts;
	free(held.text);
}

int outcome_end(void)
{
	printf("%u passed, %u failed, %u skipped\n", counts.passed, counts.failed, counts.skipped);
	return counts.failed || fflush(stdout) || ferror(stdout);
}
