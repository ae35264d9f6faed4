// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "describe.h"
#include "output.h"
#include "take.h"
#include "view_event.h"
#include "waits.h"

/*
 * What was held back and lost is looked for so often; and, with --all, events that nobody was woken
 * up for.
 */
#define TELL_MS 1000
#define READ_S 0.05

/*
 * As long as events come, there is one more to read: so many, and signals, time and losses are looked
 * at.
 */
#define EVENTS_A_READING 1000

/* In the end: until nothing has come for so long, since a program may be writing one still. */
#define DRAIN_MS 10
#define MAX_DRAINS 20

/* Whose TIME_WAITs are, and the like, is remembered in maps that a snapshot tidies up. */
#define TIDY_S 30.0

/*
 * Snapshots that are younger are good enough: for the headroom of a route, and for why ports are
 * blocked where there is none. How old its census may be is for --cpu-limit to say.
 */
#define HEADROOM_S 0.1
#define BLOCKED_S 1.0

struct trace {
	const struct options *options;
	struct event_view view;
	struct probe *probe;
	struct describer *describer;
	struct snapshot *now; /* the last one that was taken, or NULL */
	struct event_summary summary;
	uint64_t told_ms; /* CLOCK_MONOTONIC, when what was not sent was told of */
	unsigned int nr_read; /* events in the reading that goes on */
	bool has_more;	      /* it was broken off */
	uint64_t end_ms;  /* 0: never */
	struct reason reason;
	int signals, timer;
	bool done;
};

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static int open_waits(struct trace *trace)
{
	int err = waits_open_signals(&trace->signals, false);

	return err ? err : waits_open_timer(&trace->timer);
}

/* ---- Events ---- */

static double age_s(const struct snapshot *snapshot)
{
	return clock_ns(CLOCK_MONOTONIC) / 1e9 -
	       (snapshot->monotonic.tv_sec + snapshot->monotonic.tv_nsec / 1e9);
}

static int refresh_snapshot(struct trace *trace, double limit_s)
{
	struct snapshot *next;
	int err;

	if (trace->now && age_s(trace->now) < limit_s)
		return 0;
	next = snapshot_new();
	if (!next)
		return because(&trace->reason, -ENOMEM, "out of memory");
	err = take_snapshot(trace->probe, trace->options, trace->now, next, &trace->reason);
	if (err) {
		snapshot_free(next);
		return err;
	}
	snapshot_free(trace->now);
	trace->now = next;
	return 0;
}

static const char *netns_name(const struct trace *trace, uint32_t inum)
{
	const struct netns *netns = trace->now ? snapshot_find_netns(trace->now, inum) : NULL;

	return netns && netns->name[0] ? netns->name : NULL;
}

static bool has_enough(const struct trace *trace)
{
	uint64_t shown = 0;
	int i;

	for (i = 0; i < NR_EVENT_KINDS; i++)
		shown += trace->summary.nr[i];
	return trace->options->count && shown >= (uint64_t)trace->options->count;
}

/* -ECANCELED: that is enough, at all or for now. */
static int show_event(void *arg, const struct event_record *record)
{
	struct trace *trace = arg;
	struct event event;
	int err;

	err = describe_event(trace->describer, trace->probe, record, &event, &trace->reason);
	if (!err && event_has_use_for_snapshot(record->event))
		err = refresh_snapshot(trace, event_knows_headroom(record->event) ? BLOCKED_S :
										    HEADROOM_S);
	if (err)
		return err;
	event_set_headroom(&event, trace->now);
	event.netns = netns_name(trace, record->event->netns_inum);
	trace->view.event(output_stream(), &trace->view, &event);
	trace->summary.nr[record->event->kind]++;
	trace->has_more = ++trace->nr_read >= EVENTS_A_READING;
	return has_enough(trace) || trace->has_more ? -ECANCELED : 0;
}

/* The same, of what there is no more of to come. */
static int show_untold(void *arg, const struct event_record *record)
{
	int err = show_event(arg, record);

	return err == -ECANCELED && !has_enough(arg) ? 0 : err;
}

/* ---- What was not sent ---- */

static int show_held(void *arg, const struct event_limit_key *key, uint32_t netns, uint64_t count)
{
	struct trace *trace = arg;
	struct held_back held = {
		.wall = describe_time(trace->told_ms * 1000000),
		.key = key,
		.netns = netns,
		.count = count,
	};

	trace->view.held(output_stream(), &trace->view, &held);
	trace->summary.held_back += count;
	return 0;
}

/* Sets what has been lost; the difference to what it was. */
static uint64_t update_lost(struct trace *trace)
{
	uint64_t before = event_summary_lost(&trace->summary);
	int i;

	for (i = 0; i < NR_EVENT_KINDS; i++)
		trace->summary.lost[i] = events_lost(probe_events(trace->probe), i);
	return event_summary_lost(&trace->summary) - before;
}

static int tell_what_was_not_sent(struct trace *trace)
{
	uint64_t lost = update_lost(trace);
	struct timespec wall;
	int err;

	trace->told_ms = now_ms();
	err = events_read_held(probe_events(trace->probe), show_held, trace, &trace->reason);
	if (!err)
		err = refresh_snapshot(trace, TIDY_S);
	if (err || !lost)
		return err;
	wall = describe_time(trace->told_ms * 1000000);
	trace->view.lost(output_stream(), &trace->view, &wall, lost);
	return 0;
}

