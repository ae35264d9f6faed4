// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "option_row.h"

static int set_probe(struct options *options, const char *argument, struct reason *reason)
{
	options->only_kernel = "--probe";
	options->probe.backend = backend_by_name(argument);
	if (options->probe.backend != NR_BACKENDS || !strcmp(argument, "auto"))
		return 0;
	return because(reason, -EINVAL,
		       "unknown back-end '%s': use auto, fentry, kprobe or tracepoint", argument);
}

static int set_netns(struct options *options, const char *argument, struct reason *reason)
{
	(void)reason;
	options->netns = strcmp(argument, "all") ? argument : NULL;
	return 0;
}

static int set_json(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->json = true;
	return 0;
}

static int set_address(struct address_filter *filter, const char *argument, struct reason *reason)
{
	filter->set = true;
	if (!address_parse(argument, filter->addr, &filter->prefix))
		return 0;
	return because(reason, -EINVAL, "'%s' is not an address or ADDRESS/LENGTH", argument);
}

static int set_src(struct options *options, const char *argument, struct reason *reason)
{
	return set_address(&options->filter.src, argument, reason);
}

static int set_dst(struct options *options, const char *argument, struct reason *reason)
{
	return set_address(&options->filter.dst, argument, reason);
}

/* PORT or LOW-HIGH. */
static int set_ports(uint16_t *low, uint16_t *high, const char *argument, struct reason *reason)
{
	char *end;
	bool ok = option_port(argument, &end, low);

	*high = *low;
	if (ok && *end == '-')
		ok = option_port(end + 1, &end, high);
	if (ok && !*end && *low <= *high)
		return 0;
	return because(reason, -EINVAL, "'%s' is not a port, 1 to 65535, or a range LOW-HIGH",
		       argument);
}

static int set_dport(struct options *options, const char *argument, struct reason *reason)
{
	return set_ports(&options->filter.dport_low, &options->filter.dport_high, argument,
			 reason);
}

static int set_sport(struct options *options, const char *argument, struct reason *reason)
{
	return set_ports(&options->filter.sport_low, &options->filter.sport_high, argument,
			 reason);
}

static int set_pid(struct options *options, const char *argument, struct reason *reason)
{
	char *end;
	long pid = strtol(argument, &end, 10);

	if (end == argument || *end || pid < 1 || pid > 1 << 22)
		return because(reason, -EINVAL, "'%s' is not a process id: a number from 1 to %d",
			       argument, 1 << 22);
	options->filter.pid = pid;
	return 0;
}

/* The kernel keeps 15 bytes of a name. */
static int set_comm(struct options *options, const char *argument, struct reason *reason)
{
	if (!*argument)
		return because(reason, -EINVAL,
			       "a process has no empty name: give one as 'ps -o comm' shows it");
	strncpy(options->filter.comm, argument, sizeof(options->filter.comm) - 1);
	return 0;
}

static int set_cgroup(struct options *options, const char *argument, struct reason *reason)
{
	(void)reason;
	options->cgroup = argument;
	return 0;
}

static int set_ipv4(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->filter.families |= FILTER_IPV4;
	return 0;
}

static int set_ipv6(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->filter.families |= FILTER_IPV6;
	return 0;
}

static int set_tcp(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->filter.protos |= FILTER_TCP;
	return 0;
}

static int set_udp(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->filter.protos |= FILTER_UDP;
	return 0;
}

static int set_btf(struct options *options, const char *argument, struct reason *reason)
{
	(void)reason;
	options->only_kernel = "--btf";
	options->probe.btf_path = argument;
	return 0;
}

static int set_verbose(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->verbose = true;
	return 0;
}

static int set_version(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->version = true;
	return 0;
}

static int set_help(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->help = true;
	return 0;
}

static int set_interval(struct options *options, const char *argument, struct reason *reason)
{
	char *end;
	double seconds = strtod(argument, &end);

	if (end == argument || *end || !(seconds >= 0.001 && seconds <= 3600))
		return because(reason, -EINVAL,
			       "'%s' is not an interval: seconds, from 0.001 to 3600", argument);
	options->interval_s = seconds;
	options->paced = true;
	return 0;
}

static int set_cpu_limit(struct options *options, const char *argument, struct reason *reason)
{
	char *end;
	double percent = strtod(argument, &end);

	if (end == argument || *end || !(percent >= 0.01 && percent <= 100))
		return because(reason, -EINVAL, "'%s' is not a share: percent, from 0.01 to 100",
			       argument);
	options->only_kernel = "--cpu-limit";
	options->probe.census_share = percent / 100;
	return 0;
}

static int set_count(struct options *options, const char *argument, struct reason *reason)
{
	char *end;
	long count = strtol(argument, &end, 10);

	if (end == argument || *end || count < 1 || count > 1000000000)
		return because(reason, -EINVAL,
			       "'%s' is not a count: a number from 1 to 1000000000", argument);
	options->count = count;
	return 0;
}

