// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "output.h"
#include "playback.h"
#include "screen.h"
#include "service.h"
#include "snapshot_file.h"
#include "source.h"
#include "view.h"
#include "waits.h"

#define TEXT_WIDTH 80 /* of plain text that does not go to a terminal */

struct live {
	const struct options *options;
	struct source *source;
	struct screen *screen; /* NULL: text or JSON on stdout */
	struct snapshot *now;  /* the one that is shown */
	struct snapshot *old;  /* the one before, whose memory is used again; NULL: none yet */
	int signals;
	int timer;
	int watched;
	int awaited; /* 0: time to pass, -EAGAIN: the source, -ENODATA: no more, but a key */
	bool done;
	bool wants_now; /* a screen, whatever the time */
	bool goes_back; /* and that is the one before */
	struct playback playback; /* pace_s 0: it is no recording */
	bool names;	/* of services, for ports */
	double interval_s;
	char origin[8192]; /* of the snapshots, see struct source */
};

/* Whether a person looks at a screen, not a program or a file at text. */
static bool wants_screen(const struct options *options)
{
	return !options->batch && !options->json && isatty(STDOUT_FILENO);
}

static int open_waits(struct live *live)
{
	int err = waits_open_signals(&live->signals,
				     wants_screen(live->options) ? WAITS_SCREEN : WAITS_PLAIN);

	return err ? err : waits_open_timer(&live->timer);
}

/* A file goes into another one, or a pipe, as fast as it can, unless a pace was asked for. */
static void start_timer(const struct live *live)
{
	bool has_pace = !live->options->from || live->screen || live->options->paced;
	double delay_s = has_pace ? live->interval_s : 0;

	if (has_pace && live->playback.pace_s)
		delay_s = playback_delay_s(&live->playback);
	/* Zero would stop the timer. */
	waits_start_timer(live->timer, delay_s > 1e-9 ? delay_s : 1e-9);
}

static void pace_text(const struct live *live, char text[PLAYBACK_TEXT_SIZE])
{
	if (live->playback.pace_s)
		playback_text(&live->playback, text);
	else
		snprintf(text, PLAYBACK_TEXT_SIZE, "every %g s", live->interval_s);
}

static void tell_pace(const struct live *live)
{
	char text[PLAYBACK_TEXT_SIZE];

	pace_text(live, text);
	if (live->screen)
		screen_set_pace(live->screen, text, live->playback.pace_s);
}

/* A recording tells with its first line how fast it went. */
static void adopt_pace(struct live *live)
{
	double pace_s = live->source->pace_s;

	if (live->playback.pace_s || !(pace_s > 0))
		return;
	playback_init(&live->playback, pace_s, live->options->paced ? live->interval_s : 0);
	start_timer(live);
	tell_pace(live);
}

static int show(struct live *live)
{
	const struct options *options = live->options;
	int err;

	if (live->screen) {
		(live->goes_back ? screen_draw_back : screen_draw)(live->screen, live->now);
		return 0;
	}
	if (options->json)
		err = view_json(output_stream(), live->now, options->view, options->sort);
	else
		err = view_text(output_stream(), live->now, options->view, options->sort,
				output_width(TEXT_WIDTH));
	if (err) {
		complain("out of memory");
		return err;
	}
	return output_flush();
}

/* A message must not be drawn over. */
static int fail(struct live *live, int err, const struct reason *reason)
{
	screen_close(live->screen);
	live->screen = NULL;
	complain("%s", reason->text);
	return err;
}

/*
 * Takes the next snapshot and shows it. Negative errno as of output_flush(), or without a message
 * -EAGAIN and -ENODATA, as of a source.
 */
