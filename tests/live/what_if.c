// SPDX-License-Identifier: GPL-2.0-only
#include "what_if.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_lines.h"
#include "json.h"
#include "kernel_log.h"
#include "outcome.h"
#include "setup.h"
#include "text.h"
#include "wait.h"

/* On an emulated processor. */
#define STEP_LIMIT_MS 60000

/* Loads of one case, each with sockets and settings of its own; they wait at the same time. */
#define NR_SEEDS 4
#define SEED_SHIFT 4

/* The number: which keys are changed, as load_what_if.c knows them. */
static const struct what_if_case {
	const char *name;
	unsigned int keys;
	bool is_of_backend; /* with each of them: its programs are loaded beside the census */
} cases[] = {
	{ "what-if-range", 1, false },
	{ "what-if-reserved", 2, false },
	{ "what-if-tw-reuse", 4, false },
	{ "what-if-sources", 8, false },
	{ "what-if-all", 15, true },
	{ "what-if-settings", 7, false },
};

#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

struct load {
	unsigned int number;
	struct child_lines lines;
	char host[64], change[256];
	unsigned long netns;
	unsigned int port;
	/* What the kernel granted. */
	unsigned int tcp, fast, udp;
	bool has_tcp, has_udp;
};

/* ---- The load ---- */

static void hear(struct load *load, const char *line)
{
	sscanf(line, "route %lu %63s %u", &load->netns, load->host, &load->port);
	sscanf(line, "change %255s", load->change);
	if (sscanf(line, "tcp %u %u", &load->tcp, &load->fast) == 2)
		load->has_tcp = true;
	if (sscanf(line, "udp %u", &load->udp) == 1)
		load->has_udp = true;
}

static bool await(struct load *load, const char *word)
{
	const char *line;

	while ((line = child_lines_next(&load->lines, STEP_LIMIT_MS))) {
		if (!strcmp(line, word))
			return true;
		hear(load, line);
	}
	outcome_detail("%u: the load says no more: %s", load->number,
		       child_first_words(load->lines.child));
	return false;
}

/* ---- porttrace ---- */

static bool has_ended_well(struct child *child)
{
	long long end_ms = now_ms() + STEP_LIMIT_MS;

	while (!child_has_ended(child) && now_ms() < end_ms)
		poll(NULL, 0, 5);
	/* Findings have a status of their own, up to 2. */
	return !child->pid && WIFEXITED(child->status) && WEXITSTATUS(child->status) <= 2 &&
	       !*child_words(child);
}

/* NULL, with a detail of the outcome. */
static struct json_object *ask(const struct headroom_setup *setup, const struct load *load)
{
	char pid[16];
	const char *const argv[] = { setup->porttrace, "check", "--json", "--probe", setup->probe,
				     "--netns", pid, "--what-if", load->change, NULL };
	struct json_object *json = NULL;
	struct text text = {};
	struct child *child;

	snprintf(pid, sizeof(pid), "%d", load->lines.child->pid);
	child = child_start(argv);
	if (child && !text_read_all(&text, child->out, STEP_LIMIT_MS) && has_ended_well(child))
		json = json_parse(text.bytes ? text.bytes : "");
	if (!json)
		outcome_detail("%u: no answer to %s: %s", load->number, load->change,
			       child ? child_first_words(child) : "porttrace cannot be started");
	text_free(&text);
	child_free(child);
	return json;
}

struct search {
	const struct load *load;
	const char *proto;
	struct json_object *found;
};

static void take_route(struct json_object *route, void *arg)
{
	struct search *search = arg;
	bool is_tcp = !strcmp(search->proto, "tcp");

	if (strcmp(json_text_of(route, "proto"), search->proto) ||
	    strcmp(json_text_of(route, "src"), search->load->host) ||
	    (is_tcp && strcmp(json_text_of(route, "dst"), search->load->host)) ||
	    (is_tcp && json_number_of(route, "dport") != search->load->port))
		return;
	search->found = route;
}

