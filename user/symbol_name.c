// SPDX-License-Identifier: GPL-2.0-only
#include "symbol_name.h"

#include <dwarf.h>
#include <fcntl.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Compilation units to look through where a file has no index of them, as clang's have not. */
#define MAX_UNITS 2000

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

	/* Those of C++ and Rust begin with an underscore, too. */
	if (name[0] != '_' || name[1] == 'Z' || name[1] == 'R')
		return name;
	for (i = 1; i < nr; i++) {
		other = dwfl_module_getsym_info(module, i, &found, &address, NULL, NULL, NULL);
		if (other && *other && *other != '_' && found.st_value == symbol->st_value &&
		    GELF_ST_TYPE(found.st_info) == GELF_ST_TYPE(symbol->st_info))
			return other;
	}
	return name;
}

/* NULL: none, or no memory. */
static char *symbol_name(Dwfl_Module *module, uint64_t address)
{
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	return name && *name ? readable(public_name(module, name, &symbol)) : NULL;
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
static Dwarf_Die *find_unit(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
	int i;

	if (unit)
		return unit;
	for (i = 0; i < MAX_UNITS; i++) {
		unit = dwfl_module_nextcu(module, unit, bias);
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
static char *add_scopes(Dwfl_Module *module, uint64_t address,
			struct stack_frames *frames)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(module, address, &bias), *scopes = NULL;
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

void symbol_name_add(Dwfl_Module *module, uint64_t address, bool with_dwarf,
		     struct stack_frames *frames)
{
	char *name = symbol_name(module, address), *function = NULL;

	if (with_dwarf)
		function = add_scopes(module, address, frames);
	if (name || function)
		stack_frames_add(frames, name ? name : function);
	free(function);
	free(name);
}

/*
 * How large DWARF is
 */

static uint64_t section_bytes(Elf_Scn *section, const GElf_Shdr *header)
{
	GElf_Chdr compressed;

	if (!(header->sh_flags & SHF_COMPRESSED))
		return header->sh_size;
	return gelf_getchdr(section, &compressed) ? compressed.ch_size : 0;
}

static uint64_t dwarf_bytes(Elf *elf)
{
	uint64_t sum = 0;
	Elf_Scn *section = NULL;
	const char *name;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return 0;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && !strncmp(name, ".debug_", strlen(".debug_")))
			sum += section_bytes(section, &header);
	}
	return sum;
}

uint64_t symbol_name_dwarf_bytes(Dwfl_Module *module)
{
	const char *main_path, *debug_path = NULL;
	uint64_t bytes = 0;
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	int fd;

	bytes = elf ? dwarf_bytes(elf) : 0;
	/* The file's own is preferred; what there is apart from it is found with its symbols. */
	if (bytes || dwfl_module_getsymtab(module) < 0)
		return bytes;
	dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &main_path, &debug_path);
	fd = debug_path ? open(debug_path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 0;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bytes = elf ? dwarf_bytes(elf) : 0;
	elf_end(elf);
	close(fd);
	return bytes;
}
