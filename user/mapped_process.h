/* SPDX-License-Identifier: GPL-2.0-only */
/* A process, with the files that its addresses are in. */
#ifndef PORTTRACE_MAPPED_PROCESS_H
#define PORTTRACE_MAPPED_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "due.h"
#include "process_maps.h"
#include "symbol.h"
#include "unwind.h"

/* What is known of process_maps.mappings, one by one. */
struct mapped_file {
	bool is_known;
	struct symbol_file *file; /* NULL: not an ELF file, or not to be had */
};

struct mapped_process {
	struct process_key key; /* pid 0: not in use */
	struct process_maps maps;
	struct mapped_file *files;
	struct due reading;
};

/* Opens it and reads its maps: 0, or a negative errno. */
int mapped_process_open(struct mapped_process *process, struct process_key key);

/* Reads them again: 0, or a negative errno; -EAGAIN: not so soon, and nothing has changed. */
int mapped_process_read(struct mapped_process *process);

void mapped_process_close(struct mapped_process *process);

bool mapped_process_has(const struct mapped_process *process, uint64_t address);

/* Without a file if the address is in none. New files are added to the files. */
struct unwound_frame mapped_process_frame(struct mapped_process *process,
					  struct symbol_files *files, uint64_t address);

#endif
