/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the screen share: only for these. */
#ifndef PORTTRACE_SCREEN_STATE_H
#define PORTTRACE_SCREEN_STATE_H

#include <curses.h>

#include "history.h"
#include "screen.h"
#include "table.h"

#define NR_VIEWS 5

enum screen_page {
	PAGE_TABLE,
	PAGE_ROUTE,
	PAGE_HELP,
	PAGE_BACKENDS,
};

/* How one view is looked at; kept while another one is. */
struct looking {
	const struct field *sort; /* NULL: the view's own */
	bool reversed;
	size_t first, selected; /* rows */
	uint64_t id;		/* of the row that is selected; 0: none was chosen yet */
	int least[TABLE_MAX_FIELDS]; /* widths that columns had: they do not shrink while one looks */
};

struct screen {
	SCREEN *terminal;
	bool utf8, colours;
	const struct snapshot *snapshot; /* drawn last; borrowed; NULL: none has come yet */
	char awaited[128];		 /* of what the first one is waited for; "": it comes at once */
	bool ended;			 /* no other one will come */
	struct snapshot *then, *since;	 /* 'c': where counting began, and what is shown instead */
	struct history history;
	int view; /* index in views[] */
	struct looking looking[NR_VIEWS];
	struct rows rows; /* of the view, sorted and filtered */
	bool rows_are_old;
	char filter[64];
	bool filtering; /* it is being typed */
	enum screen_page page;
	enum screen_page under; /* that of a route, below the help; else the table */
	struct route_key route; /* of PAGE_ROUTE */
	size_t scrolled;	/* lines, of a page of text */
	bool paused;
	char pace[32];
	bool played;   /* pace is the speed of a recording */
	bool recorded; /* keys that step and change the speed are of use */
	bool cut;      /* it has ended too early */
	const char *backends;
	char message[256];
};

/* What is shown: the snapshot, or what has changed since 'c'. */
static inline const struct snapshot *shown(const struct screen *screen)
{
	return screen->since ? screen->since : screen->snapshot;
}

static inline struct looking *looking(struct screen *screen)
{
	return &screen->looking[screen->view];
}

/* screen_terminal.c */
int terminal_open(struct screen *screen, struct reason *reason);
void terminal_close(struct screen *screen);

/*
 * Writes what was drawn. A terminal may take nothing: then a signal that ends the program ends this,
 * too, and comes once more.
 */
void terminal_refresh(void);

/* All of it will be written anew, and the keypad is on. */
void terminal_renew(void);

enum screen_colour { COLOUR_GOOD = 1, COLOUR_WARN, COLOUR_BAD, COLOUR_DIM };
attr_t colour(const struct screen *screen, enum screen_colour colour);

/* screen_draw.c */
void draw(struct screen *screen);
size_t table_height(const struct screen *screen);

/* One line, cut at the edge of the window, and the rest of it cleared. */
void put_line(int row, const char *line, attr_t attributes);

/* screen_pages.c: lines of text instead of the table. Draws from that row to the last but one. */
void draw_page(struct screen *screen, int row, int last_row);

/* Down, or up where negative, to the end of the page at most. */
void scroll_page(struct screen *screen, long lines);

/* screen_rows.c */
void list_rows(struct screen *screen);
void select_row(struct screen *screen, long row);
void forget_widths(struct screen *screen);
const struct field *sort_of(const struct screen *screen);

#endif
