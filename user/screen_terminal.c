// SPDX-License-Identifier: GPL-2.0-only
/* Takes the terminal over, and gives it back: at the end, and in a crash. */
#include "screen_state.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "terminal_entry.h"

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

/* Not after Ctrl-S, nor where who reads it hangs: a write() would wait for that. */
static bool takes_output(void)
{
	struct pollfd terminal = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&terminal, 1, 0) != 0;
}

static void restore_and_die(int number)
{
	if (before.needed) {
		before.needed = false;
		tcsetattr(STDOUT_FILENO, TCSANOW, &before.modes);
		if (takes_output() && write(STDOUT_FILENO, before.leave, before.length) < 0)
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

/* Where the host knows nothing of this terminal, we may. */
static bool lend_entry(const char *term)
{
	const char *terminfo = term ? terminal_entry(term) : NULL;

	return terminfo && !setenv("TERMINFO", terminfo, 1) && terminal_will_do();
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

/*
 * What ends the program is blocked, and heard between two screens. A terminal that takes no output
 * would put that off for ever, so these are let through as long as curses writes, and turn the rest of
 * what it writes away from the terminal: curses repeats what was interrupted.
 */
static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

static struct {
	int terminal, nowhere; /* descriptors */
	volatile sig_atomic_t heard; /* the signal; 0: none */
} output = { .terminal = -1, .nowhere = -1 };

static void turn_away(int number)
{
	int err = errno;

	dup2(output.nowhere, STDOUT_FILENO);
	output.heard = number;
	errno = err;
}

static void set_handlers_of_ends(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
}

/* Without /dev/null all is as if there were no such terminals. */
static void prepare_output(void)
{
	output.terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	output.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	output.heard = 0;
	set_handlers_of_ends(turn_away);
}

static void forget_output(void)
{
	set_handlers_of_ends(SIG_DFL);
	close(output.terminal);
	close(output.nowhere);
	output.terminal = output.nowhere = -1;
}

/* Where it was turned away, what was heard is heard again by who reads signals. */
static void write_out(void (*write_all)(void))
{
	sigset_t set, blocked;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_UNBLOCK, &set, &blocked);
	write_all();
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (!output.heard)
		return;
	dup2(output.terminal, STDOUT_FILENO);
	raise(output.heard);
	output.heard = 0;
}

static void refresh_all(void)
{
	refresh();
}

void terminal_refresh(void)
{
	write_out(refresh_all);
}

/* Being suspended turned it off, and only the next key, which is lost, would turn it on. */
static void renew_keypad(void)
{
	keypad(stdscr, TRUE);
}

void terminal_renew(void)
{
	clearok(stdscr, TRUE);
	write_out(renew_keypad);
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
	if (terminal_will_do() || lend_entry(term))
		screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen->terminal)
		return because(reason, -EINVAL,
			       "cannot use a terminal of type '%s': use --batch, or set TERM",
			       term ? term : "");
	prepare_for_a_crash();
	prepare_output();
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

static void leave_all(void)
{
	/* Where there is no other screen to go back to, the prompt comes in this line. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
}

void terminal_close(struct screen *screen)
{
	if (!screen->terminal)
		return;
	if (!takes_output())
		dup2(output.nowhere, STDOUT_FILENO);
	write_out(leave_all);
	dup2(output.terminal, STDOUT_FILENO);
	/* If curses could not: its modes need no output. */
	tcsetattr(STDOUT_FILENO, TCSANOW, &before.modes);
	forget_output();
	forget_crash();
	delscreen(screen->terminal);
}
