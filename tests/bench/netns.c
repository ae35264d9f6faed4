// SPDX-License-Identifier: GPL-2.0-only
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(1);
}

static void set(const char *name, const char *value)
{
	char path[128];
	ssize_t len = strlen(value);
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, len) != len)
		fail("cannot write \"%s\" to %s: %s", value, path, strerror(errno));
	close(fd);
}

static void bring_up_lo(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		fail("cannot bring lo up: %s", strerror(errno));
	close(fd);
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("cannot open %s: %s", path, strerror(errno));
	return fd;
}

void netns_set_range(unsigned int low, unsigned int high)
{
	char range[32];

	snprintf(range, sizeof(range), "%u %u", low, high);
	set("ip_local_port_range", range);
}

void netns_make(struct netns *netns)
{
	if (unshare(CLONE_NEWNET))
		fail("cannot make a network namespace: %s (needs root)", strerror(errno));
	bring_up_lo();
	/* The range may not begin below it. */
	set("ip_unprivileged_port_start", "0");
	netns_set_range(NETNS_RANGE_LOW, 65535);
	/* Nothing takes a TIME_WAIT away: no connect(), no late reset, no limit. */
	set("tcp_tw_reuse", "0");
	set("tcp_rfc1337", "1");
	set("tcp_max_tw_buckets", "1000000");
	netns->ns = open_file("/proc/self/ns/net");
	netns->sockstat = open_file("/proc/self/net/sockstat");
}

unsigned long netns_inum(const struct netns *netns)
{
	struct stat stat;

	if (fstat(netns->ns, &stat))
		fail("cannot read the number of a namespace: %s", strerror(errno));
	return stat.st_ino;
}

/* The number after a word of the line that begins with "TCP:". */
static unsigned long sockstat_number(const char *text, const char *word)
{
	const char *at = strstr(text, "\nTCP:");

	at = at ? strstr(at, word) : NULL;
	if (!at)
		fail("/proc/net/sockstat has no '%s' for TCP", word);
	return strtoul(at + strlen(word), NULL, 10);
}

void netns_count(const struct netns *netns, unsigned long *inuse, unsigned long *time_waits)
{
	char text[1024];
	ssize_t len = pread(netns->sockstat, text, sizeof(text) - 1, 0);

	if (len < 0)
		fail("cannot read /proc/net/sockstat: %s", strerror(errno));
	text[len] = '\0';
	*inuse += sockstat_number(text, " inuse ");
	*time_waits += sockstat_number(text, " tw ");
}
