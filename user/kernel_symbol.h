/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the kernel's functions, by KALLSYMS or a file of that form. */
#ifndef PORTTRACE_KERNEL_SYMBOL_H
#define PORTTRACE_KERNEL_SYMBOL_H

#include <stdint.h>

#define KALLSYMS "/proc/kallsyms"

struct kernel_symbols;

/* Borrows the path, and reads nothing yet. NULL: no memory. */
struct kernel_symbols *kernel_symbols_new(const char *path);
void kernel_symbols_free(struct kernel_symbols *symbols);

/*
 * Takes some 50 ms; the first name asked for does it, too. The first reading decides whether
 * addresses can be seen, whatever is given away later. One that finds none changes nothing.
 */
void kernel_symbols_read(struct kernel_symbols *symbols);

/*
 * NULL: not known, because the kernel hides its addresses, or it is code that came later than the
 * list was read. Good until the next call.
 */
const char *kernel_symbol_name(struct kernel_symbols *symbols, uint64_t address);

#endif
