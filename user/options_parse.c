// SPDX-License-Identifier: GPL-2.0-only
/* From words to options, and to the help, by the table of option_row.h. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "option_row.h"

/* getopt's own tables, made from ours; a row's place in them is its value, after all letters. */
struct getopt_tables {
	char letters[3 * MAX_OPTION_ROWS + 3];
	struct option names[MAX_OPTION_ROWS + 1];
};

#define ROW_VALUE(row) (256 + (int)(row))

/* Accepted wherever it is; what means nothing for a command is refused by options_finish.c. */
static bool is_global(const struct option_row *row)
{
	return row->commands == FOR_ALL || row->commands == FOR_HOST;
}

/* The command's own row comes first: a second one would make its name ambiguous, if it is cut short. */
static bool has_name(const struct getopt_tables *tables, const char *name)
{
	const struct option *option;

	for (option = tables->names; option->name; option++)
		if (!strcmp(option->name, name))
			return true;
	return false;
}

static void fill_tables(struct getopt_tables *tables, unsigned int commands)
{
	char *letter = tables->letters;
	size_t i, nr = 0;

	memset(tables, 0, sizeof(*tables));
	/* '+': stop at the first word that is no option; ':': tell a missing argument apart. */
	*letter++ = '+';
	*letter++ = ':';
	for (i = 0; i < nr_option_rows; i++) {
		if (!is_global(&option_rows[i]) && !(option_rows[i].commands & commands))
			continue;
		if (has_name(tables, option_rows[i].name))
			continue;
		tables->names[nr++] = (struct option){
			.name = option_rows[i].name,
			.has_arg = option_rows[i].argument ? required_argument : no_argument,
			.val = ROW_VALUE(i),
		};
		if (!option_rows[i].letter)
			continue;
		*letter++ = option_rows[i].letter;
		if (option_rows[i].argument)
			*letter++ = ':';
	}
}

static const struct option_row *find_row(int value)
{
	size_t i;

	for (i = 0; i < nr_option_rows; i++)
		if (value == ROW_VALUE(i) || (option_rows[i].letter && value == option_rows[i].letter))
			return &option_rows[i];
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

	for (i = 0; i < nr_option_rows; i++)
		if (!is_global(&option_rows[i]) && option_rows[i].commands & commands)
			help_row(out, &option_rows[i]);
}

void options_help_global(FILE *out, unsigned int commands)
{
	size_t i;

	for (i = 0; i < nr_option_rows; i++)
		if (is_global(&option_rows[i]) &&
		    (!commands || option_rows[i].commands & commands))
			help_row(out, &option_rows[i]);
}
