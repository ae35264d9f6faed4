// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls connect() or bind() from inner(), called by middle(), called by outer(), called by main():
 * what its stack must be told to be. The Makefile builds it several times over, with and without
 * frame pointers, with and without symbols.
 *
 *	caller connect|bind ADDRESS PORT [stay [exhausted]]
 *
 * One TCP socket, one call. Prints 0, or the errno. stay: until its standard input ends.
 * exhausted: in a network namespace in which no automatic port is to be had (as root).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int inner(const char *call, const struct sockaddr_in *address);
int middle(const char *call, const struct sockaddr_in *address);
int outer(const char *call, const struct sockaddr_in *address);

/* A compiler that knew what they return could do without the calls, or jump instead. */
static volatile int calls;

__attribute__((noinline)) int inner(const char *call, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), err = 0;

	if (call[0] == 'c')
		err = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	else
		err = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	err = err ? errno : 0;
	calls++;
	return err;
}

__attribute__((noinline)) int middle(const char *call, const struct sockaddr_in *address)
{
	int err = inner(call, address);

	calls++;
	return err;
}

__attribute__((noinline)) int outer(const char *call, const struct sockaddr_in *address)
{
	int err = middle(call, address);

	calls++;
	return err;
}

static int write_to(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	int written = file ? fputs(text, file) : EOF;

	return (file && fclose(file)) || written < 0 ? -1 : 0;
}

/* All ports of the range are reserved. */
static int exhaust(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, err;

	if (unshare(CLONE_NEWNET))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	err = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	if (err || write_to("/proc/sys/net/ipv4/ip_local_port_range", "40000 40001"))
		return -1;
	return write_to("/proc/sys/net/ipv4/ip_local_reserved_ports", "40000-40001");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char byte;

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: caller connect|bind ADDRESS PORT [stay [exhausted]]\n");
		return 2;
	}
	if (argc > 5 && exhaust()) {
		perror("caller: a network namespace without ports");
		return 2;
	}
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	printf("%d\n", outer(argv[1], &address));
	fflush(stdout);
	while (argc > 4 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	return calls == 3 ? 0 : 1;
}
