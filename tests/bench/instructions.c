// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the verifier has to go through: the instructions that it processed, as its own log has them,
 * for each program of each back-end that this kernel offers; and how many the program has once it is
 * verified: what cannot be reached is gone then, and what is inlined is there.
 *
 *   instructions
 *
 * Loads what `top` loads, and then what `trace --all --stack` loads, in which everything is on. One
 * line on stdout for each program:
 *
 *   BACKEND PROGRAM FOR_TOP FOR_TRACE SIZE_FOR_TOP SIZE_FOR_TRACE
 *
 * The iterators, which are not a back-end's, are listed as back-end "any".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "porttrace.skel.h"

#define LOG_STATISTICS 4 /* the verifier's log level: a summary alone (BPF_LOG_STATS) */
#define MAX_PROGRAMS 128

struct figures {
	char program[64];
	unsigned long processed[2]; /* by mode */
	unsigned long size[2]; /* instructions */
};

static struct figures all[MAX_PROGRAMS];
static size_t nr_all;
static int mode; /* 0: top, 1: trace */

static struct figures *figures_of(const char *program)
{
	size_t i;

	for (i = 0; i < nr_all; i++)
		if (!strcmp(all[i].program, program))
			return &all[i];
	if (nr_all == MAX_PROGRAMS)
		return NULL;
	snprintf(all[nr_all].program, sizeof(all[nr_all].program), "%s", program);
	return &all[nr_all++];
}

/* libbpf shows the log of a program that was loaded as a message for those who debug. */
__attribute__((format(printf, 2, 0))) static int hear_libbpf(enum libbpf_print_level level,
							      const char *format, va_list args)
{
	static char text[1 << 16];
	char program[64];
	struct figures *figures;
	const char *processed;

	if (level == LIBBPF_WARN)
		vfprintf(stderr, format, args);
	if (level != LIBBPF_DEBUG || !strstr(format, "BEGIN PROG LOAD LOG"))
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	processed = strstr(text, "\nprocessed ");
	if (!processed || sscanf(text, "libbpf: prog '%63[^']'", program) != 1)
		return 0;
	figures = figures_of(program);
	if (figures)
		figures->processed[mode] = strtoul(processed + strlen("\nprocessed "), NULL, 10);
	return 0;
}

/* The skeleton is opened in object.c, which has no use for logs: the linker puts this in between. */
int __real_bpf_object__open_skeleton(struct bpf_object_skeleton *skeleton,
				     const struct bpf_object_open_opts *options);
int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *skeleton,
				     const struct bpf_object_open_opts *options);

int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *skeleton,
				     const struct bpf_object_open_opts *options)
{
	struct bpf_object_open_opts with_log = *options;

	with_log.kernel_log_level = LOG_STATISTICS;
	return __real_bpf_object__open_skeleton(skeleton, &with_log);
}

static int read_sizes(const struct porttrace_bpf *skeleton)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj) {
		struct bpf_prog_info info = {};
		__u32 length = sizeof(info);
		struct figures *figures;

		if (bpf_program__fd(program) < 0)
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
			return -errno;
		figures = figures_of(bpf_program__name(program));
		if (figures)
			figures->size[mode] = info.xlated_prog_len / sizeof(struct bpf_insn);
	}
	return 0;
}

static int load(enum backend_id backend, const struct kernel_facts *facts)
{
	static const struct event_options events[2] = {
		{},
		{ .failures = true, .all = true, .stacks = true, .details = true, .buffer_mib = 1 },
	};
	struct object_options options = { .backend = backend };
	struct porttrace_bpf *skeleton;
	struct reason reason;
	int err = 0;

	nr_all = 0;
	for (mode = 0; mode < 2 && !err; mode++) {
		options.events = events[mode];
		err = object_load(&options, facts, &skeleton, &reason);
		if (err) {
			fprintf(stderr, "instructions: %s: %s\n", backends[backend].name,
				reason.text);
			break;
		}
		err = read_sizes(skeleton);
		if (err)
			fprintf(stderr, "instructions: %s: cannot read the size of a program: %s\n",
				backends[backend].name, strerror(-err));
		object_free(skeleton);
	}
	return err;
}

/* Iterators once, with whatever back-end comes first. */
static void print(enum backend_id backend, int with_iterators)
{
	const char *prefix = backends[backend].prefix;
	size_t i;

	for (i = 0; i < nr_all; i++) {
		int is_its = !strncmp(all[i].program, prefix, strlen(prefix));

		if (is_its || with_iterators)
			printf("%s %s %lu %lu %lu %lu\n", is_its ? backends[backend].name : "any",
			       all[i].program, all[i].processed[0], all[i].processed[1],
			       all[i].size[0], all[i].size[1]);
	}
}

int main(void)
{
	struct kernel_facts facts;
	struct reason reason;
	enum backend_id id;
	int nr_loaded = 0;

	if (backend_read_facts(NULL, &facts, &reason)) {
		fprintf(stderr, "instructions: %s\n", reason.text);
		return 1;
	}
	libbpf_set_print(hear_libbpf);
	for (id = 0; id < NR_BACKENDS; id++) {
		if (backend_test(id, &facts, &reason))
			continue;
		if (load(id, &facts))
			return 1;
		print(id, !nr_loaded++);
	}
	return nr_loaded ? 0 : 1;
}