static int set_duration(struct options *options, const char *argument, struct reason *reason)
{
	char *end;
	double seconds = strtod(argument, &end);

	if (end == argument || *end || !(seconds >= 0.001 && seconds <= 1e9))
		return because(reason, -EINVAL,
			       "'%s' is not a duration: seconds, from 0.001 to 1000000000",
			       argument);
	options->duration_s = seconds;
	return 0;
}

static int set_all(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->probe.events.all = true;
	return 0;
}

static int set_stack(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->probe.events.stacks = true;
	return 0;
}

static int set_time(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->no_time = false;
	return 0;
}

static int set_no_time(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->no_time = true;
	return 0;
}

static int set_number(uint32_t *number, long least, long most, const char *argument,
		      struct reason *reason)
{
	char *end;
	long value = strtol(argument, &end, 10);

	if (end == argument || *end || value < least || value > most)
		return because(reason, -EINVAL, "'%s' is not a number from %ld to %ld", argument,
			       least, most);
	*number = value;
	return 0;
}

static int set_rate_limit(struct options *options, const char *argument, struct reason *reason)
{
	return set_number(&options->probe.events.a_second, 0, 1000000000, argument, reason);
}

static int set_buffer(struct options *options, const char *argument, struct reason *reason)
{
	return set_number(&options->probe.events.buffer_mib, 1, 1024, argument, reason);
}

static int set_batch(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->batch = true;
	return 0;
}

static int set_sysctl(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->sysctl = true;
	return 0;
}

static int set_nagios(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->nagios = true;
	return 0;
}

static int set_from(struct options *options, const char *argument, struct reason *reason)
{
	if (!*argument)
		return because(reason, -EINVAL, "a file has no empty name; '-' is standard input");
	options->from = argument;
	return 0;
}

int options_set_file(struct options *options, const char *argument, struct reason *reason)
{
	return set_from(options, argument, reason);
}

static int set_output(struct options *options, const char *argument, struct reason *reason)
{
	if (!*argument)
		return because(reason, -EINVAL, "a file has no empty name; '-' is standard output");
	options->output = argument;
	return 0;
}

static int set_force(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->force = true;
	return 0;
}

static int set_what_if(struct options *options, const char *argument, struct reason *reason)
{
	options->only_kernel = "--what-if";
	options->probe.what_if = &options->what_if;
	return what_if_parse(argument, &options->what_if, reason);
}

