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
	snprintf(screen->pace, sizeof(screen->pace), "%s", options->pace);
	screen->recorded = options->recorded;
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

void screen_end(struct screen *screen, bool cut)
{
	screen->ended = true;
	screen->cut = cut;
	draw(screen);
}

static void draw_another(struct screen *screen, const struct snapshot *snapshot)
{
	screen->snapshot = snapshot;
	screen->ended = false;
	snapshot_free(screen->since);
	screen->since = screen->then ? snapshot_since(snapshot, screen->then) : NULL;
	screen->rows_are_old = true;
	draw(screen);
}

void screen_draw(struct screen *screen, const struct snapshot *snapshot)
{
	history_add(&screen->history, snapshot);
	draw_another(screen, snapshot);
}

void screen_draw_back(struct screen *screen, const struct snapshot *snapshot)
{
	history_go_back(&screen->history, snapshot);
	draw_another(screen, snapshot);
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

void screen_set_pace(struct screen *screen, const char *pace, bool played)
{
	screen->played = played;
	snprintf(screen->pace, sizeof(screen->pace), "%s", pace);
	draw(screen);
}

void screen_say(struct screen *screen, const char *message)
{
	snprintf(screen->message, sizeof(screen->message), "%s", message);
	draw(screen);
}
