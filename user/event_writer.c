// SPDX-License-Identifier: GPL-2.0-only
#include "event_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "clock.h"

/*
 * As long as events come, there is one more to read: so many, or so long, and signals, time and
 * losses are looked at. Where there are many processes, a holder takes milliseconds to be found.
 */
#define EVENTS_A_READING 1000
#define READING_MS 100

/* In the end: until nothing has come for so long, since a program may be writing one still. */
#define DRAIN_MS 10
#define MAX_DRAINS 20

/* What visits pass on. */
struct visit {
	struct event_writer *writer;
	struct reason *reason;
};

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

void event_writer_start(struct event_writer *writer)
{
	writer->told_ms = now_ms();
}

bool event_writer_has_enough(const struct event_writer *writer)
{
	uint64_t written = 0;
	int i;

	for (i = 0; i < NR_EVENT_KINDS; i++)
		written += writer->summary.nr[i];
	return writer->count && written >= writer->count;
}

uint64_t event_writer_failures(const struct event_writer *writer)
{
	return writer->summary.nr[EVENT_FAILURE] + writer->summary.held_back;
}

/* ---- Events ---- */

/* NULL: it has none, or another one that had this number then. */
static const struct netns *find_netns(const struct snapshot *snapshot,
				      const struct porttrace_event *event)
{
	const struct netns *netns = snapshot_find_netns(snapshot, event->netns_inum);

	return netns && netns->id == event->route.netns ? netns : NULL;
}

static void set_what_a_snapshot_tells(struct event *event, const struct snapshot *snapshot)
{
	const struct netns *netns = snapshot ? find_netns(snapshot, event->what) : NULL;

	event_set_headroom(event, netns ? snapshot : NULL);
	event->netns = netns && netns->name[0] ? netns->name : NULL;
}

/* -ECANCELED: that is enough, at all or for now. */
static int write_event(void *arg, const struct event_record *record)
{
	const struct visit *visit = arg;
	struct event_writer *writer = visit->writer;
	const struct snapshot *snapshot;
	struct event event;
	int err;

	err = describe_event(writer->describer, writer->probe, record, &event, visit->reason);
	if (!err)
		err = writer->snapshot(writer->arg, record->event, &snapshot, visit->reason);
	if (err)
		return err;
	set_what_a_snapshot_tells(&event, snapshot);
	writer->view.event(writer->out, &writer->view, &event);
	writer->summary.nr[record->event->kind]++;
	if (writer->note)
		writer->note(writer->arg, record->event);
	writer->has_more = ++writer->nr_read >= EVENTS_A_READING ||
			   now_ms() - writer->reading_ms >= READING_MS;
	return event_writer_has_enough(writer) || writer->has_more ? -ECANCELED : 0;
}

/* The same, of what there is no more of to come. */
static int write_untold(void *arg, const struct event_record *record)
{
	const struct visit *visit = arg;
	int err = write_event(arg, record);

	return err == -ECANCELED && !event_writer_has_enough(visit->writer) ? 0 : err;
}

/* ---- What was not sent ---- */

static int write_held(void *arg, const struct event_limit_key *key, uint32_t netns, uint64_t count)
{
	struct event_writer *writer = ((const struct visit *)arg)->writer;
	struct held_back held = {
		.wall = describe_time(writer->told_ms * 1000000),
		.key = key,
		.netns = netns,
		.count = count,
	};

	writer->view.held(writer->out, &writer->view, &held);
	writer->summary.held_back += count;
	return 0;
}

/* Sets what has been lost; the difference to what it was. */
static uint64_t update_lost(struct event_writer *writer)
{
	uint64_t before = event_summary_lost(&writer->summary);
	int i;

	for (i = 0; i < NR_EVENT_KINDS; i++)
		writer->summary.lost[i] = events_lost(probe_events(writer->probe), i);
	return event_summary_lost(&writer->summary) - before;
}

static int tell_what_was_not_sent(struct event_writer *writer, struct reason *reason)
{
	const struct visit visit = { .writer = writer, .reason = reason };
	uint64_t lost = update_lost(writer);
	const struct snapshot *snapshot;
	struct timespec wall;
	int err;

	writer->told_ms = now_ms();
	err = events_read_held(probe_events(writer->probe), write_held, (void *)&visit, reason);
	if (!err)
		err = writer->snapshot(writer->arg, NULL, &snapshot, reason);
	if (err || !lost)
		return err;
	wall = describe_time(writer->told_ms * 1000000);
	writer->view.lost(writer->out, &writer->view, &wall, lost);
	return 0;
}

/* ---- When ---- */

static int explain(int err, struct reason *reason)
{
	if (!reason->text[0])
		because(reason, err, "cannot read events: %s", strerror(-err));
	return err;
}

int event_writer_read(struct event_writer *writer, struct reason *reason)
{
	const struct visit visit = { .writer = writer, .reason = reason };
	int err;

	reason->text[0] = '\0';
	writer->nr_read = 0;
	writer->reading_ms = now_ms();
	writer->has_more = false;
	err = events_read(probe_events(writer->probe), write_event, (void *)&visit);
	if (err == -ECANCELED)
		err = 0;
	if (!err && now_ms() - writer->told_ms >= EVENT_WRITER_TELL_MS)
		err = tell_what_was_not_sent(writer, reason);
	return err ? explain(err, reason) : 0;
}

/* Reads until nothing more comes. */
static int read_all(struct event_writer *writer, struct reason *reason)
{
	int err = 0, quiet = 0, i;

	for (i = 0; !err && !event_writer_has_enough(writer) && quiet < 2 && i < MAX_DRAINS; i++) {
		err = event_writer_read(writer, reason);
		if (writer->has_more)
			i = 0;
		else if (writer->nr_read)
			quiet = 0;
		else if (++quiet < 2)
			poll(NULL, 0, DRAIN_MS);
	}
	return err;
}

int event_writer_drain(struct event_writer *writer, struct reason *reason)
{
	const struct visit visit = { .writer = writer, .reason = reason };
	int err;

	describer_hurry(writer->describer);
	err = read_all(writer, reason);
	if (err || event_writer_has_enough(writer) || !writer->all)
		return err;
	/* All of them: what comes now are the last. */
	writer->nr_read = 0;
	err = events_read_untold(probe_events(writer->probe), write_untold, (void *)&visit,
				 reason);
	return err && err != -ECANCELED ? explain(err, reason) : 0;
}

int event_writer_finish(struct event_writer *writer, struct reason *reason)
{
	int err = tell_what_was_not_sent(writer, reason);
	uint64_t unlooked = describer_unlooked(writer->describer);

	if (err)
		return explain(err, reason);
	if (unlooked)
		complain("of %" PRIu64 " events it was not looked for who holds the port: they came "
			 "faster than processes can be searched",
			 unlooked);
	writer->summary.missed =
		probe_missed(writer->probe, &writer->summary.missed_at_most);
	writer->view.summary(writer->out, &writer->view, &writer->summary);
	return 0;
}
