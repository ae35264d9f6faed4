/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with the ports of a host, and what to change: findings, computed from one snapshot,
 * or from two, and from the facts of struct host. Pure; docs/check.md has every rule.
 */
#ifndef PORTTRACE_CHECK_H
#define PORTTRACE_CHECK_H

#include "host.h"

enum severity {
	SEVERITY_INFO, /* nothing is wrong */
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
};

/* What a sysctl.d file would say. */
struct setting {
	const char *key, *value;
	const char *command; /* the fix that sets it; NULL in what check_settings() returns */
};

#define MAX_FIXES 6
#define MAX_SETTINGS 2

struct finding {
	const char *id; /* stable; see check_rules[] */
	const char *fact; /* of the kernel, behind it */
	enum severity severity;
	uint32_t netns; /* 0: of the host */
	const struct route *route; /* of the later snapshot; NULL: of none */
	const char *title; /* a sentence with the figures, without a full stop */
	const char *fixes[MAX_FIXES]; /* in order: the program first */
	size_t nr_fixes;
	struct setting settings[MAX_SETTINGS];
	size_t nr_settings;
};

/* What they are computed from. The same from before are NULL, or some seconds older. */
struct check_facts {
	const struct snapshot *now, *before;
	const struct host *host, *host_before;
	/* What could not be told, a phrase each; NULL: all could. */
	const char *const *limits;
	size_t nr_limits;
};

/* Worst first. They borrow from the facts. */
struct findings {
	struct finding *list;
	size_t nr;
	struct snapshot *texts; /* has the memory of the texts */
};

/* -ENOMEM. Free with findings_free(), which takes NULL. */
int check_run(const struct check_facts *facts, struct findings **ret_findings);
void findings_free(struct findings *findings);

/* Of the worst; info for none. */
enum severity findings_severity(const struct findings *findings);
size_t findings_count(const struct findings *findings, enum severity severity);

/* "info", "warning", "critical". */
const char *severity_name(enum severity severity);

/*
 * The settings of all findings of one namespace, of that severity or worse, together: the widest
 * range, all reserved ports, in the order in which they are to be set. *ret_settings is the caller's to
 * free with settings_free(). -ENOMEM.
 */
int check_settings(const struct findings *findings, uint32_t netns, enum severity least,
		   struct setting **ret_settings, size_t *ret_nr);
void settings_free(struct setting *settings, size_t nr);

#endif
