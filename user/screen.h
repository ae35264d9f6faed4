/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: draws snapshots, reads keys, and gives the terminal back as it was, however the
 * program ends. The only user of curses, with its parts (screen_*.c). One screen at a time.
 */
#ifndef PORTTRACE_SCREEN_H
#define PORTTRACE_SCREEN_H

#include "err.h"
#include "views.h"

struct screen;

/* What a key asks of whoever takes the snapshots. */
enum screen_action {
	SCREEN_GO_ON, /* nothing; there is no other key to be read */
	SCREEN_QUIT,
	SCREEN_REFRESH,
	SCREEN_MORE, /* of what the pace is told in: time between two, or speed */
	SCREEN_LESS,
	SCREEN_WRITE, /* the snapshot to a file; then screen_say() */
	SCREEN_FORWARD, /* one more, of a recording; it is paused then */
	SCREEN_BACK,	/* the one before */
	SCREEN_NAMES, /* names of services for numbers, or back */
};

struct screen_options {
	const struct view *view;
	const struct field *sort; /* of that view; NULL: its own */
	const char *pace;	  /* as screen_set_pace() */
	bool recorded;		  /* it is no host, but a file */
	const char *backends; /* which is used, and why no better one; lines, borrowed */
};

/* Takes over the terminal. -EINVAL, with the reason, if it is of a kind that curses cannot use. */
int screen_open(const struct screen_options *options, struct screen **ret_screen,
		struct reason *reason);

/* Gives the terminal back. Takes NULL. */
void screen_close(struct screen *screen);

/* No snapshot has come yet: says so in its place, and of what one is waited for. */
void screen_await(struct screen *screen, const char *source);

/* A new snapshot, which has to live until the next one, or screen_close(). */
void screen_draw(struct screen *screen, const struct snapshot *snapshot);

/* The same of one before the one drawn last. */
void screen_draw_back(struct screen *screen, const struct snapshot *snapshot);

/*
 * No more will come: the one drawn last stays, and is marked as the last. cut: there should be more.
 */
void screen_end(struct screen *screen, bool cut);

/* The window has another size now: what was drawn last is drawn again to fit. */
void screen_resize(struct screen *screen);

/* Reads keys that were pressed, up to one that asks for something; never waits. */
enum screen_action screen_key(struct screen *screen);

/* The snapshot is shown in another way. */
void screen_redraw(struct screen *screen);

bool screen_is_paused(const struct screen *screen);

/*
 * In a few words, "every 1 s": how fast snapshots follow each other. played: it is the speed at which
 * a recording is.
 */
void screen_set_pace(struct screen *screen, const char *pace, bool played);

/* A message in the last line, until the next key. */
void screen_say(struct screen *screen, const char *message);

#endif
