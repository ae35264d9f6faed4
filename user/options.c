// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "netns.h"

struct option_row {
	char letter; /* 0: only the long form */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
	unsigned int commands;
	int (*set)(struct options *options, const char *argument, struct reason *reason);
};

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

static bool parse_port(const char *text, char **end, uint16_t *ret_port)
{
	long port = strtol(text, end, 10);

	if (*end == text || port < 1 || port > 65535 || *text == '+' || *text == ' ')
		return false;
	*ret_port = port;
	return true;
}

/* PORT or LOW-HIGH. */
static int set_ports(uint16_t *low, uint16_t *high, const char *argument, struct reason *reason)
{
	char *end;
	bool ok = parse_port(argument, &end, low);

	*high = *low;
	if (ok && *end == '-')
		ok = parse_port(end + 1, &end, high);
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

static int settle_sort(struct options *options, struct reason *reason)
{
	const struct field *field = options->view->fields;
	char names[512] = "";

	if (!options->sort_name)
		return 0;
	options->sort = field_by_name(field, options->sort_name);
	if (options->sort)
		return 0;
	for (; field->name; field++)
		if (field->title)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
				 field->name);
	return because(reason, -EINVAL, "unknown column '%s'; columns of %s are%s",
		       options->sort_name, options->view->name, names);
}

/* Paths of that host's cgroups are all that its lines have. */
static int settle_cgroup_of_file(struct options *options, struct reason *reason)
{
	char *path = options->filter.cgroup;
	size_t length;

	if (options->cgroup[0] != '/')
		return because(reason, -EINVAL,
			       "of a file, '%s' has to be a path from the root of the cgroups, '/'",
			       options->cgroup);
	length = snprintf(path, sizeof(options->filter.cgroup), "%s", options->cgroup);
	if (length >= sizeof(options->filter.cgroup))
		return because(reason, -EINVAL, "the path of that cgroup is too long");
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	return 0;
}

static int settle_for_file(struct options *options, struct reason *reason)
{
	if (options->only_kernel)
		return because(reason, -EINVAL, "%s means nothing for a file, which is no kernel",
			       options->only_kernel);
	if (options->netns && (strchr(options->netns, '/') || !strcmp(options->netns, "self")))
		return because(reason, -EINVAL,
			       "of a file, '%s' has to be the name or the number of a network "
			       "namespace, as it is shown",
			       options->netns);
	return options->cgroup ? settle_cgroup_of_file(options, reason) : 0;
}

static int settle_for_kernel(struct options *options, struct reason *reason)
{
	struct filter *filter = &options->filter;
	int err = 0;

	if (options->netns)
		err = netns_resolve(options->netns, &options->probe.only_netns, reason);
	if (!err && options->cgroup)
		err = cgroup_find(options->cgroup, filter->cgroup, sizeof(filter->cgroup),
				  &filter->cgroup_inode, reason);
	return err;
}

/* What is printed has one form. */
static int settle_form(const struct options *options, struct reason *reason)
{
	if (options->sysctl + options->nagios + options->json > 1)
		return because(reason, -EINVAL,
			       "only one of --sysctl, --nagios and --json can be had at a time");
	if (options->probe.what_if && (options->sysctl || options->nagios))
		return because(reason, -EINVAL, "--what-if has no form for --sysctl or --nagios");
	return 0;
}

int options_finish(struct options *options, struct reason *reason)
{
	int err = settle_form(options, reason);

	if (!err)
		err = settle_sort(options, reason);

	if (!err && options->json && !strcmp(options->output, "-"))
		err = because(reason, -EINVAL,
			      "--json and '-o -' both want standard output: leave one of them out");
	if (err)
		return err;
	return options->from ? settle_for_file(options, reason) :
			       settle_for_kernel(options, reason);
}

int options_set_port(struct options *options, const char *argument, struct reason *reason)
{
	char *end;

	if (parse_port(argument, &end, &options->port) && !*end)
		return 0;
	return because(reason, -EINVAL, "'%s' is not a port, 1 to 65535", argument);
}

int options_set_command(struct options *options, char *const *words, struct reason *reason)
{
	if (!*words[0])
		return because(reason, -EINVAL, "a command has no empty name");
	options->command = words;
	return 0;
}

