// SPDX-License-Identifier: GPL-2.0-only
/* What options mean together, and the words that are none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "netns.h"
#include "option_row.h"

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

bool option_port(const char *text, char **end, uint16_t *ret_port)
{
	long port = strtol(text, end, 10);

	if (*end == text || port < 1 || port > 65535 || *text == '+' || *text == ' ')
		return false;
	*ret_port = port;
	return true;
}

int options_set_port(struct options *options, const char *argument, struct reason *reason)
{
	char *end;

	if (option_port(argument, &end, &options->port) && !*end)
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
