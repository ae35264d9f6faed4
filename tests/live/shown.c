// SPDX-License-Identifier: GPL-2.0-only
/* `top` as people have it, on a screen and as text: a route with as many ports as the workload took. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "outcome.h"
#include "report.h"
#include "text.h"
#include "trace_cases.h"
#include "wait.h"

/* On an emulated processor. */
#define LIMIT_MS 60000

/* Of the workload, whose server has that port. */
#define NR_PORTS 38
#define DESTINATION ":7001 "
#define USED " 38"

#define TERMINAL "xterm"
#define LEAVES_SCREEN "\033[?1049l" /* xterm's rmcup */

/* Whether a line of it has both, and the number ends there. */
static bool has_row(const char *text)
{
	const char *at = text, *used, *end;

	while (at && (at = strstr(at, DESTINATION))) {
		end = at + strcspn(at, "\n");
		for (used = strstr(at, USED); used && used < end; used = strstr(used + 1, USED))
			if (!strchr("0123456789.", used[strlen(USED)]) || !used[strlen(USED)])
				return true;
		at = end;
	}
	return false;
}

/* ---- Text ---- */

static bool has_ended(const void *arg)
{
	struct child *const *child = arg;

	return child_has_ended(*child);
}

static bool is_text(const struct live_setup *setup, const char *netns, char *ret_why, int size)
{
	const char *const argv[] = { setup->porttrace, "top", "--batch", "--count", "1", "--probe",
				     setup->probe, "--netns", netns, NULL };
	struct child *child = child_start(argv);
	struct text text = {};
	bool good = child && !text_read_all(&text, child->out, LIMIT_MS) &&
		    wait_until(has_ended, &child, LIMIT_MS) && WIFEXITED(child->status) &&
		    !WEXITSTATUS(child->status);

	if (!good)
		snprintf(ret_why, size, "no text: %s",
			 child ? child_first_words(child) : strerror(errno));
	else if (!has_row(text.bytes)) {
		snprintf(ret_why, size, "no row of " DESTINATION "with" USED);
		outcome_detail("%.2000s", text.bytes);
		good = false;
	}
	text_free(&text);
	child_free(child);
	return good;
}

/* ---- Screen ---- */

struct terminal {
	pid_t pid;
	int fd; /* what a person has of it: keys, and what is drawn */
	struct text drawn;
};

static bool open_terminal(struct terminal *terminal, const char *const argv[])
{
	const struct winsize winsize = { .ws_row = 40, .ws_col = 120 };

	terminal->pid = forkpty(&terminal->fd, NULL, NULL, &winsize);
	if (!terminal->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("TERM", TERMINAL, 1);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return terminal->pid > 0 && !fcntl(terminal->fd, F_SETFL, O_NONBLOCK);
}

static bool has_drawn_row(const struct terminal *terminal)
{
	return terminal->drawn.bytes && has_row(terminal->drawn.bytes);
}

static bool has_left_screen(const struct terminal *terminal)
{
	return terminal->drawn.bytes && strstr(terminal->drawn.bytes, LEAVES_SCREEN);
}

/* Until that is so, or nothing more will come. */
static bool read_until(struct terminal *terminal, bool (*holds)(const struct terminal *terminal))
{
	long long end_ms = now_ms() + LIMIT_MS, left_ms;

	while (!holds(terminal) && (left_ms = end_ms - now_ms()) > 0) {
		struct pollfd readable = { .fd = terminal->fd, .events = POLLIN };

		if (poll(&readable, 1, left_ms) == 1 &&
		    text_read(&terminal->drawn, terminal->fd) <= 0 && errno != EAGAIN)
			break;
	}
	return holds(terminal);
}

/* Its wait status; a negative number: it has not ended. */
static int close_terminal(struct terminal *terminal)
{
	long long end_ms = now_ms() + LIMIT_MS;
	int status = -1;

	if (terminal->pid > 0) {
		while (waitpid(terminal->pid, &status, WNOHANG) != terminal->pid) {
			if (now_ms() > end_ms)
				kill(terminal->pid, SIGKILL);
			poll(NULL, 0, 5);
		}
		close(terminal->fd);
	}
	text_free(&terminal->drawn);
	return status;
}

static bool is_on_screen(const struct live_setup *setup, const char *netns, char *ret_why, int size)
{
	const char *const argv[] = { setup->porttrace, "top", "--probe", setup->probe, "--netns",
				     netns, NULL };
	struct terminal terminal = {};
	bool good = open_terminal(&terminal, argv), has_left;
	int status;

	good = good && read_until(&terminal, has_drawn_row);
	if (!good) {
		snprintf(ret_why, size, "no row of " DESTINATION "with" USED " on the screen");
		outcome_detail("%.2000s", terminal.drawn.bytes ? terminal.drawn.bytes : "nothing");
	}
	has_left = good && write(terminal.fd, "q", 1) == 1 &&
		   read_until(&terminal, has_left_screen);
	status = close_terminal(&terminal);
	if (good && (!has_left || !WIFEXITED(status) || WEXITSTATUS(status))) {
		snprintf(ret_why, size, "q: wait status %#x, the screen is %s", status,
			 has_left ? "left" : "not left");
		good = false;
	}
	return good;
}

/* ---- Beside a workload ---- */

typedef bool (*looks)(const struct live_setup *setup, const char *netns, char *ret_why, int size);

static bool run(looks look, const struct live_setup *setup, char *ret_why, int size)
{
	const struct report_wanted wanted = { .workload = setup->workload, .kind = "tcp4-exhausted",
					      .n = NR_PORTS, .m = 1 };
	struct report workload;
	char pid[16];
	bool good = false;

	if (report_obtain(&wanted, NULL, &workload) == REPORT_COMPLETE) {
		snprintf(pid, sizeof(pid), "%d", workload.child->pid);
		good = look(setup, pid, ret_why, size);
	} else {
		snprintf(ret_why, size, "%s", workload.why);
	}
	report_free(&workload);
	return good;
}

static bool shows_text(const struct live_setup *setup, char *ret_why, int size)
{
	return run(is_text, setup, ret_why, size);
}

static bool shows_screen(const struct live_setup *setup, char *ret_why, int size)
{
	return run(is_on_screen, setup, ret_why, size);
}

const struct trace_case shown_cases[] = {
	{ .name = "shown-as-text", .run = shows_text },
	{ .name = "shown-on-screen", .run = shows_screen, .is_of_backend = true },
	{},
};
