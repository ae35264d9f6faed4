/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for people, on stderr. Only main.c and the commands speak; what is below them returns a
 * negative errno and, where that does not tell enough, a sentence in a struct reason.
 */
#ifndef PORTTRACE_ERR_H
#define PORTTRACE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* Exit statuses of the commands. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_FREE = 1, /* who: nobody has the port */
	EXIT_USAGE = 2,
	/* check: how bad the worst finding is, 0 to 2 (enum severity); and where it cannot tell: */
	EXIT_UNKNOWN = 3,
};

/* Why something could not be done, for a person: what failed, on what, why, what to do. */
struct reason {
	char text[320];
};

/* Puts a sentence into *reason, which may be NULL, and returns err. */
__attribute__((format(printf, 3, 4))) int because(struct reason *reason, int err,
						  const char *format, ...);

/* "porttrace: ..." on stderr, with a newline; what else is no printable ASCII becomes a question mark. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/*
 * A line on stderr that takes the place of the one before; nothing where that is no terminal, or not
 * ours to write to at the moment. progress_end() clears it, as each message does.
 */
__attribute__((format(printf, 1, 2))) void progress(const char *format, ...);
void progress_end(void);

/* Shows libbpf's own messages, and what complain_verbose() is given, from now on. */
void err_set_verbose(bool verbose);
bool err_is_verbose(void);
__attribute__((format(printf, 1, 2))) void complain_verbose(const char *format, ...);

/* Gives libbpf's messages to err.c. Without verbose, only the first warning is kept. */
void err_catch_libbpf(void);

/* Forgets the warning kept; err_libbpf_warning() is the first since then, or "". */
void err_forget_libbpf_warning(void);
const char *err_libbpf_warning(void);

#endif