static int step(struct live *live)
{
	struct snapshot *next = live->old ? live->old : snapshot_new();
	struct reason reason = { "out of memory" };
	int err = -ENOMEM;

	live->old = NULL;
	if (next) {
		snapshot_clear(next);
		err = live->source->take(live->source, live->now, next, &reason);
	}
	if (err) {
		live->old = next;
		return err == -EAGAIN || err == -ENODATA ? err : fail(live, err, &reason);
	}
	next->service_name = live->names ? service_name : NULL;
	live->old = live->now;
	live->now = next;
	return show(live);
}

static void hear_signal(struct live *live)
{
	struct signalfd_siginfo info;

	while (read(live->signals, &info, sizeof(info)) == sizeof(info)) {
		/* A new size, or back from being suspended, when there may be one as well. */
		if (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGCONT)
			live->done = true;
		else if (live->screen)
			screen_resize(live->screen);
	}
}

/* Longer or shorter by one. */
static void change_interval(struct live *live, bool longer)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	const int nr = sizeof(steps) / sizeof(steps[0]);
	int i;

	for (i = 0; i < nr; i++)
		if (longer ? steps[i] > live->interval_s : steps[nr - 1 - i] < live->interval_s)
			break;
	if (i < nr)
		live->interval_s = longer ? steps[i] : steps[nr - 1 - i];
}

static void change_pace(struct live *live, bool more)
{
	if (live->playback.pace_s)
		playback_change(&live->playback, more);
	else
		change_interval(live, more);
	start_timer(live);
	tell_pace(live);
}

/* What the end of the file was is not what is waited for then. */
static void go_back(struct live *live)
{
	struct reason reason = { "" };
	int err = live->source->go_back ? live->source->go_back(live->source, &reason) : -ESPIPE;

	if (err) {
		screen_say(live->screen, reason.text);
		return;
	}
	live->goes_back = live->wants_now = true;
	live->awaited = 0;
}

static void write_file(const struct live *live)
{
	char name[SNAPSHOT_FILE_NAME_SIZE], message[128];
	struct reason reason;

	if (snapshot_write_file(live->now, name, &reason)) {
		screen_say(live->screen, reason.text);
		return;
	}
	snprintf(message, sizeof(message), "written to %s", name);
	screen_say(live->screen, message);
}

static void show_names(struct live *live)
{
	live->names = !live->names;
	live->now->service_name = live->names ? service_name : NULL;
	screen_redraw(live->screen);
}

static void hear_keys(struct live *live)
{
	enum screen_action action;

	while (!live->done && !live->wants_now &&
	       (action = screen_key(live->screen)) != SCREEN_GO_ON) {
		if (action == SCREEN_MORE || action == SCREEN_LESS)
			change_pace(live, action == SCREEN_MORE);
		else if (action == SCREEN_BACK)
			go_back(live);
		else if (action == SCREEN_WRITE)
			write_file(live);
		else if (action == SCREEN_NAMES)
			show_names(live);
		live->done = action == SCREEN_QUIT;
		if (action == SCREEN_REFRESH || action == SCREEN_FORWARD)
			live->wants_now = true;
	}
}

static bool is_paused(const struct live *live)
{
	return live->screen && screen_is_paused(live->screen);
}

/* What says that it is time for the next snapshot; -1: nothing. While paused, time goes by. */
static int fd_of_awaited(const struct live *live)
{
	if (live->awaited == -EAGAIN)
		return is_paused(live) ? -1 : live->source->fd;
	return live->awaited ? -1 : live->timer;
}

static bool is_due(struct live *live, bool heard)
{
	bool due = heard && (live->awaited || waits_hear_timer(live->timer)) && !is_paused(live);

	due = due || live->wants_now;
	live->wants_now = false;
	return due;
}

