// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls of 32-bit programs, by the gate that they use: int $0x80 takes a 64-bit
 * program's registers for 32-bit ones, so all that is pointed to has to be below 4 GiB.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "plan.h"

#ifdef __x86_64__

/* arch/x86/entry/syscalls/syscall_32.tbl */
#define NR_GETPID 20
#define NR_SOCKETCALL 102
#define NR_BIND 361
#define NR_CONNECT 362
#define NR_LISTEN 363
#define NR_SENDTO 369

/* uapi/linux/net.h */
enum {
	SOCKETCALL_BIND = 2,
	SOCKETCALL_CONNECT = 3,
	SOCKETCALL_LISTEN = 4,
	SOCKETCALL_SENDTO = 11,
};

/* What the kernel is pointed to. */
static struct low_memory {
	union address address;
	uint32_t args[6]; /* of socketcall() */
	char bytes[64];
} *low;

/* The sixth argument is in ebp, which the compiler may need for itself. */
static int call32(uint32_t number, const uint32_t args[6])
{
	int result;
	uint64_t sixth = args[5];

	__asm__ volatile("push %%rbp\n\tmov %[sixth], %%rbp\n\tint $0x80\n\tpop %%rbp"
			 : "=a"(result)
			 : "a"(number), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
			   "D"(args[4]), [sixth] "r"(sixth)
			 : "r8", "r9", "r10", "r11", "memory");
	return result;
}

static uint32_t low_address_of(const void *memory)
{
	return (uintptr_t)memory;
}

/* Without IA32_EMULATION there is no such gate, and whoever tries it is killed. */
static bool is_there(void)
{
	static const uint32_t none[6];
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(call32(NR_GETPID, none) != getpid());
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static void open_gate(void)
{
	if (low)
		return;
	if (!is_there())
		plan_skipped("no 32-bit system calls here");
	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		plan_failed("no memory below 4 GiB: %s", strerror(errno));
}

static uint32_t lower_address(const union address *to)
{
	low->address = *to;
	return low_address_of(&low->address);
}

static uint32_t lower_bytes(const void *bytes, size_t nr)
{
	if (nr > sizeof(low->bytes))
		plan_failed("more than %zu bytes to send", sizeof(low->bytes));
	memcpy(low->bytes, bytes, nr);
	return low_address_of(low->bytes);
}

/* One of the calls, by its own number or by that of socketcall(). */
static int direct(uint32_t number, uint32_t unused, const uint32_t args[6])
{
	(void)unused;
	return call32(number, args);
}

static int multiplexed(uint32_t unused, uint32_t call, const uint32_t args[6])
{
	const uint32_t outer[6] = { call, low_address_of(low->args) };

	(void)unused;
	memcpy(low->args, args, sizeof(low->args));
	return call32(NR_SOCKETCALL, outer);
}

static int (*enter)(uint32_t number, uint32_t call, const uint32_t args[6]) = direct;

static int ia32_bind(int fd, const union address *to)
{
	const uint32_t args[6] = { fd, lower_address(to), address_len(to) };

	return enter(NR_BIND, SOCKETCALL_BIND, args);
}

static int ia32_connect(int fd, const union address *to)
{
	const uint32_t args[6] = { fd, lower_address(to), address_len(to) };

	return enter(NR_CONNECT, SOCKETCALL_CONNECT, args);
}

static int ia32_listen(int fd, int backlog)
{
	const uint32_t args[6] = { fd, backlog };

	return enter(NR_LISTEN, SOCKETCALL_LISTEN, args);
}

static int ia32_sendto(int fd, const void *bytes, size_t nr, int flags, const union address *to)
{
	const uint32_t args[6] = { fd,	  lower_bytes(bytes, nr), nr,
				   flags, lower_address(to),	  address_len(to) };

	return enter(NR_SENDTO, SOCKETCALL_SENDTO, args);
}

static void open_direct(void)
{
	open_gate();
	enter = direct;
}

static void open_multiplexed(void)
{
	open_gate();
	enter = multiplexed;
}

#define CALLS \
	.bind = ia32_bind, .connect = ia32_connect, .listen = ia32_listen, .sendto = ia32_sendto

#else

static void open_direct(void)
{
	plan_skipped("no 32-bit system calls here");
}

#define open_multiplexed open_direct
#define CALLS .bind = NULL

#endif

const struct gate gate_ia32 = { .name = "ia32", .open = open_direct, CALLS };
const struct gate gate_socketcall = { .name = "socketcall", .open = open_multiplexed, CALLS };
