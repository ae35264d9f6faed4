// SPDX-License-Identifier: GPL-2.0-only
/* Files of sysctl.d(5), in the order in which systemd-sysctl(8) reads them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_read.h"

/* Cuts blanks off both ends. */
static char *trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* The first of '.' and '/' tells what the other one means: "net/ipv4/conf/eth0.1/x". */
static void use_dots(char *key)
{
	if (key[strcspn(key, "./")] != '/')
		return;
	for (; *key; key++)
		*key = *key == '/' ? '.' : *key == '.' ? '/' : *key;
}

static int take_line(struct host *host, const char *path, unsigned int number, char *line)
{
	char *equals = strchr(line, '='), *key = trim(line);

	if (*key == '#' || *key == ';' || !equals)
		return 0;
	*equals = '\0';
	key = trim(key);
	key += *key == '-'; /* that it may fail */
	use_dots(key);
	if (strncmp(key, "net.", 4) || strpbrk(key, "*?["))
		return 0;
	return host_add_line(host, path, number, key, trim(equals + 1));
}

int host_read_sysctl_file(struct host *host, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	while (file && !err && getline(&line, &size, file) >= 0)
		err = take_line(host, path, ++number, line);
	free(line);
	if (file)
		fclose(file);
	return err;
}

struct file {
	char name[256], path[512];
};

struct files {
	struct file *files;
	size_t nr;
};

static bool has_name(const struct files *files, const char *name)
{
	size_t i;

	for (i = 0; i < files->nr; i++)
		if (!strcmp(files->files[i].name, name))
			return true;
	return false;
}

static int add_file(struct files *files, const char *folder, const char *name)
{
	struct file *more;

	/* A file in a folder that comes first stands in for it, and masks it if it is /dev/null. */
	if (has_name(files, name))
		return 0;
	more = reallocarray(files->files, files->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	files->files = more;
	more += files->nr++;
	snprintf(more->name, sizeof(more->name), "%s", name);
	snprintf(more->path, sizeof(more->path), "%s/%s", folder, name);
	return 0;
}

static bool is_conf(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > 5 && !strcmp(name + length - 5, ".conf");
}

static int list_folder(struct files *files, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir)))
		if (is_conf(entry->d_name))
			err = add_file(files, folder, entry->d_name);
	if (dir)
		closedir(dir);
	return err;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

int host_read_sysctl_folders(struct host *host, const char *const *folders)
{
	struct files files = {};
	int err = 0;
	size_t i;

	for (; *folders && !err; folders++)
		err = list_folder(&files, *folders);
	if (files.nr)
		qsort(files.files, files.nr, sizeof(*files.files), compare_files);
	for (i = 0; i < files.nr && !err; i++)
		err = host_read_sysctl_file(host, files.files[i].path);
	free(files.files);
	return err;
}
