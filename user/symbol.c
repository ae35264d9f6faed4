// SPDX-License-Identifier: GPL-2.0-only
#include "symbol.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol_name.h"

/* What is kept before it is time to begin anew: elfutils maps whole files. */
#define MAX_FILES 64
#define MAX_FILE_BYTES (1ULL << 30)
#define MAX_PLACES 4096 /* of all files */

/* Unpacked, in a second or two. Of a file with more, only the symbol table is read. */
#define MAX_DWARF_BYTES (256ULL << 20)

/* The names of one place in a file, once they were looked up. */
struct place {
	uint64_t offset;
	bool is_return;
	struct stack_frames names;
};

struct symbol_file {
	struct symbol_file *next;
	struct symbol_files *files;
	int fd;
	char *name;
	struct stat status; /* what tells it from others */
	struct build_id id;
	uint64_t dwarf_bytes;
	bool dwarf_is_measured;
	Dwfl *dwfl; /* with this file alone, at the addresses that are in it */
	Dwfl_Module *module;
	void *places; /* tsearch(): struct place */
};

struct symbol_files {
	struct symbol_file *first;
	size_t nr_files;
	size_t nr_places;
	uint64_t bytes;
};

/*
 * Separate files are looked for by build id, and in one folder, which only root can write to.
 * Paths that a file itself names are not followed, and nothing is asked of any server.
 */
static char debug_folder[] = "/usr/lib/debug";
static char *debug_path = debug_folder;

static int no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		  char **file_name, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)file_name, (void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = no_elf, /* it is given with the module */
	.find_debuginfo = dwfl_build_id_find_debuginfo,
	.debuginfo_path = &debug_path,
};

struct symbol_files *symbol_files_new(void)
{
	return calloc(1, sizeof(struct symbol_files));
}

static void place_free(void *node)
{
	struct place *place = node;

	stack_frames_done(&place->names);
	free(place);
}

static void file_free(struct symbol_file *file)
{
	tdestroy(file->places, place_free);
	if (file->dwfl)
		dwfl_end(file->dwfl);
	close(file->fd);
	free(file->name);
	free(file);
}

void symbol_files_free(struct symbol_files *files)
{
	struct symbol_file *file;

	while (files && files->first) {
		file = files->first;
		files->first = file->next;
		file_free(file);
	}
	free(files);
}

bool symbol_files_full(const struct symbol_files *files)
{
	return files->nr_files >= MAX_FILES || files->bytes >= MAX_FILE_BYTES ||
	       files->nr_places >= MAX_PLACES;
}

static struct symbol_file *find_same(struct symbol_files *files, const struct stat *status)
{
	struct symbol_file *file = files->first;

	while (file && (file->status.st_dev != status->st_dev ||
			file->status.st_ino != status->st_ino ||
			file->status.st_size != status->st_size ||
			file->status.st_mtim.tv_sec != status->st_mtim.tv_sec ||
			file->status.st_mtim.tv_nsec != status->st_mtim.tv_nsec))
		file = file->next;
	return file;
}

/* Whatever can be mapped for execution may be here. elfutils would unpack archives, too. */
static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       !memcmp(magic, ELFMAG, SELFMAG);
}

static void read_build_id(struct symbol_file *file)
{
	const unsigned char *bits;
	GElf_Addr address;
	int length = dwfl_module_build_id(file->module, &bits, &address);

	if (length <= 0)
		return;
	if ((size_t)length > sizeof(file->id.bytes))
		length = sizeof(file->id.bytes);
	memcpy(file->id.bytes, bits, (size_t)length);
	file->id.is_known = true;
}

/* elfutils closes the descriptor that it is given only if it takes the file. */
static bool report(struct symbol_file *file)
{
	int fd = symbol_file_dup(file);

	if (fd < 0)
		return false;
	file->dwfl = dwfl_begin(&callbacks);
	if (file->dwfl)
		file->module = dwfl_report_elf(file->dwfl, "file", "file", fd, 0, true);
	if (!file->module) {
		close(fd);
		return false;
	}
	dwfl_report_end(file->dwfl, NULL, NULL);
	read_build_id(file);
	return true;
}

