// SPDX-License-Identifier: GPL-2.0-only
#include "record.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "event_writer.h"
#include "last_failure.h"
#include "output.h"
#include "record_command.h"
#include "record_file.h"
#include "record_header.h"
#include "record_told.h"
#include "take.h"
#include "view_record.h"
#include "waits.h"

/*
 * What has been flushed survives this process, whatever ends it. Not each line is: a flush costs a
 * few bytes, and processor time. A bit less than a second, so that each snapshot of the usual
 * interval is, though timers are late.
 */
#define FLUSH_MS 900

/* So often a snapshot is whole, and the first line of a part that can be read by itself. */
#define WHOLE_MS 60000

struct record {
	const struct options *options;
	const struct command_signals *command_signals;
	struct record_file *file;
	struct probe *probe; /* NULL: nothing is recorded any more */
	struct describer *describer;
	struct event_writer writer;
	struct last_failures noted;
	struct record_command command;
	struct snapshot *now; /* of the line that was written last */
	struct snapshot *old; /* the one before, whose memory is used again */
	uint64_t nr_snapshots;
	struct record_totals flushed; /* what can be read, whatever comes */
	uint64_t began_ms, whole_ms, flushed_ms; /* CLOCK_MONOTONIC */
	struct reason reason;
	int signals, timer;
	bool done;
	bool is_told_to_end; /* by a signal, which a command may have thought otherwise of */
};

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* ---- Lines ---- */

static int out_of_memory(struct record *record)
{
	return because(&record->reason, -ENOMEM, "out of memory");
}

/* Of all lines so far; what of them can be read is known when they have been flushed. */
static struct record_totals count(const struct record *record)
{
	const struct event_summary *summary = &record->writer.summary;

	return (struct record_totals){
		.snapshots = record->nr_snapshots,
		.failures = event_writer_failures(&record->writer),
		.held_back = summary->held_back,
		.lost = event_summary_lost(summary),
		.bytes = record_file_bytes(record->file),
	};
}

/* After each way of flushing. */
static int note_flushed(struct record *record, int err)
{
	if (!err)
		record->flushed = count(record);
	return err;
}

static int flush(struct record *record)
{
	record->flushed_ms = now_ms();
	return note_flushed(record, record_file_flush(record->file, &record->reason));
}

static int take(struct record *record, struct snapshot *next)
{
	int err = take_snapshot(record->probe, record->options, record->now, next,
				&record->reason);

	if (!err)
		last_failures_set(&record->noted, record->now, next);
	return err;
}

static int write_snapshot(struct record *record, const struct snapshot *next)
{
	bool is_whole = !record->now || now_ms() - record->whole_ms >= WHOLE_MS;
	int err = 0;

	if (is_whole && record->now)
		err = note_flushed(record, record_file_begin_member(record->file, &record->reason));
	if (err)
		return err;
	if (is_whole)
		record->whole_ms = now_ms();
	record->nr_snapshots++;
	if (view_record_snapshot(record_file_stream(record->file), next, record->nr_snapshots,
				 is_whole ? NULL : record->now))
		return out_of_memory(record);
	return 0;
}

static int write_header(struct record *record, const struct snapshot *first)
{
	return record_header_write(record_file_stream(record->file), record->options,
				   backends[probe_backend(record->probe)].name, first,
				   &record->reason);
}

/* Takes the next snapshot, and writes it; before the first one, the header. */
static int step(struct record *record)
{
	struct snapshot *next = record->old ? record->old : snapshot_new();
	int err;

	record->old = NULL;
	if (!next)
		return out_of_memory(record);
	snapshot_clear(next);
	err = take(record, next);
	if (!err && !record->now)
		err = write_header(record, next);
	if (!err)
		err = write_snapshot(record, next);
	if (err) {
		record->old = next;
		return err;
	}
	record->old = record->now;
	record->now = next;
	return 0;
}

