// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several processes at once, which differ in all that one can filter by: each filter must keep
 * all that it names, and nothing else.
 */
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "outcome.h"
#include "report.h"
#include "trace.h"
#include "trace_cases.h"
#include "trace_compare.h"

enum { ALPHA, BETA, GAMMA, DELTA, NR_ACTORS };

#define MAX_WORDS 3

static const struct report_wanted cast[NR_ACTORS] = {
	[ALPHA] = { .kind = "tcp4-not-local", .m = 3, .comm = "alpha" },
	[BETA] = { .kind = "tcp6-exhausted", .n = 2, .m = 5, .comm = "beta" },
	[GAMMA] = { .kind = "udp4-port-in-use", .n = 3, .m = 7, .comm = "gamma" },
	[DELTA] = { .kind = "tcp4-exhausted", .n = 4, .m = 4, .comm = "delta" },
};

/* "PID", "CGROUP" and "PARENT" stand for those of delta. */
struct filter {
	const char *options[6];
	const char *words[MAX_WORDS]; /* kept: an event with one of these in it */
};

static const struct filter by_pid = { { "--pid", "PID" }, { " comm=delta " } };
static const struct filter by_comm = { { "--comm", "alpha" }, { " comm=alpha " } };
static const struct filter by_netns = { { "--netns", "PID" }, { " comm=delta " } };
static const struct filter by_cgroup = { { "--cgroup", "CGROUP" }, { " comm=delta " } };
static const struct filter by_parent = { { "--cgroup", "PARENT" }, { " comm=delta " } };
static const struct filter by_src = { { "--src", "198.51.100.0/24" }, { " src=198.51.100." } };
static const struct filter by_dst = { { "--dst", "::1" }, { " dst=::1 " } };
static const struct filter by_dport = { { "--dport", "7000-7001" }, { " dport=7001 " } };
static const struct filter by_sport = { { "--sport", "20001-20002" },
					{ " sport=20001 ", " sport=20002 " } };
static const struct filter by_ipv4 = { { "-4" }, { " src=127.", " src=198.", " src=0." } };
static const struct filter by_ipv6 = { { "-6" }, { " src=::1 " } };
static const struct filter by_tcp = { { "--tcp" }, { " proto=tcp " } };
static const struct filter by_udp = { { "--udp" }, { " proto=udp " } };
static const struct filter by_both = { { "--tcp", "-4", "--dport", "7001" }, { " comm=delta " } };

/* ---- A cgroup, and one in it ---- */

static char cgroup_root[256], cgroup_parent[320], cgroup_child[384];

static bool find_cgroup2(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;

	cgroup_root[0] = '\0';
	while (mounts && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "cgroup2"))
			snprintf(cgroup_root, sizeof(cgroup_root), "%s", mount->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return cgroup_root[0];
}

static void remove_cgroups(void)
{
	rmdir(cgroup_child);
	rmdir(cgroup_parent);
}

static bool make_cgroups(void)
{
	if (!find_cgroup2())
		return false;
	snprintf(cgroup_parent, sizeof(cgroup_parent), "%s/porttrace-live-%d", cgroup_root,
		 getpid());
	snprintf(cgroup_child, sizeof(cgroup_child), "%s/child", cgroup_parent);
	return !mkdir(cgroup_parent, 0755) && !mkdir(cgroup_child, 0755);
}

static bool has_cgroups(void)
{
	bool has = make_cgroups();

	remove_cgroups();
	return has;
}

/* ---- The play ---- */

static bool enter_actors(const struct live_setup *setup, bool with_cgroup,
			 struct report actors[NR_ACTORS], char *ret_why, int size)
{
	unsigned int i;

	for (i = 0; i < NR_ACTORS; i++) {
		struct report_wanted wanted = cast[i];

		wanted.workload = setup->workload;
		wanted.events = wanted.waits = true;
		if (with_cgroup && i == DELTA)
			wanted.cgroup = cgroup_child;
		if (report_start(&wanted, &actors[i]) == REPORT_COMPLETE)
			continue;
		snprintf(ret_why, size, "%s", actors[i].why);
		return false;
	}
	return true;
}

static bool act(struct report actors[NR_ACTORS], struct tracer *beside, char *ret_why, int size)
{
	unsigned int i;

	for (i = 0; i < NR_ACTORS; i++) {
		if (report_finish(&actors[i], beside) == REPORT_COMPLETE)
			continue;
		snprintf(ret_why, size, "%s", actors[i].why);
		return false;
	}
	return true;
}

