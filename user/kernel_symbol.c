// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_symbol.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A kernel has some 100,000 functions. */
#define MAX_SYMBOLS 1000000

/* The list has no sizes. What is further behind a name than any function is long is not in it. */
#define MAX_FUNCTION_BYTES 65536

/* Modules come and go: an unknown address has the list read again, but not all the time. */
#define READ_AGAIN_S 60

struct symbol {
	uint64_t address;
	uint32_t name; /* where it begins in names */
};

struct list {
	struct symbol *symbols; /* by address */
	size_t nr_symbols, room;
	char *names;
	size_t nr_bytes, room_bytes;
};

struct kernel_symbols {
	const char *path; /* borrowed */
	int fd;		  /* negative: not open */
	struct list list;
	time_t read_s; /* CLOCK_MONOTONIC; 0: never */
};

struct kernel_symbols *kernel_symbols_new(const char *path)
{
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));

	if (symbols)
		*symbols = (struct kernel_symbols){ .path = path, .fd = -1 };
	return symbols;
}

static void list_done(struct list *list)
{
	free(list->symbols);
	free(list->names);
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	list_done(&symbols->list);
	if (symbols->fd >= 0)
		close(symbols->fd);
	free(symbols);
}

/* Makes room for one more of them: false, and nothing has changed, if there is no memory. */
static bool reserve(void **array, size_t *room, size_t wanted, size_t size)
{
	size_t more = *room ? *room : 4096;
	void *bigger;

	if (wanted <= *room)
		return true;
	while (more < wanted)
		more *= 2;
	bigger = realloc(*array, more * size);
	if (!bigger)
		return false;
	*array = bigger;
	*room = more;
	return true;
}

static bool add(struct list *list, uint64_t address, const char *name)
{
	size_t length = strlen(name) + 1;
	void *symbols = list->symbols, *names = list->names;
	bool ok;

	ok = reserve(&symbols, &list->room, list->nr_symbols + 1, sizeof(struct symbol)) &&
	     reserve(&names, &list->room_bytes, list->nr_bytes + length, 1);
	list->symbols = symbols;
	list->names = names;
	if (!ok)
		return false;
	memcpy(list->names + list->nr_bytes, name, length);
	list->symbols[list->nr_symbols++] =
		(struct symbol){ .address = address, .name = (uint32_t)list->nr_bytes };
	list->nr_bytes += length;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/*
 * The kernel decides when the file is opened who may see addresses, so it is opened once, before
 * privileges are given away, and read from its beginning each time. NULL: cannot be read.
 */
static FILE *open_again(struct kernel_symbols *symbols)
{
	FILE *file;
	int fd;

	if (symbols->fd < 0)
		symbols->fd = open(symbols->path, O_RDONLY | O_CLOEXEC);
	if (symbols->fd < 0 || lseek(symbols->fd, 0, SEEK_SET))
		return NULL;
	/* Of its own, since a stream keeps what it has read, and is closed with its descriptor. */
	fd = fcntl(symbols->fd, F_DUPFD_CLOEXEC, 0);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file && fd >= 0)
		close(fd);
	return file;
}

static void read_list(FILE *file, struct list *list)
{
	char line[1024], *name;
	uint64_t address;

	while (list->nr_symbols < MAX_SYMBOLS && fgets(line, sizeof(line), file)) {
		/* "address type name", or "address type name\t[module]" */
		address = strtoull(line, &name, 16);
		/* Zero: hidden (kernel.kptr_restrict). */
		if (!address || name[0] != ' ' || !name[1] || !strchr("tTwW", name[1]) ||
		    name[2] != ' ')
			continue;
		name += 3;
		name[strcspn(name, "\t\n")] = '\0';
		if (!add(list, address, name))
			break;
	}
	if (list->nr_symbols)
		qsort(list->symbols, list->nr_symbols, sizeof(*list->symbols), compare);
}

void kernel_symbols_read(struct kernel_symbols *symbols)
{
	FILE *file = open_again(symbols);
	struct list list = {};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	symbols->read_s = now.tv_sec ? now.tv_sec : 1;
	if (!file)
		return;
	read_list(file, &list);
	fclose(file);
	/* An old list is better than none. */
	if (list.nr_symbols) {
		list_done(&symbols->list);
		symbols->list = list;
	} else {
		list_done(&list);
	}
}

/* Of several names of one address, the first in the list. */
static const char *find(const struct list *list, uint64_t address)
{
	size_t low = 0, high = list->nr_symbols, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - list->symbols[low - 1].address >= MAX_FUNCTION_BYTES)
		return NULL;
	return list->names + list->symbols[low - 1].name;
}

const char *kernel_symbol_name(struct kernel_symbols *symbols, uint64_t address)
{
	const char *name = find(&symbols->list, address);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (name || (symbols->read_s && now.tv_sec - symbols->read_s < READ_AGAIN_S))
		return name;
	kernel_symbols_read(symbols);
	return find(&symbols->list, address);
}
