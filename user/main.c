// SPDX-License-Identifier: GPL-2.0-only
/* The table of commands, the order of words on the command line, and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"
#include "view_check.h"

#ifndef PORTTRACE_VERSION
#error "PORTTRACE_VERSION comes from the Makefile"
#endif

struct command {
	const char *name;
	unsigned int options; /* FOR_*: whose options it takes */
	const char *summary;
	int (*run)(const struct options *options);
	/* Of its argument, which it needs; NULL: it takes none. */
	const char *argument;
	int (*set_argument)(struct options *options, const char *word, struct reason *reason);
	/* All words after its options are a command. */
	bool runs_command;
	/* Its exit status tells what it found: what it could not do has one of its own. */
	bool grades;
};

static const struct command commands[] = {
	{ .name = "top", .options = FOR_TOP, .run = cmd_top,
	  .summary = "live view of who uses which ports, towards where" },
	{ .name = "trace", .options = FOR_TRACE, .run = cmd_trace,
	  .summary = "each failed port allocation as it happens, with its cause" },
	{ .name = "who", .options = FOR_WHO, .run = cmd_who,
	  .summary = "which sockets hold a local port, and whose they are",
	  .argument = "PORT", .set_argument = options_set_port },
	{ .name = "check", .options = FOR_CHECK, .run = cmd_check, .grades = true,
	  .summary = "what is wrong with this host's ports, what will be, and what to change" },
	{ .name = "record", .options = FOR_RECORD, .run = cmd_record,
	  .summary = "into a file, for a while or while a command runs: snapshots and failures",
	  .runs_command = true },
	{ .name = "report", .options = FOR_REPORT, .run = cmd_report,
	  .summary = "what a recording says: what was exhausted, when, by whom, and what failed",
	  .argument = "FILE", .set_argument = options_set_file },
	{ .name = "demo", .options = FOR_DEMO, .run = cmd_demo,
	  .summary = "runs top on a workload of its own in a private network namespace" },
	{ .name = "probes", .options = FOR_PROBES, .run = cmd_probes,
	  .summary = "says which attach back-ends this kernel offers, and why not the others" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void help(FILE *out, const struct command *command)
{
	size_t i;

	if (command) {
		fprintf(out, "Usage: porttrace %s [OPTIONS]%s%s%s\n%c%s.\n", command->name,
			command->argument ? " " : "",
			command->argument ? command->argument : "",
			command->runs_command ? " [-- COMMAND [ARGUMENT]...]" : "",
			command->summary[0] - 'a' + 'A', command->summary + 1);
		options_help(out, command->options);
	} else {
		fputs("Usage: porttrace [OPTIONS] COMMAND [OPTIONS]\n"
		      "How this host uses its TCP and UDP ports, live and exactly.\n\nCommands:\n",
		      out);
		for (i = 0; i < NR_COMMANDS; i++)
			fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	}
	fputs("\nOptions of every command:\n", out);
	options_help_global(out, command ? command->options : 0);
}

static int usage_error(const struct command *command, const struct reason *reason)
{
	complain("%s; 'porttrace%s%s --help' lists what there is", reason->text,
		 command ? " " : "", command ? command->name : "");
	return command && command->grades ? EXIT_UNKNOWN : EXIT_USAGE;
}

/* What comes after the options, of which so many words were just read: "--" is the last of them. */
static int take_command(char **words, int used, struct options *options, struct reason *reason)
{
	if (*words)
		return options_set_command(options, words, reason);
	if (used && !strcmp(words[-1], "--"))
		return because(reason, -EINVAL, "there is no command after '--'");
	return 0;
}

/* The words after a command: options, with its argument among them if it has one. */
static int parse_after(const struct command *command, char **argv, struct options *options,
		       struct reason *reason)
{
	bool given = false;
	int used, err;

	for (;;) {
		err = options_parse(options, command->options, argv, &used, reason);
		argv += used;
		if (!err && command->runs_command)
			return take_command(argv, used, options, reason);
		if (err || !*argv)
			break;
		if (!command->argument || given)
			return because(reason, -EINVAL, "'%s' takes no argument '%s'",
				       command->name, *argv);
		err = command->set_argument(options, *argv++, reason);
		if (err)
			return err;
		given = true;
	}
	if (!err && command->argument && !given && !options->help && !options->version)
		err = because(reason, -EINVAL, "'%s' needs an argument, %s", command->name,
			      command->argument);
	return err;
}

/* Reads all words; *ret_command stays NULL where none is named. As options_finish(). */
static int parse_words(char **argv, struct options *options, const struct command **ret_command,
		       struct reason *reason)
{
	int used, err;

	err = options_parse(options, 0, argv, &used, reason);
	if (err || !argv[used])
		return err ? err : options_finish(options, reason);
	argv += used;
	*ret_command = find_command(*argv);
	if (!*ret_command)
		return because(reason, -EINVAL, "unknown command '%s'", *argv);
	err = parse_after(*ret_command, argv + 1, options, reason);
	return err ? err : options_finish(options, reason);
}

/*
 * Whoever started us may have closed some of the three: the next file that is opened would take its
 * place, and be written to. What stands in for it fails as a closed one does.
 */
static void keep_standard_descriptors(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct options options;
	struct reason reason;
	int err;

	(void)argc;
	keep_standard_descriptors();
	err_catch_libbpf();
	options_init(&options);
	options.ignores_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	err = parse_words(argv + 1, &options, &command, &reason);
	/* A monitoring system shows what is on standard output. */
	if (err && options.nagios)
		view_check_nagios_unknown(output_stream(), reason.text);
	if (err == -EINVAL)
		return usage_error(command, &reason);
	if (err) {
		complain("%s", reason.text);
		return command && command->grades ? EXIT_UNKNOWN : EXIT_FAILED;
	}
	/* For check, what is verbose are the findings. */
	err_set_verbose(options.verbose && !(command && command->grades));
	if (options.help)
		help(stdout, command);
	if (options.version && !options.help)
		puts("porttrace " PORTTRACE_VERSION);
	if (options.help || options.version)
		return output_status(output_flush());
	if (!command && !isatty(STDOUT_FILENO)) {
		help(stderr, NULL);
		return EXIT_USAGE;
	}
	return command ? command->run(&options) : cmd_top(&options);
}