static void leave(struct report actors[NR_ACTORS])
{
	unsigned int i;

	for (i = 0; i < NR_ACTORS; i++) {
		child_free(actors[i].child);
		report_free(&actors[i]);
	}
}

static bool is_kept(const struct filter *filter, const char *event)
{
	unsigned int i;

	for (i = 0; i < MAX_WORDS && filter->words[i]; i++)
		if (strstr(event, filter->words[i]))
			return true;
	return false;
}

/* Without a match the comparison would be of nothing with nothing. */
static bool compare(const struct filter *filter, const struct trace *trace,
		    const struct report actors[NR_ACTORS])
{
	unsigned int i, nr_kept = 0;
	bool good = true;
	size_t j;

	for (i = 0; i < NR_ACTORS; i++) {
		struct lines kept = {};
		const struct trace_comparison comparison = {
			.expected = &kept,
			.trace = trace,
			.events = 1 << TRACE_FAILURE | 1 << TRACE_ALLOCATION,
		};

		for (j = 0; j < actors[i].events.nr; j++)
			if (!strncmp(actors[i].events.text[j], "failure ", 8) &&
			    is_kept(filter, actors[i].events.text[j]))
				lines_add(&kept, "%s", actors[i].events.text[j]);
		nr_kept += kept.nr;
		good = trace_compare(&comparison, &actors[i]) && good;
		lines_free(&kept);
	}
	if (!nr_kept)
		outcome_detail("the filter should keep nothing");
	return good && nr_kept;
}

static const char *meant(const char *option, const char *pid)
{
	if (!strcmp(option, "PID"))
		return pid;
	if (!strcmp(option, "CGROUP"))
		return cgroup_child + strlen(cgroup_root);
	if (!strcmp(option, "PARENT"))
		return cgroup_parent + strlen(cgroup_root);
	return option;
}

static bool play(const struct filter *filter, const struct live_setup *setup,
		 struct report actors[NR_ACTORS], char *ret_why, int size)
{
	const char *options[8] = { "--rate-limit", "0" };
	struct trace *trace;
	unsigned int i;
	char pid[16];
	bool good;

	snprintf(pid, sizeof(pid), "%d", actors[DELTA].child->pid);
	for (i = 0; filter->options[i]; i++)
		options[i + 2] = meant(filter->options[i], pid);
	trace = trace_start(setup, options, ret_why, size);
	if (!trace)
		return false;
	good = act(actors, trace->tracer, ret_why, size) &&
	       trace_stop(trace, SIGINT, ret_why, size) && compare(filter, trace, actors);
	trace_free(trace);
	return good;
}

static bool keeps_only(const void *arg, const struct live_setup *setup, char *ret_why, int size)
{
	const struct filter *filter = arg;
	bool with_cgroup = !strcmp(filter->options[0], "--cgroup");
	struct report actors[NR_ACTORS] = {};
	bool good;

	if (with_cgroup && !make_cgroups()) {
		snprintf(ret_why, size, "no cgroup can be made in %s", cgroup_root);
		return false;
	}
	good = enter_actors(setup, with_cgroup, actors, ret_why, size) &&
	       play(filter, setup, actors, ret_why, size);
	leave(actors);
	if (with_cgroup)
		remove_cgroups();
	return good;
}

#define KEEPS(words, filter) .name = words, .run_with = keeps_only, .arg = &filter
#define NO_CGROUP \
	.is_possible = has_cgroups, .why_not = "no cgroup2 where a cgroup can be made"

const struct trace_case trace_filter_cases[] = {
	{ KEEPS("trace-filter-pid", by_pid) },
	{ KEEPS("trace-filter-comm", by_comm) },
	{ KEEPS("trace-filter-netns", by_netns) },
	{ KEEPS("trace-filter-cgroup", by_cgroup), NO_CGROUP },
	{ KEEPS("trace-filter-cgroup-parent", by_parent), NO_CGROUP },
	{ KEEPS("trace-filter-src", by_src) },
	{ KEEPS("trace-filter-dst", by_dst) },
	{ KEEPS("trace-filter-dport", by_dport) },
	{ KEEPS("trace-filter-sport", by_sport) },
	{ KEEPS("trace-filter-ipv4", by_ipv4) },
	{ KEEPS("trace-filter-ipv6", by_ipv6) },
	{ KEEPS("trace-filter-tcp", by_tcp) },
	{ KEEPS("trace-filter-udp", by_udp) },
	{ KEEPS("trace-filter-several", by_both), .is_of_backend = true },
	{},
};
