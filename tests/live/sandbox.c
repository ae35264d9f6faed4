// SPDX-License-Identifier: GPL-2.0-only
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"
#include "wait.h"

/* What the kernel writes in the timer column of /proc/net/tcp for a TIME_WAIT socket. */
#define TIMER_TIME_WAIT 3

#define TIME_WAIT_LIMIT_MS 10000

#define STEERING "/sys/class/net/lo/queues/rx-0/rps_cpus"

static void bring_up_lo(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		plan_failed("no socket to bring lo up with: %s", strerror(errno));
	if (ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
		plan_failed("cannot read the flags of lo: %s", strerror(errno));
	lo.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		plan_failed("cannot bring lo up: %s", strerror(errno));
	close(fd);
}

void sandbox_enter(uint16_t low, uint16_t high)
{
	if (unshare(CLONE_NEWNET) < 0)
		plan_failed("cannot make a network namespace: %s (needs root)", strerror(errno));
	/* A host may have IPv6 off for new interfaces; without IPv6 there is no such file. */
	if (!access("/proc/sys/net/ipv6/conf/lo/disable_ipv6", W_OK))
		sandbox_sysctl("net/ipv6/conf/lo/disable_ipv6", "0");
	bring_up_lo();
	sandbox_sysctl("net/ipv4/ip_local_port_range", "%u %u", low, high);
	/* TIME_WAIT holds its port: else loopback hands it out again after a second. */
	sandbox_sysctl("net/ipv4/tcp_tw_reuse", "0");
	/*
	 * Nor does a reset take one away: a delayed ACK that comes after the FIN is answered by the
	 * TIME_WAIT, and that answer with a reset, if the peer's socket is gone by then.
	 */
	sandbox_sysctl("net/ipv4/tcp_rfc1337", "1");
	/* A small machine allows a few thousand; beyond it a connection leaves no TIME_WAIT. */
	sandbox_sysctl("net/ipv4/tcp_max_tw_buckets", "262144");
	/* A full range of connections may wait to be accepted. */
	sandbox_sysctl("net/core/somaxconn", "65535");
}

void sandbox_add_tap(char *ret_name)
{
	struct ifreq device = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (tap < 0 || ioctl(tap, TUNSETIFF, &device) < 0)
		plan_skipped("no TAP device here: %s", strerror(errno));
	memcpy(ret_name, device.ifr_name, IFNAMSIZ);
}

void sandbox_allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		plan_failed("RLIMIT_NOFILE: %s", strerror(errno));
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		plan_failed("RLIMIT_NOFILE: %s", strerror(errno));
}

unsigned long sandbox_inum(void)
{
	struct stat file;

	if (stat("/proc/self/ns/net", &file) < 0)
		plan_failed("cannot read /proc/self/ns/net: %s", strerror(errno));
	return file.st_ino;
}

static void write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(value), written = fd < 0 ? -1 : write(fd, value, len);

	if (written != len)
		plan_failed("cannot write \"%s\" to %s: %s", value, path, strerror(errno));
	close(fd);
}

void sandbox_sysctl(const char *name, const char *format, ...)
{
	char path[128], value[256];
	va_list args;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	write_file(path, value);
}

void sandbox_join_cgroup(const char *directory)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	write_file(path, "0");
}

/* /sys shows the network namespace of who mounted it. Seen by this process and its children. */
static void mount_own_sysfs(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		plan_failed("cannot make a mount namespace: %s", strerror(errno));
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		plan_failed("cannot make the mounts private: %s", strerror(errno));
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		plan_failed("cannot mount a sysfs: %s", strerror(errno));
}

/* "1,00000003": 32 CPUs a word, the highest first, and no more words than the kernel has. */
static void print_mask(char *text, size_t size, const cpu_set_t *cpus)
{
	int word = (CPU_SETSIZE - 1) / 32, bit;
	size_t used = 0;

	for (; word >= 0; word--) {
		unsigned int mask = 0;

		for (bit = 0; bit < 32; bit++)
			mask |= CPU_ISSET(word * 32 + bit, cpus) ? 1u << bit : 0;
		if (mask || used)
			used += snprintf(text + used, size - used, "%08x%s", mask, word ? "," : "");
	}
}

bool sandbox_steer_packets(const cpu_set_t *cpus)
{
	char mask[CPU_SETSIZE / 32 * sizeof("00000000")] = "0";

	mount_own_sysfs();
	if (access(STEERING, F_OK) < 0)
		return false;
	print_mask(mask, sizeof(mask), cpus);
	write_file(STEERING, mask);
	return true;
}

static FILE *open_proc_net(const char *name)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/net/%s", name);
	file = fopen(path, "re");
	if (!file)
		plan_failed("cannot read %s: %s", path, strerror(errno));
	return file;
}

/*
 * A word of a line of numbers, counted from 0; the line is known by its first word. Of two such
 * lines the first is the heading, whose words read as 0.
 */
static unsigned long read_number(const char *name, const char *label, int wanted)
{
	FILE *file = open_proc_net(name);
	unsigned long number = 0;
	char line[512], *word, *rest;
	int i;

	while (!number && fgets(line, sizeof(line), file)) {
		word = strtok_r(line, " \n", &rest);
		if (!word || strcmp(word, label))
			continue;
		for (i = 0; word && i < wanted; i++)
			word = strtok_r(NULL, " \n", &rest);
		number = word ? strtoul(word, NULL, 10) : 0;
	}
	fclose(file);
	return number;
}

static unsigned int time_waits(void)
{
	return read_number("sockstat", "TCP:", 6);
}

unsigned long sandbox_active_opens(void)
{
	/* RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens */
	return read_number("snmp", "Tcp:", 5);
}

static bool has_time_waits(const void *arg)
{
	const unsigned int *expected = arg;

	return time_waits() == *expected;
}

void sandbox_await_time_waits(unsigned int expected)
{
	if (!wait_until(has_time_waits, &expected, TIME_WAIT_LIMIT_MS))
		plan_failed("%u sockets in TIME_WAIT instead of %u", time_waits(), expected);
}

static bool parse_tcp_row(const char *line, struct tcp_row *ret_row)
{
	unsigned int timer;

	/* The addresses are printed as the numbers that the bytes make on this machine. */
	if (sscanf(line, " %*u: %x:%x %x:%x %x %*x:%*x %x:", &ret_row->src.s_addr, &ret_row->sport,
		   &ret_row->dst.s_addr, &ret_row->dport, &ret_row->state, &timer) != 6)
		return false;
	ret_row->is_time_wait = timer == TIMER_TIME_WAIT;
	return true;
}

unsigned int sandbox_count_tcp(bool (*wanted)(const struct tcp_row *row))
{
	unsigned int count = 0;
	struct tcp_row row;
	char line[256];
	FILE *file = open_proc_net("tcp");

	while (fgets(line, sizeof(line), file))
		count += parse_tcp_row(line, &row) && wanted(&row);
	fclose(file);
	return count;
}