int options_set_file(struct options *options, const char *argument, struct reason *reason)
{
	return set_from(options, argument, reason);
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

#define FOR_LIVE (FOR_TOP | FOR_DEMO)

static const struct option_row rows[] = {
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
	{ 'n', "count", "N", "rows of each table (default 10)", FOR_REPORT, set_count },
	{ 0, "diff", "OLD", "what has changed from that recording to FILE", FOR_REPORT, set_diff },
	{ 0, "folded", NULL, "stacks of failed calls, as flamegraph.pl and others read them",
	  FOR_REPORT, set_folded },

	{ 0, "what-if", "KEY=VALUE,...", "with another range, reserved, tw_reuse, or sources",
	  FOR_CHECK, set_what_if },

	{ 'P', "probe", "BACKEND", "auto, fentry, kprobe or tracepoint (default auto)", FOR_ALL,
	  set_probe },
	{ 'N', "netns", "NETNS", "all, self, NAME, PID or PATH (default all)", FOR_ALL,
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
	{ 0, "btf", "FILE", "kernel BTF, where the kernel has none", FOR_ALL, set_btf },
	{ 'v', "verbose", NULL, "libbpf's own messages on stderr; check: why, and what to do", FOR_ALL, set_verbose },
	{ 'V', "version", NULL, "print the version and end", FOR_ALL, set_version },
	{ 'h', "help", NULL, "print this and end", FOR_ALL, set_help },
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

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

/* getopt's own tables, made from ours; a row's place in them is its value, after all letters. */
struct getopt_tables {
	char letters[3 * NR_ROWS + 3];
	struct option names[NR_ROWS + 1];
};

#define ROW_VALUE(row) (256 + (int)(row))

static void fill_tables(struct getopt_tables *tables, unsigned int commands)
{
	char *letter = tables->letters;
	size_t i, nr = 0;

	memset(tables, 0, sizeof(*tables));
	/* '+': stop at the first word that is no option; ':': tell a missing argument apart. */
	*letter++ = '+';
	*letter++ = ':';
	for (i = 0; i < NR_ROWS; i++) {
		if (rows[i].commands != FOR_ALL && !(rows[i].commands & commands))
			continue;
		tables->names[nr++] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
			.val = ROW_VALUE(i),
		};
		if (!rows[i].letter)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].argument)
			*letter++ = ':';
	}
}

static const struct option_row *find_row(int value)
{
	size_t i;

	for (i = 0; i < NR_ROWS; i++)
		if (value == ROW_VALUE(i) || (rows[i].letter && value == rows[i].letter))
			return &rows[i];
	return NULL;
}

/* What a person typed that getopt could not make sense of. */
static int explain_bad_option(int what, char **argv, struct reason *reason)
{
	const struct option_row *row = find_row(optopt);
	const char *word = argv[optind - 1];

	if (what == ':')
		return because(reason, -EINVAL, "option '%s' needs an argument, %s", word,
			       row ? row->argument : "");
	if (optopt && optopt < 256)
		return because(reason, -EINVAL, "unknown option '-%c'", optopt);
	if (optopt)
		return because(reason, -EINVAL, "option '--%s' takes no argument",
			       row ? row->name : "");
	return because(reason, -EINVAL, "unknown option '%s'", word);
}

int options_parse(struct options *options, unsigned int commands, char **argv, int *ret_used,
		  struct reason *reason)
{
	struct getopt_tables tables;
	int argc = 0, value, err = 0;
	/* getopt skips the first word, the name of a program: ours are all words. */
	char **words;

	while (argv[argc])
		argc++;
	words = calloc(argc + 2, sizeof(*words));
	if (!words)
		return because(reason, -ENOMEM, "out of memory");
	words[0] = (char *)"porttrace";
	memcpy(words + 1, argv, argc * sizeof(*words));
	fill_tables(&tables, commands);
	opterr = 0;
	optind = 0; /* glibc: start anew, and read the leading '+' */
	while (!err &&
	       (value = getopt_long(argc + 1, words, tables.letters, tables.names, NULL)) != -1) {
		if (value == '?' || value == ':')
			err = explain_bad_option(value, words, reason);
		else
			err = find_row(value)->set(options, optarg, reason);
	}
	*ret_used = optind - 1;
	free(words);
	return err;
}

static void help_row(FILE *out, const struct option_row *row)
{
	char form[64];

	snprintf(form, sizeof(form), "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
		 row->argument ? " " : "", row->argument ? row->argument : "");
	fprintf(out, "  %-26s %s\n", form, row->help);
}

void options_help(FILE *out, unsigned int commands)
{
	size_t i;

	for (i = 0; i < NR_ROWS; i++)
		if (rows[i].commands != FOR_ALL && rows[i].commands & commands)
			help_row(out, &rows[i]);
}

void options_help_global(FILE *out)
{
	size_t i;

	for (i = 0; i < NR_ROWS; i++)
		if (rows[i].commands == FOR_ALL)
			help_row(out, &rows[i]);
}
