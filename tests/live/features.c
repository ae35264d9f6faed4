// SPDX-License-Identifier: GPL-2.0-only
#include "features.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* uapi/linux/in.h since 6.3, and io_uring.h since 6.11; the C library's may be older. */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#define OP_BIND 56

/* arch/x86/entry/syscalls/syscall_32.tbl */
#define NR_EXIT_32 1

/* Each is found out otherwise than the workload does. */

static bool has_ipv6(void)
{
	return !access("/proc/net/if_inet6", R_OK);
}

static bool has_mptcp(void)
{
	return !access("/proc/sys/net/mptcp", X_OK);
}

static bool has_own_range(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t range;
	socklen_t len = sizeof(range);
	bool has = fd >= 0 && !getsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, &len);

	if (fd >= 0)
		close(fd);
	return has;
}

static bool has_smp(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static bool has_steering(void)
{
	return !access("/proc/sys/net/core/rps_sock_flow_entries", R_OK);
}

/* Whether a ring can be had, and knows that operation. */
static bool has_ring_with(unsigned int operation)
{
	union {
		struct io_uring_probe head;
		char bytes[sizeof(struct io_uring_probe) + 256 * sizeof(struct io_uring_probe_op)];
	} probe = {};
	struct io_uring_params params = {};
	int fd = syscall(SYS_io_uring_setup, 1, &params);
	bool has = fd >= 0 &&
		   !syscall(SYS_io_uring_register, fd, IORING_REGISTER_PROBE, &probe, 256) &&
		   operation <= probe.head.last_op;

	if (fd >= 0)
		close(fd);
	return has;
}

static bool has_io_uring(void)
{
	return has_ring_with(IORING_OP_CONNECT);
}

static bool has_io_uring_bind(void)
{
	return has_ring_with(OP_BIND);
}

/* A process that enters the kernel by the 32-bit gate where there is none is killed. */
static bool has_ia32(void)
{
#ifdef __x86_64__
	int status = -1, number = NR_EXIT_32;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		__asm__ volatile("int $0x80" : "+a"(number) : "b"(0) : "memory");
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
#else
	return false;
#endif
}

static bool has_tap(void)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool has_reuse_delay(void)
{
	return !access("/proc/sys/net/ipv4/tcp_tw_reuse_delay", F_OK);
}

static const struct {
	unsigned int bit;
	const char *name;
	bool (*is_there)(void);
} features_table[] = {
	{ FEATURE_IPV6, "IPv6", has_ipv6 },
	{ FEATURE_MPTCP, "MPTCP", has_mptcp },
	{ FEATURE_OWN_RANGE, "IP_LOCAL_PORT_RANGE", has_own_range },
	{ FEATURE_SMP, "SMP", has_smp },
	{ FEATURE_STEERING, "RPS", has_steering },
	{ FEATURE_REUSE_DELAY, "TW_REUSE_DELAY", has_reuse_delay },
	{ FEATURE_IO_URING, "IO_URING", has_io_uring },
	{ FEATURE_IO_URING_BIND, "IO_URING_BIND", has_io_uring_bind },
	{ FEATURE_IA32, "IA32", has_ia32 },
	{ FEATURE_TAP, "TAP", has_tap },
};

const char *features_missing(unsigned int features)
{
	size_t i;

	for (i = 0; i < sizeof(features_table) / sizeof(features_table[0]); i++) {
		if (features & features_table[i].bit && !features_table[i].is_there())
			return features_table[i].name;
	}
	return NULL;
}

bool feature_is_missing(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(features_table) / sizeof(features_table[0]); i++) {
		if (!strcmp(features_table[i].name, name))
			return !features_table[i].is_there();
	}
	return false;
}

bool feature_is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list) {
		if (!strncmp(list, name, len) && (list[len] == ',' || !list[len]))
			return true;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return false;
}