static int set_view(struct options *options, const char *argument, struct reason *reason)
{
	const struct view *view = view_by_name(argument);
	char names[128] = "";

	if (view) {
		options->view = view;
		return 0;
	}
	for (view = views; view->name; view++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", view->name);
	return because(reason, -EINVAL, "unknown view '%s'; views are%s", argument, names);
}

/* Of which view it is a column is not known yet. */
static int set_sort(struct options *options, const char *argument, struct reason *reason)
{
	(void)reason;
	options->sort_name = argument;
	return 0;
}

static int set_since(struct options *options, const char *argument, struct reason *reason)
{
	return report_when_parse(argument, &options->window.since, reason);
}

static int set_until(struct options *options, const char *argument, struct reason *reason)
{
	return report_when_parse(argument, &options->window.until, reason);
}

static int set_window(struct options *options, const char *argument, struct reason *reason)
{
	return report_window_parse(argument, &options->window, reason);
}

static int set_diff(struct options *options, const char *argument, struct reason *reason)
{
	if (!*argument)
		return because(reason, -EINVAL, "a file has no empty name; '-' is standard input");
	options->diff = argument;
	return 0;
}

static int set_folded(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->folded = true;
	return 0;
}

static int set_html(struct options *options, const char *argument, struct reason *reason)
{
	(void)argument;
	(void)reason;
	options->html = true;
	return 0;
}

#define FOR_LIVE (FOR_TOP | FOR_DEMO)

const struct option_row option_rows[] = {
	{ 'i', "interval", "SECONDS", "time between screens (default 1)", FOR_LIVE, set_interval },
	{ 'o', "output", "FILE", "where to (default porttrace.jsonl.gz); '-': standard output",
	  FOR_RECORD, set_output },
	{ 0, "force", NULL, "overwrite a file that is there", FOR_RECORD, set_force },
	{ 'i', "interval", "SECONDS", "time between snapshots (default 1)", FOR_RECORD,
	  set_interval },
	{ 'n', "count", "N", "stop after N screens, or events", FOR_LIVE | FOR_TRACE, set_count },
	{ 'b', "batch", NULL, "plain text, no terminal needed", FOR_LIVE, set_batch },
	{ 0, "from", "FILE", "not this host, but lines of --json; '-': standard input", FOR_TOP,
	  set_from },
	{ 0, "cpu-limit", "PERCENT", "of one processor, for the census (default 2)",
	  FOR_LIVE | FOR_TRACE | FOR_RECORD, set_cpu_limit },
	{ 'w', "view", "VIEW", "routes, processes, cgroups, netns or failures (default routes)",
	  FOR_LIVE, set_view },
	{ 's', "sort", "COLUMN", "sort by this column of the view", FOR_LIVE,
	  set_sort },

	{ 'a', "all", NULL, "every allocation and entry into TIME_WAIT as well", FOR_TRACE,
	  set_all },
	{ 'k', "stack", NULL, "where in the program, and in the kernel", FOR_TRACE, set_stack },
	{ 'd', "duration", "SECONDS", "stop after that time", FOR_TRACE | FOR_RECORD, set_duration },
	{ 'd', "duration", "SECONDS", "watch for that time, for rates and failures", FOR_CHECK,
	  set_duration },
	{ 0, "sysctl", NULL, "a file for sysctl.d(5) with what to change; nothing is applied",
	  FOR_CHECK, set_sysctl },
	{ 0, "nagios", NULL, "one line with performance data, for monitoring systems", FOR_CHECK,
	  set_nagios },
	{ 't', "time", NULL, "with the time of day (default)", FOR_TRACE, set_time },
	{ 0, "no-time", NULL, "without", FOR_TRACE, set_no_time },
	{ 0, "sport", "PORT[-PORT]", "only this local port, asked for or given",
	  FOR_TRACE | FOR_RECORD, set_sport },
	{ 0, "rate-limit", "N", "of one kind on one route, a second (default 100; 0: none)",
	  FOR_TRACE | FOR_RECORD, set_rate_limit },
	{ 0, "buffer", "MIB", "for events that are not read yet (default 16)",
	  FOR_TRACE | FOR_RECORD, set_buffer },

	{ 0, "since", "TIME", "from then on: seconds after the start, or a time of day or date",
	  FOR_REPORT, set_since },
	{ 0, "until", "TIME", "up to then", FOR_REPORT, set_until },
	{ 0, "time", "START,STOP", "both at once; either may be left out", FOR_REPORT, set_window },
	{ 'n', "count", "N", "rows of each table (default 10; --html: 1000)", FOR_REPORT, set_count },
	{ 0, "diff", "OLD", "what has changed from that recording to FILE", FOR_REPORT, set_diff },
	{ 0, "folded", NULL, "stacks of failed calls, as flamegraph.pl and others read them",
	  FOR_REPORT, set_folded },
	{ 0, "html", NULL, "one file for a browser", FOR_REPORT, set_html },
	{ 'N', "netns", "NETNS", "name or number, as it is shown, or all (default all)",
	  FOR_REPORT, set_netns },

	{ 0, "what-if", "KEY=VALUE,...", "with another range, reserved, tw_reuse, or sources",
	  FOR_CHECK, set_what_if },

	{ 'P', "probe", "BACKEND", "auto, fentry, kprobe or tracepoint (default auto)", FOR_HOST,
	  set_probe },
	{ 'N', "netns", "NETNS", "all, self, NAME, PID or PATH (default all)", FOR_HOST,
	  set_netns },
	{ 'j', "json", NULL, "JSON Lines on stdout", FOR_ALL, set_json },
	{ 0, "src", "ADDR[/LEN]", "only routes from there", FOR_ALL, set_src },
	{ 0, "dst", "ADDR[/LEN]", "only routes to there", FOR_ALL, set_dst },
	{ 0, "dport", "PORT[-PORT]", "only routes to that port", FOR_ALL, set_dport },
	{ 'p', "pid", "PID", "only what this process owns or does", FOR_ALL, set_pid },
	{ 'c', "comm", "NAME", "only processes of that name", FOR_ALL, set_comm },
	{ 'g', "cgroup", "PATH", "only processes in that cgroup, or below", FOR_ALL, set_cgroup },
	{ '4', "ipv4", NULL, "only IPv4", FOR_ALL, set_ipv4 },
	{ '6', "ipv6", NULL, "only IPv6", FOR_ALL, set_ipv6 },
	{ 0, "tcp", NULL, "only TCP", FOR_ALL, set_tcp },
	{ 0, "udp", NULL, "only UDP", FOR_ALL, set_udp },
	{ 0, "btf", "FILE", "kernel BTF, where the kernel has none", FOR_HOST, set_btf },
	{ 'v', "verbose", NULL, "libbpf's own messages on stderr; check: why, and what to do", FOR_ALL, set_verbose },
	{ 'V', "version", NULL, "print the version and end", FOR_ALL, set_version },
	{ 'h', "help", NULL, "print this and end", FOR_ALL, set_help },
};

const size_t nr_option_rows = sizeof(option_rows) / sizeof(option_rows[0]);

_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= MAX_OPTION_ROWS,
	       "there is room for all of them");

void options_init(struct options *options)
{
	*options = (struct options){
		.probe.backend = NR_BACKENDS,
		.probe.census_share = 0.02,
		.probe.events = { .a_second = 100, .buffer_mib = 16 },
		.interval_s = 1,
		.view = &views[0],
		.output = "porttrace.jsonl.gz",
	};
	what_if_init(&options->what_if);
}
