// SPDX-License-Identifier: GPL-2.0-only
#include "headroom.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "features.h"
#include "headroom_compare.h"
#include "headroom_mix.h"
#include "json.h"
#include "lines.h"
#include "outcome.h"
#include "setup.h"
#include "text.h"
#include "tracer.h"
#include "wait.h"

#define PREFIX "headroom-"
#define RANDOM PREFIX "random"
#define OLDER PREFIX "older-than-porttrace"

/* The mixes that have some of all there is. */
#define EVERYTHING "-everything"

/* Of a batch: they wait for each other's TIME_WAITs to age. */
#define BATCH_SIZE 20

#define LIST_LIMIT_MS 10000

/* A TIME_WAIT lives for 60 s. */
#define LINE_LIMIT_MS 30000

/*
 * What a back-end has to do with headroom: it counts on from one census to the next, and knows who
 * left a TIME_WAIT. All else comes from the kernel's tables, whichever back-end there is.
 */
static const char *const telling[] = {
	"tcp4-everything", "tcp6-everything", "tcp-mapped-everything", "udp4-everything",
	"udp6-everything", "tcp4-time-wait", "tcp6-time-wait-of-others", "tcp4-time-wait-reused",
	"tcp4-bound0-connected", "tcp4-joined-left-time-wait",
};

struct batch {
	const struct headroom_setup *setup;
	char program[512];
	struct tracer *tracer;
	struct headroom_mix mixes[BATCH_SIZE];
	unsigned int nr;
	struct json_object *before, *after;
};

static bool is_wanted(const struct headroom_setup *setup, const char *name)
{
	return only_allows(setup->only, name);
}

static bool is_telling(const char *mix)
{
	size_t i;

	for (i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (!strcmp(telling[i], mix))
			return true;
	return false;
}

static void find_program(const struct headroom_setup *setup, char *program, size_t size)
{
	const char *slash = strrchr(setup->workload, '/');

	snprintf(program, size, "%.*smix", slash ? (int)(slash + 1 - setup->workload) : 0,
		 setup->workload);
}

/* ---- The course of a batch ---- */

static void start(struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		headroom_mix_start(&batch->mixes[i], batch->program);
}

static void await(struct batch *batch, const char *word)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		headroom_mix_await(&batch->mixes[i], word, batch->tracer);
}

static void go_on(struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		headroom_mix_go_on(&batch->mixes[i]);
}

static bool all_are_counted(const struct batch *batch, struct json_object *json)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		const struct headroom_mix *mix = &batch->mixes[i];

		if (mix->result == MIX_RUNS && !headroom_is_counted(mix->said.bytes, json))
			return false;
	}
	return true;
}

/*
 * The first line of now in which all routes are counted afresh: a list that changes under the
 * census leaves a route with what was known before. NULL: no line. In the end the last one: the
 * comparison says what is wrong with it.
 */
static struct json_object *counted_line(const struct batch *batch)
{
	long long end_ms = now_ms() + LINE_LIMIT_MS;
	struct json_object *json = NULL;

	do {
		const char *line = tracer_next_line(batch->tracer, LINE_LIMIT_MS);

		json_object_put(json);
		json = line ? json_parse(line) : NULL;
	} while (json && !all_are_counted(batch, json) && now_ms() < end_ms);
	return json;
}

static void run(struct batch *batch)
{
	await(batch, "ready");
	batch->before = counted_line(batch);
	go_on(batch);
	await(batch, "filled");
	batch->after = counted_line(batch);
	go_on(batch);
	await(batch, "end");
}

static void clear(struct batch *batch)
{
	while (batch->nr)
		headroom_mix_free(&batch->mixes[--batch->nr]);
	json_object_put(batch->before);
	json_object_put(batch->after);
	batch->before = batch->after = NULL;
}

/* ---- What came of it ---- */

/* Details of the outcome say what differs. */
static bool is_right(const struct batch *batch, const struct headroom_mix *mix)
{
	const char *said = mix->said.bytes;
	bool good;

	if (mix->result == MIX_FAILED) {
		outcome_detail("%s %llu: %s", mix->name, (unsigned long long)mix->seed, mix->why);
		return false;
	}
	if (!batch->before || !batch->after) {
		outcome_detail("no line of JSON; %s", tracer_state(batch->tracer));
		return false;
	}
	good = headroom_compare(said, "before", batch->before);
	good &= headroom_compare(said, "after", batch->after);
	if (!good)
		headroom_show(said, "note");
	return good;
}

static void skip(const struct headroom_setup *setup, const char *name, const char *feature)
{
	outcome_skip(name, feature_is_missing(feature) && feature_is_listed(setup->lacks, feature),
		     "this kernel has no %s", feature);
}

/* Each mix is a test. */
static void judge_each(const struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		const struct headroom_mix *mix = &batch->mixes[i];
		char name[128];

		snprintf(name, sizeof(name), PREFIX "%s", mix->name);
		if (mix->result == MIX_LACKS)
			skip(batch->setup, name, mix->why);
		else if (is_right(batch, mix))
			outcome_ok(name);
		else
			outcome_not_ok(name, "again: --only %s --seed %llu", name,
				       (unsigned long long)mix->seed);
	}
}

