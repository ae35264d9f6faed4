// SPDX-License-Identifier: GPL-2.0-only
/* Failures: by kind, by caller, and by the place in the program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_part.h"

/* ---- Kinds ---- */

uint64_t report_failures(const struct report *report)
{
	uint64_t sum = report->lost.kinds;
	size_t i;

	/* Of each, the last ones may have come after the last snapshot. */
	for (i = 0; i < report->kinds.nr; i++)
		sum += report_kind_count(report->list.kinds[i]);
	return sum;
}

bool report_knows_failures(const struct report *report)
{
	if (report->start_ns == NOT_KNOWN || !report_has_netns(report))
		return false;
	if (report->events || report_failures(report))
		return true;
	if (report->snapshots && !filter_has_process(report->want.filter))
		return true;
	/* Single ones were recorded, as far as something came after the first line. */
	return report->has_header && (report->snapshots || report->lost.has_summary);
}

/* Namespace, protocol, call, cause and errno; zero in what else a key has. */
static struct failure_key kind_of(uint32_t netns, uint8_t proto, uint8_t call, uint8_t cause,
				  uint16_t err)
{
	return (struct failure_key){
		.route = { .netns = netns, .proto = proto },
		.call = call,
		.cause = cause,
		.err = err,
	};
}

int report_compare_kinds(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct failure_key));
}

static int by_count(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

uint64_t report_kind_count(const struct report_kind *kind)
{
	uint64_t told = kind->told + kind->held;

	return kind->counted > told ? kind->counted : told;
}

int report_order_kinds(const void *a, const void *b)
{
	int order = by_count(report_kind_count(a), report_kind_count(b));

	return order ? order : report_compare_kinds(a, b);
}

/* NULL: there is no room, which is counted, or no memory, which is noted. */
static struct report_kind *kind_row(struct report *report, struct failure_key key, uint64_t count)
{
	const struct report_kind unknown = { .key = key, .first_ns = NOT_KNOWN,
					     .last_ns = NOT_KNOWN };
	void *row;
	int err = tally_get(&report->kinds, &unknown, &row);

	if (report_note(report, err) == -E2BIG)
		report->lost.kinds += count;
	return err ? NULL : row;
}

static void see(struct report_kind *kind, int64_t ns)
{
	if (kind->first_ns == NOT_KNOWN || ns < kind->first_ns)
		kind->first_ns = ns;
	if (ns > kind->last_ns)
		kind->last_ns = ns;
}

void report_add_failure(struct report *report, const struct report_step *step,
			const struct failure *now, uint64_t count)
{
	const struct route_key *route = &now->key.route;
	struct report_kind *kind =
		kind_row(report, kind_of(route->netns, route->proto, now->key.call, now->key.cause,
					 now->key.err), count);

	timeline_at(&report->timeline, step->ns)->failures += count;
	if (kind) {
		kind->counted += count;
		/* Single events know when it was. */
		if (!kind->told)
			see(kind, step->ns);
	}
	if (is_exhaustion(now->key.cause) && !route->overflow)
		report_exhausted_between(report, route, step, count);
	if (now->key.cause == CAUSE_RANGE_EXHAUSTED && !route->overflow)
		report_no_port(report, route, NOT_KNOWN);
}

/* ---- Before the window ---- */

static void count_early(struct report *report, const struct failure_key *key)
{
	const struct report_early none = { .key = *key };
	void *row;

	/* Of those that there is no room for, the window has some that are not its own. */
	if (!report_note(report, tally_get(&report->early, &none, &row)))
		((struct report_early *)row)->count++;
}

void report_add_early(struct report *report, const struct event *event, int64_t ns)
{
	const struct porttrace_event *what = event->what;
	struct failure_key key = { .route = what->route, .call = what->call, .cause = what->cause,
				   .err = what->err };

	if (what->kind != EVENT_FAILURE || !report_is_before(report, ns) || ns <= report->before_ns)
		return;
	count_early(report, &key);
	key.call = key.cause = 0;
	key.err = 0;
	count_early(report, &key);
}

uint64_t report_early(const struct report *report, const struct failure_key *key)
{
	const struct report_early wanted = { .key = *key };
	const struct report_early *row = tally_find(&report->early, &wanted);

	return row ? row->count : 0;
}

/* ---- Callers ---- */

int report_compare_callers(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct report_caller *)0)->key));
}