/* ---- The loop ---- */

static int complain_of(struct trace *trace, int err)
{
	if (!trace->reason.text[0])
		because(&trace->reason, err, "cannot read events: %s", strerror(-err));
	complain("%s", trace->reason.text);
	return err;
}

static int read_events(struct trace *trace)
{
	int err;

	trace->nr_read = 0;
	trace->has_more = false;
	err = events_read(probe_events(trace->probe), show_event, trace);
	if (err == -ECANCELED)
		err = 0;
	if (!err && now_ms() - trace->told_ms >= TELL_MS)
		err = tell_what_was_not_sent(trace);
	return err ? complain_of(trace, err) : output_flush();
}

/* Milliseconds until the run is over; -1: there is no such moment. */
static int time_left(const struct trace *trace)
{
	uint64_t now = now_ms();

	if (!trace->end_ms)
		return -1;
	if (now >= trace->end_ms)
		return 0;
	return trace->end_ms - now < 1000000 ? trace->end_ms - now : 1000000;
}

static int wait_for_events(struct trace *trace)
{
	struct pollfd waits[] = {
		{ .fd = trace->signals, .events = POLLIN },
		{ .fd = trace->timer, .events = POLLIN },
		{ .fd = events_fd(probe_events(trace->probe)), .events = POLLIN },
		/* No event asked for: an error comes when nobody reads the output any more. */
		{ .fd = STDOUT_FILENO },
	};
	int limit_ms = trace->has_more ? 0 : time_left(trace);

	if (poll(waits, sizeof(waits) / sizeof(waits[0]), limit_ms) < 0 && errno != EINTR)
		return -errno;
	if (waits[1].revents)
		waits_hear_timer(trace->timer);
	if (waits[0].revents || waits[3].revents || !time_left(trace))
		trace->done = true;
	return 0;
}

/* Reads until nothing more comes. */
static int drain(struct trace *trace)
{
	int err = 0, quiet = 0, i;

	for (i = 0; !err && !has_enough(trace) && quiet < 2 && i < MAX_DRAINS; i++) {
		err = read_events(trace);
		if (trace->has_more)
			i = 0;
		else if (trace->nr_read)
			quiet = 0;
		else if (++quiet < 2)
			poll(NULL, 0, DRAIN_MS);
	}
	return err;
}

static int drain_untold(struct trace *trace)
{
	int err;

	/* All of them: what comes now are the last. */
	trace->nr_read = 0;
	err = events_read_untold(probe_events(trace->probe), show_untold, trace, &trace->reason);
	return err && err != -ECANCELED ? complain_of(trace, err) : 0;
}

/* What happened before the end is told of, too. */
static int finish(struct trace *trace)
{
	int err;

	probe_stop(trace->probe);
	err = drain(trace);
	if (!err && !has_enough(trace) && trace->options->probe.events.all)
		err = drain_untold(trace);
	if (err)
		return err;
	err = tell_what_was_not_sent(trace);
	if (err)
		return complain_of(trace, err);
	trace->summary.missed = probe_missed(trace->probe);
	trace->view.summary(output_stream(), &trace->view, &trace->summary);
	return output_flush();
}

static int loop(struct trace *trace)
{
	int err;

	trace->told_ms = now_ms();
	if (trace->options->duration_s > 0)
		trace->end_ms = trace->told_ms + (uint64_t)(trace->options->duration_s * 1000);
	waits_start_timer(trace->timer, trace->options->probe.events.all ? READ_S : TELL_MS / 1e3);
	trace->view.heading(output_stream(), &trace->view);
	err = output_flush();
	while (!err && !trace->done && !has_enough(trace)) {
		err = wait_for_events(trace);
		if (!err && !trace->done)
			err = read_events(trace);
	}
	return err ? err : finish(trace);
}

static int start(struct trace *trace)
{
	int err = probe_may_trace(&trace->reason);

	if (!err) {
		trace->describer = describer_new(trace->options->probe.events.stacks);
		if (!trace->describer)
			err = because(&trace->reason, -ENOMEM, "out of memory");
	}
	if (!err)
		err = probe_open(&trace->options->probe, &trace->probe, &trace->reason);
	if (!err)
		err = refresh_snapshot(trace, 0);
	if (err) {
		complain("%s", trace->reason.text);
		return err;
	}
	trace->reason.text[0] = '\0';
	complain("tracing %s with back-end %s",
		 trace->options->probe.events.all ? "port allocations" : "failed port allocations",
		 backends[probe_backend(trace->probe)].name);
	return 0;
}

int trace_run(const struct options *options)
{
	struct trace trace = {
		.options = options,
		.view = options->json ? event_view_json : event_view_text,
		.signals = -1,
		.timer = -1,
	};
	int err;

	trace.view.no_time = options->no_time;
	trace.view.stacks = options->probe.events.stacks;
	err = open_waits(&trace);
	if (!err)
		err = start(&trace);
	if (!err)
		err = loop(&trace);
	describer_free(trace.describer);
	probe_close(trace.probe);
	snapshot_free(trace.now);
	if (trace.timer >= 0)
		close(trace.timer);
	if (trace.signals >= 0)
		close(trace.signals);
	return output_status(err);
}
