// SPDX-License-Identifier: GPL-2.0-only
#include "unwind.h"

#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process_maps.h"

/* The one whose stack was asked for the longest time ago makes room. */
#define MAX_PROCESSES_KEPT 16

/* What is known of process_maps.mappings, one by one. */
struct mapped_file {
	bool is_known;
	struct symbol_file *file; /* NULL: not an ELF file, or not to be had */
};

struct mapped_process {
	struct process_key key; /* pid 0: not in use */
	uint64_t last_use;
	struct process_maps maps;
	struct mapped_file *files;
	Dwfl *dwfl; /* NULL until it is needed */
	bool attached;
	const struct porttrace_stack *stack; /* what is unwound now */
	bool beyond_copy; /* the last step wanted memory that was not copied */
	struct unwound_stack *unwound;
};

struct unwinder {
	struct symbol_files *files;
	struct mapped_process processes[MAX_PROCESSES_KEPT];
	uint64_t now; /* counts uses */
};

#if defined(__x86_64__)
#define REGISTER_SET REGISTERS_X86_64
#define NR_REGISTERS 17
#define STACK_POINTER 7
#define PC 16
#elif defined(__aarch64__)
#define REGISTER_SET REGISTERS_ARM64
#define NR_REGISTERS 32
#define STACK_POINTER 31
#define PC 32
#else
#error "which registers has this architecture, by their DWARF numbers? see bpf/stack.bpf.c"
#endif

struct unwinder *unwinder_new(struct symbol_files *files)
{
	struct unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (unwinder)
		unwinder->files = files;
	return unwinder;
}

/* The maps are out of date: forgets all that was found in them. */
static void forget_modules(struct mapped_process *process)
{
	if (process->dwfl)
		dwfl_end(process->dwfl);
	process->dwfl = NULL;
	process->attached = false;
	free(process->files);
	process->files = NULL;
}

static void forget_process(struct mapped_process *process)
{
	forget_modules(process);
	process_maps_done(&process->maps);
	process->key.pid = 0;
}

void unwinder_free(struct unwinder *unwinder)
{
	size_t i;

	for (i = 0; unwinder && i < MAX_PROCESSES_KEPT; i++)
		if (unwinder->processes[i].key.pid)
			forget_process(&unwinder->processes[i]);
	free(unwinder);
}

static int read_maps(struct mapped_process *process)
{
	int err;

	forget_modules(process);
	err = process_maps_read(&process->maps);
	if (err)
		return err;
	process->files = calloc(process->maps.nr_mappings, sizeof(*process->files));
	return process->files ? 0 : -1;
}

static struct mapped_process *open_process(struct unwinder *unwinder, struct process_key key)
{
	struct mapped_process *process, *oldest = unwinder->processes;
	size_t i;

	for (i = 0; i < MAX_PROCESSES_KEPT; i++) {
		process = &unwinder->processes[i];
		if (process->key.pid == key.pid && process->key.started == key.started)
			return process;
		if (process->last_use < oldest->last_use)
			oldest = process;
	}
	if (oldest->key.pid)
		forget_process(oldest);
	if (process_maps_open(&oldest->maps, key))
		return NULL;
	oldest->key = key;
	if (!read_maps(oldest))
		return oldest;
	forget_process(oldest);
	return NULL;
}

static struct symbol_file *file_of(struct unwinder *unwinder, struct mapped_process *process,
				   const struct mapping *mapping)
{
	struct mapped_file *known = &process->files[mapping - process->maps.mappings];
	int fd;

	if (known->is_known || !mapping->name)
		return known->file;
	known->is_known = true;
	fd = process_maps_open_file(&process->maps, mapping);
	if (fd >= 0)
		known->file = symbol_file_get(unwinder->files, fd, mapping->name);
	return known->file;
}

