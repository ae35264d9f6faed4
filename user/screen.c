// SPDX-License-Identifier: GPL-2.0-only
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "summary.h"
#include "table.h"

struct screen {
	SCREEN *terminal;
	const struct snapshot *snapshot; /* drawn last; borrowed, valid until the next is drawn */
	const struct view *view;
	const struct field *sort;
	size_t first; /* the first route that is shown */
};

/*
 * What a crash has to undo, prepared beforehand: a signal handler may write and set the terminal's
 * modes, and hardly anything else.
 */
static struct {
	struct termios modes;
	char leave[128]; /* the terminal's own strings: normal keypad, cursor and screen */
	size_t length;
	bool needed;
} before;

static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGSYS };

static void restore_and_die(int number)
{
	if (before.needed) {
		before.needed = false;
		tcsetattr(STDOUT_FILENO, TCSANOW, &before.modes);
		if (write(STDOUT_FILENO, before.leave, before.length) < 0)
			_exit(128 + number);
	}
	/* SA_RESETHAND: this time the signal does what it would have done. */
	raise(number);
}

static bool is_string(const char *string)
{
	return string && string != (char *)-1;
}

/* newterm() also takes terminals on which the cursor cannot be moved, and makes a mess of them. */
static bool terminal_will_do(void)
{
	bool will_do;
	int err;

	if (setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return false;
	will_do = is_string(tigetstr("cup"));
	del_curterm(cur_term);
	return will_do;
}

/* Collects what putp() would write. */
static int keep_character(int character)
{
	if (before.length < sizeof(before.leave))
		before.leave[before.length++] = character;
	return character;
}

static void keep_string(const char *capability)
{
	char *string = tigetstr(capability);

	if (is_string(string))
		tputs(string, 1, keep_character);
}

static void prepare_for_a_crash(void)
{
	struct sigaction action = { .sa_handler = restore_and_die,
				    .sa_flags = SA_RESETHAND | SA_NODEFER };
	size_t i;

	before.length = 0;
	keep_string("sgr0");
	keep_string("rmkx");
	keep_string("cnorm");
	keep_string("rmcup");
	before.needed = true;
	for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i], &action, NULL);
}

static void forget_crash(void)
{
	size_t i;

	before.needed = false;
	for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
}

int screen_open(struct screen **ret_screen, struct reason *reason)
{
	const char *term = getenv("TERM");
	struct screen *screen;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDOUT_FILENO, &before.modes))
		return because(reason, -EINVAL,
			       "standard input is not a terminal: use --batch or --json");
	screen = calloc(1, sizeof(*screen));
	if (!screen)
		return because(reason, -ENOMEM, "out of memory");
	if (terminal_will_do())
		screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen->terminal) {
		free(screen);
		return because(reason, -EINVAL,
			       "cannot use a terminal of type '%s': use --batch, or set TERM",
			       term ? term : "");
	}
	prepare_for_a_crash();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	/* Escape is no key here; do not wait a second to find out. */
	set_escdelay(25);
	*ret_screen = screen;
	return 0;
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	endwin();
	forget_crash();
	delscreen(screen->terminal);
	free(screen);
}

/* One line, cut at the edge of the window. */
static void put_line(int row, const char *line, attr_t attributes)
{
	attrset(attributes);
	mvaddnstr(row, 0, line, COLS);
	clrtoeol();
}

/* The bar of a table's heading goes to the edge. */
static void put_bar(int row, const char *line)
{
	char bar[TABLE_LINE_SIZE];

	snprintf(bar, sizeof(bar), "%-*.*s", COLS, COLS, line);
	put_line(row, bar, A_REVERSE);
}

static attr_t route_attributes(const struct route *route)
{
	return route->failures_per_s > 0 ? A_BOLD : A_NORMAL;
}

static int draw_summary(const struct snapshot *snapshot)
{
	char line[SUMMARY_LINE_SIZE];
	int row;

	for (row = 0; row < LINES && summary_line(snapshot, row, line); row++)
		put_line(row, line, A_NORMAL);
	return row;
}

static void clear_rows(int row, int last_row)
{
	attrset(A_NORMAL);
	for (; row <= last_row; row++) {
		move(row, 0);
		clrtoeol();
	}
}

/* Only what is seen is formatted. */
static void draw_rows(struct screen *screen, const struct rows *rows, int row, int last_row)
{
	const struct table_want want = { .fields = screen->view->fields, .sort = screen->sort,
					 .width = COLS };
	const void *const *first = rows->rows + screen->first;
	size_t nr = last_row > row ? last_row - row : 0, i;
	char line[TABLE_LINE_SIZE];
	struct table table;

	if (nr > rows->nr - screen->first)
		nr = rows->nr - screen->first;
	if (table_fill(&table, &want, screen->snapshot, first, nr))
		return;
	table_heading(&table, line);
	if (row <= last_row)
		put_bar(row++, line);
	for (i = 0; i < nr; i++) {
		table_row(&table, i, line);
		put_line(row++, line, route_attributes(first[i]));
	}
	table_free(&table);
	clear_rows(row, last_row);
}

static void draw_routes(struct screen *screen, int row, int last_row)
{
	struct rows rows;

	if (view_rows(screen->view, screen->snapshot, screen->sort, false, &rows))
		return;
	if (screen->first >= rows.nr)
		screen->first = rows.nr ? rows.nr - 1 : 0;
	draw_rows(screen, &rows, row, last_row);
	rows_free(&rows);
}

static void draw(struct screen *screen)
{
	char keys[TABLE_LINE_SIZE];
	int row = draw_summary(screen->snapshot);

	draw_routes(screen, row, LINES - 2);
	snprintf(keys, sizeof(keys), "q quit  Up Down PgUp PgDn scroll  sorted by %s",
		 screen->sort ? screen->sort->name : screen->view->sort);
	put_bar(LINES - 1, keys);
	/* Only the cells that changed are written. */
	refresh();
}

void screen_draw(struct screen *screen, const struct snapshot *snapshot, const struct field *sort)
{
	screen->snapshot = snapshot;
	screen->view = &views[0];
	screen->sort = sort;
	draw(screen);
}

void screen_resize(struct screen *screen)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
	/* Being suspended turned it off, and only the next key, which is lost, would turn it on. */
	keypad(stdscr, TRUE);
	if (screen->snapshot)
		draw(screen);
}

static void scroll_by(struct screen *screen, long rows)
{
	if (rows < 0 && screen->first < (size_t)-rows)
		screen->first = 0;
	else
		screen->first += rows;
}

enum screen_action screen_key(struct screen *screen, const struct snapshot *snapshot,
			      const struct field *sort)
{
	int key;

	while ((key = getch()) != ERR) {
		switch (key) {
		case 'q':
			return SCREEN_QUIT;
		case KEY_UP:
		case 'k':
			scroll_by(screen, -1);
			break;
		case KEY_DOWN:
		case 'j':
			scroll_by(screen, 1);
			break;
		case KEY_PPAGE:
			scroll_by(screen, -LINES / 2);
			break;
		case KEY_NPAGE:
			scroll_by(screen, LINES / 2);
			break;
		}
	}
	screen_draw(screen, snapshot, sort);
	return SCREEN_GO_ON;
}