/* The figures as they would be; NULL: there is no such route. */
static struct json_object *find_then(const struct load *load, struct json_object *json,
				     const char *proto)
{
	struct search search = { .load = load, .proto = proto };
	struct json_object *what_if = NULL, *then = NULL;

	if (json_object_object_get_ex(json, "what_if", &what_if))
		json_each_of_netns(what_if, "routes", "netns", load->netns, take_route, &search);
	if (search.found)
		json_object_object_get_ex(search.found, "then", &then);
	return then;
}

/* ---- A case ---- */

static bool is_equal(const struct load *load, struct json_object *then, const char *proto,
		     const char *figure, unsigned int granted)
{
	if (then && json_number_of(then, figure) == granted)
		return true;
	outcome_detail("%u: %s of %s with %s is %s, and %u were granted", load->number, figure,
		       proto, load->change, then ? json_text_of(then, figure) : "of no route",
		       granted);
	return false;
}

static bool compare(const struct load *load, struct json_object *json)
{
	struct json_object *tcp = find_then(load, json, "tcp");
	struct json_object *udp = find_then(load, json, "udp");
	bool good = is_equal(load, tcp, "tcp", "headroom", load->tcp);

	good &= is_equal(load, tcp, "tcp", "fast_headroom", load->fast);
	return good & is_equal(load, udp, "udp", "headroom", load->udp);
}

static bool run_load(const struct headroom_setup *setup, struct load *load)
{
	struct json_object *json;
	bool good;

	if (!load->lines.child || !await(load, "ready"))
		return false;
	json = ask(setup, load);
	if (write(load->lines.child->in, "", 1) != 1 || !await(load, "end"))
		good = false;
	else
		good = json && compare(load, json);
	if (good && (!load->has_tcp || !load->has_udp))
		good = false;
	json_object_put(json);
	return good;
}

static struct child *start(const struct headroom_setup *setup, unsigned int number)
{
	const char *slash = strrchr(setup->workload, '/');
	char program[512], text[16];
	const char *const argv[] = { program, "what-if", text, NULL };

	snprintf(program, sizeof(program), "%.*scensus-load",
		 slash ? (int)(slash + 1 - setup->workload) : 0, setup->workload);
	snprintf(text, sizeof(text), "%u", number);
	return child_start(argv);
}

static void run_case(const struct what_if_case *what_if_case, const struct headroom_setup *setup)
{
	struct load loads[NR_SEEDS] = {};
	const char *complaint;
	unsigned int i, nr_wrong = 0;

	kernel_log_begin();
	for (i = 0; i < NR_SEEDS; i++) {
		loads[i].number = (unsigned int)(setup->seed + i) << SEED_SHIFT | what_if_case->keys;
		loads[i].lines.child = start(setup, loads[i].number);
	}
	for (i = 0; i < NR_SEEDS; i++)
		nr_wrong += !run_load(setup, &loads[i]);
	complaint = kernel_log_complaint();
	if (complaint)
		outcome_not_ok(what_if_case->name, "the kernel says: %s", complaint);
	else if (nr_wrong)
		outcome_not_ok(what_if_case->name, "%u of %u; again: --only %s --seed %llu",
			       nr_wrong, NR_SEEDS, what_if_case->name,
			       (unsigned long long)setup->seed);
	else
		outcome_ok(what_if_case->name);
	for (i = 0; i < NR_SEEDS; i++) {
		child_lines_done(&loads[i].lines);
		child_free(loads[i].lines.child);
	}
}

void what_if_each(void (*visit)(const char *name, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		visit(cases[i].name, arg);
}

void what_if_run(const struct headroom_setup *setup)
{
	size_t i;

	for (i = 0; i < NR_CASES; i++)
		if (only_allows(setup->only, cases[i].name) &&
		    (!setup->few || cases[i].is_of_backend))
			run_case(&cases[i], setup);
}
