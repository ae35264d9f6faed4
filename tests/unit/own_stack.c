// SPDX-License-Identifier: GPL-2.0-only
#include "own_stack.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "unit.h"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

struct process_key key_of(pid_t pid)
{
	struct process_key key = { .pid = (uint32_t)pid };
	char path[64], text[1024] = "", *field;
	int64_t since_boot, suspended;
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	field = strrchr(text, ')');
	for (i = 2; i < 22; i++)
		field = strchr(field + 1, ' ');
	since_boot = strtoll(field, NULL, 10) * (1000000000LL / sysconf(_SC_CLK_TCK));
	suspended = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);
	key.started = (uint32_t)((since_boot - suspended) >> 20);
	return key;
}

struct process_key key_of_the_dead(void)
{
	struct process_key key;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	key = key_of(pid);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return key;
}

static void copy_memory(pid_t pid, uint64_t from, struct porttrace_stack *stack)
{
	struct iovec local = { stack->copy, sizeof(stack->copy) };
	/* Page by page: what cannot be read ends it. */
	struct iovec remote[5];
	size_t i, first = 4096 - from % 4096, left = sizeof(stack->copy) - first;
	ssize_t size;

	remote[0] = (struct iovec){ (void *)from, first };
	for (i = 1; i < 5; i++) {
		remote[i] = (struct iovec){ (void *)(from + first + (i - 1) * 4096),
					    left < 4096 ? left : 4096 };
		left -= remote[i].iov_len;
	}
	size = process_vm_readv(pid, &local, 1, remote, 5, 0);
	assert_true(size > 0);
	stack->nr_copied = (uint32_t)size & ~7U;
}

void take_own_stack(struct porttrace_stack *stack)
{
	ucontext_t context;
	uint64_t pointer;

	memset(stack, 0, sizeof(*stack));
	assert_int_equal(getcontext(&context), 0);
#if defined(__x86_64__)
	static const int by_dwarf[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
					REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
					REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP };
	size_t i;

	for (i = 0; i < sizeof(by_dwarf) / sizeof(by_dwarf[0]); i++)
		stack->registers[i] = (uint64_t)context.uc_mcontext.gregs[by_dwarf[i]];
	stack->register_set = REGISTERS_X86_64;
	pointer = stack->registers[7];
#elif defined(__aarch64__)
	memcpy(stack->registers, context.uc_mcontext.regs, 31 * 8);
	stack->registers[31] = context.uc_mcontext.sp;
	stack->registers[32] = context.uc_mcontext.pc;
	stack->register_set = REGISTERS_ARM64;
	pointer = stack->registers[31];
#endif
	copy_memory(getpid(), pointer, stack);
}

void take_traced_stack(pid_t pid, struct porttrace_stack *stack)
{
	uint64_t pointer;
#if defined(__x86_64__)
	struct user_regs_struct regs;
	struct iovec iovec = { &regs, sizeof(regs) };

	memset(stack, 0, sizeof(*stack));
	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iovec), 0);
	const uint64_t by_dwarf[] = { regs.rax, regs.rdx, regs.rcx, regs.rbx, regs.rsi, regs.rdi,
				      regs.rbp, regs.rsp, regs.r8,  regs.r9,  regs.r10, regs.r11,
				      regs.r12, regs.r13, regs.r14, regs.r15, regs.rip };

	memcpy(stack->registers, by_dwarf, sizeof(by_dwarf));
	stack->register_set = REGISTERS_X86_64;
	pointer = regs.rsp;
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	struct iovec iovec = { &regs, sizeof(regs) };

	memset(stack, 0, sizeof(*stack));
	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iovec), 0);
	memcpy(stack->registers, &regs, MAX_REGISTERS * 8);
	stack->register_set = REGISTERS_ARM64;
	pointer = regs.sp;
#endif
	copy_memory(pid, pointer, stack);
}

uint64_t pc_of(const struct porttrace_stack *stack)
{
	return stack->registers[stack->register_set == REGISTERS_ARM64 ? 32 : 16];
}

struct search {
	uint8_t *id;
	bool found;
	uint64_t code;
	uint64_t offset;
};

static bool find_note(const char *at, const char *end, uint8_t id[20])
{
	ElfW(Nhdr) note;

	while (at + sizeof(note) <= end) {
		memcpy(&note, at, sizeof(note));
		at += sizeof(note);
		if (note.n_type == NT_GNU_BUILD_ID && !memcmp(at, "GNU", 4)) {
			memcpy(id, at + 4, note.n_descsz < 20 ? note.n_descsz : 20);
			return true;
		}
		at += ((note.n_namesz + 3) & ~3U) + ((note.n_descsz + 3) & ~3U);
	}
	return false;
}

/* The program itself comes first. */
static int on_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *search = arg;
	const ElfW(Phdr) * header;
	uint64_t at;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		header = &info->dlpi_phdr[i];
		at = info->dlpi_addr + header->p_vaddr;
		if (header->p_type == PT_NOTE && search->id && !search->found)
			search->found = find_note((const char *)at,
						  (const char *)at + header->p_memsz, search->id);
		if (header->p_type == PT_LOAD && search->code - at < header->p_filesz)
			search->offset = search->code - at + header->p_offset;
	}
	return 1;
}

bool own_build_id(uint8_t id[20])
{
	struct search search = { .id = id };

	memset(id, 0, 20);
	dl_iterate_phdr(on_object, &search);
	return search.found;
}

uint64_t own_offset(const void *code)
{
	struct search search = { .code = (uintptr_t)code };

	dl_iterate_phdr(on_object, &search);
	return search.offset;
}

static volatile int calls; /* or the compiler would jump where it should call */

__attribute__((noinline)) static void own_inner(struct porttrace_stack *stack)
{
	take_own_stack(stack);
	calls++;
}

__attribute__((noinline)) static void own_middle(struct porttrace_stack *stack)
{
	own_inner(stack);
	calls++;
}

__attribute__((noinline)) void own_outer(struct porttrace_stack *stack)
{
	own_middle(stack);
	calls++;
}
