/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows findings. As the other views: whether all was written is for the caller to find out. */
#ifndef PORTTRACE_VIEW_CHECK_H
#define PORTTRACE_VIEW_CHECK_H

#include <stdio.h>

#include "check.h"

/* For people: a line a finding, worst first. details: with what is no more than to be known, why,
 * and what to do. */
void view_check_text(FILE *out, const struct check_facts *facts, const struct findings *findings,
		     bool details);

/* One line, as the contract of `check --json` has it. -ENOMEM. */
int view_check_json(FILE *out, const struct check_facts *facts, const struct findings *findings);

/* One line for Nagios and those that read the same, with performance data. */
void view_check_nagios(FILE *out, const struct check_facts *facts,
		       const struct findings *findings);

/* The same for what could not be found out; performance data there is none. */
void view_check_nagios_unknown(FILE *out, const char *why);

/* A file for sysctl.d(5) with what that namespace needs, and as comments why. -ENOMEM. */
int view_check_sysctl(FILE *out, const struct check_facts *facts, const struct findings *findings,
		      uint32_t netns);

#endif
