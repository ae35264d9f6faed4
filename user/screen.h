/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: draws snapshots, reads keys, and gives the terminal back as it was, however the
 * program ends. The only user of curses. One screen at a time.
 */
#ifndef PORTTRACE_SCREEN_H
#define PORTTRACE_SCREEN_H

#include "err.h"
#include "field.h"

struct screen;

enum screen_action {
	SCREEN_GO_ON,
	SCREEN_QUIT,
};

/* Takes over the terminal. -EINVAL, with the reason, if it is of a kind that curses cannot use. */
int screen_open(struct screen **ret_screen, struct reason *reason);

/* Gives the terminal back. Takes NULL. */
void screen_close(struct screen *screen);

void screen_draw(struct screen *screen, const struct snapshot *snapshot,
		 const struct field *sort);

/* The window has another size now: what was drawn last is drawn again to fit. */
void screen_resize(struct screen *screen);

/* Reads the keys that were pressed; never waits. Draws again if what is shown has changed. */
enum screen_action screen_key(struct screen *screen, const struct snapshot *snapshot,
			      const struct field *sort);

#endif
