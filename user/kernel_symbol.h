/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the kernel's functions, by /proc/kallsyms. */
#ifndef PORTTRACE_KERNEL_SYMBOL_H
#define PORTTRACE_KERNEL_SYMBOL_H

#include <stdint.h>

struct kernel_symbols;

struct kernel_symbols *kernel_symbols_new(void); /* NULL: no memory; reads nothing yet */
void kernel_symbols_free(struct kernel_symbols *symbols);

/* Takes some 50 ms; the first name asked for does it, too. */
void kernel_symbols_read(struct kernel_symbols *symbols);

/*
 * NULL: not known, because the kernel hides its addresses, or it is code that came later than the
 * list was read. Good until the next call.
 */
const char *kernel_symbol_name(struct kernel_symbols *symbols, uint64_t address);

#endif
