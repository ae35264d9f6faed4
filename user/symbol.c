// SPDX-License-Identifier: GPL-2.0-only
#include "symbol.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <libiberty/demangle.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept before it is time to begin anew: elfutils maps whole files. */
#define MAX_FILES 64
#define MAX_FILE_BYTES (512ULL << 20)
#define MAX_PLACES 4096 /* of all files */

/* Compilation units to look through where a file has no index of them, as clang's have not. */
#define MAX_UNITS 2000

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

/*
 * From the symbol table
 */

/* A part or a copy that the compiler made of a function is told as the function. */
static void cut_suffix(char *name)
{
	static const char *const suffixes[] = { "@",	      ".constprop.", ".isra.", ".part.",
						".lto_priv.", ".llvm.",	     ".cold" };
	size_t i;
	char *end;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		end = strstr(name, suffixes[i]);
		if (end && end > name)
			*end = '\0';
	}
}

/* As in the source, without arguments: "Pool::connect". NULL: no memory. */
static char *readable(const char *name)
{
	char *copy = strdup(name), *demangled;

	if (!copy)
		return NULL;
	cut_suffix(copy);
	demangled = cplus_demangle(copy, DMGL_NO_OPTS);
	if (!demangled)
		return copy;
	free(copy);
	return demangled;
}

/* The C library's functions have more names for its own use: __libc_connect is connect. */
static const char *public_name(Dwfl_Module *module, const char *name, const GElf_Sym *symbol)
{
	int i, nr = dwfl_module_getsymtab(module);
	GElf_Addr address;
	GElf_Sym found;
	const char *other;

	for (i = 1; *name == '_' && i < nr; i++) {
		other = dwfl_module_getsym_info(module, i, &found, &address, NULL, NULL, NULL);
		if (other && *other && *other != '_' && found.st_value == symbol->st_value &&
		    GELF_ST_TYPE(found.st_info) == GELF_ST_TYPE(symbol->st_info))
			return other;
	}
	return name;
}

/* NULL: none, or no memory. */
static char *symbol_name(const struct symbol_file *file, uint64_t address)
{
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	name = dwfl_module_addrinfo(file->module, address, &offset, &symbol, NULL, NULL, NULL);
	return name && *name ? readable(public_name(file->module, name, &symbol)) : NULL;
}

/*
 * From DWARF
 */

/* NULL: it has none, or no memory. */
static char *die_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
	    dwarf_attr_integrate(die, DW_AT_name, &attribute))
		name = dwarf_formstring(&attribute);
	return name ? readable(name) : NULL;
}

/* By the file's index of its units; without one, through all of them. */
static Dwarf_Die *find_unit(const struct symbol_file *file, uint64_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(file->module, address, bias);
	int i;

	if (unit)
		return unit;
	for (i = 0; i < MAX_UNITS; i++) {
		unit = dwfl_module_nextcu(file->module, unit, bias);
		if (!unit || dwarf_haspc(unit, address - *bias) > 0)
			return unit;
	}
	return NULL;
}

/* What encloses the address, innermost first; the caller frees *scopes. */
static int scopes_at(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *found = NULL, innermost;
	int nr = dwarf_getscopes(unit, address, &found);

	*scopes = NULL;
	if (nr <= 0)
		return 0;
	/* These are of where the inlined function was written; asked for again, of where it is. */
	innermost = found[0];
	free(found);
	nr = dwarf_getscopes_die(&innermost, scopes);
	return nr > 0 ? nr : 0;
}

static void add_inlined(Dwarf_Die *die, struct stack_frames *frames)
{
	char *name = die_name(die), text[256];

	snprintf(text, sizeof(text), "%.200s [inlined]", name ? name : "?");
	stack_frames_add(frames, text);
	free(name);
}

/* Adds what was inlined there; gives the name of the function itself, NULL if there is none. */
static char *add_scopes(const struct symbol_file *file, uint64_t address,
			struct stack_frames *frames)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(file, address, &bias), *scopes = NULL;
	int i, nr = unit ? scopes_at(unit, address - bias, &scopes) : 0;
	char *name = NULL;

	for (i = 0; i < nr; i++) {
		if (dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine)
			add_inlined(&scopes[i], frames);
		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram) {
			name = die_name(&scopes[i]);
			break;
		}
	}
	free(scopes);
	return name;
}

/*
 * Both
 */

static void look_up(struct symbol_file *file, struct place *place)
{
	char *name, *function;
	uint64_t address;

	if (!address_of(file, place->offset, &address))
		return;
	address -= place->is_return;
	name = symbol_name(file, address);
	function = add_scopes(file, address, &place->names);
	if (name || function)
		stack_frames_add(&place->names, name ? name : function);
	free(function);
	free(name);
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
