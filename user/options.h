/* SPDX-License-Identifier: GPL-2.0-only */
/* What was asked for on the command line: one table of options, one struct that holds them. */
#ifndef PORTTRACE_OPTIONS_H
#define PORTTRACE_OPTIONS_H

#include <stdio.h>

#include "err.h"
#include "filter.h"
#include "probe.h"
#include "report_window.h"
#include "views.h"

/*
 * The commands that an option belongs to; FOR_ALL: accepted before the command as well. FOR_HOST: the same,
 * but `report` has no host: it refuses it, or has a row of its own for it.
 */
enum {
	FOR_TOP = 1 << 0,
	FOR_DEMO = 1 << 1,
	FOR_PROBES = 1 << 2,
	FOR_TRACE = 1 << 3,
	FOR_WHO = 1 << 4,
	FOR_CHECK = 1 << 5,
	FOR_RECORD = 1 << 6,
	FOR_REPORT = 1 << 7,
	FOR_ALL = ~0U,
	FOR_HOST = FOR_ALL & ~FOR_REPORT,
};

struct options {
	struct probe_options probe;
	struct what_if what_if; /* check: if probe.what_if is set */
	struct filter filter;
	const struct view *view;
	const char *sort_name;	  /* as it was given, or NULL */
	const struct field *sort; /* NULL: the view's own */
	const char *netns;	  /* as it was named, NULL: all. Of this host: in probe.only_netns */
	const char *cgroup;	  /* the same, NULL: any; in filter.cgroup */
	const char *from;	  /* file with snapshots, or "-"; NULL: the kernel has them */
	const char *output;	  /* record: the file, or "-" */
	bool force;		  /* record: in the place of one that is there */
	char *const *command;	  /* record: its words, up to NULL; or NULL */
	bool ignores_sigpipe;	  /* whoever started us does; for the command to inherit */
	const char *only_kernel;  /* an option that was given and means nothing for a file */
	double interval_s;
	bool paced; /* the interval was asked for */
	double duration_s; /* 0: until stopped */
	long count;	   /* the same */
	bool no_time;	   /* in text */
	uint16_t port;	   /* who: its argument; 0: none was given */
	struct report_window window; /* report: of which time */
	const char *diff;  /* report: the file that is compared with; NULL: none */
	bool folded;	   /* report: stacks for flame graphs */
	bool html;	   /* report: for a browser */
	bool batch;
	bool sysctl;	   /* check: a file for sysctl.d(5) */
	bool nagios;	   /* check: one line for monitoring systems */
	bool json;
	bool verbose;
	bool help;
	bool version;
};

void options_init(struct options *options);

/*
 * Reads options from argv[0] on, up to the first word that is none; *ret_used says how many words
 * were read. commands: of whose options. -EINVAL with the reason.
 */
int options_parse(struct options *options, unsigned int commands, char **argv, int *ret_used,
		  struct reason *reason);

/*
 * What one option means by another one, and what the names among them mean on this host or, with a
 * file, on that which wrote it; when all are read. -EINVAL: wrong usage. Else a negative errno. Both
 * with the reason.
 */
int options_finish(struct options *options, struct reason *reason);

/* The argument of `who`. -EINVAL with the reason. */
int options_set_port(struct options *options, const char *argument, struct reason *reason);

/* The words of a command, of which there is one at least. */
int options_set_command(struct options *options, char *const *words, struct reason *reason);

/* The argument of `report`. -EINVAL with the reason. */
int options_set_file(struct options *options, const char *argument, struct reason *reason);

/* A line for each option of these commands, but not for those that every command takes. */
void options_help(FILE *out, unsigned int commands);

/* A line for each of those, as far as they are for these commands; 0: for whichever. */
void options_help_global(FILE *out, unsigned int commands);

#endif
