// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "event_writer.h"
#include "output.h"
#include "take.h"
#include "waits.h"

/* With --all, events that nobody was woken up for are looked for so often. */
#define READ_S 0.05

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
	struct event_writer writer;
	struct probe *probe;
	struct describer *describer;
	struct snapshot *now; /* the last one that was taken, or NULL */
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
	int err = waits_open_signals(&trace->signals, WAITS_PLAIN);

	return err ? err : waits_open_timer(&trace->timer);
}

/* ---- Snapshots ---- */

static double age_s(const struct snapshot *snapshot)
{
	return clock_ns(CLOCK_MONOTONIC) / 1e9 -
	       (snapshot->monotonic.tv_sec + snapshot->monotonic.tv_nsec / 1e9);
}

static int refresh_snapshot(struct trace *trace, double limit_s, struct reason *reason)
{
	struct snapshot *next;
	int err;

	if (trace->now && age_s(trace->now) < limit_s)
		return 0;
	next = snapshot_new();
	if (!next)
		return because(reason, -ENOMEM, "out of memory");
	err = take_snapshot(trace->probe, trace->options, trace->now, next, reason);
	if (err) {
		snapshot_free(next);
		return err;
	}
	snapshot_free(trace->now);
	trace->now = next;
	return 0;
}

static int snapshot_for(void *arg, const struct porttrace_event *event,
			const struct snapshot **ret_snapshot, struct reason *reason)
{
	struct trace *trace = arg;
	int err = 0;

	if (!event)
		err = refresh_snapshot(trace, TIDY_S, reason);
	else if (event_has_use_for_snapshot(event))
		err = refresh_snapshot(trace, event_knows_headroom(event) ? BLOCKED_S : HEADROOM_S,
				       reason);
	*ret_snapshot = trace->now;
	return err;
}

/* ---- The loop ---- */

static int complain_of(const struct trace *trace, int err)
{
	complain("%s", trace->reason.text);
	return err;
}

static int read_events(struct trace *trace)
{
	int err = event_writer_read(&trace->writer, &trace->reason);

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
	int limit_ms = trace->writer.has_more ? 0 : time_left(trace);

	if (poll(waits, sizeof(waits) / sizeof(waits[0]), limit_ms) < 0 && errno != EINTR)
		return -errno;
	if (waits[1].revents)
		waits_hear_timer(trace->timer);
	if (waits[0].revents || waits[3].revents || !time_left(trace))
		trace->done = true;
	return 0;
}

/* What happened before the end is told of, too. */
static int finish(struct trace *trace)
{
	int err;

	probe_stop(trace->probe);
	err = event_writer_drain(&trace->writer, &trace->reason);
	if (!err)
		err = event_writer_finish(&trace->writer, &trace->reason);
	return err ? complain_of(trace, err) : output_flush();
}

static int loop(struct trace *trace)
{
	int err;

	event_writer_start(&trace->writer);
	if (trace->options->duration_s > 0)
		trace->end_ms = now_ms() + (uint64_t)(trace->options->duration_s * 1000);
	waits_start_timer(trace->timer,
			  trace->writer.all ? READ_S : EVENT_WRITER_TELL_MS / 1e3);
	trace->writer.view.heading(output_stream(), &trace->writer.view);
	err = output_flush();
	while (!err && !trace->done && !event_writer_has_enough(&trace->writer)) {
		err = wait_for_events(trace);
		if (!err && !trace->done)
			err = read_events(trace);
	}
	return err ? err : finish(trace);
}

static void set_writer(struct trace *trace)
{
	const struct options *options = trace->options;

	trace->writer = (struct event_writer){
		.probe = trace->probe,
		.describer = trace->describer,
		.view = options->json ? event_view_json : event_view_text,
		.out = output_stream(),
		.count = options->count,
		.all = options->probe.events.all,
		.snapshot = snapshot_for,
		.arg = trace,
	};
	trace->writer.view.no_time = options->no_time;
	trace->writer.view.stacks = options->probe.events.stacks;
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
		err = refresh_snapshot(trace, 0, &trace->reason);
	if (err)
		return complain_of(trace, err);
	set_writer(trace);
	complain("tracing %s with back-end %s",
		 trace->writer.all ? "port allocations" : "failed port allocations",
		 backends[probe_backend(trace->probe)].name);
	return 0;
}

int trace_run(const struct options *options)
{
	struct trace trace = { .options = options, .signals = -1, .timer = -1 };
	int err;

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