static struct unwound_frame frame_at(struct unwinder *unwinder, struct mapped_process *process,
				     uint64_t address)
{
	struct unwound_frame frame = { .address = address };
	const struct mapping *mapping = process_maps_find(&process->maps, address);

	if (!mapping)
		return frame;
	frame.offset = address - mapping->start + mapping->offset;
	frame.file_name = mapping->name;
	frame.file = file_of(unwinder, process, mapping);
	return frame;
}

/*
 * The kernel knew what was mapped at that moment, and its walk begins at the same place as ours.
 * It is another program by now after an execve().
 */
static bool agrees(const struct porttrace_stack *stack, const struct unwound_frame *frame)
{
	const struct user_frame *first = stack->user;
	const struct build_id *id;

	if (!stack->nr_user || first->status == FRAME_EMPTY)
		return true;
	if (first->status != FRAME_BUILD_ID)
		return first->offset == frame->address;
	id = frame->file ? symbol_file_id(frame->file) : NULL;
	return id && id->is_known && first->offset == frame->offset &&
	       !memcmp(first->build_id, id->bytes, sizeof(id->bytes));
}

/* Whether the maps are those of the program that the stack is of; reads them again if need be. */
static bool has_right_maps(struct unwinder *unwinder, struct mapped_process *process,
			   const struct porttrace_stack *stack)
{
	struct unwound_frame frame = frame_at(unwinder, process, stack->registers[PC]);

	if (agrees(stack, &frame))
		return true;
	if (read_maps(process)) {
		forget_process(process);
		return false;
	}
	frame = frame_at(unwinder, process, stack->registers[PC]);
	return agrees(stack, &frame);
}

/*
 * What libdwfl asks for
 */

static int no_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		   char **file_name, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)file_name, (void)elf;
	return -1;
}

/* Tables for unwinding are in the files themselves. */
static int no_debug_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			 const char *file, const char *link, GElf_Word crc, char **ret_name)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc;
	(void)ret_name;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = no_file,
	.find_debuginfo = no_debug_file,
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return dwfl_pid(dwfl);
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
	(void)dwfl, (void)tid;
	*thread_arg = arg;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *arg)
{
	struct mapped_process *process = arg;
	const struct porttrace_stack *stack = process->stack;
	uint64_t at = address - stack->registers[STACK_POINTER];

	(void)dwfl;
	if (at >= stack->nr_copied || stack->nr_copied - at < sizeof(*ret_word)) {
		process->beyond_copy = true;
		return false;
	}
	memcpy(ret_word, stack->copy + at, sizeof(*ret_word));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct mapped_process *process = arg;
	Dwarf_Word registers[NR_REGISTERS];

	memcpy(registers, process->stack->registers, sizeof(registers));
	dwfl_thread_state_register_pc(thread, process->stack->registers[PC]);
	return dwfl_thread_state_registers(thread, 0, NR_REGISTERS, registers);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

/*
 * Tells libdwfl of the file that a frame is in, just before it needs it: a process can have
 * thousands, of which a stack goes through few.
 */
static bool report(struct mapped_process *process, const struct unwound_frame *frame)
{
	uint64_t bias;
	char name[32];
	Dwfl_Module *module;
	int fd;

	if (!frame->file || dwfl_addrmodule(process->dwfl, frame->address))
		return true;
	if (!symbol_file_bias(frame->file, frame->offset, frame->address, &bias))
		return false;
	fd = symbol_file_dup(frame->file);
	if (fd < 0)
		return false;
	snprintf(name, sizeof(name), "%" PRIx64, bias);
	dwfl_report_begin_add(process->dwfl);
	module = dwfl_report_elf(process->dwfl, name, name, fd, bias, true);
	if (!module)
		close(fd);
	dwfl_report_end(process->dwfl, NULL, NULL);
	return module;
}

static bool table_covers(Dwarf_CFI *table, uint64_t address)
{
	Dwarf_Frame *frame = NULL;
	bool covers = table && !dwarf_cfi_addrframe(table, address, &frame);

	free(frame);
	return covers;
}

/* Without a table, as in code that was compiled at run time, libdwfl goes by frame pointers. */
static bool has_table(Dwfl *dwfl, uint64_t address)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
	Dwarf_Addr bias;
	Dwarf_CFI *table;

	if (!module)
		return false;
	table = dwfl_module_eh_cfi(module, &bias);
	if (table_covers(table, address - bias))
		return true;
	table = dwfl_module_dwarf_cfi(module, &bias);
	return table_covers(table, address - bias);
}