struct symbol_file *symbol_file_get(struct symbol_files *files, int fd, const char *name)
{
	struct symbol_file *file;
	struct stat status;

	if (fstat(fd, &status) || !is_elf(fd)) {
		close(fd);
		return NULL;
	}
	file = find_same(files, &status);
	if (file) {
		close(fd);
		return file->module ? file : NULL;
	}
	file = calloc(1, sizeof(*file));
	if (!file) {
		close(fd);
		return NULL;
	}
	file->files = files;
	file->fd = fd;
	file->status = status;
	file->name = strdup(name);
	file->next = files->first;
	files->first = file;
	files->nr_files++;
	files->bytes += (uint64_t)status.st_size;
	return file->name && report(file) ? file : NULL;
}

struct symbol_file *symbol_file_find(struct symbol_files *files, const struct build_id *id)
{
	struct symbol_file *file;

	for (file = files->first; file; file = file->next)
		if (file->module && file->id.is_known && id->is_known &&
		    !memcmp(file->id.bytes, id->bytes, sizeof(id->bytes)))
			return file;
	return NULL;
}

const struct build_id *symbol_file_id(const struct symbol_file *file)
{
	return &file->id;
}

const char *symbol_file_name(const struct symbol_file *file)
{
	return file->name;
}

int symbol_file_dup(const struct symbol_file *file)
{
	int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* The address that the file itself has for a byte of it; false: it is in none of its segments. */
static bool address_of(const struct symbol_file *file, uint64_t offset, uint64_t *ret_address)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(file->module, &bias);
	GElf_Phdr header;
	size_t i, nr;

	if (!elf || elf_getphdrnum(elf, &nr))
		return false;
	for (i = 0; i < nr; i++) {
		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
			continue;
		if (offset < header.p_offset || offset - header.p_offset >= header.p_filesz)
			continue;
		*ret_address = offset - header.p_offset + header.p_vaddr;
		return true;
	}
	return false;
}

bool symbol_file_bias(const struct symbol_file *file, uint64_t offset, uint64_t address,
		      uint64_t *ret_bias)
{
	uint64_t own;

	if (!address_of(file, offset, &own))
		return false;
	*ret_bias = address - own;
	return true;
}

/* Decided once: DWARF is read as a whole. */
static bool has_small_dwarf(struct symbol_file *file)
{
	if (!file->dwarf_is_measured) {
		file->dwarf_bytes = symbol_name_dwarf_bytes(file->module);
		file->dwarf_is_measured = true;
		if (file->dwarf_bytes <= MAX_DWARF_BYTES)
			file->files->bytes += file->dwarf_bytes;
	}
	return file->dwarf_bytes && file->dwarf_bytes <= MAX_DWARF_BYTES;
}

static void look_up(struct symbol_file *file, struct place *place)
{
	uint64_t address;

	if (address_of(file, place->offset, &address))
		symbol_name_add(file->module, address - place->is_return, has_small_dwarf(file),
				&place->names);
}

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->is_return - y->is_return;
}

static const struct place *find_place(struct symbol_file *file, uint64_t offset, bool is_return)
{
	struct place wanted = { .offset = offset, .is_return = is_return }, **node, *place;

	node = tfind(&wanted, &file->places, compare);
	if (node)
		return *node;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	*place = wanted;
	look_up(file, place);
	if (!tsearch(place, &file->places, compare)) {
		place_free(place);
		return NULL;
	}
	file->files->nr_places++;
	return place;
}

bool symbol_file_names(struct symbol_file *file, uint64_t offset, bool is_return,
		       struct stack_frames *frames)
{
	const struct place *place = find_place(file, offset, is_return);
	size_t i;

	if (!place || !place->names.nr_names)
		return false;
	for (i = 0; i < place->names.nr_names; i++)
		stack_frames_add(frames, place->names.names[i]);
	return true;
}
