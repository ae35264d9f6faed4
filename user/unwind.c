// SPDX-License-Identifier: GPL-2.0-only
#include "unwind.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mapped_process.h"

/* The one whose stack was asked for the longest time ago makes room. */
#define MAX_PROCESSES_KEPT 16

struct known_process {
	struct mapped_process mapped;
	uint64_t last_use;
	Dwfl *dwfl; /* NULL until it is needed */
	bool attached;
};

/* One stack. */
struct walk {
	struct symbol_files *files;
	struct known_process *process;
	const struct porttrace_stack *stack;
	struct unwound_stack *unwound;
	bool beyond_copy; /* the last step wanted memory that was not copied */
	bool unmapped;	  /* it ended where nothing is mapped */
};

struct unwinder {
	struct symbol_files *files;
	struct known_process processes[MAX_PROCESSES_KEPT];
	uint64_t now;	  /* counts uses */
	struct walk walk; /* the one that libdwfl knows of, by its address */
};

#if defined(__x86_64__)
#define REGISTER_SET REGISTERS_X86_64
#define NR_REGISTERS 17
#define STACK_POINTER 7
#define PC 16
#define ADDRESS_MASK UINT64_MAX
#elif defined(__aarch64__)
#define REGISTER_SET REGISTERS_ARM64
#define NR_REGISTERS 32
#define STACK_POINTER 31
#define PC 32
#define ADDRESS_MASK ((1ULL << 48) - 1)
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

static void forget_modules(struct known_process *process)
{
	if (process->dwfl)
		dwfl_end(process->dwfl);
	process->dwfl = NULL;
	process->attached = false;
}

static void forget_process(struct known_process *process)
{
	forget_modules(process);
	mapped_process_close(&process->mapped);
}

void unwinder_free(struct unwinder *unwinder)
{
	size_t i;

	for (i = 0; unwinder && i < MAX_PROCESSES_KEPT; i++)
		if (unwinder->processes[i].mapped.key.pid)
			forget_process(&unwinder->processes[i]);
	free(unwinder);
}

static struct known_process *find_process(struct unwinder *unwinder, struct process_key key)
{
	struct known_process *process, *oldest = unwinder->processes;
	size_t i;

	for (i = 0; i < MAX_PROCESSES_KEPT; i++) {
		process = &unwinder->processes[i];
		if (process->mapped.key.pid == key.pid &&
		    process->mapped.key.started == key.started)
			return process;
		if (process->last_use < oldest->last_use)
			oldest = process;
	}
	if (oldest->mapped.key.pid)
		forget_process(oldest);
	return mapped_process_open(&oldest->mapped, key) ? NULL : oldest;
}

