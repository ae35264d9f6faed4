// SPDX-License-Identifier: GPL-2.0-only
#include "stack_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "kernel_symbol.h"
#include "symbol.h"
#include "unwind.h"

/* No file of code is that large. */
#define MAX_FILE_OFFSET (1ULL << 40)

struct stack_lookup {
	struct symbol_files *files;
	struct unwinder *unwinder;
	struct kernel_symbols *kernel;
};

void stack_lookup_free(struct stack_lookup *lookup)
{
	if (!lookup)
		return;
	unwinder_free(lookup->unwinder);
	symbol_files_free(lookup->files);
	kernel_symbols_free(lookup->kernel);
	free(lookup);
}

struct stack_lookup *stack_lookup_new(void)
{
	struct stack_lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return NULL;
	lookup->files = symbol_files_new();
	lookup->unwinder = lookup->files ? unwinder_new(lookup->files) : NULL;
	lookup->kernel = kernel_symbols_new(KALLSYMS);
	if (lookup->unwinder && lookup->kernel)
		return lookup;
	stack_lookup_free(lookup);
	return NULL;
}

void stack_lookup_prepare(struct stack_lookup *lookup)
{
	kernel_symbols_read(lookup->kernel);
}

bool stack_lookup_full(const struct stack_lookup *lookup)
{
	return symbol_files_full(lookup->files);
}

/*
 * The kernel's stack
 */

/* How a probe gets from the function that it is at to the program that takes the stack. */
static bool is_of_probe(const char *name)
{
	static const char *const prefixes[] = {
		"bpf_",		"__bpf_",    "trace_call_bpf", "__traceiter_", "perf_",
		"kprobe_",	"__kprobe",  "kretprobe_",     "ftrace_",
	};
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static const char *kernel_name(struct stack_lookup *lookup, uint64_t address)
{
	return lookup ? kernel_symbol_name(lookup->kernel, address) : NULL;
}

/*
 * Trampolines and BPF programs may be younger than the list of names: those have none. If nothing
 * has a name, the kernel hides them, and all is told.
 */
static size_t first_of_kernel(struct stack_lookup *lookup, const uint64_t *addresses, size_t nr)
{
	bool has_names = false;
	const char *name;
	size_t i;

	for (i = 0; i < nr; i++) {
		name = kernel_name(lookup, addresses[i]);
		if (name && !is_of_probe(name))
			return i;
		has_names |= name != NULL;
	}
	return has_names ? nr : 0;
}

static void add_kernel_frames(struct stack_lookup *lookup, const struct porttrace_stack *stack,
			      struct stack_frames *frames)
{
	size_t i, nr = stack->nr_kernel < MAX_KERNEL_FRAMES ? stack->nr_kernel : MAX_KERNEL_FRAMES;
	uint64_t addresses[MAX_KERNEL_FRAMES];
	const char *name;

	for (i = 0; i < nr; i++)
		addresses[i] = stack->kernel[i];
	for (i = first_of_kernel(lookup, addresses, nr); i < nr; i++) {
		name = kernel_name(lookup, addresses[i]);
		if (name)
			stack_frames_add(frames, name);
		else
			stack_frames_add_address(frames, addresses[i]);
	}
	frames->nr_certain = frames->nr_names;
	frames->cut = nr == MAX_KERNEL_FRAMES;
}

/*
 * The program's stack
 */

static void add_unwound(const struct unwound_frame *frame, struct stack_frames *frames)
{
	const struct build_id *id = frame->file ? symbol_file_id(frame->file) : NULL;

	if (frame->file && symbol_file_names(frame->file, frame->offset, frame->is_return, frames))
		return;
	if (frame->file_name)
		stack_frames_add_place(frames, frame->file_name,
				       id && id->is_known ? id->bytes : NULL, frame->offset);
	else
		stack_frames_add_address(frames, frame->address);
}

/* The first one is where the program is, the others are where calls return to. */
static void add_walked(struct stack_lookup *lookup, const struct user_frame *frame, bool is_return,
		       struct stack_frames *frames)
{
	struct build_id id = { .is_known = true };
	struct symbol_file *file;

	if (frame->status != FRAME_BUILD_ID) {
		stack_frames_add_address(frames, frame->offset);
		return;
	}
	memcpy(id.bytes, frame->build_id, sizeof(id.bytes));
	file = lookup ? symbol_file_find(lookup->files, &id) : NULL;
	if (!file || !symbol_file_names(file, frame->offset, is_return, frames))
		stack_frames_add_place(frames, file ? symbol_file_name(file) : NULL, id.bytes,
				       frame->offset);
}

static bool is_same(const struct unwound_frame *unwound, const struct user_frame *walked)
{
	const struct build_id *id = unwound->file ? symbol_file_id(unwound->file) : NULL;

	if (walked->status != FRAME_BUILD_ID)
		return walked->status == FRAME_ADDRESS && walked->offset == unwound->address;
	return id && id->is_known && walked->offset == unwound->offset &&
	       !memcmp(walked->build_id, id->bytes, sizeof(id->bytes));
}

/* The first frame of the kernel's walk that is further out than what was unwound. */
static size_t walk_goes_on_at(const struct unwound_stack *unwound, const struct user_frame *walked,
			      size_t nr_walked)
{
	size_t i;

	if (!unwound->nr_frames)
		return 0;
	for (i = 0; i < nr_walked; i++)
		if (is_same(&unwound->frames[unwound->nr_frames - 1], &walked[i]))
			return i + 1;
	return nr_walked;
}

/*
 * Where a program has no frame pointers, the walk finds what happens to be there. From the first
 * frame on that cannot be code of a file, none is told. There are holes between mappings, too,
 * for which the kernel gives an offset before the beginning of the next file.
 */
static size_t nr_plausible(const struct porttrace_stack *stack)
{
	size_t i, nr = stack->nr_user < MAX_USER_FRAMES ? stack->nr_user : MAX_USER_FRAMES;

	/* The first one is where the program was, whatever that is. */
	for (i = 1; i < nr; i++)
		if (stack->user[i].status != FRAME_BUILD_ID ||
		    stack->user[i].offset >= MAX_FILE_OFFSET)
			break;
	return i < nr ? i : nr;
}

static void add_user_frames(struct stack_lookup *lookup, const struct porttrace_stack *stack,
			    struct process_key process, struct stack_frames *frames)
{
	size_t i, nr = nr_plausible(stack);
	struct unwound_stack unwound = {};
	bool certain = true;

	if (lookup)
		unwind(lookup->unwinder, stack, process, &unwound);
	for (i = 0; i < unwound.nr_frames; i++) {
		add_unwound(&unwound.frames[i], frames);
		if (certain)
			frames->nr_certain = frames->nr_names;
		certain &= unwound.frames[i].has_table;
	}
	if (unwound.complete)
		return;
	for (i = walk_goes_on_at(&unwound, stack->user, nr); i < nr; i++) {
		add_walked(lookup, &stack->user[i], i > 0, frames);
		if (!i)
			frames->nr_certain = frames->nr_names;
	}
	/* A walk by frame pointers ends where there are none: that is seldom the end. */
	frames->cut = frames->nr_names;
}

/* The program first: it may end at any moment. */
void stack_lookup_names(struct stack_lookup *lookup, const struct porttrace_stack *stack,
			struct process_key process, struct stack_names *names)
{
	add_user_frames(lookup, stack, process, &names->user);
	add_kernel_frames(lookup, stack, &names->kernel);
}
