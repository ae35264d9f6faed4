// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks: the kernel's own walks, and what user space needs to walk better.
 *
 * The kernel walks user stacks by frame pointers, which most programs do not have, and which lead
 * past the caller of a function without a frame, as connect() of the C library is one. So the
 * registers and the top of the stack are copied, and unwound by the programs' own tables. The
 * kernel's walk is taken, too: with build ids and offsets in files it is true when the process is
 * gone before anybody looks.
 */
#include "stack.bpf.h"

/* include/linux/sched.h: threads without a user stack of their own. */
#define PF_IO_WORKER 0x00000010 /* of io_uring; threads of the kernel before 5.12 */
#define PF_KTHREAD 0x00200000

static bool has_user_stack(const struct task_struct *task)
{
	return !(BPF_CORE_READ(task, flags) & (PF_IO_WORKER | PF_KTHREAD));
}

/*
 * What differs by architecture: copies the registers by their DWARF numbers, and gives the stack
 * pointer, or 0 if this is not a 64-bit program.
 */
#if defined(__TARGET_ARCH_x86)

static unsigned long take_registers(const struct pt_regs *regs, struct porttrace_stack *stack)
{
	if (!is_64_bit(regs))
		return 0;
	stack->registers[0] = BPF_CORE_READ(regs, ax);
	stack->registers[1] = BPF_CORE_READ(regs, dx);
	stack->registers[2] = BPF_CORE_READ(regs, cx);
	stack->registers[3] = BPF_CORE_READ(regs, bx);
	stack->registers[4] = BPF_CORE_READ(regs, si);
	stack->registers[5] = BPF_CORE_READ(regs, di);
	stack->registers[6] = BPF_CORE_READ(regs, bp);
	stack->registers[7] = BPF_CORE_READ(regs, sp);
	stack->registers[8] = BPF_CORE_READ(regs, r8);
	stack->registers[9] = BPF_CORE_READ(regs, r9);
	stack->registers[10] = BPF_CORE_READ(regs, r10);
	stack->registers[11] = BPF_CORE_READ(regs, r11);
	stack->registers[12] = BPF_CORE_READ(regs, r12);
	stack->registers[13] = BPF_CORE_READ(regs, r13);
	stack->registers[14] = BPF_CORE_READ(regs, r14);
	stack->registers[15] = BPF_CORE_READ(regs, r15);
	stack->registers[16] = BPF_CORE_READ(regs, ip);
	stack->register_set = REGISTERS_X86_64;
	return stack->registers[7];
}

#elif defined(__TARGET_ARCH_arm64)

static unsigned long take_registers(const struct pt_regs *regs, struct porttrace_stack *stack)
{
	if (!is_64_bit(regs))
		return 0;
	/* regs[31], sp and pc follow each other, as they do in DWARF. */
	if (bpf_probe_read_kernel(stack->registers, 33 * sizeof(__u64), regs))
		return 0;
	stack->register_set = REGISTERS_ARM64;
	return stack->registers[31];
}

#endif

/*
 * The stack can end, or not be in memory, anywhere: halves that are tried in turn give all that
 * can be read. What was copied is read back from *stack each time, since a number that the
 * verifier knew would have it walk through all their combinations.
 */
static void copy_stack(unsigned long pointer, struct porttrace_stack *stack)
{
	volatile __u32 *nr_copied = &stack->nr_copied;
	__u32 size, done;

#pragma unroll
	for (size = STACK_COPY_BYTES; size >= sizeof(__u64); size /= 2) {
		done = *nr_copied;
		if (done > STACK_COPY_BYTES - size)
			return;
		if (!bpf_probe_read_user(stack->copy + done, size, (void *)(pointer + done)))
			*nr_copied = done + size;
	}
}

static __u32 nr_frames(long bytes, __u32 size)
{
	return bytes > 0 ? (__u32)bytes / size : 0;
}

__hidden void take_stack(void *ctx, bool has_kernel_stack, struct porttrace_stack *stack)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();
	unsigned long pointer;
	long bytes = 0;

	stack->nr_user = 0;
	stack->nr_copied = 0;
	stack->register_set = REGISTERS_NONE;
	if (has_kernel_stack)
		bytes = bpf_get_stack(ctx, stack->kernel, sizeof(stack->kernel), 0);
	stack->nr_kernel = nr_frames(bytes, sizeof(stack->kernel[0]));
	if (!has_user_stack(task))
		return;
	bytes = bpf_get_stack(ctx, stack->user, sizeof(stack->user),
			      BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	stack->nr_user = nr_frames(bytes, sizeof(stack->user[0]));
	pointer = take_registers(registers_of_current(), stack);
	if (pointer)
		copy_stack(pointer, stack);
}