/* Waits until the next snapshot is due, true, or until it is time to end, false. */
static bool wait_for_next(struct live *live)
{
	struct pollfd waits[] = {
		{ .fd = live->signals, .events = POLLIN },
		{ .events = POLLIN },
		{ .fd = live->watched, .events = POLLIN },
		{ .fd = live->screen ? STDIN_FILENO : -1, .events = POLLIN },
		/* No event asked for: an error comes when nobody reads the output any more. */
		{ .fd = live->screen ? -1 : STDOUT_FILENO },
	};

	while (!live->done) {
		waits[1].fd = fd_of_awaited(live);
		if (poll(waits, sizeof(waits) / sizeof(waits[0]), -1) < 0 && errno != EINTR)
			break;
		if (waits[0].revents)
			hear_signal(live);
		if (waits[3].revents & (POLLHUP | POLLERR))
			live->done = true;
		else if (waits[3].revents)
			hear_keys(live);
		if (waits[2].revents || waits[4].revents)
			live->done = true;
		if (!live->done && is_due(live, waits[1].revents))
			return true;
	}
	return false;
}

/* Why the screen does not change: it is not to look as if nothing happened on that host. */
static void tell_why_it_waits(const struct live *live)
{
	if (!live->screen)
		return;
	if (live->awaited == -EAGAIN && !live->now)
		screen_await(live->screen, live->source->name);
	if (live->awaited == -ENODATA)
		screen_end(live->screen, live->source->is_cut);
}

/* What was read is as good as any; but that more was to come is not to go unseen. */
static int end_of_file(const struct live *live)
{
	if (live->source->is_cut)
		complain("%s is cut short: it has no last line; what recorded it was killed, or had "
			 "no room",
			 live->source->name);
	return 0;
}

static int loop(struct live *live)
{
	long shown = 0;
	int err;

	/* Not before all is attached, which takes a while: the first interval is a whole one. */
	start_timer(live);
	do {
		err = step(live);
		live->goes_back = false;
		/* The last one stays on the screen. */
		if (err == -ENODATA && !live->screen)
			return end_of_file(live);
		if (err && err != -EAGAIN && err != -ENODATA)
			return err;
		shown += !err;
		live->awaited = err;
		adopt_pace(live);
		tell_why_it_waits(live);
	} while ((!live->options->count || shown < live->options->count) && wait_for_next(live));
	return 0;
}

/* Whoever reads both would take keys for lines, and lines for keys. */
static bool keys_are_lines(const struct options *options)
{
	return options->from && !strcmp(options->from, "-") && isatty(STDIN_FILENO);
}

static int open_screen(struct live *live)
{
	char pace[PLAYBACK_TEXT_SIZE];
	const struct screen_options options = {
		.view = live->options->view,
		.sort = live->options->sort,
		.pace = pace,
		.recorded = live->options->from,
		.backends = live->origin,
	};
	struct reason reason;

	if (!wants_screen(live->options))
		return 0;
	if (keys_are_lines(live->options)) {
		complain("standard input has the keys: give the lines another name, as in "
			 "--from <(COMMAND), or use --batch or --json");
		return -EINVAL;
	}
	live->source->describe(live->source, live->origin, sizeof(live->origin));
	pace_text(live, pace);
	if (!screen_open(&options, &live->screen, &reason))
		return 0;
	complain("%s", reason.text);
	return -EINVAL;
}

static int open_source(struct live *live)
{
	const struct options *options = live->options;
	struct reason reason;
	int err;

	if (options->from)
		err = source_open_file(options, &live->source, &reason);
	else
		err = source_open_kernel(options, &live->source, &reason);
	if (err)
		complain("%s", reason.text);
	return err;
}

int live_run(const struct options *options, int watched)
{
	struct live live = { .options = options,
			     .signals = -1,
			     .timer = -1,
			     .watched = watched,
			     .interval_s = options->interval_s };
	int err = open_waits(&live);

	if (!err)
		err = open_source(&live);
	if (!err)
		err = open_screen(&live);
	if (!err)
		err = loop(&live);
	screen_close(live.screen);
	if (live.source)
		live.source->close(live.source);
	snapshot_free(live.old);
	snapshot_free(live.now);
	if (live.timer >= 0)
		close(live.timer);
	if (live.signals >= 0)
		close(live.signals);
	return output_status(err);
}
