// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "last_failure.h"
#include "output.h"
#include "screen.h"
#include "service.h"
#include "snapshot_file.h"
#include "take.h"
#include "view.h"
#include "waits.h"

#define TEXT_WIDTH 80 /* of plain text that does not go to a terminal */

struct live {
	const struct options *options;
	struct probe *probe;
	struct screen *screen; /* NULL: text or JSON on stdout */
	struct snapshot *now;  /* the one that is shown */
	struct snapshot *old;  /* the one before, whose memory is used again; NULL: none yet */
	int signals;
	int timer;
	int watched;
	bool done;
	bool wants_now; /* a screen, whatever the time */
	bool names; /* of services, for ports */
	double interval_s;
	char backends[1024];
};

/* Whether a person looks at a screen, not a program or a file at text. */
static bool wants_screen(const struct options *options)
{
	return !options->batch && !options->json && isatty(STDOUT_FILENO);
}

static int open_waits(struct live *live)
{
	int err = waits_open_signals(&live->signals, wants_screen(live->options));

	return err ? err : waits_open_timer(&live->timer);
}

/* The width of plain text: COLUMNS, or that of the terminal if it goes to one. */
static int text_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atoi(columns) > 0)
		return atoi(columns);
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return TEXT_WIDTH;
}

static int show(struct live *live)
{
	const struct options *options = live->options;
	int err;

	if (live->screen) {
		screen_draw(live->screen, live->now);
		return 0;
	}
	if (options->json)
		err = view_json(output_stream(), live->now, options->view, options->sort);
	else
		err = view_text(output_stream(), live->now, options->view, options->sort,
				text_width());
	if (err) {
		complain("out of memory");
		return err;
	}
	return output_flush();
}

/* Takes the next snapshot and shows it. Negative errno as of output_flush(). */
static int step(struct live *live)
{
	struct snapshot *next = live->old ? live->old : snapshot_new();
	struct reason reason = { "out of memory" };
	int err = -ENOMEM;

	live->old = NULL;
	if (next) {
		snapshot_clear(next);
		err = take_snapshot(live->probe, live->options, live->now, next, &reason);
		if (!err)
			err = last_failures_read(live->probe, live->now, next, &reason);
	}
	if (err) {
		snapshot_free(next);
		/* A message must not be drawn over. */
		screen_close(live->screen);
		live->screen = NULL;
		complain("%s", reason.text);
		return err;
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
	waits_start_timer(live->timer, live->interval_s);
	screen_set_interval(live->screen, live->interval_s);
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
		if (action == SCREEN_FASTER || action == SCREEN_SLOWER)
			change_interval(live, action == SCREEN_SLOWER);
		else if (action == SCREEN_WRITE)
			write_file(live);
		else if (action == SCREEN_NAMES)
			show_names(live);
		live->done = action == SCREEN_QUIT;
		live->wants_now = action == SCREEN_REFRESH;
	}
}

/* While the screen is paused, time goes by. */
static bool is_due(struct live *live, bool timer)
{
	bool due = timer && waits_hear_timer(live->timer) && !(live->screen && screen_is_paused(live->screen));

	due = due || live->wants_now;
	live->wants_now = false;
	return due;
}

/* Waits until the next snapshot is due, true, or until it is time to end, false. */
static bool wait_for_next(struct live *live)
{
	struct pollfd waits[] = {
		{ .fd = live->signals, .events = POLLIN },
		{ .fd = live->timer, .events = POLLIN },
		{ .fd = live->watched, .events = POLLIN },
		{ .fd = live->screen ? STDIN_FILENO : -1, .events = POLLIN },
		/* No event asked for: an error comes when nobody reads the output any more. */
		{ .fd = live->screen ? -1 : STDOUT_FILENO },
	};

	while (!live->done) {
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

static int loop(struct live *live)
{
	long shown = 0;
	int err;

	/* Not before all is attached, which takes a while: the first interval is a whole one. */
	waits_start_timer(live->timer, live->interval_s);
	do {
		err = step(live);
		if (err)
			return err;
	} while (++shown != live->options->count && wait_for_next(live));
	return 0;
}

/* Which one is used, what it cannot see, and why no better one is. */
static void tell_of_backends(struct live *live)
{
	enum backend_id used = probe_backend(live->probe), id;
	const char *const *limit;
	char *text = live->backends;
	size_t size = sizeof(live->backends), at = 0;

	for (id = 0; id < used && at < size; id++)
		at += snprintf(text + at, size - at, "%s: %s\n", backends[id].name,
			       *probe_why_not(live->probe, id) ? probe_why_not(live->probe, id) :
								 "was not tried");
	if (at < size)
		at += snprintf(text + at, size - at, "%s: is used\n", backends[used].name);
	for (limit = backends[used].limits; limit && *limit && at < size; limit++)
		at += snprintf(text + at, size - at, "  but %s\n", *limit);
}

static int open_screen(struct live *live)
{
	const struct screen_options options = {
		.view = live->options->view,
		.sort = live->options->sort,
		.interval_s = live->interval_s,
		.backends = live->backends,
	};
	struct reason reason;

	if (!wants_screen(live->options))
		return 0;
	tell_of_backends(live);
	if (!screen_open(&options, &live->screen, &reason))
		return 0;
	complain("%s", reason.text);
	return -EINVAL;
}

int live_run(const struct options *options, int watched)
{
	struct live live = { .options = options, .signals = -1, .timer = -1, .watched = watched,
			     .interval_s = options->interval_s };
	struct probe_options probe = options->probe;
	struct reason reason;
	int err;

	err = open_waits(&live);
	if (err)
		goto out;
	last_failures_ask(&probe.events, &options->filter);
	err = probe_open(&probe, &live.probe, &reason);
	if (err) {
		complain("%s", reason.text);
		goto out;
	}
	err = open_screen(&live);
	if (!err)
		err = loop(&live);
out:
	screen_close(live.screen);
	probe_close(live.probe);
	snapshot_free(live.old);
	snapshot_free(live.now);
	if (live.timer >= 0)
		close(live.timer);
	if (live.signals >= 0)
		close(live.signals);
	return output_status(err);
}
