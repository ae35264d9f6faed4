// SPDX-License-Identifier: GPL-2.0-only
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "last_failure.h"
#include "take.h"

struct kernel {
	struct source source; /* first: a pointer to one is one to the other */
	const struct options *options;
	struct probe *probe;
	struct last_failures noted;
};

static int take(struct source *source, const struct snapshot *before, struct snapshot *next,
		struct reason *reason)
{
	struct kernel *kernel = (struct kernel *)source;
	int err = take_snapshot(kernel->probe, kernel->options, before, next, reason);

	if (err || kernel->options->probe.no_events)
		return err;
	err = last_failures_read(&kernel->noted, kernel->probe, reason);
	last_failures_set(&kernel->noted, before, next);
	return err;
}

/* Which back-end is used, what it cannot see, and why no better one is. */
static void describe(const struct source *source, char *text, size_t size)
{
	const struct probe *probe = ((const struct kernel *)source)->probe;
	enum backend_id used = probe_backend(probe), id;
	const char *const *limit;
	size_t at = 0;

	for (id = 0; id < used && at < size; id++)
		at += snprintf(text + at, size - at, "%s: %s\n", backends[id].name,
			       *probe_why_not(probe, id) ? probe_why_not(probe, id) :
							   "was not tried");
	if (at < size)
		at += snprintf(text + at, size - at, "%s: is used\n", backends[used].name);
	for (limit = backends[used].limits; limit && *limit && at < size; limit++)
		at += snprintf(text + at, size - at, "  but %s\n", *limit);
}

static void close_kernel(struct source *source)
{
	struct kernel *kernel = (struct kernel *)source;

	probe_close(kernel->probe);
	last_failures_done(&kernel->noted);
	free(kernel);
}

int source_open_kernel(const struct options *options, struct source **ret_source,
		       struct reason *reason)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	struct probe_options probe = options->probe;
	int err;

	if (!kernel)
		return because(reason, -ENOMEM, "out of memory");
	kernel->source = (struct source){ .take = take, .describe = describe,
					  .close = close_kernel, .name = "this kernel", .fd = -1, .pace_s = NAN };
	kernel->options = options;
	if (!probe.no_events)
		last_failures_ask(&probe.events, &options->filter);
	err = probe_open(&probe, &kernel->probe, reason);
	if (err) {
		free(kernel);
		return err;
	}
	*ret_source = &kernel->source;
	return 0;
}
