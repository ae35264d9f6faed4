// SPDX-License-Identifier: GPL-2.0-only
#include "trace_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "outcome.h"

#define NR_SHOWN 4

static const char *const first_words[] = {
	[TRACE_FAILURE] = "failure ",
	[TRACE_ALLOCATION] = "allocation ",
	[TRACE_TIME_WAIT] = "time_wait ",
};

/* "812|-": one of them. */
static bool is_one_of(const char *text, const char *values, size_t length)
{
	size_t wanted = strlen(text);

	while (length) {
		size_t part = 0;

		while (part < length && values[part] != '|')
			part++;
		if (part == wanted && !strncmp(values, text, part))
			return true;
		/* Any number. */
		if (part == 1 && *values == '#' && strspn(text, "0123456789.") == wanted && wanted)
			return true;
		values += part;
		length -= part;
		if (length) {
			values++;
			length--;
		}
	}
	return false;
}

static bool word_matches(struct json_object *line, const char *word, size_t length)
{
	size_t name = 0;
	char path[64];

	while (name < length && word[name] != '=')
		name++;
	if (name == length)
		return !strncmp(trace_text_of(line, "event"), word, length);
	snprintf(path, sizeof(path), "%.*s", (int)name, word);
	return is_one_of(trace_text_of(line, path), word + name + 1, length - name - 1);
}

bool trace_matches(struct json_object *line, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");

		if (length && !word_matches(line, words, length))
			return false;
		words += length;
		words += strspn(words, " ");
	}
	return true;
}

/* ---- A bag of each ---- */

struct bag {
	struct json_object **lines; /* NULL where one was taken out */
	size_t nr, nr_left;
};

/* Times are compared as the texts that they are. */
static bool is_of_netns(struct json_object *line, unsigned long netns, const char *since)
{
	return json_number_of(line, "netns") == (long long)netns &&
	       strcmp(json_text_of(line, "time"), since) >= 0;
}

static bool is_of(struct json_object *line, const struct report *where, unsigned int events)
{
	enum trace_event event = trace_event_of(line);

	return event < NR_TRACE_EVENTS && 1 << event & events &&
	       is_of_netns(line, where->netns, where->since);
}

static struct bag bag_of(const struct trace *trace, const struct report *where,
			 unsigned int events)
{
	struct bag bag = { .lines = calloc(trace->nr_lines + 1, sizeof(*bag.lines)) };
	size_t i;

	if (!bag.lines) {
		fputs("live: no memory\n", stderr);
		exit(1);
	}
	for (i = 0; i < trace->nr_lines; i++)
		if (is_of(trace->lines[i], where, events))
			bag.lines[bag.nr++] = trace->lines[i];
	bag.nr_left = bag.nr;
	return bag;
}

static bool take_out(struct bag *bag, const char *words)
{
	size_t i;

	for (i = 0; i < bag->nr; i++) {
		if (bag->lines[i] && trace_matches(bag->lines[i], words)) {
			bag->lines[i] = NULL;
			bag->nr_left--;
			return true;
		}
	}
	return false;
}

static void show_rest(const struct bag *bag)
{
	unsigned int shown = 0;
	size_t i;

	for (i = 0; i < bag->nr && shown < NR_SHOWN; i++) {
		if (!bag->lines[i])
			continue;
		outcome_detail("found    %s",
			       json_object_to_json_string_ext(bag->lines[i],
							      JSON_C_TO_STRING_PLAIN));
		shown++;
	}
}

static enum trace_event event_of_words(const char *words)
{
	unsigned int event;

	for (event = TRACE_FAILURE; event <= TRACE_TIME_WAIT; event++)
		if (!strncmp(words, first_words[event], strlen(first_words[event])))
			break;
	return event;
}

static bool is_wanted(const struct trace_comparison *comparison, const char *words)
{
	return 1 << event_of_words(words) & comparison->events;
}

bool trace_compare(const struct trace_comparison *comparison, const struct report *where)
{
	struct bag bag = bag_of(comparison->trace, where, comparison->events);
	unsigned int nr_missing = 0;
	bool good;
	size_t i;

	for (i = 0; i < comparison->expected->nr; i++) {
		const char *words = comparison->expected->text[i];

		if (!is_wanted(comparison, words) || take_out(&bag, words) ||
		    comparison->unseen & 1 << event_of_words(words))
			continue;
		if (nr_missing++ < NR_SHOWN)
			outcome_detail("expected %s", words);
	}
	good = !bag.nr_left && nr_missing <= !!comparison->missed;
	if (good && comparison->missed)
		*comparison->missed += nr_missing;
	if (!good) {
		/* What has a wrong time is taken for an event of another namespace. */
		outcome_detail("%u expected, not found; %zu found, not expected; since %s",
			       nr_missing, bag.nr_left, where->since);
		show_rest(&bag);
	}
	free(bag.lines);
	return good;
}

bool trace_compare_failures(const struct trace *trace, const struct report *report)
{
	const struct trace_comparison comparison = {
		.expected = &report->events,
		.trace = trace,
		.events = 1 << TRACE_FAILURE,
	};

	return trace_compare(&comparison, report);
}

size_t trace_count(const struct trace *trace, unsigned long netns, const char *since)
{
	size_t i, nr = 0;

	for (i = 0; i < trace->nr_lines; i++)
		nr += is_of_netns(trace->lines[i], netns, since);
	return nr;
}