static int snapshot_for(void *arg, const struct porttrace_event *event,
			const struct snapshot **ret_snapshot, struct reason *reason)
{
	(void)event;
	(void)reason;
	/* How old it is, is in the line. */
	*ret_snapshot = ((struct record *)arg)->now;
	return 0;
}

static void note(void *arg, const struct porttrace_event *event)
{
	last_failures_note(&((struct record *)arg)->noted, event);
}

/* ---- What a person sees ---- */

/* The terminal is the command's while one runs. */
static void show_progress(const struct record *record)
{
	struct record_totals totals = count(record);

	if (!record->command.pid)
		record_tell_progress(&totals, totals.bytes, now_ms() - record->began_ms);
}

/* ---- The loop ---- */

static void hear_signals(struct record *record)
{
	struct signalfd_siginfo info;

	while (read(record->signals, &info, sizeof(info)) == sizeof(info)) {
		record_command_pass_on(&record->command, &info);
		record->is_told_to_end = record->is_told_to_end || info.ssi_signo == SIGINT ||
					 info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP;
		/* With a command, that one decides when it has had enough. */
		if (!record->command.pid && info.ssi_signo != SIGCHLD)
			record->done = true;
	}
	if (record_command_look(&record->command))
		record->done = true;
}

/*
 * A pipe that is full: signals go to the command all the same. Whoever started us can end that wait, but
 * not before the command has ended.
 */
static bool wait_to_write(void *arg, int fd)
{
	struct record *record = arg;
	struct pollfd waits[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = record->signals, .events = POLLIN },
	};

	while (!record->is_told_to_end || (record->command.pid && !record->command.has_ended)) {
		if (poll(waits, 2, -1) < 0 && errno != EINTR)
			return true;
		if (waits[0].revents)
			return true;
		hear_signals(record);
	}
	return output_wait_a_moment(fd);
}

static int read_events(struct record *record)
{
	int err = event_writer_read(&record->writer, &record->reason);

	if (!err && now_ms() - record->flushed_ms >= FLUSH_MS)
		err = flush(record);
	return err;
}

/* Milliseconds until there is something to do besides what is waited for. */
static int time_left(const struct record *record)
{
	uint64_t passed = now_ms() - record->began_ms, limit = record->options->duration_s * 1000;
	uint64_t left = EVENT_WRITER_TELL_MS;

	if (record->writer.has_more)
		return 0;
	if (limit && limit - passed < left)
		left = limit - passed;
	return limit && passed >= limit ? 0 : left;
}

static bool is_over(const struct record *record)
{
	uint64_t limit = record->options->duration_s * 1000;

	return record->done || (limit && now_ms() - record->began_ms >= limit);
}

static int wait_and_record(struct record *record)
{
	struct pollfd waits[] = {
		{ .fd = record->signals, .events = POLLIN },
		{ .fd = record->timer, .events = POLLIN },
		{ .fd = events_fd(probe_events(record->probe)), .events = POLLIN },
	};
	int err = 0;

	if (poll(waits, sizeof(waits) / sizeof(waits[0]), time_left(record)) < 0 && errno != EINTR)
		return because(&record->reason, -errno, "cannot wait: %s", strerror(errno));
	if (waits[0].revents)
		hear_signals(record);
	if (is_over(record))
		return 0;
	if (waits[1].revents && waits_hear_timer(record->timer)) {
		err = step(record);
		show_progress(record);
	}
	return err ? err : read_events(record);
}

/*
 * What happened before the end is in the file, too: events, then a snapshot, then the last line. None
 * comes after that snapshot that could have what it has not, so nothing in it is older.
 */
static int finish(struct record *record)
{
	int err;

	probe_stop(record->probe);
	probe_count_always(record->probe);
	err = event_writer_drain(&record->writer, &record->reason);
	if (!err)
		err = step(record);
	if (!err)
		err = event_writer_finish(&record->writer, &record->reason);
	if (!err)
		err = note_flushed(record, record_file_end(record->file, &record->reason));
	return err;
}