/* The maps are out of date. False: they are as before, or the process is gone. */
static bool read_again(struct known_process *process)
{
	int err = mapped_process_read(&process->mapped);

	if (err == -EAGAIN)
		return false;
	forget_modules(process);
	if (err)
		forget_process(process);
	return !err;
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
static bool has_right_maps(const struct walk *walk)
{
	struct mapped_process *mapped = &walk->process->mapped;
	uint64_t pc = walk->stack->registers[PC];
	struct unwound_frame frame = mapped_process_frame(mapped, walk->files, pc);

	if (agrees(walk->stack, &frame))
		return true;
	if (!read_again(walk->process))
		return false;
	frame = mapped_process_frame(mapped, walk->files, pc);
	return agrees(walk->stack, &frame);
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

/*
 * With pointer authentication (arm64), programs sign return addresses in the bits above the address
 * itself, of which libdwfl knows nothing. Such a word leads to code when the signature is off.
 */
static uint64_t without_signature(const struct walk *walk, uint64_t word)
{
	uint64_t address = word & ADDRESS_MASK;

	if (address == word || !mapped_process_has(&walk->process->mapped, address))
		return word;
	return address;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *arg)
{
	struct walk *walk = arg;
	const struct porttrace_stack *stack = walk->stack;
	uint64_t at = address - stack->registers[STACK_POINTER];

	(void)dwfl;
	if (at >= stack->nr_copied || stack->nr_copied - at < sizeof(*ret_word)) {
		walk->beyond_copy = true;
		return false;
	}
	memcpy(ret_word, stack->copy + at, sizeof(*ret_word));
	*ret_word = without_signature(walk, *ret_word);
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct walk *walk = arg;
	Dwarf_Word registers[NR_REGISTERS];

	size_t i;

	for (i = 0; i < NR_REGISTERS; i++)
		registers[i] = without_signature(walk, walk->stack->registers[i]);
	dwfl_thread_state_register_pc(thread, walk->stack->registers[PC]);
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
static bool report(struct known_process *process, const struct unwound_frame *frame)
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

static int on_frame(Dwfl_Frame *state, void *arg)
{
	struct walk *walk = arg;
	struct known_process *process = walk->process;
	struct unwound_stack *unwound = walk->unwound;
	struct unwound_frame *frame = &unwound->frames[unwound->nr_frames];
	Dwarf_Addr address;
	bool is_activation;

	if (unwound->nr_frames == MAX_UNWOUND_FRAMES || !dwfl_frame_pc(state, &address, NULL))
		return DWARF_CB_ABORT;
	walk->unmapped = !mapped_process_has(&process->mapped, address);
	if (walk->unmapped)
		return DWARF_CB_ABORT;
	*frame = mapped_process_frame(&process->mapped, walk->files, address);
	walk->beyond_copy = false;
	/* To ask for the other half of it is to unwind one step further. */
	if (!report(process, frame) || !dwfl_frame_pc(state, &address, &is_activation))
		return DWARF_CB_ABORT;
	frame->is_return = !is_activation;
	frame->has_table = has_table(process->dwfl, address - frame->is_return);
	unwound->nr_frames++;
	return DWARF_CB_OK;
}

/* libdwfl knows the architecture by its first file. */
static bool attach(struct walk *walk)
{
	struct known_process *process = walk->process;
	struct unwound_frame first =
		mapped_process_frame(&process->mapped, walk->files, walk->stack->registers[PC]);

	if (!process->dwfl)
		process->dwfl = dwfl_begin(&callbacks);
	if (!process->dwfl || !first.file || !report(process, &first))
		return false;
	if (!process->attached)
		process->attached = dwfl_attach_state(process->dwfl, NULL,
						      (pid_t)process->mapped.key.pid,
						      &thread_callbacks, walk);
	return process->attached;
}

/* For libdwfl, a return address that cannot be read is the end of the stack as well. */
static void walk_stack(struct walk *walk)
{
	pid_t pid = (pid_t)walk->process->mapped.key.pid;

	walk->unwound->nr_frames = 0;
	walk->unmapped = false;
	if (attach(walk))
		walk->unwound->complete =
			!dwfl_getthread_frames(walk->process->dwfl, pid, on_frame, walk) &&
			!walk->beyond_copy;
}

void unwind(struct unwinder *unwinder, const struct porttrace_stack *stack,
	    struct process_key key, struct unwound_stack *ret_stack)
{
	struct walk *walk = &unwinder->walk;

	ret_stack->nr_frames = 0;
	ret_stack->complete = false;
	if (stack->register_set != REGISTER_SET || stack->nr_copied > sizeof(stack->copy) ||
	    !key.pid)
		return;
	*walk = (struct walk){ .files = unwinder->files, .stack = stack, .unwound = ret_stack };
	walk->process = find_process(unwinder, key);
	if (!walk->process)
		return;
	walk->process->last_use = ++unwinder->now;
	if (!has_right_maps(walk))
		return;
	walk_stack(walk);
	/* Something may be mapped there by now, loaded by dlopen(). */
	if (walk->unmapped && read_again(walk->process))
		walk_stack(walk);
}