int report_order_callers(const void *a, const void *b)
{
	const struct report_caller *x = a, *y = b;
	int order = by_count(x->count, y->count);

	if (!order)
		order = (x->key.pid > y->key.pid) - (x->key.pid < y->key.pid);
	return order ? order : memcmp(&x->key.kind, &y->key.kind, sizeof(x->key.kind));
}

static void forget_caller(void *arg, const void *row)
{
	((struct report *)arg)->lost.callers += ((const struct report_caller *)row)->count;
}

/* When there are too many, those with the fewest failures make room. */
static struct report_caller *caller_row(struct report *report, const struct report_caller *key)
{
	void *row;
	int err = tally_get(&report->callers, key, &row);

	if (err == -E2BIG) {
		err = tally_keep(&report->callers, REPORT_MAX_CALLERS / 2, report_order_callers,
				 forget_caller, report);
		if (!err)
			err = tally_get(&report->callers, key, &row);
	}
	return report_note(report, err) ? NULL : row;
}

static void set_last(struct report_caller *caller, const struct event *event)
{
	const struct porttrace_event *what = event->what;
	const struct event_holder *holder = &event->holder;

	caller->route = what->route;
	caller->sport = what->sport;
	caller->binds_before_connect = what->binds_before_connect;
	caller->has_holder = event->has_holder;
	if (!event->has_holder)
		return;
	caller->holder_pid = holder->pid;
	memcpy(caller->holder_comm, holder->comm, sizeof(caller->holder_comm));
	caller->holder_state = holder_state_name(holder->socket);
}

static void add_caller(struct report *report, const struct event *event,
		       const struct failure_key *kind, int64_t ns)
{
	struct report_caller *caller, key;

	memset(&key, 0, sizeof(key));
	key.key.cgroup = report_text(report, event->cgroup);
	key.key.kind = *kind;
	key.key.pid = event->what->caller.process.pid;
	memcpy(key.key.comm, event->comm, sizeof(key.key.comm));
	key.first_ns = ns;
	caller = caller_row(report, &key);
	if (!caller)
		return;
	caller->count++;
	caller->last_ns = ns;
	set_last(caller, event);
}

/* ---- Stacks ---- */

int report_compare_stacks(const void *a, const void *b)
{
	const struct report_stack *x = a, *y = b;
	int order = strcmp(x->folded, y->folded);

	if (!order)
		order = x->call - y->call;
	return order ? order : x->cause - y->cause;
}

void report_done_stack(void *row)
{
	free(((struct report_stack *)row)->folded);
}

int report_order_stacks(const void *a, const void *b)
{
	const struct report_stack *x = a, *y = b;
	int order = by_count(x->count, y->count);

	return order ? order : report_compare_stacks(a, b);
}

static void forget_stack(void *arg, const void *row)
{
	((struct report *)arg)->lost.stacks += ((const struct report_stack *)row)->count;
}

/* What separates frames is no part of one. */
static size_t put_frame(char *text, size_t room, const char *frame)
{
	size_t length = 0;

	for (; *frame && length + 1 < room; frame++)
		text[length++] = *frame == ';' ? ':' : *frame;
	return length;
}

/* The outermost frame first. Of what is too long, the innermost frames matter: "..." is the rest. */
static char *fold(const char *comm, const struct stack_frames *frames)
{
	char text[REPORT_STACK_BYTES];
	size_t length = put_frame(text, sizeof(text), *comm ? comm : "?"), total = length + 8;
	size_t i, nr = 0;

	while (nr < frames->nr_names && total + strlen(frames->names[nr]) + 1 < sizeof(text))
		total += strlen(frames->names[nr++]) + 1;
	if (nr < frames->nr_names || frames->cut) {
		memcpy(text + length, ";...", 4);
		length += 4;
	}
	for (i = nr; i-- > 0;) {
		text[length++] = ';';
		length += put_frame(text + length, sizeof(text) - length, frames->names[i]);
	}
	if (!frames->nr_names) {
		memcpy(text + length, ";[no stack]", 11);
		length += 11;
	}
	text[length] = '\0';
	return strdup(text);
}

