/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of one place in one file: from its symbol table, and from DWARF. */
#ifndef PORTTRACE_SYMBOL_NAME_H
#define PORTTRACE_SYMBOL_NAME_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

#include "stack_frames.h"

/* Adds what was inlined at the address, if with_dwarf, and then the function itself. */
void symbol_name_add(Dwfl_Module *module, uint64_t address, bool with_dwarf,
		     struct stack_frames *frames);

/* Unpacked, whether it is in the file or apart from it. 0: there is none. Reads nothing of it. */
uint64_t symbol_name_dwarf_bytes(Dwfl_Module *module);

#endif
