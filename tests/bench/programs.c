// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first function of a program is itself. *ret_name stays as it is where BTF does not tell. */
static void read_whole_name(int fd, const struct bpf_prog_info *known, char *ret_name, size_t size)
{
	struct bpf_func_info function = {};
	struct bpf_prog_info info = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(function),
		.func_info = (uintptr_t)&function,
	};
	const struct btf_type *type;
	__u32 length = sizeof(info);
	struct btf *btf;

	if (!known->btf_id || bpf_obj_get_info_by_fd(fd, &info, &length))
		return;
	btf = btf__load_from_kernel_by_id(known->btf_id);
	if (!btf)
		return;
	type = btf__type_by_id(btf, function.type_id);
	if (type)
		snprintf(ret_name, size, "%s", btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
}

static int read_program(struct program *program, int wants_name)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int err, fd = bpf_prog_get_fd_by_id(program->id);

	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &length) ? -errno : 0;
	if (!err && wants_name) {
		snprintf(program->name, sizeof(program->name), "%s", info.name);
		read_whole_name(fd, &info, program->name, sizeof(program->name));
	}
	program->runs = info.run_cnt;
	program->run_ns = info.run_time_ns;
	close(fd);
	return err;
}

/* 0: that descriptor is no program's. A link's names its program, too. */
static uint32_t program_id_of(pid_t pid, const char *fd)
{
	char path[64], line[128];
	unsigned int id = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "prog_id: %u", &id) == 1)
			break;
	fclose(file);
	return id;
}

static void add(struct programs *programs, uint32_t id)
{
	size_t i;

	for (i = 0; i < programs->nr; i++)
		if (programs->list[i].id == id)
			return;
	if (id && programs->nr < MAX_PROGRAMS)
		programs->list[programs->nr++] = (struct program){ .id = id };
}

int programs_of(pid_t pid, struct programs *ret_programs)
{
	char path[32];
	struct dirent *entry;
	size_t i;
	DIR *dir;
	int err = 0;

	ret_programs->nr = 0;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		add(ret_programs, program_id_of(pid, entry->d_name));
	closedir(dir);
	for (i = 0; i < ret_programs->nr && !err; i++)
		err = read_program(&ret_programs->list[i], 1);
	return err;
}

int programs_read(struct programs *programs)
{
	size_t i;
	int err = 0;

	for (i = 0; i < programs->nr && !err; i++)
		err = read_program(&programs->list[i], 0);
	return err;
}

const struct program *programs_find(const struct programs *programs, const char *name)
{
	size_t i;

	for (i = 0; i < programs->nr; i++)
		if (!strcmp(programs->list[i].name, name))
			return &programs->list[i];
	return NULL;
}