/* All mixes are one test. */
static void judge_all(const struct batch *batch, const char *name)
{
	unsigned int nr_wrong = 0, i;
	uint64_t first_wrong = 0;

	for (i = 0; i < batch->nr; i++) {
		const struct headroom_mix *mix = &batch->mixes[i];

		if (mix->result == MIX_LACKS || is_right(batch, mix))
			continue;
		if (!nr_wrong++)
			first_wrong = mix->seed;
	}
	if (!nr_wrong)
		outcome_ok(name);
	else
		outcome_not_ok(name,
			       "%u mixes of %u; again, the first: "
			       "--only %.*s --seed %llu --mixes 1",
			       nr_wrong, batch->nr, (int)strcspn(name, " "), name,
			       (unsigned long long)first_wrong);
}

static void show_times(const struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		headroom_print(batch->mixes[i].said.bytes, "time", batch->mixes[i].name);
}

/* ---- The batches ---- */

/* Without a tracer so far: porttrace will start later than the mix. */
static void add(struct batch *batch, const char *name, uint64_t seed)
{
	struct headroom_mix *mix = &batch->mixes[batch->nr++];

	*mix = (struct headroom_mix){ .seed = seed, .is_unwatched = !batch->tracer };
	snprintf(mix->name, sizeof(mix->name), "%s", name);
}

static bool has_tracer(struct batch *batch, const char *name)
{
	const struct headroom_setup *setup = batch->setup;
	char why[1024];

	if (batch->tracer)
		return true;
	batch->tracer = tracer_start_counting(setup->porttrace, setup->probe, why, sizeof(why));
	if (!batch->tracer)
		outcome_not_ok(name, "%s", why);
	return batch->tracer;
}

static void stop_tracer(struct batch *batch)
{
	tracer_free(batch->tracer);
	batch->tracer = NULL;
}

static void run_named(struct batch *batch)
{
	if (batch->nr) {
		start(batch);
		run(batch);
		judge_each(batch);
		show_times(batch);
	}
	clear(batch);
}

static bool names_everything(const char *name)
{
	size_t length = strlen(name), end = strlen(EVERYTHING);

	return length > end && !strcmp(name + length - end, EVERYTHING);
}

/* The sockets are there when porttrace starts. */
static void run_older(struct batch *batch, const struct lines *names)
{
	size_t i;

	stop_tracer(batch);
	for (i = 0; i < names->nr && batch->nr < BATCH_SIZE; i++)
		if (names_everything(names->text[i]))
			add(batch, names->text[i], batch->setup->seed);
	start(batch);
	await(batch, "ready");
	if (has_tracer(batch, OLDER)) {
		run(batch);
		judge_all(batch, OLDER);
	}
	clear(batch);
	stop_tracer(batch);
}

static void run_all_named(struct batch *batch, const struct lines *names)
{
	size_t i;

	for (i = 0; i < names->nr; i++) {
		char name[128];

		snprintf(name, sizeof(name), PREFIX "%s", names->text[i]);
		if (!is_wanted(batch->setup, name) ||
		    (batch->setup->few && !is_telling(names->text[i])))
			continue;
		if (!has_tracer(batch, name))
			return;
		add(batch, names->text[i], batch->setup->seed);
		if (batch->nr == BATCH_SIZE)
			run_named(batch);
	}
	run_named(batch);
}

static void run_random(struct batch *batch)
{
	uint64_t seed = batch->setup->seed, end = seed + batch->setup->nr_random;

	while (seed < end && has_tracer(batch, RANDOM)) {
		char name[128];
		uint64_t first = seed;

		while (seed < end && batch->nr < BATCH_SIZE)
			add(batch, "random", seed++);
		snprintf(name, sizeof(name), RANDOM " seeds %llu to %llu",
			 (unsigned long long)first, (unsigned long long)seed - 1);
		start(batch);
		run(batch);
		judge_all(batch, name);
		clear(batch);
	}
}

/* ---- The names ---- */

/* 0 or a negative errno. */
static int read_names(const char *program, struct lines *ret_names)
{
	const char *const argv[] = { program, "--list", NULL };
	struct child *child = child_start(argv);
	int err = child ? 0 : -errno;
	struct text text = {};
	char *rest, *line;

	if (!err)
		err = text_read_all(&text, child->out, LIST_LIMIT_MS);
	rest = text.bytes;
	while (!err && (line = strsep(&rest, "\n")))
		if (*line)
			lines_add(ret_names, "%s", line);
	text_free(&text);
	child_free(child);
	return !err && !ret_names->nr ? -ENOENT : err;
}

bool headroom_each(const struct headroom_setup *setup, void (*visit)(const char *name, void *arg),
		   void *arg)
{
	char program[512], name[128];
	struct lines names = {};
	int err;
	size_t i;

	find_program(setup, program, sizeof(program));
	err = read_names(program, &names);
	for (i = 0; i < names.nr; i++) {
		snprintf(name, sizeof(name), PREFIX "%s", names.text[i]);
		visit(name, arg);
	}
	lines_free(&names);
	visit(OLDER, arg);
	visit(RANDOM, arg);
	return !err;
}

void headroom_run(const struct headroom_setup *setup)
{
	static struct batch batch;
	struct lines names = {};
	int err;

	batch = (struct batch){ .setup = setup };
	find_program(setup, batch.program, sizeof(batch.program));
	err = read_names(batch.program, &names);
	if (err) {
		outcome_not_ok(PREFIX "start", "cannot read the list of %s: %s", batch.program,
			       strerror(-err));
		return;
	}
	run_all_named(&batch, &names);
	if (is_wanted(setup, RANDOM))
		run_random(&batch);
	if (is_wanted(setup, OLDER) && !setup->few)
		run_older(&batch, &names);
	stop_tracer(&batch);
	lines_free(&names);
}