struct walk {
	struct unwinder *unwinder;
	struct mapped_process *process;
	bool unmapped; /* it ended where nothing is mapped */
};

static int on_frame(Dwfl_Frame *state, void *arg)
{
	struct walk *walk = arg;
	struct unwound_stack *unwound = walk->process->unwound;
	struct unwound_frame *frame = &unwound->frames[unwound->nr_frames];
	Dwarf_Addr address;
	bool is_activation;

	if (unwound->nr_frames == MAX_UNWOUND_FRAMES || !dwfl_frame_pc(state, &address, NULL))
		return DWARF_CB_ABORT;
	walk->unmapped = !process_maps_find(&walk->process->maps, address);
	if (walk->unmapped)
		return DWARF_CB_ABORT;
	*frame = frame_at(walk->unwinder, walk->process, address);
	walk->process->beyond_copy = false;
	/* To ask for the other half of it is to unwind one step further. */
	if (!report(walk->process, frame) || !dwfl_frame_pc(state, &address, &is_activation))
		return DWARF_CB_ABORT;
	frame->is_return = !is_activation;
	frame->has_table = has_table(walk->process->dwfl, address - frame->is_return);
	unwound->nr_frames++;
	return DWARF_CB_OK;
}

/* libdwfl knows the architecture by its first file. */
static bool attach(struct mapped_process *process, const struct unwound_frame *first)
{
	if (!process->dwfl)
		process->dwfl = dwfl_begin(&callbacks);
	if (!process->dwfl || !first->file || !report(process, first))
		return false;
	if (!process->attached)
		process->attached = dwfl_attach_state(process->dwfl, NULL, (pid_t)process->key.pid,
						      &thread_callbacks, process);
	return process->attached;
}

/*
 * False: it ended where nothing is mapped; something may be by now, loaded by dlopen(). For libdwfl,
 * a return address that cannot be read is the end of the stack as well.
 */
static bool walk_stack(struct unwinder *unwinder, struct mapped_process *process,
		       const struct porttrace_stack *stack, struct unwound_stack *ret_stack)
{
	struct walk walk = { .unwinder = unwinder, .process = process };
	struct unwound_frame first = frame_at(unwinder, process, stack->registers[PC]);

	process->stack = stack;
	process->unwound = ret_stack;
	ret_stack->nr_frames = 0;
	if (attach(process, &first))
		ret_stack->complete =
			!dwfl_getthread_frames(process->dwfl, (pid_t)process->key.pid, on_frame,
					       &walk) &&
			!process->beyond_copy;
	return !walk.unmapped;
}

void unwind(struct unwinder *unwinder, const struct porttrace_stack *stack,
	    struct process_key key, struct unwound_stack *ret_stack)
{
	struct mapped_process *process;

	ret_stack->nr_frames = 0;
	ret_stack->complete = false;
	if (stack->register_set != REGISTER_SET || stack->nr_copied > sizeof(stack->copy) ||
	    !key.pid)
		return;
	process = open_process(unwinder, key);
	if (!process)
		return;
	process->last_use = ++unwinder->now;
	if (!has_right_maps(unwinder, process, stack))
		return;
	if (walk_stack(unwinder, process, stack, ret_stack))
		return;
	ret_stack->nr_frames = 0;
	if (read_maps(process))
		forget_process(process);
	else
		walk_stack(unwinder, process, stack, ret_stack);
}
