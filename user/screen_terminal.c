// SPDX-License-Identifier: GPL-2.0-only
/* Takes the terminal over, and gives it back: at the end, and in a crash. */
#include "screen_state.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

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

static const int deadly[] = {
	SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,  SIGABRT, SIGQUIT,	SIGSYS,	 SIGXCPU,
	SIGALRM, SIGUSR1, SIGUSR2, SIGTRAP, SIGIO,   SIGVTALRM, SIGPROF, SIGPWR,
};

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

static bool wants_colours(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && *no) && has_colors() && start_color() == OK;
}

static void prepare_colours(struct screen *screen)
{
	screen->colours = wants_colours();
	if (!screen->colours)
		return;
	use_default_colors();
	init_pair(COLOUR_GOOD, COLOR_GREEN, -1);
	init_pair(COLOUR_WARN, COLOR_YELLOW, -1);
	init_pair(COLOUR_BAD, COLOR_RED, -1);
	init_pair(COLOUR_DIM, COLOR_CYAN, -1);
}

attr_t colour(const struct screen *screen, enum screen_colour which)
{
	attr_t loud = which == COLOUR_BAD ? A_BOLD : A_NORMAL;

	return screen->colours ? COLOR_PAIR(which) | loud : loud;
}

int terminal_open(struct screen *screen, struct reason *reason)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || tcgetattr(STDOUT_FILENO, &before.modes))
		return because(reason, -EINVAL,
			       "standard input is not a terminal: use --batch or --json");
	setlocale(LC_CTYPE, "");
	screen->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (terminal_will_do())
		screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen->terminal)
		return because(reason, -EINVAL,
			       "cannot use a terminal of type '%s': use --batch, or set TERM",
			       term ? term : "");
	prepare_for_a_crash();
	prepare_colours(screen);
	cbreak();
	noecho();
	nonl(); /* Enter is '\r' */
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	/* How long an Escape may yet turn out to be the head of another key. */
	set_escdelay(25);
	return 0;
}

void terminal_close(struct screen *screen)
{
	if (!screen->terminal)
		return;
	/* Where there is no other screen to go back to, the prompt comes in this line. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	forget_crash();
	delscreen(screen->terminal);
}