static void add_stack(struct report *report, const struct event *event)
{
	const struct stack_frames *frames = &event->stack->user;
	struct report_stack key = { .folded = fold(event->comm, frames),
				    .call = event->what->call,
				    .cause = event->what->cause }, *stack;
	void *row = NULL;
	int err = key.folded ? tally_get(&report->stacks, &key, &row) : -ENOMEM;

	if (err == -E2BIG) {
		err = tally_keep(&report->stacks, REPORT_MAX_STACKS / 2, report_order_stacks,
				 forget_stack, report);
		if (!err)
			err = tally_get(&report->stacks, &key, &row);
	}
	stack = row;
	/* The row has the text now, if it is new. */
	if (report_note(report, err) || stack->folded != key.folded)
		free(key.folded);
	if (err)
		return;
	stack->count++;
	stack->is_certain = frames->nr_certain == frames->nr_names && !frames->cut;
}

/* ---- Single events ---- */

static int bucket_of(uint64_t ns)
{
	int i = 0;

	while (i + 1 < SEARCH_BUCKETS && ns >= UINT64_C(1) << (SEARCH_BUCKET0_LOG2 + i))
		i++;
	return i;
}

static void add_duration(struct report *report, const struct porttrace_event *what)
{
	if (what->duration_ns == NOT_MEASURED) {
		report->failed_unmeasured++;
		return;
	}
	report->failed_searches++;
	report->failed_buckets[bucket_of(what->duration_ns)]++;
}

void report_add_told(struct report *report, const struct event *event, int64_t ns)
{
	const struct porttrace_event *what = event->what;
	const struct failure_key key = kind_of(what->netns_inum, what->route.proto, what->call,
					       what->cause, what->err);
	struct report_kind *kind = kind_row(report, key, 1);

	report->failures_told++;
	timeline_at(&report->timeline, ns)->told++;
	report_netns_named(report, what->netns_inum, event->netns);
	if (kind) {
		if (!kind->told++)
			kind->first_ns = kind->last_ns = NOT_KNOWN;
		see(kind, ns);
	}
	add_caller(report, event, &key, ns);
	if (event->stack)
		add_stack(report, event);
	add_duration(report, what);
	if (is_exhaustion(what->cause))
		report_exhausted(report, &what->route, ns);
	if (what->cause == CAUSE_RANGE_EXHAUSTED)
		report_no_port(report, &what->route, ns);
}

/* Whose they were nobody knows, nor of which route, if they are of several kinds. */
static bool may_be_others(const struct report *report, const struct failure_key *key)
{
	const struct filter *filter = report->want.filter;

	return filter_has_process(filter) || (!key && (report->want.netns || filter_asks(filter)));
}

void report_add_held_failures(struct report *report, const struct held_back *held, int64_t ns)
{
	const struct failure_key *key = held->key ? &held->key->kind : NULL;
	struct report_kind *kind;

	report->lost.held += held->count;
	if (may_be_others(report, key)) {
		report->lost.held_or_others += held->count;
		return;
	}
	timeline_at(&report->timeline, ns)->told += held->count;
	if (!key)
		return;
	report_netns_named(report, held->netns, NULL);
	kind = kind_row(report, kind_of(held->netns, key->route.proto, key->call, key->cause, key->err),
			held->count);
	if (kind) {
		kind->held += held->count;
		/* It is told some time later: single events know better when it was. */
		if (!kind->told)
			see(kind, ns);
	}
	if (is_exhaustion(key->cause))
		report_exhausted_before(report, &key->route, ns, held->count);
}
