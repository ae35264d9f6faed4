// SPDX-License-Identifier: GPL-2.0-only
#include "headroom_mix.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wait.h"

/* The mix's own limit is shorter; it tells more than this one. */
#define WORD_LIMIT_MS 150000
#define EXIT_LIMIT_MS 10000

#define EXIT_SKIPPED 77

void headroom_mix_start(struct headroom_mix *mix, const char *program)
{
	char seed[24];
	const char *const argv[] = { program, mix->name, seed, NULL };
	const char *const unwatched_argv[] = { program, "--unwatched", mix->name, seed, NULL };

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)mix->seed);
	mix->child = child_start(mix->is_unwatched ? unwatched_argv : argv);
	if (mix->child)
		return;
	mix->result = MIX_FAILED;
	snprintf(mix->why, sizeof(mix->why), "cannot start %s: %s", program, strerror(errno));
}

/* A line of its own, whole. */
static bool has_said(const struct headroom_mix *mix, const char *word)
{
	size_t length = strlen(word);
	const char *line = mix->said.used ? mix->said.bytes : NULL;

	while (line) {
		if (!strncmp(line, word, length) && line[length] == '\n')
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

/* "mix: FEATURE" is what it says when it skips. */
static void explain_end(struct headroom_mix *mix)
{
	struct child *child = mix->child;
	const char *words = child_first_words(child);

	wait_until(has_ended, &child, EXIT_LIMIT_MS);
	if (!child->pid && WIFEXITED(child->status) && WEXITSTATUS(child->status) == EXIT_SKIPPED) {
		const char *feature = strrchr(words, ' ');

		mix->result = MIX_LACKS;
		snprintf(mix->why, sizeof(mix->why), "%s", feature ? feature + 1 : words);
		return;
	}
	mix->result = MIX_FAILED;
	snprintf(mix->why, sizeof(mix->why), "%s (%s)", words, child_end_text(child));
}

static int wait_for_output(const struct headroom_mix *mix, struct tracer *tracer)
{
	struct pollfd out = { .fd = mix->child->out, .events = POLLIN };

	if (tracer)
		return tracer_wait_beside(tracer, mix->child->out, WORD_LIMIT_MS);
	return poll(&out, 1, WORD_LIMIT_MS) == 1 ? 0 : -ETIMEDOUT;
}

void headroom_mix_await(struct headroom_mix *mix, const char *word, struct tracer *tracer)
{
	while (mix->result == MIX_RUNS && !has_said(mix, word)) {
		int err = wait_for_output(mix, tracer);
		ssize_t got;

		if (err) {
			mix->result = MIX_FAILED;
			snprintf(mix->why, sizeof(mix->why), "not \"%s\" yet: %s; %s", word,
				 strerror(-err), tracer ? tracer_state(tracer) : "");
			return;
		}
		got = text_read(&mix->said, mix->child->out);
		if (!got)
			explain_end(mix);
	}
}

void headroom_mix_go_on(struct headroom_mix *mix)
{
	if (mix->result == MIX_RUNS && write(mix->child->in, "\n", 1) != 1)
		explain_end(mix);
}

void headroom_mix_free(struct headroom_mix *mix)
{
	child_free(mix->child);
	mix->child = NULL;
	text_free(&mix->said);
}
