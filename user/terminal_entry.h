/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptions of the commonest terminals, for hosts that have none: a static binary on a small
 * machine, or in a container, may find no terminfo(5) there.
 */
#ifndef PORTTRACE_TERMINAL_ENTRY_H
#define PORTTRACE_TERMINAL_ENTRY_H

/*
 * What TERMINFO has to be for that value of TERM: the description itself (ncurses 6.1). NULL: it is
 * not among them. Constant.
 */
const char *terminal_entry(const char *term);

#endif
