// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_symbol.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

struct kernel_symbols {
	struct symbol *symbols; /* by address */
	size_t nr_symbols, room;
	char *names;
	size_t nr_bytes, room_bytes;
	time_t read_s; /* CLOCK_MONOTONIC; 0: never */
};

struct kernel_symbols *kernel_symbols_new(void)
{
	return calloc(1, sizeof(struct kernel_symbols));
}

static void forget(struct kernel_symbols *symbols)
{
	free(symbols->symbols);
	free(symbols->names);
	*symbols = (struct kernel_symbols){ .read_s = symbols->read_s };
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (symbols)
		forget(symbols);
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

static bool add(struct kernel_symbols *symbols, uint64_t address, const char *name)
{
	size_t length = strlen(name) + 1;
	void *list = symbols->symbols, *names = symbols->names;
	bool ok;

	ok = reserve(&list, &symbols->room, symbols->nr_symbols + 1, sizeof(struct symbol)) &&
	     reserve(&names, &symbols->room_bytes, symbols->nr_bytes + length, 1);
	symbols->symbols = list;
	symbols->names = names;
	if (!ok)
		return false;
	memcpy(symbols->names + symbols->nr_bytes, name, length);
	symbols->symbols[symbols->nr_symbols++] =
		(struct symbol){ .address = address, .name = (uint32_t)symbols->nr_bytes };
	symbols->nr_bytes += length;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

void kernel_symbols_read(struct kernel_symbols *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024], *name;
	struct timespec now;
	uint64_t address;

	clock_gettime(CLOCK_MONOTONIC, &now);
	forget(symbols);
	symbols->read_s = now.tv_sec ? now.tv_sec : 1;
	while (file && symbols->nr_symbols < MAX_SYMBOLS && fgets(line, sizeof(line), file)) {
		/* "address type name", or "address type name\t[module]" */
		address = strtoull(line, &name, 16);
		/* Zero: hidden (kernel.kptr_restrict). */
		if (!address || name[0] != ' ' || !name[1] || !strchr("tTwW", name[1]) ||
		    name[2] != ' ')
			continue;
		name += 3;
		name[strcspn(name, "\t\n")] = '\0';
		if (!add(symbols, address, name))
			break;
	}
	if (file)
		fclose(file);
	if (symbols->nr_symbols)
		qsort(symbols->symbols, symbols->nr_symbols, sizeof(*symbols->symbols), compare);
}

/* Of several names of one address, the first in the list. */
static const char *find(const struct kernel_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->nr_symbols, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (symbols->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - symbols->symbols[low - 1].address >= MAX_FUNCTION_BYTES)
		return NULL;
	return symbols->names + symbols->symbols[low - 1].name;
}

const char *kernel_symbol_name(struct kernel_symbols *symbols, uint64_t address)
{
	const char *name = find(symbols, address);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (name || (symbols->read_s && now.tv_sec - symbols->read_s < READ_AGAIN_S))
		return name;
	kernel_symbols_read(symbols);
	return find(symbols, address);
}
