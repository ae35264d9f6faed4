// SPDX-License-Identifier: GPL-2.0-only
#include "screen_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "since.h"

int screen_open(const struct screen_options *options, struct screen **ret_screen,
		struct reason *reason)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	int err;

	if (!screen)
		return because(reason, -ENOMEM, "out of memory");
	screen->view = options->view - views;
	looking(screen)->sort = options->sort;
	screen->interval_s = options->interval_s;
	screen->backends = options->backends;
	err = terminal_open(screen, reason);
	if (err) {
		free(screen);
		return err;
	}
	*ret_screen = screen;
	return 0;
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	terminal_close(screen);
	rows_free(&screen->rows);
	history_done(&screen->history);
	snapshot_free(screen->then);
	snapshot_free(screen->since);
	free(screen);
}

void screen_await(struct screen *screen, const char *source)
{
	snprintf(screen->awaited, sizeof(screen->awaited), "%s", source);
	draw(screen);
}

void screen_end(struct screen *screen)
{
	screen->ended = true;
	draw(screen);
}

void screen_draw(struct screen *screen, const struct snapshot *snapshot)
{
	screen->snapshot = snapshot;
	history_add(&screen->history, snapshot);
	snapshot_free(screen->since);
	screen->since = screen->then ? snapshot_since(snapshot, screen->then) : NULL;
	screen->rows_are_old = true;
	draw(screen);
}

void screen_redraw(struct screen *screen)
{
	if (screen->since)
		screen->since->service_name = screen->snapshot->service_name;
	forget_widths(screen);
	screen->rows_are_old = true;
	draw(screen);
}

void screen_resize(struct screen *screen)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	terminal_renew();
	forget_widths(screen);
	draw(screen);
}

bool screen_is_paused(const struct screen *screen)
{
	return screen->paused;
}

void screen_set_interval(struct screen *screen, double interval_s)
{
	screen->interval_s = interval_s;
	draw(screen);
}

void screen_say(struct screen *screen, const char *message)
{
	snprintf(screen->message, sizeof(screen->message), "%s", message);
	draw(screen);
}