static int loop(struct record *record)
{
	int err = 0;

	event_writer_start(&record->writer);
	waits_start_timer(record->timer, record->options->interval_s);
	while (!err && !is_over(record))
		err = wait_and_record(record);
	return err ? err : finish(record);
}

/* ---- Beginning and end ---- */

static void set_writer(struct record *record)
{
	record->writer = (struct event_writer){
		.probe = record->probe,
		.describer = record->describer,
		.view = event_view_json,
		.out = record_file_stream(record->file),
		.snapshot = snapshot_for,
		.note = note,
		.arg = record,
	};
	record->writer.view.stacks = true;
}

static int open_file(struct record *record)
{
	const struct record_file_options options = {
		.path = record->options->output,
		.force = record->options->force,
		.signals = record->signals,
		.wait_to_write = wait_to_write,
		.arg = record,
	};

	return record_file_open(&options, &record->file, &record->reason);
}

static int open_probe(struct record *record)
{
	record->describer = describer_new(true);
	if (!record->describer)
		return out_of_memory(record);
	return probe_open(&record->options->probe, &record->probe, &record->reason);
}

/* The first snapshot is in the file before the command can do anything. */
static int begin(struct record *record)
{
	int err;

	set_writer(record);
	record->began_ms = now_ms();
	err = step(record);
	if (!err)
		err = flush(record);
	if (!err && record->options->command)
		err = record_command_start(&record->command, record->options->command,
					   record->command_signals,
					   !strcmp(record->options->output, "-"),
					   &record->reason);
	return err ? err : record_file_keep(record->file, &record->reason);
}

/* What fails here leaves no file behind. */
static int start(struct record *record)
{
	int err = probe_may_trace(&record->reason);

	if (!err)
		err = open_file(record);
	if (!err)
		err = open_probe(record);
	if (!err)
		err = begin(record);
	if (!err) {
		complain("recording to %s with back-end %s", record_file_name(record->file),
			 backends[probe_backend(record->probe)].name);
		return 0;
	}
	complain("%s", record->reason.text);
	if (record->file)
		record_file_remove(record->file);
	return err;
}

static int complain_of_end(struct record *record, int err)
{
	progress_end();
	if (err)
		complain("%s", record->reason.text);
	record_tell_end(record_file_name(record->file), &record->flushed,
			now_ms() - record->began_ms, !err, record->options->json);
	if (err && record->command.pid && !record->command.has_ended)
		complain("nothing is recorded any more; the command goes on");
	return err;
}

static void close_probe(struct record *record)
{
	probe_close(record->probe);
	record->probe = NULL;
	describer_free(record->describer);
	record->describer = NULL;
}

static int record_all(struct record *record)
{
	int err = start(record);

	if (err) {
		record_command_wait(&record->command, record->signals);
		return record->command.status ? record->command.status : EXIT_FAILED;
	}
	err = complain_of_end(record, loop(record));
	/* From here on, it costs the command nothing. */
	close_probe(record);
	record_file_close(record->file);
	record->file = NULL;
	record_command_wait(&record->command, record->signals);
	if (record->options->json && output_flush())
		err = -EIO;
	/* What failed is never hidden: neither the command, nor the recording of one that did not. */
	return record->command.status ? record->command.status : (err ? EXIT_FAILED : EXIT_DONE);
}

int record_run(const struct options *options, const struct command_signals *signals)
{
	struct record record = {
		.options = options,
		.command_signals = signals,
		.signals = -1,
		.timer = -1,
	};
	enum waits_kind kind = options->command ? WAITS_COMMAND : WAITS_PLAIN;
	int status = EXIT_FAILED;

	if (!waits_open_signals(&record.signals, kind) && !waits_open_timer(&record.timer))
		status = record_all(&record);
	close_probe(&record);
	record_file_close(record.file);
	last_failures_done(&record.noted);
	snapshot_free(record.now);
	snapshot_free(record.old);
	if (record.timer >= 0)
		close(record.timer);
	if (record.signals >= 0)
		close(record.signals);
	return status;
}
