// SPDX-License-Identifier: GPL-2.0-only
#include "mapped_process.h"

#include <errno.h>
#include <stdlib.h>

/* Maps that do not fit a stack are read again, but not always: there may be 65,536 of them. */
#define READ_SHARE 0.1

static int read_maps(struct mapped_process *process)
{
	int err;

	free(process->files);
	process->files = NULL;
	due_begin(&process->reading);
	err = process_maps_read(&process->maps);
	due_end(&process->reading);
	if (err)
		return err;
	process->files = calloc(process->maps.nr_mappings, sizeof(*process->files));
	return process->files ? 0 : -ENOMEM;
}

int mapped_process_open(struct mapped_process *process, struct process_key key)
{
	int err;

	*process = (struct mapped_process){};
	err = process_maps_open(&process->maps, key);
	if (err)
		return err;
	process->key = key;
	err = read_maps(process);
	if (err)
		mapped_process_close(process);
	return err;
}

int mapped_process_read(struct mapped_process *process)
{
	return due_now(&process->reading, READ_SHARE) ? read_maps(process) : -EAGAIN;
}

void mapped_process_close(struct mapped_process *process)
{
	free(process->files);
	process->files = NULL;
	process_maps_done(&process->maps);
	process->key.pid = 0;
}

bool mapped_process_has(const struct mapped_process *process, uint64_t address)
{
	return process_maps_find(&process->maps, address);
}

static struct symbol_file *file_of(struct mapped_process *process, struct symbol_files *files,
				   const struct mapping *mapping)
{
	struct mapped_file *known = &process->files[mapping - process->maps.mappings];
	int fd;

	if (known->is_known || !mapping->name)
		return known->file;
	known->is_known = true;
	fd = process_maps_open_file(&process->maps, mapping);
	if (fd >= 0)
		known->file = symbol_file_get(files, fd, mapping->name);
	return known->file;
}

struct unwound_frame mapped_process_frame(struct mapped_process *process,
					  struct symbol_files *files, uint64_t address)
{
	struct unwound_frame frame = { .address = address };
	const struct mapping *mapping = process_maps_find(&process->maps, address);

	if (!mapping)
		return frame;
	frame.offset = address - mapping->start + mapping->offset;
	frame.file_name = mapping->name;
	frame.file = file_of(process, files, mapping);
	return frame;
}
