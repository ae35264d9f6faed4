// SPDX-License-Identifier: GPL-2.0-only
#include "coverage.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "outcome.h"
#include "text.h"

#define LIMIT_MS 10000

static bool is_case(const struct live_run *run, void *arg)
{
	const char *name = arg;

	return !strcmp(run->kind, name);
}

/* Each line of the list begins with a name. */
static void check_list(char *list)
{
	unsigned int nr = 0, nr_missing = 0;
	char *line;

	while ((line = strsep(&list, "\n"))) {
		line[strcspn(line, " ")] = '\0';
		if (!*line)
			continue;
		nr++;
		if (cases_each(is_case, line))
			continue;
		outcome_detail("%s", line);
		nr_missing++;
	}
	if (!nr)
		outcome_not_ok(COVERAGE_NAME, "the workload lists no kinds");
	else if (nr_missing)
		outcome_not_ok(COVERAGE_NAME, "no case for %u kinds", nr_missing);
	else
		outcome_ok(COVERAGE_NAME);
}

void coverage_run(const char *workload)
{
	const char *const argv[] = { workload, "--list", NULL };
	struct child *child = child_start(argv);
	int err = child ? 0 : -errno;
	struct text text = {};

	if (!err)
		err = text_read_all(&text, child->out, LIMIT_MS);
	if (!err && text.used)
		check_list(text.bytes);
	else
		outcome_not_ok(COVERAGE_NAME, "cannot read the list of %s: %s", workload,
			       strerror(-err));
	text_free(&text);
	child_free(child);
}
