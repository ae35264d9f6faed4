// SPDX-License-Identifier: GPL-2.0-only
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "event_writer.h"
#include "json.h"
#include "last_failure.h"
#include "output.h"
#include "record_command.h"
#include "record_file.h"
#include "record_header.h"
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
	const sigset_t *mask; /* of signals, for the command */
	struct record_file *file;
	struct probe *probe; /* NULL: nothing is recorded any more */
	struct describer *describer;
	struct event_writer writer;
	struct last_failures noted;
	struct record_command command;
	struct snapshot *now; /* of the line that was written last */
	struct snapshot *old; /* the one before, whose memory is used again */
	uint64_t nr_snapshots;
	uint64_t began_ms, whole_ms, flushed_ms; /* CLOCK_MONOTONIC */
	struct reason reason;
	int signals, timer;
	bool done;
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

static int flush(struct record *record)
{
	record->flushed_ms = now_ms();
	return record_file_flush(record->file, &record->reason);
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
		err = record_file_begin_member(record->file, &record->reason);
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

static void format_size(uint64_t bytes, char text[16])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double size = bytes;
	size_t unit = 0;

	while (size >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		size /= 1000;
		unit++;
	}
	snprintf(text, 16, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

/* The terminal is the command's while one runs. */
static void show_progress(const struct record *record)
{
	uint64_t seconds = (now_ms() - record->began_ms) / 1000;
	char size[16];

	if (record->command.pid)
		return;
	format_size(record_file_bytes(record->file), size);
	progress("recording %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ", %s, %" PRIu64 " failures",
		 seconds / 3600, seconds / 60 % 60, seconds % 60, size, event_writer_failures(&record->writer));
}

static void print_what_was_written(const struct record *record, bool is_whole)
{
	const struct event_summary *summary = &record->writer.summary;
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "file", json_text(record_file_name(record->file)));
	json_object_object_add(json, "bytes", json_number(record_file_bytes(record->file)));
	json_object_object_add(json, "snapshots", json_number(record->nr_snapshots));
	json_object_object_add(json, "failures",
			       json_number(event_writer_failures(&record->writer)));
	json_object_object_add(json, "held_back", json_number(summary->held_back));
	json_object_object_add(json, "lost", json_number(event_summary_lost(summary)));
	json_object_object_add(json, "whole", json_object_new_boolean(is_whole));
	json_put(output_stream(), json);
	fputc('\n', output_stream());
}

/* The figures of the file's own last line; counters of routes go with their network namespace. */
static void tell_what_was_written(const struct record *record, bool is_whole)
{
	uint64_t failures = event_writer_failures(&record->writer);
	uint64_t lost = event_summary_lost(&record->writer.summary);
	char size[16], not_kept[48] = "";

	format_size(record_file_bytes(record->file), size);
	if (lost)
		snprintf(not_kept, sizeof(not_kept), "; %" PRIu64 " events lost", lost);
	complain("%s: %" PRIu64 " snapshots, %" PRIu64 " failures, %s in %.1f s%s%s",
		 record_file_name(record->file), record->nr_snapshots, failures, size,
		 (now_ms() - record->began_ms) / 1e3, not_kept, is_whole ? "" : "; it is cut short");
	if (record->options->json)
		print_what_was_written(record, is_whole);
}

/* ---- The loop ---- */

static int read_events(struct record *record)
{
	int err = event_writer_read(&record->writer, &record->reason);

	if (!err && now_ms() - record->flushed_ms >= FLUSH_MS)
		err = flush(record);
	return err;
}

static void hear_signals(struct record *record)
{
	struct signalfd_siginfo info;

	while (read(record->signals, &info, sizeof(info)) == sizeof(info)) {
		record_command_pass_on(&record->command, &info);
		/* With a command, that one decides when it has had enough. */
		if (!record->command.pid && info.ssi_signo != SIGCHLD)
			record->done = true;
	}
	if (record_command_look(&record->command))
		record->done = true;
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
		err = record_file_end(record->file, &record->reason);
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
					   record->mask, !strcmp(record->options->output, "-"),
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

/* Whoever reads a pipe only as far as he likes has what he wanted. */
static int complain_of_end(struct record *record, int err)
{
	progress_end();
	if (err == -EPIPE || err == -ECANCELED)
		return 0;
	if (err)
		complain("%s", record->reason.text);
	tell_what_was_written(record, !err);
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

int record_run(const struct options *options, const sigset_t *mask)
{
	struct record record = { .options = options, .mask = mask, .signals = -1, .timer = -1 };
	int status = EXIT_FAILED;

	if (!waits_open_signals(&record.signals, WAITS_COMMAND) && !waits_open_timer(&record.timer))
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
